// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/lookup.c, unchanged, on machines that are made up: page frames of every kind,
 * processes with tables, some of whose mmap locks are held, the kernel's tables, a cache's block. A
 * model says for each page frame what the answer has to be, and what may be walked for it.
 *
 * Usage: lookup_test [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "alloc/index.h"
#include "alloc/record.h"
#include "census/arch.h"
#include "census/kernel_walk.h"
#include "census/lookup.h"
#include "compat/ptdesc.h"
#include "tap.h"

#define FRAMES		4096U		/* of memory */
#define BLOCK		512U		/* the first of them that is a cache's; 512 follow */
#define PROCESSES	400U
#define TABLES		48U		/* of an mm, at most */
#define KERNEL_TABLES	64U
#define NEVER		UINT_MAX

enum nature {
	PLAIN, OFFLINE, FREE_MEMORY, BALLOON, SLAB, HUGETLB, LRU, ANON, NATURES,
};

struct mm_struct {
	struct ptc_mm_table tables[TABLES];
	unsigned int nr;
	unsigned int busy_after;	/* so many tables are visited */
	unsigned int walks, visits;	/* of the real code */
	unsigned int model_walks, model_visits;
};

struct process {
	pid_t pid;
	unsigned int mm;		/* the index */
	bool alive;
	char comm[TASK_COMM_LEN];
};

static struct {
	enum nature nature[FRAMES];
	bool used[FRAMES];
	struct ptc_mm_table kernel[KERNEL_TABLES];
	unsigned int nr_kernel;
	struct mm_struct mms[PROCESSES];
	struct process processes[PROCESSES];	/* by pid */
	unsigned int nr;
	struct ptc_block block;
	struct ptc_record records[PTC_BLOCK_PAGES];

	/* what the real code does */
	unsigned int kernel_walks, kernel_visits, references;
	bool walking;				/* it was begun, and not ended */
	unsigned int interrupts;		/* that came */
	/* what happens to it */
	unsigned int signal_in;			/* steps; 0: none comes */
	bool signals, fails, changes;
	bool signal;				/* it is there */
} world;

static struct {
	unsigned long answers, user, kernel, ours, shared, unsearched, unowned, none, unknown,
		      unlisted, interrupts, failures, walks, changes;
} met;

static unsigned long long random_state;

static unsigned int below(unsigned int limit)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % limit;
}

static struct page *page_at(unsigned int at)
{
	return &shim_mem_map[at];
}

static unsigned long pfn_at(unsigned int at)
{
	return SHIM_FIRST_PFN + at;
}

/* ---- what the lookup asks for ---- */

static void change_something(void);

/* Something may happen. Returns whether a signal is there. */
static bool step(void)
{
	if (world.changes && !below(6))
		change_something();
	if (world.signal_in && !--world.signal_in)
		world.signal = true;
	return world.signal;
}

bool signal_pending(struct task_struct *task)
{
	return world.signal;
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	unsigned long at = pfn - SHIM_FIRST_PFN;

	return at < FRAMES && world.nature[at] != OFFLINE ? page_at(at) : NULL;
}

static int get_process(struct process *is, struct ptc_process *process)
{
	if (!is->alive)
		return -ESRCH;
	world.references++;
	memset(process, 0, sizeof(*process));
	process->mm = &world.mms[is->mm];
	process->pid = is->pid;
	memcpy(process->comm, is->comm, TASK_COMM_LEN);
	return 0;
}

int ptc_process_next(pid_t pid, const struct ptc_filter *filter, struct ptc_process *process)
{
	unsigned int i;

	must(!shim_atomic, "processes are asked for in an atomic section");
	if (step())
		return -EINTR;
	for (i = 0; i < world.nr; i++)
		if (world.processes[i].pid >= pid && !get_process(&world.processes[i], process))
			return 1;
	return 0;
}

struct pid *ptc_process_find(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < world.nr; i++) {
		if (world.processes[i].pid != pid)
			continue;
		world.references++;
		return (struct pid *)&world.processes[i];
	}
	return NULL;
}

void put_pid(struct pid *pid)
{
	world.references--;
}

int ptc_process_get(struct pid *pid, struct ptc_process *process)
{
	return get_process((struct process *)pid, process);
}

void ptc_process_put(struct ptc_process *process)
{
	must(process->mm, "put twice");
	world.references--;
	process->mm = NULL;
	step(); /* a signal may come between two processes, too */
}

void ptc_patience_for_pass(struct ptc_patience *patience)
{
	patience->pass_ns = 12345;
}

static void begin_walk(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience)
{
	must(patience->pass_ns == 12345 && !visitor->look && !visitor->count, "how it walks");
	memset(walk, 0x5a, sizeof(*walk));
	walk->mm = mm;
	walk->visitor = visitor;
	world.walking = true;
}

void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience)
{
	must(world.references, "a walk without a reference");
	begin_walk(walk, mm, visitor, patience);
}

static bool visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	bool more;

	shim_atomic++;
	more = visitor->visit(visitor, table);
	shim_atomic--;
	return more;
}

int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	struct mm_struct *mm = walk->mm;
	unsigned int i;

	must(world.walking, "walked on, and the walk had ended");
	world.walking = false;
	mm->walks++;
	met.walks++;
	for (i = 0; i <= mm->nr; i++) {
		if (step())
			return -EINTR;
		if (i == mm->busy_after)
			return -EBUSY;
		if (i == mm->nr)
			break;
		mm->visits++;
		if (!visit(walk->visitor, &mm->tables[i]))
			return 1;
	}
	return 0;
}

int ptc_kernel_walk(struct ptc_visitor *visitor)
{
	unsigned int i;

	must(!shim_atomic, "the kernel's tables are walked in an atomic section");
	if (world.fails && !below(2))
		return -ENOMEM;
	world.kernel_walks++;
	for (i = 0; i < world.nr_kernel; i++) {
		if (step())
			return -EINTR;
		world.kernel_visits++;
		if (!visit(visitor, &world.kernel[i]))
			return 1;
	}
	return 0;
}

/* ---- a machine ---- */

static void set_nature(unsigned int at, enum nature nature)
{
	static const unsigned int flag[] = {
		[FREE_MEMORY] = SHIM_PG_buddy, [BALLOON] = SHIM_PG_offline, [SLAB] = SHIM_PG_slab,
		[HUGETLB] = SHIM_PG_hugetlb, [LRU] = PG_lru, [ANON] = SHIM_PG_anon,
	};
	struct page *page = page_at(at);

	world.nature[at] = nature;
	page->flags = nature > OFFLINE ? 1UL << flag[nature] : 0;
	page->table = false;
}

/* A page frame that nothing was said of; of several, the first. */
static unsigned int take_frames(unsigned int nr)
{
	unsigned int at, i;

	do {
		at = below(FRAMES - nr);
		for (i = 0; i < nr && !world.used[at + i]; i++)
			;
	} while (i < nr);
	memset(&world.used[at], true, nr);
	return at;
}

static bool is_marked_level(enum pt_cache_level level)
{
	return PTC_MARKED_LEVELS & BIT(level);
}

static struct ptc_mm_table *add_table(unsigned int mm, unsigned int at, enum pt_cache_level level)
{
	struct mm_struct *in = &world.mms[mm];
	struct ptc_mm_table *table = &in->tables[in->nr];

	if (in->nr == TABLES)
		return NULL;
	in->nr++;
	*table = (struct ptc_mm_table){
		.va = level == PT_CACHE_PGD ? 0 : (1UL + below(1 << 20)) << 21,
		.pfn = pfn_at(at), .level = level, .occupancy = -1, .page_refs = 1,
		.share_count = level == PT_CACHE_PMD ? 0 : -1,
	};
	if (level == PT_CACHE_PTE && !below(6)) {
		table->deposited = true;
		table->va = PTC_NO_VA;
	} else if (!below(20)) {
		table->va = PTC_LDT_START + (below(8) << 21);
	}
	page_at(at)->table = is_marked_level(level);
	return table;
}

static void add_pgd(unsigned int mm)
{
	unsigned int pages = ptc_pgd_pages(), at = take_frames(pages);

	add_table(mm, at, PT_CACHE_PGD);
	/* where PGDs are marked they are compound pages */
	if (pages == 2 && is_marked_level(PT_CACHE_PGD))
		page_at(at + 1)->flags = 1UL << SHIM_PG_tail;
}

static void populate_mm(unsigned int mm)
{
	unsigned int i, nr = below(10);

	add_pgd(mm);
	for (i = 0; i < nr; i++)
		add_table(mm, take_frames(1), below(PT_CACHE_PGD));
	/* what another process had, and may still be found in */
	if (mm && !below(6)) {
		const struct mm_struct *other = &world.mms[below(mm)];
		const struct ptc_mm_table *table = &other->tables[below(other->nr)];

		if (table->level != PT_CACHE_PGD && table->share_count <= 0)
			add_table(mm, table->pfn - SHIM_FIRST_PFN, table->level);
	}
	if (!below(4))
		world.mms[mm].busy_after = below(world.mms[mm].nr + 1);
}

/* Tables that hugetlb shares: some processes have it, one of them perhaps twice. */
static void share_tables(unsigned int nr)
{
	while (nr--) {
		unsigned int at = take_frames(1), sharers = 2 + below(5);

		while (sharers--) {
			struct ptc_mm_table *table = add_table(below(world.nr), at, PT_CACHE_PMD);

			if (table)
				table->share_count = 1 + below(4);
		}
	}
}

static void add_kernel_tables(void)
{
	unsigned int i;

	for (i = 0; i < 30; i++) {
		unsigned int at = take_frames(1);
		struct ptc_mm_table *table = &world.kernel[world.nr_kernel++];

		*table = (struct ptc_mm_table){
			.va = ~0UL << 40 | (unsigned long)i << 30, .pfn = pfn_at(at),
			.level = below(PT_CACHE_PGD), .occupancy = 0, .share_count = -1,
		};
		page_at(at)->table = below(2) && is_marked_level(table->level);
	}
	/* espfix: one table in several places */
	world.kernel[world.nr_kernel++] = world.kernel[below(30)];
}

static void add_others(void)
{
	unsigned int nature, i;

	for (nature = 0; nature < NATURES; nature++)
		for (i = 0; i < 8; i++)
			set_nature(take_frames(1), nature);
	for (i = 0; i < 10; i++) /* of somebody who exits */
		page_at(take_frames(1))->table = true;
}

/* ---- a cache's pages ---- */

static struct ptc_record *hand_out(unsigned int at, const struct mm_struct *mm, u32 flags)
{
	struct ptc_record *record = &world.records[at];

	record->mm = mm;
	record->pid = 0;
	memset(record->comm, 0, TASK_COMM_LEN);
	record->tag = ptc_tag_of_cache(1, 0) | PT_CACHE_PTE << 8 | flags;
	atomic_set(&page_at(BLOCK + at)->refs, 2);
	page_at(BLOCK + at)->table = true;
	return record;
}

/* For a process, with the table in it or not; or for one that is gone. */
static void hand_out_for(unsigned int at, struct process *process)
{
	static const struct mm_struct gone;
	bool is_gone = !below(5), not_yet = !below(4);
	struct ptc_record *record;

	record = hand_out(at, is_gone ? &gone : &world.mms[process->mm],
			  below(4) ? PTC_TAG_LENT : below(2) ? PTC_TAG_TREE : 0);
	record->pid = not_yet ? PTC_PID_NOT_YET : is_gone && below(2) ? 999999 : process->pid;
	snprintf(record->comm, TASK_COMM_LEN, "was%u", at);
	if (below(5))
		add_table(process->mm, BLOCK + at, PT_CACHE_PTE);
	if (!below(8))
		add_table(below(world.nr), BLOCK + at, PT_CACHE_PTE);
}

static void fill_block(void)
{
	unsigned int at;

	for (at = 0; at < 200; at++) {
		struct ptc_record *record = &world.records[at];

		switch (below(9)) {
		case 0:
			record->tag = PTC_QUARANTINED;
			break;
		case 1:
			record->tag = PTC_DYING;
			break;
		case 2: /* the page allocator's, so that it may be anything */
			record->tag = PTC_RETURNED;
			if (below(2))
				add_table(below(world.nr), BLOCK + at, below(PT_CACHE_PGD));
			else
				set_nature(BLOCK + at, below(NATURES));
			break;
		case 3:
			hand_out(at, NULL, 0);
			break;
		case 4: /* lent, and freed by the kernel */
			hand_out(at, &world.mms[0], PTC_TAG_LENT);
			atomic_set(&page_at(BLOCK + at)->refs, 1);
			break;
		case 5: /* a pair */
			at = ALIGN(at, 2);
			hand_out(at, &world.mms[0], 1 << 12)->pid = world.processes[0].pid;
			at++;
			break;
		case 6:
			break; /* free */
		default:
			hand_out_for(at, &world.processes[below(world.nr)]);
		}
	}
}

static void build_world(unsigned int nr)
{
	unsigned int i;

	memset(&world.nature, 0, sizeof(world.nature));
	memset(&world.used, 0, sizeof(world.used));
	memset(&world.mms, 0, sizeof(world.mms));
	memset(&world.records, 0, sizeof(world.records));
	memset(&world.used[BLOCK], true, PTC_BLOCK_PAGES);
	for (i = 0; i < FRAMES; i++)
		set_nature(i, PLAIN);
	world.nr_kernel = 0;
	world.nr = nr;
	world.signal_in = world.signal = 0;
	shim_cpu_features[X86_FEATURE_PTI] = below(2);
	for (i = 0; i < nr; i++) {
		struct process *process = &world.processes[i];

		process->pid = (i ? process[-1].pid : 0) + 1 + below(3);
		process->mm = i;
		process->alive = below(10);
		snprintf(process->comm, TASK_COMM_LEN, "task%u", i % 1000);
		world.mms[i].busy_after = NEVER;
	}
}

static void build_random_world(void)
{
	unsigned int i;

	build_world(1 + below(24));
	for (i = 0; i < world.nr; i++)
		populate_mm(i);
	if (world.nr > 2 && !below(3)) { /* two that share an mm */
		i = below(world.nr - 1);
		world.processes[i + 1].mm = i;
	}
	share_tables(below(4));
	add_kernel_tables();
	add_others();
	fill_block();
}

/* ---- the model ---- */

struct answer {
	struct ptc_owner owner;		/* but for the reason */
	unsigned int busy, unlisted;	/* that the reason tells of; 0: it does not */
	bool shared;
};

/* What is known of a page frame that is asked for, once however often it is. */
struct asked {
	unsigned long pfn;
	enum ptc_kind kind;
	bool found, open, kernel, searched, wants_va;
	struct answer answers[PROCESSES];
	unsigned int nr, unlisted;
};

static struct {
	struct asked asked[PTC_LOOKUP_PFNS];	/* by rising pfn */
	unsigned int nr;
	unsigned int busy, room;
	unsigned int kernel_walks, kernel_visits;
	struct answer answers[4096];
	unsigned int nr_answers;
} model;

static bool model_is_marked(unsigned int at)
{
	return page_at(at - (page_at(at)->flags >> SHIM_PG_tail & 1))->table;
}

static struct answer *model_answer(struct asked *asked, enum ptc_kind kind)
{
	struct answer *answer = &asked->answers[asked->nr++];

	memset(answer, 0, sizeof(*answer));
	answer->owner.pfn = asked->pfn;
	answer->owner.kind = kind;
	answer->owner.level = -1;
	answer->owner.va = PTC_NO_VA;
	asked->found = true;
	return answer;
}

/* The process that stands for an mm, or NULL. */
static const struct process *process_of(unsigned long mm)
{
	unsigned int i;

	for (i = 0; i < world.nr; i++)
		if (world.processes[i].alive &&
		    (unsigned long)&world.mms[world.processes[i].mm] == mm)
			return &world.processes[i];
	return NULL;
}

static void model_ours(struct asked *asked, unsigned int at)
{
	const struct ptc_record *record = &world.records[at];
	const struct process *process;
	struct ptc_owner *owner;

	if ((record->tag & PTC_TAG_STATE) != PTC_OUT && at % 2 &&
	    (record[-1].tag & (1 << 12 | PTC_TAG_STATE)) == (1 << 12 | PTC_OUT))
		record--; /* the second page of a pair */
	if ((record->tag & PTC_TAG_STATE) != PTC_OUT ||
	    (record->tag & PTC_TAG_LENT && page_at(BLOCK + at)->refs.counter == 1)) {
		model_answer(asked, PTC_KIND_CACHED_FREE);
		return;
	}
	owner = &model_answer(asked, record->mm ? PTC_KIND_USER : PTC_KIND_KERNEL)->owner;
	owner->level = PT_CACHE_PTE;
	owner->mm = (unsigned long)record->mm;
	if (!owner->mm)
		return;
	owner->pid = record->pid;
	memcpy(owner->comm, record->comm, TASK_COMM_LEN);
	process = process_of(owner->mm);
	if (record->pid == PTC_PID_NOT_YET) {
		owner->pid = process ? process->pid : 0;
		if (process)
			memcpy(owner->comm, process->comm, TASK_COMM_LEN);
	}
	asked->wants_va = !(record->tag & PTC_TAG_TREE);
}

/* By the order of this list: what is known, what is proven, and where it is to be looked for. */
static void model_begin(struct asked *asked)
{
	unsigned long at = asked->pfn - SHIM_FIRST_PFN;
	bool marked;

	if (at >= FRAMES || world.nature[at] == OFFLINE) {
		model_answer(asked, PTC_KIND_NONE);
		return;
	}
	if (at - BLOCK < PTC_BLOCK_PAGES && world.records[at - BLOCK].tag != PTC_RETURNED) {
		model_ours(asked, at - BLOCK);
		return;
	}
	marked = model_is_marked(at);
	if (!marked && world.nature[at] > OFFLINE && world.nature[at] != SLAB) {
		model_answer(asked, PTC_KIND_NONE);
		return;
	}
	asked->kernel = marked || world.nature[at] != SLAB;
	asked->searched = marked || (world.nature[at] != SLAB && !is_marked_level(PT_CACHE_PGD));
	asked->open = asked->searched;
	asked->kind = marked ? PTC_KIND_UNOWNED : PTC_KIND_UNKNOWN;
}

static bool model_wants_kernel(void)
{
	unsigned int i;

	for (i = 0; i < model.nr; i++)
		if (model.asked[i].kernel && !model.asked[i].found)
			return true;
	return false;
}

static void model_kernel(void)
{
	unsigned int i, t;

	model.kernel_walks = model_wants_kernel();
	for (t = 0; t < world.nr_kernel && model_wants_kernel(); t++) {
		const struct ptc_mm_table *table = &world.kernel[t];

		model.kernel_visits++;
		for (i = 0; i < model.nr; i++) {
			struct asked *asked = &model.asked[i];
			struct ptc_owner *owner;

			if (!asked->kernel || asked->found || asked->pfn != table->pfn)
				continue;
			owner = &model_answer(asked, PTC_KIND_KERNEL)->owner;
			owner->level = table->level;
			owner->va = table->va;
			asked->open = false;
		}
	}
}

static bool is_of(const struct ptc_mm_table *table, unsigned long pfn)
{
	return pfn == table->pfn ||
	       (table->level == PT_CACHE_PGD && ptc_pgd_pages() == 2 && pfn == table->pfn + 1);
}

/* The order of what is found: as the tables come, and of a pair the first page first. */
static void model_table(const struct process *process, const struct ptc_mm_table *table,
			struct asked *asked)
{
	unsigned long mm = (unsigned long)&world.mms[process->mm];
	struct ptc_owner *owner;
	unsigned int i;

	if (asked->wants_va && asked->answers[0].owner.mm == mm) {
		asked->answers[0].owner.va = table->va;
		asked->wants_va = false;
	}
	if (!asked->open)
		return;
	asked->open = table->share_count > 0;
	for (i = 0; i < asked->nr; i++)
		if (asked->answers[i].owner.mm == mm)
			return;
	if (asked->nr && !model.room) {
		asked->unlisted++;
		return;
	}
	model.room -= asked->nr > 0;
	owner = &model_answer(asked, PTC_KIND_USER)->owner;
	asked->answers[asked->nr - 1].shared = table->share_count > 0;
	owner->level = table->level;
	owner->va = table->va;
	owner->mm = mm;
	owner->pid = process->pid;
	memcpy(owner->comm, process->comm, TASK_COMM_LEN);
}

/* How many page frames can still be found in a process. */
static unsigned int model_left(const struct process *process, bool search)
{
	unsigned long mm = (unsigned long)&world.mms[process->mm];
	unsigned int i, left = 0;

	for (i = 0; i < model.nr; i++)
		left += (search && model.asked[i].open) ||
			(model.asked[i].wants_va && model.asked[i].answers[0].owner.mm == mm);
	return left;
}

static void model_walk(const struct process *process, bool search)
{
	struct mm_struct *mm = &world.mms[process->mm];
	unsigned int t, i;

	mm->model_walks++;
	for (t = 0; t <= mm->nr && model_left(process, search); t++) {
		if (t == mm->busy_after) {
			model.busy += search;
			break;
		}
		if (t == mm->nr)
			break;
		mm->model_visits++;
		for (i = 0; i < model.nr; i++)
			if (is_of(&mm->tables[t], model.asked[i].pfn))
				model_table(process, &mm->tables[t], &model.asked[i]);
	}
	for (i = 0; i < model.nr; i++)
		if (model.asked[i].wants_va &&
		    model.asked[i].answers[0].owner.mm == (unsigned long)mm)
			model.asked[i].wants_va = false;
}

static void model_processes(void)
{
	unsigned int p, i;

	for (p = 0; p < world.nr; p++) {
		bool search = false;

		for (i = 0; i < model.nr; i++)
			search |= model.asked[i].open;
		if (search && world.processes[p].alive)
			model_walk(&world.processes[p], true);
	}
	for (i = 0; i < model.nr; i++)
		for (p = 0; p < world.nr && model.asked[i].wants_va; p++) {
			const struct ptc_owner *owner = &model.asked[i].answers[0].owner;
			const struct process *process = &world.processes[p];

			if (process->alive && process->pid == owner->pid &&
			    (unsigned long)&world.mms[process->mm] == owner->mm)
				model_walk(process, false);
		}
}

static void model_end(struct asked *asked)
{
	if (asked->nr) {
		asked->answers[asked->nr - 1].unlisted = asked->unlisted;
		if (asked->open)
			asked->answers[asked->nr - 1].busy = model.busy;
	} else if (asked->searched && model.busy) {
		model_answer(asked, PTC_KIND_UNSEARCHED)->busy = model.busy;
	} else {
		model_answer(asked, asked->kind);
	}
}

static struct asked *asked_of(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < model.nr && model.asked[i].pfn != pfn; i++)
		;
	return i < model.nr ? &model.asked[i] : NULL;
}

static int by_pfn(const void *a, const void *b)
{
	const struct asked *asked_a = a, *asked_b = b;

	return asked_a->pfn < asked_b->pfn ? -1 : asked_a->pfn > asked_b->pfn;
}

static void ask_model(const unsigned long *pfns, unsigned int nr)
{
	unsigned int i, n;

	model.nr = model.busy = model.kernel_walks = model.kernel_visits = model.nr_answers = 0;
	for (i = 0; i < nr; i++) {
		if (asked_of(pfns[i]))
			continue;
		memset(&model.asked[model.nr], 0, offsetof(struct asked, answers));
		model.asked[model.nr].nr = model.asked[model.nr].unlisted = 0;
		model.asked[model.nr++].pfn = pfns[i];
	}
	model.room = PTC_LOOKUP_SHARERS + PTC_LOOKUP_PFNS - model.nr;
	qsort(model.asked, model.nr, sizeof(model.asked[0]), by_pfn);
	for (i = 0; i < model.nr; i++)
		model_begin(&model.asked[i]);
	model_kernel();
	model_processes();
	for (i = 0; i < model.nr; i++)
		model_end(&model.asked[i]);
	for (i = 0; i < nr; i++) {
		const struct asked *asked = asked_of(pfns[i]);

		must(model.nr_answers + asked->nr <= ARRAY_SIZE(model.answers), "too many answers");
		for (n = 0; n < asked->nr; n++)
			model.answers[model.nr_answers++] = asked->answers[n];
	}
}

/* ---- questions ---- */

static struct ptc_lookup *lookup;
static unsigned long pfns[PTC_LOOKUP_PFNS];

static unsigned long any_pfn(void)
{
	static const unsigned long special[] = {
		0, 1, SHIM_FIRST_PFN - 1, SHIM_FIRST_PFN + FRAMES, 1UL << 52, ULONG_MAX,
	};
	const struct mm_struct *mm = &world.mms[below(world.nr)];

	switch (below(8)) {
	case 0:
		return special[below(ARRAY_SIZE(special))];
	case 1:
		return world.nr_kernel ? world.kernel[below(world.nr_kernel)].pfn : 0;
	case 2:
	case 3:
		return mm->nr ? mm->tables[below(mm->nr)].pfn + !below(4) : 0;
	case 4:
		return pfn_at(BLOCK + below(210));
	default:
		return pfn_at(below(FRAMES));
	}
}

static unsigned int choose_pfns(void)
{
	unsigned int nr = below(3) ? below(6) : below(PTC_LOOKUP_PFNS + 1), i;

	for (i = 0; i < nr; i++)
		pfns[i] = i && !below(6) ? pfns[below(i)] : any_pfn();
	return nr;
}

/* The number at the end of a remark, or 0. */
static unsigned int number_behind(const char *reason, const char *words)
{
	const char *at = strstr(reason, words);

	return at ? strtoul(strstr(at, ": ") + 2, NULL, 10) : 0;
}

static void count_answer(const struct answer *answer)
{
	met.answers++;
	met.user += answer->owner.kind == PTC_KIND_USER;
	met.kernel += answer->owner.kind == PTC_KIND_KERNEL;
	met.ours += answer->owner.pfn - pfn_at(BLOCK) < PTC_BLOCK_PAGES;
	met.shared += answer->shared;
	met.unsearched += answer->owner.kind == PTC_KIND_UNSEARCHED;
	met.unowned += answer->owner.kind == PTC_KIND_UNOWNED;
	met.none += answer->owner.kind == PTC_KIND_NONE;
	met.unknown += answer->owner.kind == PTC_KIND_UNKNOWN;
	met.unlisted += answer->unlisted;
}

static void check_answer(const struct ptc_owner *owner, const struct answer *answer)
{
	const struct ptc_owner *is = &answer->owner;

	must(owner->pfn == is->pfn, "0x%lx is told of, it is the turn of 0x%lx", owner->pfn,
	     is->pfn);
	must(owner->kind == is->kind, "0x%lx: kind %d, it is %d (%s)", owner->pfn, owner->kind,
	     is->kind, owner->reason);
	must(owner->level == is->level && owner->mm == is->mm && owner->va == is->va &&
	     owner->pid == is->pid && !strcmp(owner->comm, is->comm),
	     "0x%lx: level %d mm 0x%lx va 0x%lx pid %d %s, it is %d 0x%lx 0x%lx %d %s", owner->pfn,
	     owner->level, owner->mm, owner->va, owner->pid, owner->comm, is->level, is->mm,
	     is->va, is->pid, is->comm);
	must(memchr(owner->reason, 0, sizeof(owner->reason)), "the reason has no end");
	must(strlen(owner->reason) < sizeof(owner->reason) - 1, "the reason is cut: %s",
	     owner->reason);
	must(number_behind(owner->reason, "were not searched") == answer->busy,
	     "0x%lx: %u are busy: '%s'", owner->pfn, answer->busy, owner->reason);
	must(number_behind(owner->reason, "no room") == answer->unlisted, "0x%lx: %u more: '%s'",
	     owner->pfn, answer->unlisted, owner->reason);
	must(answer->shared == !!strstr(owner->reason, "shared"), "shared: '%s'", owner->reason);
	count_answer(answer);
}

static void begin(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < world.nr; i++) {
		world.mms[i].walks = world.mms[i].model_walks = 0;
		world.mms[i].visits = world.mms[i].model_visits = 0;
	}
	world.kernel_walks = world.kernel_visits = world.interrupts = 0;
	world.signal = false;
	world.signal_in = world.signals ? 1 + below(300) : 0;
	ptc_lookup_begin(lookup, pfns, nr);
}

/* As ptc_lookup_next(), for a reader that is interrupted and comes again. */
static int next_owner(struct ptc_owner *owner)
{
	for (;;) {
		int ret = ptc_lookup_next(lookup, owner);

		must(!world.references && !shim_atomic && !world.walking,
		     "%u references are left, or a lock", world.references);
		if (ret == -ENOMEM) {
			must(world.fails, "there is memory");
			met.failures++;
			continue;
		}
		if (ret != -EINTR)
			return ret;
		must(world.signal, "-EINTR without a signal");
		world.signal = false;
		world.signal_in = below(4) ? 1 + below(300) : 0;
		world.interrupts++;
		met.interrupts++;
	}
}

static void check_walks(void)
{
	unsigned int i, again = 0;

	must(world.kernel_walks >= model.kernel_walks &&
	     world.kernel_walks <= model.kernel_walks * (1 + world.interrupts),
	     "%u walks of the kernel, %u are needed, %u interruptions", world.kernel_walks,
	     model.kernel_walks, world.interrupts);
	must(world.interrupts || world.kernel_visits == model.kernel_visits,
	     "%u of the kernel's tables are visited, %u are needed", world.kernel_visits,
	     model.kernel_visits);
	for (i = 0; i < world.nr; i++) {
		const struct mm_struct *mm = &world.mms[i];

		must(mm->walks >= mm->model_walks && (!mm->walks || mm->model_walks),
		     "process %u: %u walks, %u are needed", i, mm->walks, mm->model_walks);
		must(world.interrupts || mm->visits == mm->model_visits,
		     "process %u: %u tables are visited, %u are needed", i, mm->visits,
		     mm->model_visits);
		again += mm->walks - mm->model_walks;
	}
	must(again <= world.interrupts, "%u walks too many, with %u interruptions", again,
	     world.interrupts);
}

static void ask(unsigned int nr)
{
	struct ptc_owner owner;
	unsigned int i;

	begin(nr);
	ask_model(pfns, nr);
	for (i = 0; i < model.nr_answers; i++) {
		memset(&owner, 0xa5, sizeof(owner));
		must(next_owner(&owner) == 1, "no answer, and there are %u of %u",
		     model.nr_answers - i, model.nr_answers);
		check_answer(&owner, &model.answers[i]);
	}
	must(next_owner(&owner) == 0 && next_owner(&owner) == 0, "an answer too many");
	check_walks();
}

static void test_random(unsigned long rounds, bool signals, bool fails, const char *promise)
{
	unsigned long round;
	unsigned int i;

	for (round = 0; round < rounds; round++) {
		build_random_world();
		world.signals = signals;
		world.fails = fails;
		for (i = 0; i < 6; i++)
			ask(choose_pfns());
		world.signals = world.fails = false;
	}
	test_ends(promise);
}

/* ---- what nothing is walked for ---- */

static void test_no_walk(void)
{
	unsigned int round, i, nr;

	for (round = 0; round < 50; round++) {
		build_random_world();
		for (i = nr = 0; i < FRAMES && nr < PTC_LOOKUP_PFNS; i++)
			if (world.nature[i] != PLAIN && i - BLOCK >= PTC_BLOCK_PAGES)
				pfns[nr++] = pfn_at(i);
		ask(nr);
		check(!world.kernel_walks, "the kernel is walked for what is no table");
		for (i = 0; i < world.nr; i++)
			check(!world.mms[i].walks, "process %u is walked", i);
	}
	test_ends("for what flags and types prove, and for slabs, nothing is walked");
}

static void test_not_marked(void)
{
	unsigned int round, i, nr;

	for (round = 0; round < 50; round++) {
		build_random_world();
		for (i = nr = 0; i < FRAMES && nr < PTC_LOOKUP_PFNS; i++)
			if (!model_is_marked(i) && i - BLOCK >= PTC_BLOCK_PAGES)
				pfns[nr++] = pfn_at(i);
		ask(nr);
		check(world.kernel_walks == 1, "%u walks of the kernel", world.kernel_walks);
		for (i = 0; i < world.nr; i++)
			check(!world.mms[i].walks, "process %u is walked", i);
	}
	test_ends("where all levels are marked, no process is walked for what is not");
}

/* ---- many that share ---- */

static void test_sharers(void)
{
	unsigned int round, i, n;

	for (round = 0; round < 20; round++) {
		unsigned int shared = 1 + round % 4, at[4];

		build_world(PROCESSES);
		world.signals = round % 2;
		for (n = 0; n < shared; n++)
			pfns[n] = pfn_at(at[n] = take_frames(1));
		for (i = 0; i < world.nr; i++)
			for (n = 0; n < shared; n++)
				if (below(4))
					add_table(i, at[n], PT_CACHE_PMD)->share_count = 300;
		ask(shared);
		world.signals = false;
	}
	check(met.unlisted, "there is always room");
	test_ends("more owners than there is room for are counted");
}

/* ---- a machine that changes ---- */

#define HISTORY	65536U

/* All that was ever true of a page frame and an mm. */
static struct { unsigned long pfn, mm, va; int level; } history[HISTORY];
static unsigned int nr_history;

static void note_tables(void)
{
	unsigned int i, t, page;

	for (i = 0; i < world.nr; i++) {
		const struct mm_struct *mm = &world.mms[i];

		for (t = 0; t < mm->nr; t++)
			for (page = 0; page < 2 && nr_history < HISTORY; page++) {
				const struct ptc_mm_table *table = &mm->tables[t];

				if (!is_of(table, table->pfn + page))
					continue;
				history[nr_history].pfn = table->pfn + page;
				history[nr_history].mm = (unsigned long)mm;
				history[nr_history].va = table->va;
				history[nr_history++].level = table->level;
			}
	}
}

static bool was_so(const struct ptc_owner *owner)
{
	unsigned int i;

	for (i = 0; i < nr_history; i++)
		if (history[i].pfn == owner->pfn && history[i].mm == owner->mm &&
		    history[i].va == owner->va && history[i].level == owner->level)
			return true;
	return false;
}

/* A table goes, or comes; a process ends. What is ours, or proven to be no table, stays. */
static void change_something(void)
{
	struct mm_struct *mm = &world.mms[below(world.nr)];
	unsigned int t, at;

	if (nr_history + 2 >= HISTORY)
		return;
	met.changes++;
	switch (below(4)) {
	case 0:
		world.processes[below(world.nr)].alive = false;
		return;
	case 1:
		mm->busy_after = below(2) ? NEVER : below(mm->nr + 1);
		return;
	case 2:
		if (mm->nr < 2)
			return;
		t = 1 + below(mm->nr - 1);
		at = mm->tables[t].pfn - SHIM_FIRST_PFN;
		if (at - BLOCK >= PTC_BLOCK_PAGES)
			page_at(at)->table = false;
		mm->tables[t] = mm->tables[--mm->nr];
		return;
	default:
		at = below(FRAMES);
		if (at - BLOCK < PTC_BLOCK_PAGES || world.nature[at] != PLAIN ||
		    !add_table(mm - world.mms, at, below(PT_CACHE_PGD)))
			return;
		history[nr_history].pfn = pfn_at(at);
		history[nr_history].mm = (unsigned long)mm;
		history[nr_history].va = mm->tables[mm->nr - 1].va;
		history[nr_history++].level = mm->tables[mm->nr - 1].level;
	}
}

static void check_changing(const struct ptc_owner *owner, const struct ptc_owner *before)
{
	unsigned long at = owner->pfn - SHIM_FIRST_PFN;
	bool proven = at >= FRAMES || (world.nature[at] != PLAIN && world.nature[at] != SLAB);

	if (at - BLOCK < PTC_BLOCK_PAGES)
		return;
	must(owner->kind != PTC_KIND_USER || was_so(owner),
	     "0x%lx was never of mm 0x%lx at 0x%lx", owner->pfn, owner->mm, owner->va);
	must((owner->kind == PTC_KIND_NONE) == proven, "0x%lx: kind %d", owner->pfn, owner->kind);
	must(owner->kind != PTC_KIND_CACHED_FREE, "0x%lx is not ours", owner->pfn);
	must(!before || before->pfn != owner->pfn || before->mm != owner->mm ||
	     owner->kind != PTC_KIND_USER || before->kind != PTC_KIND_USER ||
	     !strstr(owner->reason, "shared"), "0x%lx: an owner is told of twice", owner->pfn);
}

static void ask_changing(unsigned int nr)
{
	struct ptc_owner owner, before;
	unsigned int i = 0, walks = 0, n = 0;
	int ret;

	nr_history = 0;
	note_tables();
	begin(nr);
	while ((ret = next_owner(&owner)) > 0) {
		/* the next one that was asked for, or another owner of the one before */
		if (n && owner.pfn == before.pfn && (i == nr || pfns[i] != owner.pfn))
			must(owner.kind == PTC_KIND_USER, "0x%lx is told of again", owner.pfn);
		else
			must(i < nr && pfns[i++] == owner.pfn, "0x%lx: not its turn", owner.pfn);
		check_changing(&owner, n ? &before : NULL);
		before = owner;
		n++;
	}
	must(!ret && n >= nr, "%d after %u", ret, n);
	for (i = 0; i < world.nr; i++)
		walks += world.mms[i].walks;
	must(walks <= world.nr + world.interrupts && world.kernel_walks <= 1 + world.interrupts,
	     "%u walks of %u processes, %u of the kernel", walks, world.nr, world.kernel_walks);
}

static void test_changing(unsigned long rounds)
{
	unsigned long round;
	unsigned int i, nr;

	for (round = 0; round < rounds; round++) {
		build_random_world();
		for (i = 0; i < 4; i++) {
			/* each once: who is told of after whom is clear then */
			for (nr = 0; nr < 1 + round % 100; nr++)
				do {
					unsigned int at;

					pfns[nr] = any_pfn();
					for (at = 0; at < nr && pfns[at] != pfns[nr]; at++)
						;
					if (at == nr)
						break;
				} while (true);
			world.signals = round % 2;
			world.changes = true;
			ask_changing(nr);
			world.changes = world.signals = false;
		}
	}
	test_ends("while processes end, and tables come and go, what is said was true at some time");
}

static void begin_block(void)
{
	world.block.pfn = pfn_at(BLOCK);
	world.block.pages = world.block.span = PTC_BLOCK_PAGES;
	world.block.order = PTC_BLOCK_ORDER;
	world.block.records = world.records;
	must(!ptc_index_prepare(world.block.pfn, GFP_KERNEL), "no memory");
	ptc_index_insert(&world.block);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 100;

	random_state = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	shim_memory_init();
	begin_block();
	lookup = malloc(sizeof(*lookup));
	memset(lookup, 0xa5, sizeof(*lookup));
	test_random(rounds, false, false, "each page frame has its owners, for as few walks as can be");
	test_random(rounds, true, false, "also when signals interrupt it: none is told of twice");
	test_random(rounds, true, true, "also when memory is short");
	test_no_walk();
	if (is_marked_level(PT_CACHE_PGD))
		test_not_marked();
	test_sharers();
	test_changing(rounds);
	printf("# %zu bytes; %lu answers: %lu user, %lu kernel, %lu ours, %lu shared, %lu unsearched, %lu unowned\n",
	       sizeof(*lookup), met.answers, met.user, met.kernel, met.ours, met.shared,
	       met.unsearched, met.unowned);
	printf("# %lu no table, %lu unknown, %lu without room; %lu walks, %lu interrupted, %lu without memory, %lu changes\n",
	       met.none, met.unknown, met.unlisted, met.walks, met.interrupts, met.failures,
	       met.changes);
	free(lookup);
	ptc_index_remove(&world.block);
	ptc_index_exit();
	shim_memory_exit();
	return tests_end();
}
