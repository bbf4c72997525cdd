/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A knob: a file in debugfs by which a script has a module of the tests do something, and sees
 * what came of it. One call at a time, whether it is written or read.
 */
#ifndef PTC_KNOB_H
#define PTC_KNOB_H

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define KNOB_LINE	64	/* with the NUL at its end */

/* Hands what was written to @obey, as a line without white space at its ends. */
static inline ssize_t knob_write(const char __user *text, size_t size, struct mutex *lock,
				 int (*obey)(char *line))
{
	char line[KNOB_LINE] = "";
	int err;

	if (size >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, text, size))
		return -EFAULT;
	err = mutex_lock_killable(lock);
	if (err)
		return err;
	err = obey(strim(line));
	mutex_unlock(lock);
	return err ?: size;
}

static inline int knob_show(struct seq_file *m, struct mutex *lock,
			    int (*show)(struct seq_file *m, void *unused))
{
	int err = mutex_lock_killable(lock);

	if (err)
		return err;
	err = show(m, NULL);
	mutex_unlock(lock);
	return err;
}

/* What a knob shows that is only written. */
static inline int knob_shows_nothing(struct seq_file *m, void *unused)
{
	return 0;
}

/*
 * Defines NAME_fops. NAME_obey(char *line) does what the line says, and returns 0 or an error;
 * @show, of the kind that DEFINE_SHOW_ATTRIBUTE() takes, prints, or is knob_shows_nothing.
 */
#define DEFINE_KNOB(name, show)								\
static DEFINE_MUTEX(name##_knob_lock); /* one call at a time */				\
											\
static ssize_t name##_knob_write(struct file *file, const char __user *text, size_t size,	\
				 loff_t *pos)						\
{											\
	return knob_write(text, size, &name##_knob_lock, name##_obey);			\
}											\
											\
static int name##_knob_show(struct seq_file *m, void *unused)				\
{											\
	return knob_show(m, &name##_knob_lock, show);					\
}											\
											\
static int name##_knob_open(struct inode *inode, struct file *file)			\
{											\
	return single_open(file, name##_knob_show, NULL);				\
}											\
											\
static const struct file_operations name##_fops = {					\
	.owner = THIS_MODULE,								\
	.open = name##_knob_open,							\
	.read = seq_read,								\
	.write = name##_knob_write,							\
	.llseek = seq_lseek,								\
	.release = single_release,							\
}

/* The same for a knob that takes a number: NAME_set(u64 number). */
#define DEFINE_NUMBER_KNOB(name, show)							\
static int name##_obey(char *line)							\
{											\
	u64 number;									\
	int err = kstrtou64(line, 0, &number);						\
											\
	return err ?: name##_set(number);						\
}											\
DEFINE_KNOB(name, show)

#endif /* PTC_KNOB_H */
