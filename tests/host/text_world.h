/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that a user can write to the modules: files of debugfs and parameters. Behind them are
 * false allocators, lookups and processes that note what they were asked for; beside them a
 * reference says of each text what has to become of it.
 */
#ifndef HOST_TEXT_WORLD_H
#define HOST_TEXT_WORLD_H

#include <linux/kernel.h>

enum text_target {
	TEXT_SHRINK,
	TEXT_LOOKUP,
	TEXT_PT_MM_TABLES,
	TEXT_PT_MM,		/* these three take a filter */
	TEXT_PT_CGROUP,
	TEXT_PAGE_TABLES,
	TEXT_VERIFY_ZERO,
	TEXT_ADOPT,
	TEXT_LIVE_VERIFY_ZERO,
	TEXT_MEMCG_LIMITED,
	TEXT_MAX_BLOCKS,
	TEXT_TARGETS,
};

#define TEXT_FILES	(TEXT_PAGE_TABLES + 1)	/* the first are files, the others parameters */

/* A file takes less than that in one write. */
#define TEXT_LINE_MAX	16384

/* The pids of the false processes. */
#define PID_LARGE	7	/* with more tables than one batch of the report */
#define PID_SMALL	300
#define PID_EXITING	301	/* found, but its mm is gone */
#define PID_KTHREAD	2

#define TABLES_OF_LARGE	130
#define CGROUP_LARGE	77
#define CGROUP_SMALL	(1ULL << 63)
#define OWNERS_OF_EACH	2	/* that the false lookup finds for a page frame */

/* What the world behind does; 0 is as usual. */
struct text_world {
	long shrink_result;
	bool large_is_gone;	/* the process, after it was chosen */
	int references;		/* of pids and mms that were taken and not given back */
};

extern struct text_world text_world;

void text_world_begin(void);
void text_world_end(void);

const char *text_name(enum text_target target);
struct file *text_file(enum text_target target);

/* What is written to a file, or to a parameter; a parameter's text ends at a zero. */
ssize_t text_write(enum text_target target, const char *text, size_t size);

/* What has to come back from that write: its size, or an error. */
ssize_t text_wanted(enum text_target target, const char *text, size_t size);

/*
 * Write, and compare: the answer, that a text that is refused changes nothing, and that one that is
 * accepted changes what it is for, and nothing else. Returns NULL, or what was wrong.
 */
const char *text_check(enum text_target target, const char *text, size_t size);

/* What a read from the start says beside the lines with a #. Returns the error at its end, or 0. */
#define TEXT_STATE_MAX	65536
int text_read(enum text_target target, char *buffer);

/* What the target was set to last, in words. */
void text_state(enum text_target target, char *buffer, size_t size);

#endif
