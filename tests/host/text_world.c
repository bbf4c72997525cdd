// SPDX-License-Identifier: GPL-2.0
/* What is behind the files and parameters, and the reference: see text_world.h. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include "alloc/adopt.h"
#include "alloc/cache.h"
#include "alloc/distrust.h"
#include "alloc/index.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/supply.h"
#include "alloc/verify.h"
#include "alloc/workqueue.h"
#include "census/census.h"
#include "census/lookup.h"
#include "census/mm_walk.h"
#include "census/processes.h"
#include "debugfs/debugfs.h"
#include "live/live.h"
#include "text_world.h"

struct text_world text_world;

/* ---- shrink ---- */

static unsigned long shrink_calls, shrink_pages;

long ptc_shrink_by_hand(unsigned long nr_pages)
{
	shrink_calls++;
	shrink_pages = nr_pages;
	return text_world.shrink_result;
}

/* ---- lookup: each page frame has some owners, which are named after it ---- */

void ptc_lookup_begin(struct ptc_lookup *lookup, const unsigned long *pfns, unsigned int nr)
{
	memcpy(lookup->given, pfns, nr * sizeof(*pfns));
	lookup->nr_given = nr;
	lookup->next_given = 0;
	lookup->pid = 0;
}

int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	if (lookup->pid == OWNERS_OF_EACH) {
		lookup->next_given++;
		lookup->pid = 0;
	}
	if (lookup->next_given == lookup->nr_given)
		return 0;
	memset(owner, 0, sizeof(*owner));
	owner->pfn = lookup->given[lookup->next_given];
	owner->kind = PTC_KIND_USER;
	owner->level = PT_CACHE_PTE;
	owner->va = PTC_NO_VA;
	owner->mm = owner->pfn ^ 0xffff;
	owner->pid = ++lookup->pid;
	strcpy(owner->comm, "a\nname");
	return 1;
}

/* ---- some processes with mms that only count ---- */

struct pid {
	int number;
};

struct mm_struct {
	int pid, tables;
	u64 cgroup;
};

static struct pid pids[] = {
	{ PID_LARGE }, { PID_SMALL }, { PID_EXITING }, { PID_KTHREAD },
};

static struct mm_struct mms[] = {
	{ PID_LARGE, TABLES_OF_LARGE, CGROUP_LARGE }, { PID_SMALL, 1, CGROUP_SMALL },
};

struct pid *ptc_process_find(pid_t number)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		if (pids[i].number != number)
			continue;
		text_world.references++;
		return &pids[i];
	}
	return NULL;
}

void put_pid(struct pid *pid)
{
	text_world.references -= pid != NULL;
}

static bool is_gone(const struct mm_struct *mm)
{
	return text_world.large_is_gone && mm->pid == PID_LARGE;
}

static void take_process(struct mm_struct *mm, struct ptc_process *process)
{
	text_world.references++;
	*process = (struct ptc_process){ .mm = mm, .pid = mm->pid, .cgroup = mm->cgroup };
	strcpy(process->comm, "a\nname");
}

int ptc_process_get(struct pid *pid, struct ptc_process *process)
{
	unsigned int i;

	if (pid->number == PID_KTHREAD)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(mms); i++) {
		if (mms[i].pid != pid->number || is_gone(&mms[i]))
			continue;
		take_process(&mms[i], process);
		return 0;
	}
	return -ESRCH;
}

/* With what a filter is compared, and the one that was asked for last. */
static struct ptc_filter filter_seen;

unsigned long mm_pgtables_bytes(const struct mm_struct *mm)
{
	return mm->tables * PAGE_SIZE;
}

static bool is_wanted(const struct mm_struct *mm, const struct ptc_filter *filter)
{
	return (!filter->pid || filter->pid == mm->pid) &&
	       (!filter->cgroup || filter->cgroup == mm->cgroup) &&
	       mm_pgtables_bytes(mm) >= filter->min_table_bytes;
}

int ptc_process_next(pid_t pid, const struct ptc_filter *filter, struct ptc_process *process)
{
	unsigned int i;

	filter_seen = *filter;
	for (i = 0; i < ARRAY_SIZE(mms); i++) {
		if (mms[i].pid < pid || is_gone(&mms[i]) || !is_wanted(&mms[i], filter))
			continue;
		take_process(&mms[i], process);
		return 1;
	}
	return 0;
}

void ptc_process_put(struct ptc_process *process)
{
	text_world.references--;
	process->mm = NULL;
}

void mmgrab(struct mm_struct *mm)
{
	text_world.references++;
}

void mmdrop(struct mm_struct *mm)
{
	text_world.references--;
}

bool mmget_not_zero(struct mm_struct *mm)
{
	text_world.references += !is_gone(mm);
	return !is_gone(mm);
}

void mmput_async(struct mm_struct *mm)
{
	text_world.references--;
}

void ptc_patience_for_pass(struct ptc_patience *patience)
{
}

void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience)
{
	walk->mm = mm;
	walk->visitor = visitor;
	walk->va = 0;
}

/* There is nothing to count in these mms. */
int ptc_census_of_process(struct ptc_mm_walk *walk, const struct ptc_process *process,
			  struct ptc_patience *patience, struct ptc_census *census)
{
	memset(census, 0, sizeof(*census));
	return 0;
}

int ptc_census_of_kernel(struct ptc_census *census)
{
	memset(census, 0, sizeof(*census));
	return 0;
}

/* The number of a table is its address, and the pid its page frame. */
int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	for (; walk->va < (unsigned long)walk->mm->tables; walk->va++) {
		const struct ptc_mm_table table = {
			.va = walk->va, .pfn = SHIM_FIRST_PFN + walk->mm->pid,
			.level = PT_CACHE_PTE, .occupancy = -1,
		};

		if (!walk->visitor->visit(walk->visitor, &table))
			return 1;
	}
	return 0;
}

/* ---- parameters ---- */

bool ptc_adopt_enabled = true;
bool ptc_live_memcg_limited;
struct pt_cache_lender *ptc_live_lender;
static unsigned long lender_limit;
static bool lender_verifies;

void pt_cache_lender_limit(struct pt_cache_lender *lender, unsigned long max_blocks)
{
	lender_limit = max_blocks;
}

void pt_cache_lender_verify(struct pt_cache_lender *lender, bool verify)
{
	lender_verifies = verify;
}

/* ---- loading: as far as the first step that can fail, which does ---- */

int ptc_live_serve_prepare(void)
{
	return -ENOMEM;
}

/* ---- what else the files are linked with, and no text leads to ---- */

#define no_report(report)	\
	const struct ptc_report ptc_report_##report = { .name = #report, .mode = 0400 }

no_report(info);
no_report(stats);
no_report(caches);
no_report(blocks);
no_report(tables);
no_report(direct_map);
no_report(direct_map_regions);
no_report(refcounts);
no_report(audit);

#define never_called(prototype)	__attribute__((weak)) prototype { abort(); }

never_called(int ptc_arch_check(void))
never_called(int ptc_supply_init(void))
never_called(void ptc_supply_exit(void))
never_called(int ptc_adopt_init(void))
never_called(void ptc_adopt_exit(void))
never_called(int ptc_workqueue_init(void))
never_called(void ptc_workqueue_exit(void))
never_called(int ptc_registry_init(void))
never_called(void ptc_registry_exit(void))
never_called(int ptc_shrink_init(void))
never_called(int ptc_listen_begin(void))
never_called(void ptc_listen_end(void))
never_called(void ptc_memory_error_exit(void))
never_called(void ptc_shrink_exit(void))
never_called(void ptc_idle_init(void))
never_called(void ptc_idle_exit(void))
never_called(void ptc_index_exit(void))
never_called(void ptc_recycling_off(void))
never_called(void ptc_node_quarantine(unsigned long pfn, unsigned int order))
never_called(unsigned int ptc_attributes_filter(unsigned long *pfns, unsigned int nr,
						unsigned int order))
never_called(void ptc_recycling_init(work_func_t distrust))
never_called(void ptc_distrust_all(struct work_struct *work))
never_called(void ptc_live_wait_for_the_last(void))
never_called(int ptc_live_patch_enable(void))
never_called(void ptc_live_report_init(void))
never_called(void ptc_live_report_exit(void))
never_called(void ptc_live_watch_start(void))
never_called(void ptc_live_watch_stop(void))
never_called(struct pt_cache_lender *
	     pt_cache_lender_create(const struct pt_cache_lender_attr *attr))
never_called(void pt_cache_lender_offer(struct pt_cache_lender *lender))
never_called(void pt_cache_lender_destroy(struct pt_cache_lender *lender))
never_called(struct page *pt_cache_lend(struct pt_cache_lender *lender, struct mm_struct *mm,
					enum pt_cache_level level))

/* ---- all targets alike ---- */

static const struct {
	const char *name, *file;	/* of a parameter: the file that has it */
} targets[TEXT_TARGETS] = {
	[TEXT_SHRINK] = { "shrink", NULL },
	[TEXT_LOOKUP] = { "lookup", NULL },
	[TEXT_PT_MM_TABLES] = { "pt_mm_tables", NULL },
	[TEXT_PT_MM] = { "pt_mm", NULL },
	[TEXT_PT_CGROUP] = { "pt_cgroup", NULL },
	[TEXT_PAGE_TABLES] = { "page_tables", NULL },
	[TEXT_VERIFY_ZERO] = { "verify_zero", "module/main.c" },
	[TEXT_ADOPT] = { "adopt", "module/main.c" },
	[TEXT_LIVE_VERIFY_ZERO] = { "verify_zero", "module/live/load.c" },
	[TEXT_MEMCG_LIMITED] = { "memcg_limited", "module/live/load.c" },
	[TEXT_MAX_BLOCKS] = { "max_blocks", "module/live/load.c" },
};

static struct file files[TEXT_FILES];
static struct ptc_filter filters[TEXT_FILES];	/* that the files have to have now */
static struct { regex_t number, with_minus, boolean; } grammar;

#define NUMBER	"(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\n?$"

void text_world_begin(void)
{
	unsigned int i;

	if (regcomp(&grammar.number, "^\\+?" NUMBER, REG_EXTENDED | REG_NOSUB) ||
	    regcomp(&grammar.with_minus, "^[+-]?" NUMBER, REG_EXTENDED | REG_NOSUB) ||
	    regcomp(&grammar.boolean, "^([yYtT1nNfF0]|[oO][nNfF])", REG_EXTENDED | REG_NOSUB))
		abort();
	ptc_debugfs_init();
	for (i = 0; i < TEXT_FILES; i++)
		if (shim_open(&files[i], targets[i].name))
			abort();
	ptc_live_lender = (struct pt_cache_lender *)&text_world; /* handed on, never looked into */
}

void text_world_end(void)
{
	unsigned int i;

	for (i = 0; i < TEXT_FILES; i++)
		shim_close(&files[i]);
	ptc_debugfs_exit();
	regfree(&grammar.number);
	regfree(&grammar.with_minus);
	regfree(&grammar.boolean);
}

const char *text_name(enum text_target target)
{
	return targets[target].name;
}

struct file *text_file(enum text_target target)
{
	return &files[target];
}

static const struct kernel_param *param_of(enum text_target target)
{
	const struct kernel_param *param;

	for (param = shim_params; param; param = param->next)
		if (!strcmp(param->file, targets[target].file) &&
		    !strcmp(param->name, targets[target].name))
			return param;
	abort();
}

ssize_t text_write(enum text_target target, const char *text, size_t size)
{
	const struct kernel_param *param;
	char *copy;
	int err;

	if (target < TEXT_FILES)
		return shim_write(&files[target], text, size);
	param = param_of(target);
	copy = strndup(text, size);
	err = param->ops->set(copy, param);
	free(copy);
	return err ?: (ssize_t)size;
}

static void leave_out_remarks(char *text)
{
	char *to = text, *end;

	for (; *text; text = end) {
		end = text + strcspn(text, "\n");
		end += *end == '\n';
		if (*text == '#')
			continue;
		memmove(to, text, end - text);
		to += end - text;
	}
	*to = '\0';
}

int text_read(enum text_target target, char *buffer)
{
	struct file *file = &files[target];
	ssize_t size, got = 0;

	shim_rewind(file);
	while ((size = shim_read(file, buffer + got, TEXT_STATE_MAX - 1 - got)) > 0)
		got += size;
	buffer[got] = '\0';
	leave_out_remarks(buffer);
	return size;
}

static unsigned int count_lines(const char *text)
{
	unsigned int nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

static void put_filter(char *buffer, size_t size, const struct ptc_filter *filter,
		       unsigned int lines)
{
	snprintf(buffer, size, "pid %d cgroup %llu min_table_bytes %lu, %u lines", filter->pid,
		 filter->cgroup, filter->min_table_bytes, lines);
}

void text_state(enum text_target target, char *buffer, size_t size)
{
	static char text[TEXT_STATE_MAX];
	size_t length;

	switch (target) {
	case TEXT_SHRINK:
		snprintf(buffer, size, "%lu calls, %lu pages", shrink_calls, shrink_pages);
		return;
	case TEXT_LOOKUP:
	case TEXT_PT_MM_TABLES:
		text_read(target, text);
		snprintf(buffer, size, "%s", text);
		return;
	case TEXT_PT_MM:
	case TEXT_PT_CGROUP:
	case TEXT_PAGE_TABLES:
		text_read(target, text);
		put_filter(buffer, size, &filter_seen, count_lines(text));
		return;
	default:
		param_of(target)->ops->get(text, param_of(target));
	}
	length = strcspn(text, "\n");
	snprintf(text + length, sizeof(text) - length, " behind it %lu",
		 target == TEXT_VERIFY_ZERO ? ptc_verify_zero() :
		 target == TEXT_ADOPT ? ptc_adopt_enabled :
		 target == TEXT_LIVE_VERIFY_ZERO ? lender_verifies :
		 target == TEXT_MEMCG_LIMITED ? ptc_live_memcg_limited : lender_limit);
	snprintf(buffer, size, "%s", text);
}

/* ---- the reference: the grammar as a regular expression, the number by the C library ---- */

/* A text ends at a zero. Returns whether it is a number, which fits. */
static bool read_number(const regex_t *numbers, const char *text, __int128 *number)
{
	bool fits;

	if (regexec(numbers, text, 0, NULL, 0))
		return false;
	errno = 0;
	*number = text[0] == '-' ? -(__int128)strtoull(text + 1, NULL, 0) : strtoull(text, NULL, 0);
	fits = errno != ERANGE;
	errno = 0;
	return fits;
}

/* What is selected, if a text is accepted. */
static struct {
	unsigned int nr;
	unsigned long values[PTC_LOOKUP_PFNS];
	struct ptc_filter filter;
} judged;

static ssize_t judge_lookup(char *text)
{
	char *word = strtok(text, " \t\n");
	__int128 number;

	for (judged.nr = 0; word; word = strtok(NULL, " \t\n")) {
		bool phys = !strncmp(word, "phys:", 5);

		if (judged.nr == 512 || !read_number(&grammar.number, phys ? word + 5 : word, &number))
			return -EINVAL;
		judged.values[judged.nr++] = phys ? number / 4096 : number;
	}
	return judged.nr ? 0 : -EINVAL;
}

static ssize_t judge_pid(const char *text)
{
	__int128 number;
	unsigned int i;

	if (!read_number(&grammar.with_minus, text, &number) || number < 1 || number > INT_MAX ||
	    number == PID_KTHREAD)
		return -EINVAL;
	judged.values[0] = number;
	for (i = 0; i < ARRAY_SIZE(mms); i++)
		if (mms[i].pid == number && !is_gone(&mms[i]))
			return 0;
	return -ESRCH;
}

static ssize_t judge_filter(enum text_target target, const char *text)
{
	__int128 number;

	judged.filter = filters[target];
	if (!strncmp(text, "pid ", 4)) {
		if (!read_number(&grammar.with_minus, text + 4, &number) || number < 0 ||
		    number > INT_MAX)
			return -EINVAL;
		judged.filter.pid = number;
	} else if (!strncmp(text, "cgroup ", 7)) {
		if (!read_number(&grammar.number, text + 7, &number))
			return -EINVAL;
		judged.filter.cgroup = number;
	} else {
		if (strncmp(text, "min_table_bytes ", 16) ||
		    !read_number(&grammar.number, text + 16, &number))
			return -EINVAL;
		judged.filter.min_table_bytes = number;
	}
	return 0;
}

static ssize_t judge_line(enum text_target target, char *text)
{
	__int128 number;

	switch (target) {
	case TEXT_SHRINK:
		if (!read_number(&grammar.number, text, &number))
			return -EINVAL;
		judged.values[0] = number;
		return text_world.shrink_result < 0 ? -EINTR : 0;
	case TEXT_LOOKUP:
		return judge_lookup(text);
	case TEXT_PT_MM_TABLES:
		return judge_pid(text);
	case TEXT_PT_MM:
	case TEXT_PT_CGROUP:
	case TEXT_PAGE_TABLES:
		return judge_filter(target, text);
	case TEXT_MAX_BLOCKS:
		if (!read_number(&grammar.number, text, &number) || number > ULONG_MAX / 512)
			return -EINVAL;
		judged.values[0] = number;
		return 0;
	default:
		if (regexec(&grammar.boolean, text, 0, NULL, 0))
			return -EINVAL;
		judged.values[0] = strchr("yYtT1", text[0]) != NULL ||
				   (strchr("oO", text[0]) && strchr("nN", text[1]));
		return 0;
	}
}

/* What has to come back. A parameter is written to by a page at most, which nobody here fills. */
ssize_t text_wanted(enum text_target target, const char *text, size_t size)
{
	static char line[TEXT_LINE_MAX + 1];
	ssize_t err;

	if (size >= TEXT_LINE_MAX)
		return -EINVAL;
	snprintf(line, sizeof(line), "%.*s", (int)size, text);
	err = judge_line(target, line);
	return err ?: (ssize_t)size;
}

static unsigned int lines_wanted(enum text_target target, const struct ptc_filter *filter)
{
	bool all = !filter->pid && !filter->cgroup && !filter->min_table_bytes;
	unsigned int i, nr = target == TEXT_PT_MM && all; /* init_mm */

	for (i = 0; i < ARRAY_SIZE(mms); i++)
		if (is_wanted(&mms[i], filter) && !is_gone(&mms[i]))
			nr += target == TEXT_PAGE_TABLES ? mms[i].tables : 1;
	return nr;
}

static size_t put_owners(char *buffer, size_t at, size_t size, unsigned long pfn)
{
	unsigned long i;

	for (i = 1; i <= OWNERS_OF_EACH && at < size; i++)
		at += snprintf(buffer + at, size - at, "0x%lx user_table pte 0x%lx %lu - a\\nname\n",
			       pfn, pfn ^ 0xffff, i);
	return at;
}

/* After a text was accepted, and judged. */
static void wanted_state(enum text_target target, unsigned long calls, char *buffer, size_t size)
{
	unsigned long i, at = 0, value = judged.values[0];

	switch (target) {
	case TEXT_SHRINK:
		snprintf(buffer, size, "%lu calls, %lu pages", calls + 1, value);
		return;
	case TEXT_LOOKUP:
		for (i = 0; i < judged.nr; i++)
			at = put_owners(buffer, at, size, judged.values[i]);
		return;
	case TEXT_PT_MM_TABLES:
		for (i = 0; i < (value == PID_LARGE ? TABLES_OF_LARGE : 1UL) && at < size; i++)
			at += snprintf(buffer + at, size - at, "pte 0x%lx 0x%lx 0 - 0 0 0\n", i,
				       SHIM_FIRST_PFN + value);
		return;
	case TEXT_PT_MM:
	case TEXT_PT_CGROUP:
	case TEXT_PAGE_TABLES:
		filters[target] = judged.filter;
		put_filter(buffer, size, &judged.filter, lines_wanted(target, &judged.filter));
		return;
	case TEXT_MAX_BLOCKS:
		snprintf(buffer, size, "%lu behind it %lu", value, value);
		return;
	default:
		snprintf(buffer, size, "%c behind it %lu", value ? 'Y' : 'N', value);
	}
}

const char *text_check(enum text_target target, const char *text, size_t size)
{
	static char before[TEXT_TARGETS][TEXT_STATE_MAX], wanted[TEXT_STATE_MAX];
	static char now[TEXT_STATE_MAX], trouble[512];
	unsigned long calls = shrink_calls;
	ssize_t answer = text_wanted(target, text, size), got;
	loff_t position = 0;
	unsigned int i;

	for (i = 0; i < TEXT_TARGETS; i++)
		text_state(i, before[i], TEXT_STATE_MAX);
	if (target < TEXT_FILES)
		position = files[target].f_pos;
	got = text_write(target, text, size);
	if (got != answer) {
		snprintf(trouble, sizeof(trouble), "the answer is %zd, %zd was wanted", got,
			 answer);
		return trouble;
	}
	if (target < TEXT_FILES && files[target].f_pos != position)
		return "the position that is read from has moved";
	for (i = 0; i < TEXT_TARGETS; i++) {
		text_state(i, now, TEXT_STATE_MAX);
		strcpy(wanted, before[i]);
		if (i == target && answer >= 0)
			wanted_state(i, calls, wanted, TEXT_STATE_MAX);
		if (!strcmp(now, wanted))
			continue;
		snprintf(trouble, sizeof(trouble), "%s is '%.100s', was '%.100s', wanted '%.100s'",
			 targets[i].name, now, before[i], wanted);
		return trouble;
	}
	return NULL;
}
