// SPDX-License-Identifier: GPL-2.0
/* Files of debugfs, and what prints into them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

struct shim_report shim_reports[SHIM_REPORTS_MAX];
unsigned int shim_nr_reports;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	static struct dentry folder;

	return &folder;
}

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops)
{
	if (shim_nr_reports == SHIM_REPORTS_MAX)
		abort();
	shim_reports[shim_nr_reports++] = (struct shim_report){ name, mode, fops };
	return parent;
}

void debugfs_remove(struct dentry *dentry)
{
	shim_nr_reports = 0;
}

/* ---- as a user sees them ---- */

int shim_open(struct file *file, const char *name)
{
	unsigned int i;

	memset(file, 0, sizeof(*file));
	for (i = 0; i < shim_nr_reports; i++) {
		if (strcmp(shim_reports[i].name, name))
			continue;
		file->f_op = shim_reports[i].fops;
		return file->f_op->open(NULL, file);
	}
	return -ENOENT;
}

ssize_t shim_write(struct file *file, const char *text, size_t size)
{
	return file->f_op->write(file, text, size, &file->f_pos);
}

ssize_t shim_read(struct file *file, char *buffer, size_t size)
{
	return file->f_op->read(file, buffer, size, &file->f_pos);
}

void shim_close(struct file *file)
{
	file->f_op->release(NULL, file);
}

/* ---- seq_file ---- */

static void *once_start(struct seq_file *m, loff_t *pos)
{
	return *pos == 0 ? SEQ_START_TOKEN : NULL;
}

static void *once_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void once_stop(struct seq_file *m, void *v)
{
}

static int once_show(struct seq_file *m, void *v)
{
	return m->show_once(m, NULL);
}

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = shim_zalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	file->private_data = m;
	return 0;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *private)
{
	static const struct seq_operations once = { once_start, once_next, once_stop, once_show };
	int err = seq_open(file, &once);

	if (err)
		return err;
	((struct seq_file *)file->private_data)->show_once = show;
	((struct seq_file *)file->private_data)->private = private;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free(m->text);
	free(m);
	return 0;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;

	file->f_pos = m->index = 0;	/* only back to the start */
	return 0;
}

/* The next record into m->text. Returns whether there was one, or an error. */
static int read_record(struct seq_file *m)
{
	void *v = m->op->start(m, &m->index);
	int ret = IS_ERR(v) ? PTR_ERR(v) : v != NULL;

	m->size = 0;
	if (ret > 0) {
		int err = m->op->show(m, v);

		if (err)
			ret = err;
		else
			v = m->op->next(m, v, &m->index);
	}
	m->op->stop(m, v);
	return ret;
}

ssize_t seq_read(struct file *file, char *buffer, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	int ret;

	mutex_lock(&m->lock);
	ret = read_record(m);
	if (ret > 0) {
		if (m->size > size)
			abort();
		memcpy(buffer, m->text, m->size);
		*pos += m->size;
		ret = m->size;
	}
	mutex_unlock(&m->lock);
	return ret;
}

static void print(struct seq_file *m, const char *text, size_t size)
{
	m->text = realloc(m->text, m->size + size);
	if (!m->text)
		abort();
	memcpy(m->text + m->size, text, size);
	m->size += size;
}

void seq_printf(struct seq_file *m, const char *format, ...)
{
	char text[512];
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (size < 0 || (size_t)size >= sizeof(text))
		abort();
	print(m, text, size);
}

void seq_puts(struct seq_file *m, const char *text)
{
	print(m, text, strlen(text));
}

void seq_putc(struct seq_file *m, char c)
{
	print(m, &c, 1);
}

/* A letter for each of the few that are ever asked for; the kernel writes the same. */
void seq_escape_str(struct seq_file *m, const char *text, unsigned int flags, const char *which)
{
	static const char plain[] = "\n\t\r\v\f\\", letters[] = "ntrvf\\";

	for (; *text; text++) {
		const char *at = strchr(which, *text) ? strchr(plain, *text) : NULL;

		if (at)
			seq_putc(m, '\\');
		seq_putc(m, at ? letters[at - plain] : *text);
	}
}
