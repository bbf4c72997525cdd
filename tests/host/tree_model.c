// SPDX-License-Identifier: GPL-2.0
/* See tree_model.h. */
#include <pthread.h>

#include "tree_model.h"

/* What the hardware notes. */
#define NOTED	(MANUAL_ACCESSED | MANUAL_DIRTY)

struct model m;
struct met met;

unsigned long below(unsigned long limit)
{
	return random_of(&m.random, limit);
}

unsigned long tree_end(void)
{
	return 1UL << (shim_l5_enabled ? 57 : 48);
}

/* The first that ends behind @va. */
static unsigned int leaf_behind(unsigned long va)
{
	unsigned int low = 0, high = m.nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (end_of(&m.leaves[middle]) <= va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct translation *leaf_of(unsigned long va)
{
	unsigned int at = leaf_behind(va);

	return at < m.nr && m.leaves[at].va <= va ? &m.leaves[at] : NULL;
}

static bool any_mapped(unsigned long va, unsigned long size)
{
	unsigned int at = leaf_behind(va);

	return at < m.nr && m.leaves[at].va < va + size;
}

static bool all_mapped(unsigned long va, unsigned long size)
{
	unsigned int at = leaf_behind(va);
	unsigned long end = va + size;

	for (; va < end && at < m.nr && m.leaves[at].va <= va; at++)
		va = end_of(&m.leaves[at]);
	return va >= end;
}

static void make_room(unsigned int at, unsigned int nr)
{
	must(m.nr + nr <= LEAVES, "the model is full");
	memmove(&m.leaves[at + nr], &m.leaves[at], (m.nr - at) * sizeof(m.leaves[0]));
	m.nr += nr;
}

static void remove_leaves(unsigned int at, unsigned int nr)
{
	m.nr -= nr;
	memmove(&m.leaves[at], &m.leaves[at + nr], (m.nr - at) * sizeof(m.leaves[0]));
}

/* Have no leaf that sticks out on both sides of @va. */
static void cut(unsigned long va)
{
	unsigned int at, i;

	for (;;) {
		struct translation leaf;

		at = leaf_behind(va);
		if (at == m.nr || m.leaves[at].va >= va)
			return;
		leaf = m.leaves[at];
		make_room(at, 511);
		leaf.size /= 512;
		for (i = 0; i < 512; i++, leaf.va += leaf.size, leaf.pa += leaf.size)
			m.leaves[at + i] = leaf;
	}
}

/* Is there a table of the level below within [va, va + size), though nothing is mapped there? */
static bool holds_table(unsigned long va, unsigned long size)
{
	unsigned int i;

	for (i = 0; i < m.nr_holds; i++)
		if (m.holds[i].va - va < size && (size > SZ_2M || m.holds[i].users))
			return true;
	return false;
}

static unsigned long largest_that_fits(unsigned long va, unsigned long pa, unsigned long size)
{
	unsigned long fits = SZ_4K;

	if (!(m.flags & PT_CACHE_TREE_NO_PMD_BLOCKS)) {
		fits = m.flags & PT_CACHE_TREE_NO_PUD_BLOCKS ? SZ_2M : SZ_1G;
		while (fits > size || (va | pa) & (fits - 1) ||
		       (fits > SZ_4K && holds_table(va, fits)))
			fits /= 512;
	}
	return fits;
}

static void model_map(unsigned long va, unsigned long pa, unsigned long size, unsigned long prot)
{
	unsigned long done, fits;
	unsigned int at = leaf_behind(va), nr = 0;

	for (done = 0; done < size; done += fits, nr++)
		fits = largest_that_fits(va + done, pa + done, size - done);
	make_room(at, nr);
	for (done = 0; done < size; done += fits) {
		fits = largest_that_fits(va + done, pa + done, size - done);
		m.leaves[at++] = (struct translation){ va + done, fits, pa + done, prot };
	}
}

static void model_unmap(unsigned long va, unsigned long size)
{
	unsigned int at, end;

	cut(va);
	cut(va + size);
	at = leaf_behind(va);
	end = leaf_behind(va + size);
	remove_leaves(at, end - at);
}

/* How far what is mapped here goes on, or what is not. */
unsigned long run_of(unsigned long va)
{
	unsigned int at = leaf_behind(va);
	unsigned long end = va;

	if (!leaf_of(va))
		return at < m.nr ? m.leaves[at].va - va : tree_end() - va;
	for (; at < m.nr && m.leaves[at].va <= end; at++)
		end = end_of(&m.leaves[at]);
	return end - va;
}

/* ---- the tree, held against the model ---- */

/* What was seen in the tree. */
static struct {
	struct translation leaves[LEAVES];
	unsigned int nr;
} seen;

static void note(struct translation leaf)
{
	must(seen.nr < LEAVES, "too many leaves");
	must(leaf.va % leaf.size == 0 && leaf.pa % leaf.size == 0, "0x%lx to 0x%lx", leaf.va,
	     leaf.pa);
	seen.leaves[seen.nr++] = leaf;
}

static int note_mapping(const struct pt_cache_mapping *mapping, void *unused)
{
	must(mapping->size == SZ_4K << 9 * mapping->level, "level %d", mapping->level);
	note((struct translation){
		mapping->va, mapping->size, mapping->pa, pgprot_val(mapping->prot),
	});
	return 0;
}

static bool same_prot(unsigned long tree, unsigned long model)
{
	return (tree & ~NOTED) == (model & ~NOTED) && (tree & model & NOTED) == (model & NOTED);
}

/* What was seen, leaf by leaf; or, unless @exactly, whatever the sizes of the leaves. */
static void compare_seen(unsigned long va, unsigned long size, bool exactly)
{
	unsigned int at = leaf_behind(va), i;
	unsigned long done = 0;

	for (i = 0; i < seen.nr; i++) {
		const struct translation *tree = &seen.leaves[i], *model = &m.leaves[at];
		unsigned long in = tree->va - model->va;

		must(at < m.nr, "0x%lx is mapped", tree->va);
		must(in < model->size && tree->size <= model->size - in &&
		     (!exactly || tree->size == model->size),
		     "0x%lx, 0x%lx bytes; the model has 0x%lx, 0x%lx bytes", tree->va, tree->size,
		     model->va, model->size);
		must(in == done, "0x%lx is mapped, and not what is before it", tree->va);
		must(tree->pa == model->pa + in && same_prot(tree->prot, model->prot),
		     "0x%lx maps to 0x%lx, 0x%lx, not to 0x%lx, 0x%lx", tree->va, tree->pa,
		     tree->prot, model->pa + in, model->prot);
		done += tree->size;
		if (done == model->size) {
			done = 0;
			at++;
		}
	}
	must(!done && (at == m.nr || m.leaves[at].va >= va + size), "0x%lx is not mapped",
	     m.leaves[at].va + done);
}

void compare_walk(unsigned long va, unsigned long size, bool exactly)
{
	seen.nr = 0;
	must(!pt_cache_tree_walk(m.tree, va, size, note_mapping, NULL), "walk");
	compare_seen(va, size, exactly);
}

static unsigned int users_held(int level, unsigned long va)
{
	unsigned int i, users = 0;

	for (i = 0; i < m.nr_holds; i++)
		if (m.holds[i].va >> manual_shift(level + 1) == va >> manual_shift(level + 1))
			users += level == 1 ? m.holds[i].users : level == 2;
	return users;
}

/* A table has a user for each entry that is not none, and those that we hold. Returns how many. */
static unsigned int see_tables(const unsigned long *table, int level, unsigned long va)
{
	unsigned int i, entries = 0, tables = 1, users = world_users_of(table);

	for (i = 0; i < 512; i++) {
		unsigned long entry = table[i], at = va + ((unsigned long)i << manual_shift(level));

		if (!entry)
			continue;
		entries++;
		must(entry & MANUAL_PRESENT, "the entry 0x%lx for 0x%lx", entry, at);
		if (level > 1 && !(entry & MANUAL_LARGE))
			tables += see_tables(__va(entry & MANUAL_ADDRESS), level - 1, at);
		else
			note(translation_of(entry, level, at));
	}
	entries += level > 3 + shim_l5_enabled ? 1 : users_held(level, va);
	must(users == entries && users, "level %d at 0x%lx: %u users, %u are right", level, va,
	     users, entries);
	return tables;
}

/* All that there is: the mappings, the users, and no table that has left the tree is out. */
void compare_all(bool exactly)
{
	unsigned int tables;

	seen.nr = 0;
	tables = see_tables(page_address(pt_cache_tree_top(m.tree)), 4 + shim_l5_enabled, 0);
	compare_seen(0, tree_end(), exactly);
	if (tables != world_tables_out())
		rcu_barrier();
	must(tables == world_tables_out(), "%u tables in the tree, %u are out", tables,
	     world_tables_out());
}

/* The sizes of leaves, where they may differ. */
void take_over_seen(void)
{
	unsigned int i;

	for (i = 0; i < seen.nr; i++) {
		m.leaves[i] = seen.leaves[i];
		m.leaves[i].prot &= ~NOTED;
	}
	m.nr = seen.nr;
}

/* The table of a level on the way to an address, or NULL. */
static const unsigned long *table_of(int level, unsigned long va)
{
	const unsigned long *table = page_address(pt_cache_tree_top(m.tree));
	int at;

	for (at = 4 + shim_l5_enabled; at > level; at--) {
		unsigned long entry = table[va >> manual_shift(at) & 511];

		if (!(entry & MANUAL_PRESENT) || entry & MANUAL_LARGE)
			return NULL;
		table = __va(entry & MANUAL_ADDRESS);
	}
	return table;
}

/* What the hardware remembers when all flushes are over. */
void compare_hardware(void)
{
	struct hardware *hw = m.hw;
	unsigned int i;

	pthread_mutex_lock(&hw->lock);
	for (i = 0; i < TRANSLATIONS; i++) {
		const struct translation *known = &hw->translations[i], *leaf;

		if (!known->size)
			continue;
		leaf = leaf_of(known->va);
		must(leaf && leaf->va == known->va && leaf->size == known->size &&
		     leaf->pa == known->pa && same_prot(known->prot, leaf->prot),
		     "0x%lx, 0x%lx bytes to 0x%lx, is remembered, and stale", known->va,
		     known->size, known->pa);
	}
	for (i = 0; i < WAYS; i++)
		must(!hw->ways[i].level ||
		     hw->ways[i].table == table_of(hw->ways[i].level, hw->ways[i].va),
		     "the way to a table of level %d for 0x%lx is remembered, and stale",
		     hw->ways[i].level, hw->ways[i].va);
	pthread_mutex_unlock(&hw->lock);
}

/* The hardware sees all of a range as the model has it. */
static void use(unsigned long va, unsigned long size)
{
	unsigned int i;

	for (i = 0; i < 6; i++) {
		unsigned long at = va + below(size);
		const struct translation *leaf = leaf_of(at);
		struct translation found;
		bool is_mapped = hardware_access(m.hw, at, below(2), &found);

		must(is_mapped == !!leaf, "0x%lx is %smapped, and not so for hardware", at,
		     leaf ? "" : "not ");
		must(!leaf || found.pa + (at - found.va) == leaf->pa + (at - leaf->va),
		     "hardware takes 0x%lx to 0x%lx", at, found.pa + (at - found.va));
	}
}

/* ---- hardware that walks meanwhile ---- */

void touch(unsigned long start, unsigned long end)
{
	struct translation found;

	hardware_access(m.hw, start + below(end - start), below(2), &found);
}

void hardware_walks(void)
{
	if (!below(4))
		touch(m.hot, m.hot_end);
}

/* As another task, on another CPU, would. Nothing happens while it flushes in its turn. */
void on_another_cpu(void (*what)(void))
{
	unsigned int atomic = shim_atomic, rcu = shim_rcu, signal = signal_after;
	void (*in_flush)(void) = m.in_flush;

	shim_atomic = shim_rcu = signal_after = 0;
	m.in_flush = NULL;
	what();
	m.in_flush = in_flush;
	shim_atomic = atomic;
	shim_rcu = rcu;
	signal_after = signal;
	if (!rcu)
		rcu_barrier();
}

static void flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		  void *private)
{
	struct flushes *flushes = m.flushes;
	void (*happens)(void) = meanwhile;
	bool early = below(2);

	must(!shim_atomic, "flush is called with a lock held");
	must(tree == m.tree && private == m.hw && start < end && end <= tree_end() &&
	     PAGE_ALIGNED(start | end), "flush of 0x%lx to 0x%lx", start, end);
	flushes->nr++;
	flushes->start = start;
	flushes->end = end;
	meanwhile = NULL;
	touch(start, end);
	touch(m.hot, m.hot_end);
	if (m.in_flush && early)
		on_another_cpu(m.in_flush);
	hardware_forget(m.hw, start, end);
	if (m.in_flush && !early)
		on_another_cpu(m.in_flush);
	touch(start, end);
	touch(m.hot, m.hot_end);
	meanwhile = happens;
}

/* ---- operations ---- */

static int hold(unsigned long va, unsigned int users, bool install)
{
	pmd_t *pmd = pt_cache_tree_pmd_get(m.tree, va);
	struct page *table = NULL;
	int err = 0;

	if (IS_ERR(pmd))
		return PTR_ERR(pmd);
	if (users && install) {
		table = pt_cache_alloc_table(world_cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		err = table ? pt_cache_pmd_install_get(m.tree, pmd, &table) : -ENOMEM;
		if (table)
			pt_cache_free_table_zeroed(world_cache, table);
	} else if (users && !(below(2) && pt_cache_pte_try_get(m.tree, pmd))) {
		err = pt_cache_pte_alloc_get(m.tree, pmd);
	}
	if (err) {
		pt_cache_tree_pmd_put(m.tree, va);
		return err;
	}
	if (users > 1)
		pt_cache_pte_get_many(pmd, users - 1);
	m.holds[m.nr_holds++] = (struct hold){ va, users, pmd };
	return 0;
}

static void let_go(unsigned long va)
{
	unsigned int at = m.nr_holds;
	struct hold held;

	while (m.holds[--at].va != va)
		;
	held = m.holds[at];
	m.holds[at] = m.holds[--m.nr_holds];
	if (held.users == 1)
		pt_cache_pte_put(m.tree, held.pmd, va);
	else if (held.users)
		pt_cache_pte_put_many(m.tree, held.pmd, va, held.users);
	pt_cache_tree_pmd_put(m.tree, va);
}

/* As a module does that writes the entries itself: it puts the users, and sees to the flush. */
static int write_entry(unsigned long va, unsigned long entry)
{
	pmd_t *pmd = pt_cache_tree_pmd_get(m.tree, va);
	unsigned int users = 1;
	spinlock_t *lock;
	pte_t *pte;

	if (IS_ERR(pmd))
		return PTR_ERR(pmd);
	pte = pt_cache_pte_alloc_get_map_lock(m.tree, pmd, va, &lock);
	if (!pte) {
		pt_cache_tree_pmd_put(m.tree, va);
		return -ENOMEM;
	}
	WRITE_ONCE(pte->pte, entry);
	if (entry)
		pt_cache_pte_get(pmd);
	else
		users++;
	spin_unlock(lock);
	hardware_forget(m.hw, va, va + SZ_4K);
	pt_cache_pte_put_many(m.tree, pmd, va, users);
	pt_cache_tree_pmd_put(m.tree, va);
	return 0;
}

/* Where all that is mapped lies as its address does in 1G. */
static int is_in_place(const struct pt_cache_mapping *mapping, void *unused)
{
	must((mapping->va ^ mapping->pa) % SZ_1G == 0, "0x%lx maps to 0x%llx", mapping->va,
	     mapping->pa);
	return 0;
}

int expected_of(const struct operation *op)
{
	const struct translation *leaf = leaf_of(op->va);

	switch (op->what) {
	case MAP:
		return any_mapped(op->va, op->size) ? -EEXIST : 0;
	case UNMAP:
		return all_mapped(op->va, op->size) ? 0 : -ENOENT;
	case HOLD_PMD:
		return leaf && leaf->size > SZ_2M ? -EEXIST : 0;
	case HOLD:
	case INSTALL:
		return leaf && leaf->size > SZ_4K ? -EEXIST : 0;
	default:
		return 0;
	}
}

int run_operation(const struct operation *op)
{
	switch (op->what) {
	case MAP:
		return pt_cache_tree_map(m.tree, op->va, op->pa, op->size, __pgprot(op->prot));
	case UNMAP:
		return pt_cache_tree_unmap(m.tree, op->va, op->size);
	case HOLD:
	case INSTALL:
		return hold(op->va, 1 + op->size / SZ_4K % 4, op->what == INSTALL);
	case HOLD_PMD:
		return hold(op->va, 0, false);
	case LET_GO:
		let_go(op->va);
		return 0;
	case WRITE:
		return write_entry(op->va, op->pa | op->prot);
	case CLEAR:
		return write_entry(op->va, 0);
	case WALK:
		return pt_cache_tree_walk(m.tree, op->va, op->size, is_in_place, NULL);
	}
	abort();
}

/* The users that are held change when the operation runs. */
void apply_operation(const struct operation *op)
{
	if (op->what == MAP)
		model_map(op->va, op->pa, op->size, op->prot);
	else if (op->what == WRITE)
		model_map(op->va, op->pa, SZ_4K, op->prot);
	else if (op->what == UNMAP || op->what == CLEAR)
		model_unmap(op->va, op->size);
}

/* An operation in full, alone or while another one is going on. */
void perform(const struct operation *op)
{
	struct flushes flushes = {}, *outer = m.flushes;
	int wanted = expected_of(op), err;

	m.flushes = &flushes;
	if (!wanted)
		apply_operation(op);
	err = run_operation(op);
	m.flushes = outer;
	must(err == wanted, "operation %d at 0x%lx, 0x%lx bytes to 0x%lx: %d, not %d", op->what,
	     op->va, op->size, op->pa, err, wanted);
	met.refused += err != 0;
	met.maps += op->what == MAP;
	met.unmaps += op->what == UNMAP;
	met.holds += op->what == HOLD || op->what == INSTALL;
	if (op->what == UNMAP && !err)
		must(flushes.nr == 1 && flushes.start <= op->va &&
		     flushes.end >= op->va + op->size,
		     "unmap of 0x%lx, 0x%lx bytes: %u flushes, the last of 0x%lx to 0x%lx", op->va,
		     op->size, flushes.nr, flushes.start, flushes.end);
	else
		must(flushes.nr <= 2, "%u flushes", flushes.nr);
	if (op->what <= UNMAP)
		use(op->va, op->size);
}

void begin_tree(unsigned long flags)
{
	const struct pt_cache_tree_attr attr = {
		.cache = world_cache,
		.flush = flush,
		.private = &world_hardware[0],
		.flags = flags,
	};

	m.nr = m.nr_holds = 0;
	m.flags = flags;
	m.hw = &world_hardware[0];
	m.tree = pt_cache_tree_create(&attr);
	must(!IS_ERR(m.tree), "create: %ld", PTR_ERR(m.tree));
	hardware_begin(m.hw, m.tree);
	m.hot = 0;
	m.hot_end = SZ_1G;
}

/* With all that is in it. */
void end_tree(void)
{
	struct flushes flushes = {};

	m.flushes = &flushes;
	while (m.nr_holds)
		let_go(m.holds[0].va);
	must(!pt_cache_tree_destroy(m.tree), "destroy");
	hardware_end(m.hw);
	must(!world_tables_out(), "%u tables are out", world_tables_out());
	must(!shim_warnings, "%u warnings, SHIM_LOG=1 shows them", shim_warnings);
}

