// SPDX-License-Identifier: GPL-2.0
/*
 * Files of debugfs, and what prints into them. A read does what seq_read_iter() of fs/seq_file.c
 * does, in the same order, as 6.1 to 7.3 have it:
 *
 *	What is left of the last line comes first. Then start() is called with the position, which
 *	is that of the line behind the one that was shown last, and an error of it is lost if the
 *	read has something already.
 *	A line that the buffer has no room for is shown again, after stop() and start(), if it is
 *	the first one, and else by the next read. next() is called once for each line that was
 *	shown, also for the last one, and what it does to the position is kept, also if it finds
 *	nothing, or an error, which is lost.
 *	A read from the start of the file starts at position 0, and lseek() elsewhere shows all up
 *	to there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

struct shim_report shim_reports[SHIM_REPORTS_MAX];
unsigned int shim_nr_reports;
size_t shim_seq_size = PAGE_SIZE;

static struct dentry folder;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return &folder;
}

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops)
{
	struct shim_report *report = &shim_reports[shim_nr_reports++];

	if (shim_nr_reports > SHIM_REPORTS_MAX)
		abort();
	*report = (struct shim_report){ name, mode, fops, { data }, {} };
	return &report->dentry;
}

/* A folder goes with all that is in it. */
void debugfs_remove(struct dentry *dentry)
{
	unsigned int i;

	might_sleep();
	for (i = 0; i < shim_nr_reports; i++)
		if (dentry == &shim_reports[i].dentry)
			shim_reports[i] = (struct shim_report){ NULL };
	if (dentry == &folder)
		shim_nr_reports = 0;
}

/* ---- as a user sees them ---- */

int shim_open(struct file *file, const char *name)
{
	unsigned int i;

	memset(file, 0, sizeof(*file));
	file->f_mode = FMODE_ATOMIC_POS;
	for (i = 0; i < shim_nr_reports; i++) {
		if (!shim_reports[i].name || strcmp(shim_reports[i].name, name))
			continue;
		file->f_op = shim_reports[i].fops;
		return file->f_op->open(&shim_reports[i].inode, file);
	}
	return -ENOENT;
}

/* The position is stored when the operation has ended, as in ksys_write(). */
ssize_t shim_write(struct file *file, const char *text, size_t size)
{
	loff_t pos = file->f_pos;
	ssize_t ret = file->f_op->write(file, text, size, &pos);

	if (ret >= 0)
		file->f_pos = pos;
	return ret;
}

ssize_t shim_read(struct file *file, char *buffer, size_t size)
{
	loff_t pos = file->f_pos;
	ssize_t ret = file->f_op->read(file, buffer, size, &pos);

	if (ret >= 0)
		file->f_pos = pos;
	return ret;
}

loff_t shim_rewind(struct file *file)
{
	return file->f_op->llseek(file, 0, SEEK_SET);
}

void shim_close(struct file *file)
{
	file->f_op->release(NULL, file);
	file->private_data = NULL;
}

/* ---- seq_file ---- */

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

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free(m->buf);
	free(m);
	return 0;
}

static bool has_overflowed(const struct seq_file *m)
{
	return m->count == m->size;
}

static bool set_buffer(struct seq_file *m, size_t size)
{
	free(m->buf);
	m->count = 0;
	m->size = size;
	m->buf = shim_alloc(size, GFP_KERNEL);
	return m->buf != NULL;
}

static void *seq_start(struct seq_file *m)
{
	if (m->started)
		abort();
	m->started = true;
	return m->op->start(m, &m->index);
}

static void seq_stop(struct seq_file *m, void *v)
{
	if (!m->started)
		abort();
	m->started = false;
	m->op->stop(m, v);
}

/* The kernel says which next() it was, and goes on. */
static void *seq_next(struct seq_file *m, void *v)
{
	loff_t pos = m->index;

	v = m->op->next(m, v, &m->index);
	if (m->index == pos)
		abort();
	return v;
}

/* Show all up to @offset, again. */
static int traverse(struct seq_file *m, loff_t offset)
{
	loff_t pos = 0;
	int err = 0;
	void *v;

	m->index = 0;
	m->count = m->from = 0;
	if (!offset)
		return 0;
	if (!m->buf && !set_buffer(m, shim_seq_size))
		return -ENOMEM;
	v = seq_start(m);
	while (v) {
		err = IS_ERR(v) ? PTR_ERR(v) : m->op->show(m, v);
		if (err)
			break;
		if (has_overflowed(m)) {
			seq_stop(m, v);
			return set_buffer(m, m->size * 2) ? -EAGAIN : -ENOMEM;
		}
		v = seq_next(m, v);
		if (pos + (loff_t)m->count > offset) {
			m->from = offset - pos;
			m->count -= m->from;
			break;
		}
		pos += m->count;
		m->count = 0;
		if (pos == offset)
			break;
	}
	seq_stop(m, v);
	return err;
}

static int seek(struct seq_file *m, loff_t offset)
{
	int err;

	do
		err = traverse(m, offset);
	while (err == -EAGAIN);
	if (err)
		m->index = m->count = 0;
	m->read_pos = err ? 0 : offset;
	return err;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	loff_t ret = offset;

	if (whence != SEEK_SET || offset < 0)
		return -EINVAL;
	mutex_lock(&m->lock);
	if (offset != m->read_pos)
		ret = seek(m, offset) ?: offset;
	file->f_pos = max(ret, (loff_t)0);
	mutex_unlock(&m->lock);
	return ret;
}

/* Returns how much was read from the buffer: as much as there is room for. */
static size_t take(struct seq_file *m, char *buffer, size_t size)
{
	size = buffer == SHIM_BAD_ADDRESS ? 0 : min(size, m->count);
	memcpy(buffer, m->buf + m->from, size);
	m->count -= size;
	m->from += size;
	return size;
}

/* Have a whole line in the buffer. Returns it, NULL at the end, or an ERR_PTR. */
static void *first_line(struct seq_file *m)
{
	int err;
	void *v;

	m->from = 0;
	v = seq_start(m);
	while (!IS_ERR_OR_NULL(v)) {
		err = m->op->show(m, v);
		if (err || !m->count)
			abort(); /* no report has that */
		if (!has_overflowed(m))
			return v;
		seq_stop(m, v);
		if (!set_buffer(m, m->size * 2))
			return ERR_PTR(-ENOMEM);
		v = seq_start(m);
	}
	seq_stop(m, v);
	m->count = 0;
	return v;
}

/* Behind it as many more lines as fit in, and are asked for. */
static void more_lines(struct seq_file *m, void *v, size_t size)
{
	for (;;) {
		size_t before = m->count;

		v = seq_next(m, v);
		if (IS_ERR_OR_NULL(v) || m->count >= size)
			break;
		if (m->op->show(m, v))
			abort();
		if (has_overflowed(m)) {
			m->count = before;
			break;
		}
	}
	seq_stop(m, v);
}

/* Returns how much was read, or an error. */
static ssize_t read_lines(struct seq_file *m, char *buffer, size_t size)
{
	size_t copied = 0;
	void *v;

	if (!m->buf && !set_buffer(m, shim_seq_size))
		return -ENOMEM;
	if (m->count) {
		copied = take(m, buffer, size);
		if (m->count)
			return copied ? (ssize_t)copied : -EFAULT;
	}
	v = first_line(m);
	if (IS_ERR_OR_NULL(v))
		return copied ? (ssize_t)copied : PTR_ERR(v);
	more_lines(m, v, size - copied);
	copied += take(m, buffer + copied, size - copied);
	return copied ? (ssize_t)copied : -EFAULT;
}

ssize_t seq_read(struct file *file, char *buffer, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	ssize_t ret = 0;

	if (!size)
		return 0;
	mutex_lock(&m->lock);
	if (*pos == 0)
		m->index = m->count = 0;
	if (*pos != m->read_pos)
		ret = seek(m, *pos);
	if (!ret)
		ret = read_lines(m, buffer, size);
	if (ret > 0) {
		*pos += ret;
		m->read_pos += ret;
	}
	mutex_unlock(&m->lock);
	return ret;
}

void seq_printf(struct seq_file *m, const char *format, ...)
{
	va_list args;
	size_t size = 0;

	if (m->count < m->size) {
		va_start(args, format);
		size = vsnprintf(m->buf + m->count, m->size - m->count, format, args);
		va_end(args);
	}
	m->count = min(m->count + size, m->size);
}

void seq_puts(struct seq_file *m, const char *text)
{
	size_t size = strlen(text);

	if (m->count + size < m->size)
		memcpy(m->buf + m->count, text, size);
	m->count = min(m->count + size, m->size);
}

void seq_putc(struct seq_file *m, char c)
{
	if (m->count < m->size)
		m->buf[m->count++] = c;
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
