/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of debugfs: a test opens them by name, writes and reads. What is behind a read is as the
 * kernel has it, since reports rely on it: see file.c.
 */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <linux/percpu.h>
#include <linux/types.h>

struct inode { void *i_private; };	/* what the file was created with */
struct dentry { int unused; };
struct seq_file;

typedef unsigned int fmode_t;

/* The kernel sets it: operations of an open file that is shared wait for each other, whatever comes. */
#define FMODE_ATOMIC_POS	((fmode_t)(1 << 15))

struct file {
	const struct file_operations *f_op;
	fmode_t f_mode;
	loff_t f_pos;
	void *private_data;
};

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *buffer, size_t size, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *text, size_t size, loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	int (*release)(struct inode *inode, struct file *file);
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	int (*show)(struct seq_file *m, void *v);
};

struct seq_file {
	char *buf;
	size_t size, from, count;	/* of the buffer; what is in it and was not read yet */
	loff_t index, read_pos;
	struct mutex lock;
	const struct seq_operations *op;
	void *private;
	bool started;			/* between start() and stop() */
};

#define ESCAPE_SPACE		1
#define ESCAPE_SPECIAL		2

int seq_open(struct file *file, const struct seq_operations *op);
ssize_t seq_read(struct file *file, char *buffer, size_t size, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
int seq_release(struct inode *inode, struct file *file);

void seq_printf(struct seq_file *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
void seq_puts(struct seq_file *m, const char *text);
void seq_putc(struct seq_file *m, char c);
void seq_escape_str(struct seq_file *m, const char *text, unsigned int flags, const char *which);

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops);
void debugfs_remove(struct dentry *dentry);

/* ---- for the test: as a user sees them ---- */

struct shim_report {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
	struct inode inode;
	struct dentry dentry;
};

#define SHIM_REPORTS_MAX	32
extern struct shim_report shim_reports[SHIM_REPORTS_MAX];	/* without a name: removed */
extern unsigned int shim_nr_reports;

int shim_open(struct file *file, const char *name);
ssize_t shim_write(struct file *file, const char *text, size_t size);
ssize_t shim_read(struct file *file, char *buffer, size_t size);
loff_t shim_rewind(struct file *file);
void shim_close(struct file *file);

extern size_t shim_seq_size;		/* of a new buffer: a page, or less in a test */

#endif
