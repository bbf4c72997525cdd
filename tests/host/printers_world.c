// SPDX-License-Identifier: GPL-2.0
/* See printers_world.h. */
#include <stdlib.h>

#include <linux/security.h>

#include "alloc/index.h"
#include "alloc/lend.h"
#include "alloc/grow.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "census/kernel_walk.h"
#include "debugfs/debugfs.h"
#include "printers_world.h"
#include "tap.h"

struct world world;
unsigned long long world_random;

unsigned int below(unsigned int limit)
{
	world_random = world_random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (world_random >> 33) % limit;
}

bool signal_pending(struct task_struct *task)
{
	must(!shim_atomic, "whoever looks at signals holds a lock");
	world.signal |= ++world.looks == world.signal_at;
	return world.signal;
}

/* ---- processes ---- */

static bool is_wanted(const struct mm_struct *mm, const struct ptc_filter *filter)
{
	return !filter || ((!filter->pid || filter->pid == mm->pid) &&
			   (!filter->cgroup || filter->cgroup == mm->cgroup) &&
			   mm->kernel_bytes >= filter->min_table_bytes);
}

static void take(struct mm_struct *mm, struct ptc_process *process)
{
	world.references++;
	*process = (struct ptc_process){
		.mm = mm, .pid = mm->pid, .nid = mm->nid, .start = mm->start,
		.cgroup = mm->cgroup,
	};
	memcpy(process->comm, mm->comm, TASK_COMM_LEN);
}

int ptc_process_next(pid_t pid, const struct ptc_filter *filter, struct ptc_process *process)
{
	unsigned int i;

	might_sleep();
	if (signal_pending(current))
		return -EINTR;
	for (i = 0; i < world.nr_mms; i++) {
		if (world.mms[i].pid < pid || !is_wanted(&world.mms[i], filter))
			continue;
		take(&world.mms[i], process);
		return 1;
	}
	return 0;
}

struct pid *ptc_process_find(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < world.nr_mms; i++) {
		if (world.mms[i].pid != pid)
			continue;
		world.references++;
		world.pid.mm = &world.mms[i];
		return &world.pid;
	}
	return NULL;
}

int ptc_process_get(struct pid *pid, struct ptc_process *process)
{
	if (!pid->mm->exits_after)
		return -ESRCH;
	take((struct mm_struct *)pid->mm, process);
	return 0;
}

void put_pid(struct pid *pid)
{
	world.references -= pid != NULL;
}

void ptc_process_put(struct ptc_process *process)
{
	world.references--;
	process->mm = NULL;
}

int ptc_process_of_mm(unsigned long mm, pid_t *pid, char comm[TASK_COMM_LEN])
{
	const struct mm_struct *found = (const struct mm_struct *)mm;

	might_sleep();
	if (signal_pending(current))
		return -EINTR;
	if (found < world.mms || found >= world.mms + world.nr_mms)
		return 0;
	*pid = found->pid;
	memcpy(comm, found->comm, TASK_COMM_LEN);
	return 1;
}

void mmgrab(struct mm_struct *mm)
{
	world.references++;
}

void mmdrop(struct mm_struct *mm)
{
	world.references--;
}

bool mmget_not_zero(struct mm_struct *mm)
{
	if (!mm->exits_after)
		return false;
	if (mm->exits_after != NEVER)
		mm->exits_after--;
	world.references++;
	return true;
}

void mmput_async(struct mm_struct *mm)
{
	world.references--;
}

unsigned long mm_pgtables_bytes(const struct mm_struct *mm)
{
	return mm->kernel_bytes;
}

/* ---- cgroups: each with a number that can be divided by 3 has a path ---- */

struct cgroup { u64 id; };

struct cgroup *cgroup_get_from_id(u64 id)
{
	static struct cgroup cgroup;

	might_sleep();
	if (id % 3)
		return ERR_PTR(-ENOENT);
	cgroup.id = id;
	world.references++;
	return &cgroup;
}

void cgroup_put(struct cgroup *cgroup)
{
	world.references--;
}

int cgroup_path(struct cgroup *cgroup, char *path, size_t size)
{
	return snprintf(path, size, "/a slice/of\n%llu", cgroup->id);
}

/* ---- walks ---- */

void ptc_patience_for_pass(struct ptc_patience *patience)
{
	patience->pass_ns = 1;
}

void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience)
{
	must(patience->pass_ns, "a walk without patience");
	walk->mm = mm;
	walk->visitor = visitor;
	walk->patience = patience;
	walk->va = 0;
}

unsigned int world_walked(const struct mm_struct *mm)
{
	return min(mm->nr, mm->busy_at);
}

/* walk->va is the number of the next table. */
int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	const struct mm_struct *mm = walk->mm;

	might_sleep();
	must(walk->visitor->count, "the entries are not counted");
	for (; walk->va < mm->nr; walk->va++) {
		if (walk->va % 48 == 0 && signal_pending(current))
			return -EINTR;
		if (walk->va == mm->busy_at)
			return -EBUSY;
		if (!walk->visitor->visit(walk->visitor, &mm->tables[walk->va]))
			return 1;
	}
	return 0;
}

int ptc_kernel_walk(struct ptc_visitor *visitor)
{
	unsigned int i;

	might_sleep();
	for (i = 0; i < world.nr_kernel; i++) {
		if (i % 100 == 0 && signal_pending(current))
			return -EINTR;
		must(visitor->visit(visitor, &world.kernel[i]), "no room in a census");
	}
	return 0;
}

static unsigned long next_pfn;

static struct ptc_mm_table some_table(void)
{
	struct ptc_mm_table table = {
		.va = (unsigned long)below(1 << 27) << 21,
		.pfn = SHIM_FIRST_PFN + next_pfn++ % SHIM_PAGES,
		.level = below(4) ? PT_CACHE_PTE : below(PTC_LEVELS - 1),
		.occupancy = below(4) ? 1 + below(512) : 512 * below(2),
		.page_refs = 1 + below(3), .share_count = -1, .ours = !below(4), .marked = true,
	};

	if (table.level == PT_CACHE_PTE && !below(5)) {
		table.deposited = true;
		table.va = PTC_NO_VA;
		table.occupancy = -1;
	}
	if (table.level == PT_CACHE_PMD)
		table.share_count = below(3);
	return table;
}

/* The top comes first, and exists once. */
static struct ptc_mm_table top_table(void)
{
	struct ptc_mm_table table = some_table();

	table.level = PT_CACHE_PGD;
	table.va = 0;
	table.deposited = false;
	table.share_count = -1;
	table.occupancy = 20;
	return table;
}

static void make_mm(struct mm_struct *mm, pid_t pid, unsigned int most_tables, bool busy)
{
	static const char * const comms[] = {
		"bash", "two words", "a\nnew line", "back\\slash", "", "fifteen-letters", "\ttab",
	};
	unsigned int i;

	*mm = (struct mm_struct){
		.pid = pid, .start = (u64)pid << 32, .cgroup = below(150), .nid = below(SHIM_NODES),
		.busy_at = NEVER, .exits_after = NEVER, .nr = 1 + below(most_tables),
		.kernel_bytes = below(1000) * PAGE_SIZE,
	};
	strcpy(mm->comm, comms[below(ARRAY_SIZE(comms))]);
	mm->tables = malloc(mm->nr * sizeof(*mm->tables));
	for (i = 0; i < mm->nr; i++)
		mm->tables[i] = i ? some_table() : top_table();
	if (busy && !below(3))
		mm->busy_at = below(2) ? below(mm->nr) : 0;
}

void world_make(unsigned int nr_mms, unsigned int most_tables, bool busy)
{
	pid_t pid = 1;

	world_forget();
	for (; world.nr_mms < nr_mms; world.nr_mms++, pid += 1 + below(30))
		make_mm(&world.mms[world.nr_mms], pid, most_tables, busy);
	for (; world.nr_kernel < 3 * nr_mms; world.nr_kernel++)
		world.kernel[world.nr_kernel] = some_table();
}

/* ---- blocks, tables that are out ---- */

static unsigned int counted_of(const struct pt_cache *cache)
{
	return 1000 * cache->id;
}

struct ptc_cache_sums world_sums(const struct pt_cache *cache)
{
	unsigned int n = counted_of(cache);

	return (struct ptc_cache_sums){
		.in_use = n + 1, .in_magazines = n + 2, .hits = n + 3, .misses = n + 4,
		.frees = n + 5, .atomic_misses = n + 6, .fallbacks = n + 7,
	};
}

void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums)
{
	*sums = world_sums(cache);
}

struct pt_cache *ptc_registry_next(unsigned long *id)
{
	unsigned int i;

	must(shim_rcu, "a cache is looked at without RCU");
	for (i = 0; i < world.nr_caches; i++) {
		if (world.caches[i].id < *id)
			continue;
		*id = world.caches[i].id;
		return &world.caches[i];
	}
	return NULL;
}

struct pt_cache *ptc_registry_find(u16 id)
{
	unsigned long at = id;
	struct pt_cache *cache = ptc_registry_next(&at);

	return cache && cache->id == id ? cache : NULL;
}

LIST_HEAD(ptc_pools);
DEFINE_MUTEX(ptc_pools_mutex);
DEFINE_SRCU(ptc_pools_srcu);

static struct ptc_pool *pool;

static void hand_out(struct ptc_block *block, unsigned int at)
{
	struct ptc_record *record = &block->records[at];
	struct mm_struct *mm = below(4) && world.nr_mms ? &world.mms[below(world.nr_mms)] : NULL;

	ptc_record_open(record, ptc_tag_of_cache(1 + below(WORLD_CACHES + 1), 0) | below(5) << 8,
			mm);
	if (!mm)
		return;
	record->pid = below(3) ? mm->pid : PTC_PID_NOT_YET;
	memcpy(record->comm, mm->comm, TASK_COMM_LEN);
	atomic_set(&record->users, 1 + below(500));
}

static void make_blocks(void)
{
	static const unsigned int orders[WORLD_BLOCKS] = { 9, 9, 3, 0, 9, 1 };
	unsigned int i, at;

	for (i = 0; i < WORLD_BLOCKS; i++) {
		struct ptc_block *block = &world.blocks[i];

		ptc_block_init(block, SHIM_FIRST_PFN + 3 * i * 512, orders[i], i % 4);
		block->node = &world.nodes[pfn_to_nid(block->pfn)];
		block->records = calloc(block->span, sizeof(*block->records));
		for (at = 0; at < block->span; at++)
			if (!below(7))
				hand_out(block, at);
		must(!ptc_index_prepare(block->pfn, GFP_KERNEL), "no memory");
		ptc_index_insert(block);
	}
	world.nr_blocks = i;
}

static void make_caches(void)
{
	unsigned int i;

	pool = calloc(1, sizeof(*pool) + SHIM_NODES * sizeof(pool->nodes[0]));
	for (i = 0; i < SHIM_NODES; i++) {
		world.nodes[i] = (struct ptc_node){
			.nid = i, .pool = pool, .blocks = 2, .record_bytes = 100,
			.sums = { .pages = 1000 + i, .clean = 300, .dirty = 20, .reserve_clean = 7 },
		};
		pool->nodes[i] = &world.nodes[i];
	}
	list_add(&pool->link, &ptc_pools);
	for (i = 0; i < WORLD_CACHES; i++) {
		struct pt_cache *cache = &world.caches[i];

		*cache = (struct pt_cache){ .pool = pool, .id = 1 + 2 * i, .order = i };
		cache->home = i == 2 ? &world.nodes[1] : NULL;
		sprintf(cache->name, "cache_%u", i);
	}
	world.nr_caches = i;
}

/* ---- the direct map, and whose memory it maps ---- */

unsigned long node_start_pfn(int nid)
{
	return SHIM_FIRST_PFN + nid * SHIM_NODE_PAGES;
}

unsigned long node_end_pfn(int nid)
{
	return node_start_pfn(nid + 1);
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	return pfn >= SHIM_FIRST_PFN && pfn - SHIM_FIRST_PFN < SHIM_PAGES ? pfn_to_page(pfn) : NULL;
}

void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn)
{
	must(end_pfn == SHIM_FIRST_PFN + SHIM_PAGES, "up to 0x%lx", end_pfn);
	walk->end = end_pfn;
}

/* From @pfn on, within a run. */
static int next_run(unsigned long pfn, bool any, struct ptc_map_run *run)
{
	unsigned int i;

	might_sleep();
	if (signal_pending(current))
		return -EINTR;
	for (i = 0; i < world.nr_runs; i++) {
		*run = world.runs[i];
		if (run->end <= pfn || (!any && !run->present))
			continue;
		run->pfn = max(run->pfn, pfn);
		return 1;
	}
	return 0;
}

int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	return next_run(pfn, false, run);
}

int ptc_map_walk_next_any(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	return next_run(pfn, true, run);
}

const char *ptc_arch_protection_name(unsigned long protection, char name[PTC_PROTECTION_MAX])
{
	snprintf(name, PTC_PROTECTION_MAX, "rw,nx,wb,+0x%lx", protection);
	return name;
}

static void make_runs(void)
{
	unsigned long pfn = SHIM_FIRST_PFN, end = SHIM_FIRST_PFN + SHIM_PAGES;

	while (pfn < end && world.nr_runs < WORLD_RUNS) {
		struct ptc_map_run *run = &world.runs[world.nr_runs++];

		run->pfn = pfn;
		run->level = below(2);
		run->end = min(end, pfn + 512 * (1 + below(3)));
		if (run->level == PT_CACHE_PTE && below(2))
			run->end = min(end, pfn + 1 + below(512));
		if (run->level == PT_CACHE_PTE || run->end % 512)
			run->level = PT_CACHE_PTE;
		run->present = below(5);
		run->protection = run->present ? 1 + below(3) : 0;
		run->uniform = below(2);
		pfn = run->end;
		/* the next one begins with a region, if it is not of PTEs */
		if (pfn % 512 && world.nr_runs < WORLD_RUNS && pfn < end) {
			run = &world.runs[world.nr_runs++];
			*run = (struct ptc_map_run){ pfn, ALIGN(pfn, 512), PT_CACHE_PTE, true, 9 };
			pfn = run->end;
		}
	}
}

/* ---- what info asks ---- */

bool ptc_adopt_enabled = true, ptc_recycling = true;
DEFINE_STATIC_KEY_FALSE(ptc_verify_key);

bool ptc_lender_exists(void)
{
	return world.nr_mms;
}

int security_locked_down(enum lockdown_reason what)
{
	return world.nr_mms % 3 > what ? -EPERM : 0;
}

/* ---- all of it ---- */

void world_make_rest(void)
{
	unsigned int i;

	make_caches();
	make_blocks();
	make_runs();
	for (i = 0; i < 300; i++)
		shim_mem_map[below(SHIM_PAGES)].flags |= 1UL << SHIM_PG_reserved;
}

void world_forget(void)
{
	unsigned int i;

	must(!world.references, "%d references are left", world.references);
	for (i = 0; i < world.nr_mms; i++)
		free(world.mms[i].tables);
	for (i = 0; i < world.nr_blocks; i++) {
		ptc_index_remove(&world.blocks[i]);
		free(world.blocks[i].records);
	}
	if (world.nr_caches) {
		list_del(&pool->link);
		free(pool);
	}
	memset(&world, 0, sizeof(world));
}
