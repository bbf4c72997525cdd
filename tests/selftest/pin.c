// SPDX-License-Identifier: GPL-2.0
/*
 * `pin`: write the first page frame of a 2M region, and a page of somebody's in the second half of
 * it is held, so that it looks movable and cannot be moved. One page is held at a time: what was
 * held before stays so where the new region has none. With `lock ` before it, the page's lock is
 * held instead, as while it is read from a file that does not come; its process keeps it meanwhile.
 * Write 0 to let go. Read: how many pages of the last region were somebody's and movable.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/string.h>

#include "knob.h"
#include "selftest.h"

static struct page *pinned;
static bool locked;
static unsigned int movable;

static void let_go(void)
{
	if (locked)
		unlock_page(pinned);
	else if (pinned)
		put_page(pinned);
	locked = false;
	pinned = NULL;
}

static int pin_one(unsigned long pfn, bool lock)
{
	struct page *found = NULL;
	unsigned int i;

	movable = 0;
	for (i = 0; i < 512; i++) {
		struct page *page = pfn_to_online_page(pfn + i);

		if (!page)
			continue;
		if (PageTail(page) || !PageLRU(page))
			continue;
		movable++;
		if (i >= 256 && !found && get_page_unless_zero(page))
			found = page;
	}
	if (!found)
		return -ENOENT;
	if (lock) {
		bool got = trylock_page(found);

		put_page(found); /* the kernel does not even try to move what somebody holds */
		if (!got)
			return -EBUSY;
	}
	let_go();
	pinned = found;
	locked = lock;
	return 0;
}

static int pin_obey(char *line)
{
	bool lock = strstarts(line, "lock ");
	unsigned long pfn;
	int err = kstrtoul(lock ? line + strlen("lock ") : line, 0, &pfn);

	if (err)
		return err;
	if (pfn % 512)
		return -EINVAL;
	if (pfn)
		return pin_one(pfn, lock);
	let_go();
	return 0;
}

static int pin_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", movable);
	return 0;
}
DEFINE_KNOB(pin, pin_show);

void pin_init(struct dentry *parent)
{
	debugfs_create_file("pin", 0600, parent, NULL, &pin_fops);
}

void pin_exit(void)
{
	let_go();
}
