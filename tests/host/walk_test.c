// SPDX-License-Identifier: GPL-2.0
/*
 * module/direct_map/walk.c, unchanged, on page tables of x86-64, with four levels and with five,
 * that are computed when they are read: so 12 TB need no memory, and they may change at any read.
 *
 * The reference looks up each page frame from the top and merges equal neighbours; it shares no
 * code with the walker.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/sched/signal.h>

#include "direct_map/walk.h"
#include "tap.h"

/* Bits of an entry; the frame begins at PAGE_SHIFT. */
#define PRESENT		_PAGE_PRESENT
#define LEAF		_PAGE_PSE	/* of a large one: a PTE needs none */
#define REMARK		_PAGE_ACCESSED
#define PROTECTION	(~(PTE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_PSE))
#define FRAME_SHIFT	PAGE_SHIFT

/* Levels are counted here from 0, the PTEs, to the top, with nine bits each. */
#define LEVEL_4K	0
#define LEVEL_2M	1
#define LEVEL_1G	2
#define LEVEL_512G	3
#define LEVEL_256T	4

static unsigned long pages_at(int level)
{
	return 1UL << 9 * level;
}

#define GIG		pages_at(LEVEL_1G)
#define TERA		(1024 * GIG)

/* What a table is, by its address: its level, its place, and how many stood there before it. */
struct name {
	int level;
	unsigned int generation;
	unsigned long start;	/* see place() */
};

/* One region of the changing machine, of 1G or 2M, as it was from one time on. */
struct version {
	unsigned long born, died;
	unsigned long seed;		/* decides what its entry is */
	unsigned long contents;		/* and this, what a table of PTEs below it says */
	unsigned int generation;	/* of that table; stays when it is changed in place */
};

struct node {
	struct version *versions;
	int nr;
	bool changed_in_place;
};

/* The machine that is walked. */
static struct {
	int top;
	unsigned long base, end_pfn;
	unsigned long seed;
	u64 (*entry)(int level, unsigned long frame);	/* the one that maps this frame */

	unsigned long reads, entries;	/* calls, and entries of them */
	unsigned long signal_after;	/* so many questions; 0: never */
	bool any;			/* what is not present is asked for, too */

	/* of a changing one: how often, in per mille, something happens at a read */
	unsigned int change_copy, change_check, change_inside, fail;
	bool for_ever;			/* at each check of a table */
	unsigned long now, last_frame, changes;
	unsigned long nr_gigs;
	struct node *gigs, *regions;
} m;

static unsigned long random_state;

static unsigned long mix(unsigned long a, unsigned long b)
{
	unsigned long x = a * 0x9e3779b97f4a7c15UL ^ (b + 0x632be59bd9b4e019UL);

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9UL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebUL;
	return x ^ x >> 31;
}

static unsigned long random_number(void)
{
	return mix(++random_state, 0);
}

static bool chance(unsigned int per_mille)
{
	return per_mille && random_number() % 1000 < per_mille;
}

/* ---- where tables are ---- */

/*
 * A table has no memory. Its frame is its name: 3 bits of level, 12 of generation, 25 of place,
 * which are the 40 bits that an entry has for it.
 */
static u64 pack(struct name name)
{
	return (u64)(name.level + 1) << 37 | (u64)(name.generation & 0xfff) << 25 |
	       (name.start & ((1UL << 25) - 1));
}

static struct name unpack(u64 packed)
{
	return (struct name){ .level = (int)(packed >> 37 & 7) - 1,
			      .generation = packed >> 25 & 0xfff,
			      .start = packed & ((1UL << 25) - 1) };
}

/* Which table of that level maps a frame, counted from the one that maps the base. */
static unsigned long place(unsigned long frame, int level)
{
	return (frame >> 9 * (level + 1)) - (m.base >> 9 * (level + 1));
}

/* An entry of @level that leads to a table. */
static u64 table_entry(int level, unsigned long frame, unsigned int generation)
{
	return PRESENT | pack((struct name){ level - 1, generation, place(frame, level - 1) })
			 << FRAME_SHIFT;
}

void *__va(phys_addr_t pa)
{
	return (void *)((m.base << PAGE_SHIFT) + (unsigned long)pa);
}

int set_memory_uc(unsigned long addr, int pages)
{
	abort();
}

int set_memory_wb(unsigned long addr, int pages)
{
	abort();
}

bool signal_pending(struct task_struct *task)
{
	(void)task;
	return m.signal_after && !--m.signal_after;
}

/* ---- tests ---- */

static const unsigned long bases[] = {	/* as frames: where KASLR may put the direct map */
	0xffff888000000UL, 0xffff888000000UL + 77 * (1UL << 18), 0xffff888000000UL + (511UL << 18),
	0xff11000000000UL, 0xff11000000000UL + 300 * (1UL << 18),
	0xff12000000000UL - (1UL << 18),	/* 1G below a border of 256T */
};

static void new_machine(int top, unsigned long base, unsigned long end_pfn,
			u64 (*entry)(int level, unsigned long frame))
{
	memset(&m, 0, sizeof(m));
	m.top = top;
	m.base = base;
	m.end_pfn = end_pfn;
	m.entry = entry;
	shim_set_levels(top == LEVEL_256T ? 5 : 4);
}

static int top_of(unsigned long base)
{
	return base < 0xffff800000000UL ? LEVEL_256T : LEVEL_512G;
}

static int walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run)
{
	return m.any ? ptc_map_walk_next_any(walk, pfn, run) : ptc_map_walk_next(walk, pfn, run);
}

static void begin(struct ptc_map_walk *walk)
{
	m.reads = m.entries = 0;
	ptc_map_walk_begin(walk, m.end_pfn);
}

/* How many entries of @level map the frames from @first up to @end. */
static unsigned long entries_of(int level, unsigned long first, unsigned long end)
{
	return ((end - 1) >> 9 * level) - (first >> 9 * level) + 1;
}

/* ---- 12 TB ---- */

static u64 all_1g(int level, unsigned long frame)
{
	unsigned long size = pages_at(level), first = ALIGN_DOWN(frame, size);

	if (first + size <= m.base || first >= m.base + m.end_pfn)
		return 0;
	if (level > LEVEL_1G)
		return table_entry(level, frame, 0);
	return PRESENT | LEAF | ALIGN_DOWN(frame - m.base, GIG) << FRAME_SHIFT;
}

static void test_12_terabytes(struct ptc_map_walk *walk)
{
	unsigned long i, level, needed;
	struct ptc_map_run run;

	for (i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		new_machine(top_of(bases[i]), bases[i], 12 * TERA, all_1g);
		needed = 0;
		for (level = LEVEL_1G; level <= (unsigned long)m.top; level++)
			needed += entries_of(level, m.base, m.base + m.end_pfn);

		begin(walk);
		check(ptc_map_walk_next(walk, 0, &run) == 1, "base 0x%lx", m.base);
		check(run.pfn == 0 && run.end == 12 * TERA && run.level == LEVEL_1G &&
		      run.uniform && run.protection == PRESENT, "0x%lx to 0x%lx", run.pfn, run.end);
		check(ptc_map_walk_next(walk, run.end, &run) == 0, "something behind the end");
		check(walk->entries_read <= needed && m.entries <= 2 * needed,
		      "%lu entries looked at, %lu read, of %lu", walk->entries_read, m.entries,
		      needed);
	}
	test_ends("12 TB mapped by 1G cost no more than their entries, and are one run");
}

/* 1G in each 3 TB, and one 2M at the start of each fifth TB */
static u64 sparse(int level, unsigned long frame)
{
	unsigned long pfn = frame - m.base;
	bool gig = pfn % (3 * TERA) < GIG, small = pfn % (5 * TERA) < 512;
	unsigned long size = pages_at(level), first = ALIGN_DOWN(frame, size), at;

	if (level > LEVEL_1G) {
		/* is there anything below? look at each 1G of it */
		for (at = first; at < first + size && size <= pages_at(LEVEL_512G); at += GIG)
			if (at >= m.base && at < m.base + m.end_pfn &&
			    ((at - m.base) % (3 * TERA) < GIG || (at - m.base) % (5 * TERA) < GIG))
				return table_entry(level, frame, 0);
		return size > pages_at(LEVEL_512G) && first + size > m.base &&
		       first < m.base + m.end_pfn ? table_entry(level, frame, 0) : 0;
	}
	if (frame < m.base || frame >= m.base + m.end_pfn)
		return 0;
	if (gig && level == LEVEL_1G)
		return PRESENT | LEAF;
	if (level == LEVEL_1G)
		return pfn % (5 * TERA) < GIG ? table_entry(level, frame, 0) : 0;
	return small ? PRESENT | LEAF : 0;
}

static void test_holes(struct ptc_map_walk *walk)
{
	unsigned long i, pfn, runs, needed;
	struct ptc_map_run run = { .end = 0 };

	for (i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		new_machine(top_of(bases[i]), bases[i], 60 * TERA, sparse);
		begin(walk);
		for (pfn = 0, runs = 0; ptc_map_walk_next(walk, pfn, &run) == 1; pfn = run.end)
			runs++;
		check(runs == 20 + 12 - 4, "%lu runs, base 0x%lx", runs, m.base);
		/* a table of each level for each run, and the top ones */
		needed = runs * 2 * 512 + entries_of(LEVEL_512G, m.base, m.base + m.end_pfn) + 4;
		check(walk->entries_read <= needed, "%lu entries of %lu", walk->entries_read, needed);
	}
	test_ends("holes of terabytes are skipped by the entries that make them");
}

/* ---- random layouts: what an entry says follows from its place and the seed ---- */

static u64 some_protection(unsigned long random)
{
	return random % 8 < 6 ? 0 : random % 8 == 6 ? _PAGE_USER : _PAGE_USER | _PAGE_NX;
}

static u64 leaf(int level, unsigned long frame, u64 protection, unsigned long random)
{
	return PRESENT | (level ? LEAF : 0) | protection | (random & 0x1000 ? REMARK : 0) |
	       (ALIGN_DOWN(frame, pages_at(level)) - m.base) << FRAME_SHIFT;
}

/*
 * What the kernel leaves of an entry whose page it takes out of the direct map: the frame inverted,
 * and of the protection what it does not clear. Of a large one nothing says that it is large.
 */
static u64 taken_out(int level, unsigned long frame)
{
	u64 pfn = ALIGN_DOWN(frame, pages_at(level)) - m.base;

	return (~(pfn << FRAME_SHIFT) & PTE_PFN_MASK) | _PAGE_ACCESSED | _PAGE_NX;
}

/* Where no memory is. An erratum sets bits in such an entry, too. */
static u64 none(unsigned long random)
{
	return random % 4 ? 0 : _PAGE_ACCESSED | _PAGE_DIRTY;
}

/* An entry that is not present: none, or not. */
static u64 absent(int level, unsigned long frame, unsigned long random)
{
	return random & 0x2000 ? none(random >> 16) : taken_out(level, frame);
}

/* What a table of PTEs is like, and what it says of one frame. */
static u64 pte_of(unsigned long table_seed, unsigned long frame)
{
	unsigned long at = frame % 512, odd = mix(table_seed, 1) % 512;
	unsigned long random = mix(table_seed, 1000 + at);
	u64 protection = some_protection(mix(table_seed, 2));

	switch (table_seed % 8) {
	case 0: /* empty */
		return table_seed & 0x100 ? 0 : absent(0, frame, random);
	case 1: /* one is missing */
		return at == odd ? absent(0, frame, random) : leaf(0, frame, protection, random);
	case 2: /* one has another protection */
		return leaf(0, frame, at == odd ? protection ^ _PAGE_PWT : protection, random);
	case 3: /* one maps another page */
		return leaf(0, at == odd ? frame + 1 : frame, protection, random);
	case 4: /* anything */
		return random % 16 == 0 ? absent(0, frame, random) :
		       leaf(0, frame, some_protection(random >> 8), random);
	case 5: /* a part */
		return at >= odd ? absent(0, frame, table_seed) :
		       leaf(0, frame, protection, random);
	default:
		return leaf(0, frame, protection, random);
	}
}

static u64 pmd_of(unsigned long table_seed, unsigned long seed, unsigned long frame,
		  unsigned int generation)
{
	static const unsigned char holes[] = { 5, 50, 2 }, leaves[] = { 60, 30, 97 };
	unsigned long style = table_seed % 3, random = seed % 100;

	if (random < holes[style])
		return absent(1, frame, seed >> 8);
	if (random < (unsigned long)holes[style] + leaves[style])
		return leaf(1, frame, some_protection(seed >> 32), seed);
	return table_entry(1, frame, generation);
}

static u64 pud_of(unsigned long seed, unsigned long frame, unsigned int generation)
{
	if (seed % 16 < 2)
		return absent(2, frame, seed);
	if (seed % 16 < 7)
		return leaf(2, frame, some_protection(seed >> 32), seed);
	return table_entry(2, frame, generation);
}

static unsigned long seed_at(int level, unsigned long frame)
{
	return mix(mix(m.seed, level), frame >> 9 * level);
}

static u64 random_entry(int level, unsigned long frame)
{
	if (level > LEVEL_1G)
		return level == LEVEL_512G && seed_at(level, frame) % 8 == 0 ?
		       0 : table_entry(level, frame, 0);
	if (level == LEVEL_1G)
		return pud_of(seed_at(2, frame), frame, 0);
	if (level == LEVEL_2M)
		return pmd_of(seed_at(2, frame), seed_at(1, frame), frame, 0);
	return pte_of(seed_at(1, frame), frame);
}

/* ---- the reference ---- */

/* What one frame is mapped by; level -1 where nothing is, or nothing that is asked for. */
struct look {
	int level;
	bool present;
	u64 protection;
	bool uniform;
};

static struct look look_of(int level, u64 entry, bool uniform)
{
	if (!(entry & PRESENT) && (!m.any || !(entry & ~(_PAGE_ACCESSED | _PAGE_DIRTY))))
		return (struct look){ .level = -1, .uniform = true };
	return (struct look){ level, entry & PRESENT, entry & PRESENT ? entry & PROTECTION : 0,
			      uniform };
}

static bool reference_uniform(unsigned long frame)
{
	unsigned long first = frame / 512 * 512, i;

	for (i = 0; i < 512; i++) {
		u64 entry = m.entry(0, first + i);

		if (!(entry & PRESENT) || (entry ^ m.entry(0, first)) & PROTECTION ||
		    (entry >> FRAME_SHIFT) - i != m.entry(0, first) >> FRAME_SHIFT)
			return false;
	}
	return true;
}

static struct look reference_look(unsigned long pfn)
{
	unsigned long frame = m.base + pfn;
	static unsigned long known, known_seed;
	static bool known_uniform;
	int level;

	for (level = m.top; level >= 0; level--) {
		u64 entry = m.entry(level, frame);

		if (level && entry & PRESENT && !(entry & LEAF))
			continue;
		if (level == 0 && (known != frame / 512 || known_seed != m.seed)) {
			known = frame / 512;
			known_seed = m.seed;
			known_uniform = reference_uniform(frame);
		}
		return look_of(level, entry, level || known_uniform);
	}
	abort();
}

static bool same_look(struct look a, struct look b)
{
	return a.level == b.level && a.present == b.present && a.protection == b.protection &&
	       a.uniform == b.uniform;
}

static struct ptc_map_run reference_runs[1 << 20];

static unsigned long make_reference(void)
{
	struct look look, before = { .level = -1 };
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < m.end_pfn; pfn++, before = look) {
		look = reference_look(pfn);
		if (look.level < 0)
			continue;
		if (before.level < 0 || !same_look(look, before))
			reference_runs[nr++] = (struct ptc_map_run){
				.pfn = pfn, .level = look.level, .present = look.present,
				.protection = look.protection, .uniform = look.uniform,
			};
		reference_runs[nr - 1].end = pfn + 1;
	}
	return nr;
}

static bool same_run(const struct ptc_map_run *a, const struct ptc_map_run *b)
{
	return a->pfn == b->pfn && a->end == b->end && a->level == b->level &&
	       a->present == b->present && a->protection == b->protection &&
	       a->uniform == b->uniform;
}

/* ---- reading the machine's tables ---- */

static void change_something(void);
static bool is_gone(struct name name, unsigned long frame);
static u64 gone_entry(struct name name, unsigned long frame);

bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries)
{
	struct name name = { .level = m.top };
	unsigned long frame;
	unsigned int i;

	if (table)
		name = unpack(((unsigned long)table >> PAGE_SHIFT) - m.base);
	check(nr >= 1 && first + nr <= 512, "entries %u to %u", first, first + nr);
	m.reads++;
	m.now++;
	m.entries += nr;
	if (chance(m.fail))
		return false;
	if (name.level < 0 || name.level > m.top)
		return false;	/* a garbled entry led here */

	frame = (name.start + (m.base >> 9 * (name.level + 1))) << 9 * (name.level + 1);

	if (nr == 1 && (m.for_ever || chance(m.change_check)))
		change_something();
	for (i = 0; i < nr; i++) {
		unsigned long at = frame + (first + i) * pages_at(name.level);

		if (nr > 1)
			m.last_frame = at;
		if (chance(m.change_inside))
			change_something();
		entries[i] = is_gone(name, at) ? gone_entry(name, at) : m.entry(name.level, at);
	}
	if (nr > 1 && chance(m.change_copy))
		change_something();
	return true;
}

/* ---- a machine that changes: regions of 1G and of 2M, each with its history ---- */

static struct version *newest(struct node *node)
{
	return &node->versions[node->nr - 1];
}

static void add_version(struct node *node, struct version version)
{
	m.now++;
	version.born = m.now;
	version.died = -1UL;
	if (node->nr)
		newest(node)->died = m.now;
	node->versions = realloc(node->versions, (node->nr + 1) * sizeof(version));
	node->versions[node->nr++] = version;
}

static bool in_machine(unsigned long frame)
{
	return frame >= m.base && frame - m.base < m.nr_gigs * GIG;
}

static struct node *gig_of(unsigned long frame)
{
	return &m.gigs[(frame - m.base) / GIG];
}

static struct node *region_of(unsigned long frame)
{
	return &m.regions[(frame - m.base) / 512];
}

static u64 changing_entry(int level, unsigned long frame)
{
	unsigned long size = pages_at(level), first = ALIGN_DOWN(frame, size);
	struct version *gig, *region;

	if (level > LEVEL_1G)
		return first + size > m.base && first < m.base + m.nr_gigs * GIG ?
		       table_entry(level, frame, 0) : 0;
	if (!in_machine(frame))
		return 0;
	gig = newest(gig_of(frame));
	region = newest(region_of(frame));
	if (level == LEVEL_1G)
		return pud_of(gig->seed, frame, gig->generation);
	if (level == LEVEL_2M)
		return pmd_of(gig->seed, region->seed, frame, region->generation);
	return pte_of(region->contents, frame);
}

/* Was the table that stood there freed, and its memory used for something else? */
static bool is_gone(struct name name, unsigned long frame)
{
	if (!m.nr_gigs || name.level >= LEVEL_1G || !in_machine(frame))
		return false;
	return name.generation != (newest(name.level == LEVEL_2M ? gig_of(frame) :
					  region_of(frame))->generation & 0xfff);
}

/*
 * What the memory of a freed table says: anything, or, half of the tables of 2M, for good what it
 * said when it was freed.
 */
static u64 gone_entry(struct name name, unsigned long frame)
{
	const struct node *gigs, *regions;
	int g, r;

	if (name.level != LEVEL_2M || name.generation & 1)
		return random_number();
	gigs = gig_of(frame);
	regions = region_of(frame);
	for (g = gigs->nr - 1; g && gigs->versions[g].generation != name.generation; g--)
		;
	for (r = regions->nr - 1; r && regions->versions[r].born > gigs->versions[g].died; r--)
		;
	return pmd_of(gigs->versions[g].seed, regions->versions[r].seed, frame,
		      regions->versions[r].generation);
}

static void change_gig(unsigned long frame)
{
	struct node *node = gig_of(frame);
	struct version version = *newest(node);

	version.generation++;
	if (!m.for_ever)
		version.seed = random_number();
	add_version(node, version);
}

static void change_region(unsigned long frame, bool in_place)
{
	struct node *node = region_of(frame);
	struct version version = *newest(node);

	version.contents = random_number();
	if (in_place) {
		node->changed_in_place = true;
	} else {
		version.seed = random_number();
		version.generation++;
	}
	add_version(node, version);
}

/* Mostly something near what was read last, as a reader fears it. */
static void change_something(void)
{
	unsigned long frame = m.last_frame;

	if (!m.nr_gigs)
		return;
	if (!in_machine(frame) || (!m.for_ever && chance(300)))
		frame = m.base + random_number() % (m.nr_gigs * GIG);
	m.changes++;
	if (m.for_ever || chance(200)) {
		change_gig(frame);
		if (!m.for_ever && chance(500))
			change_region(frame, false);
	} else {
		change_region(frame, chance(300));
	}
}

static void new_changing_machine(unsigned long base, unsigned long nr_gigs, unsigned long end_pfn)
{
	unsigned long i;

	new_machine(top_of(base), base, end_pfn, changing_entry);
	m.nr_gigs = nr_gigs;
	m.gigs = calloc(nr_gigs, sizeof(*m.gigs));
	m.regions = calloc(nr_gigs * 512, sizeof(*m.regions));
	for (i = 0; i < nr_gigs; i++)
		add_version(&m.gigs[i], (struct version){ .seed = random_number() });
	for (i = 0; i < nr_gigs * 512; i++)
		add_version(&m.regions[i], (struct version){ .seed = random_number(),
							     .contents = random_number() });
}

static void free_changing_machine(void)
{
	unsigned long i;

	for (i = 0; i < m.nr_gigs; i++)
		free(m.gigs[i].versions);
	for (i = 0; i < m.nr_gigs * 512; i++)
		free(m.regions[i].versions);
	free(m.gigs);
	free(m.regions);
	m.gigs = m.regions = NULL;
	m.nr_gigs = 0;
}

static bool uniform_contents(unsigned long contents, unsigned long frame)
{
	unsigned long first = frame / 512 * 512, i;

	for (i = 0; i < 512; i++) {
		u64 entry = pte_of(contents, first + i), zeroth = pte_of(contents, first);

		if (!(entry & PRESENT) || (entry ^ zeroth) & PROTECTION ||
		    (entry >> FRAME_SHIFT) - i != zeroth >> FRAME_SHIFT)
			return false;
	}
	return true;
}

/* What this gig and this region say of a frame. Uniform is left out. */
static struct look look_at(const struct version *gig, const struct version *region,
			   unsigned long frame)
{
	u64 entry = pud_of(gig->seed, frame, gig->generation);
	int level = 2;

	if (entry & PRESENT && !(entry & LEAF)) {
		entry = pmd_of(gig->seed, region->seed, frame, region->generation);
		level = 1;
	}
	if (entry & PRESENT && !(entry & LEAF)) {
		entry = pte_of(region->contents, frame);
		level = 0;
	}
	return look_of(level, entry, true);
}

/* Was this said of the frame at one moment at least, from @since on? */
static bool was_true(unsigned long frame, struct look said, unsigned long since)
{
	const struct node *gigs = gig_of(frame), *regions = region_of(frame);
	int g, r;

	for (g = gigs->nr - 1; g >= 0; g--) {
		const struct version *gig = &gigs->versions[g];

		if (gig->died <= since)
			break;
		for (r = regions->nr - 1; r >= 0; r--) {
			const struct version *region = &regions->versions[r];
			struct look look;

			if (region->died <= since)
				break;
			if (region->died <= gig->born || gig->died <= region->born)
				continue;
			look = look_at(gig, region, frame);
			if (look.level != said.level || look.present != said.present ||
			    look.protection != said.protection)
				continue;
			/* one that was changed while it was copied may look like neither */
			if (said.level == 0 && !regions->changed_in_place &&
			    uniform_contents(region->contents, frame) != said.uniform)
				continue;
			return true;
		}
	}
	return false;
}

static void check_span(unsigned long pfn, unsigned long end, struct look said, unsigned long since)
{
	while (pfn < end) {
		if (!check(was_true(m.base + pfn, said, since),
			   "seed %lu: 0x%lx was never of level %d, present %d, protection 0x%lx, "
			   "uniform %d", m.seed, pfn, said.level, said.present,
			   (unsigned long)said.protection, said.uniform))
			return;
		/* large ones, and holes where no PTE ever was, are as their first frame */
		pfn = said.level > 0 ? ALIGN(pfn + 1, 512) : pfn + 1;
	}
}

static unsigned long given_up, walks_of_changes, changes_seen;

/* As seq_file reads: one that is told -EAGAIN asks again, at the same place. */
static void walk_changing(struct ptc_map_walk *walk, unsigned int restart)
{
	unsigned long pfn = 0, since = m.now, tries = 0;
	struct ptc_map_run run;
	int got = 0;

	begin(walk);
	while (tries < 100) {
		if (chance(restart)) {
			since = m.now;
			ptc_map_walk_begin(walk, m.end_pfn);
		}
		got = walk_next(walk, pfn, &run);
		if (!check(got == 0 || got == 1 || got == -EAGAIN, "seed %lu: %d", m.seed, got))
			return;
		if (got == -EAGAIN) {
			tries++;
			given_up++;
			continue;
		}
		if (got == 0)
			break;
		if (!check(run.pfn >= pfn && run.end > run.pfn && run.end <= m.end_pfn,
			   "seed %lu: 0x%lx to 0x%lx, asked at 0x%lx, end at 0x%lx", m.seed,
			   run.pfn, run.end, pfn, m.end_pfn))
			return;
		check_span(pfn, run.pfn, (struct look){ .level = -1 }, since);
		check_span(run.pfn, run.end,
			   (struct look){ run.level, run.present, run.protection, run.uniform },
			   since);
		if (failing)
			return;
		pfn = run.end;
	}
	if (got == 0)
		check_span(pfn, m.end_pfn, (struct look){ .level = -1 }, since);
	check(m.reads < 1000000, "seed %lu: %lu reads", m.seed, m.reads);
	walks_of_changes++;
	changes_seen += m.changes;
}

static void test_changes(struct ptc_map_walk *walk, unsigned long first, unsigned long last)
{
	unsigned long seed;

	for (seed = first; seed <= last && !failing; seed++) {
		unsigned long nr_gigs, base;

		random_state = mix(seed, 99);
		nr_gigs = 1 + random_number() % 3;
		base = bases[random_number() % (sizeof(bases) / sizeof(*bases))];
		new_changing_machine(base, nr_gigs,
				     nr_gigs * GIG - (chance(500) ? random_number() % 100000 : 0));
		m.seed = seed;
		m.change_copy = random_number() % 300;
		m.change_check = random_number() % 300;
		m.change_inside = chance(500) ? random_number() % 4 : 0;
		m.fail = chance(300) ? random_number() % 100 : 0;
		m.any = chance(500);
		walk_changing(walk, chance(500) ? 0 : 200);
		free_changing_machine();
	}
	printf("# %lu walks, %lu changes meanwhile, given up %lu times\n", walks_of_changes,
	       changes_seen, given_up);
	check(changes_seen > 10 * walks_of_changes, "too few changes to show anything");
	test_ends("tables that change: what is said was true at some moment of the walk");
}

static void test_for_ever(struct ptc_map_walk *walk)
{
	struct ptc_map_run run;
	int got;

	new_changing_machine(bases[1], 1, GIG);
	newest(&m.gigs[0])->seed = 15;	/* a table */
	m.for_ever = true;
	begin(walk);
	got = ptc_map_walk_next(walk, 0, &run);
	check(got == -EAGAIN, "%d", got);
	check(m.reads < 200, "%lu reads", m.reads);
	m.for_ever = false;
	got = ptc_map_walk_next(walk, 0, &run);
	check(got == 1, "%d when it has come to rest", got);
	m.fail = 1000;
	begin(walk);
	got = ptc_map_walk_next(walk, 0, &run);
	check(got == -EAGAIN && m.reads < 200, "%d after %lu reads that fail", got, m.reads);
	free_changing_machine();
	test_ends("tables that never come to rest, or cannot be read, are given up with -EAGAIN");
}

/* ---- random layouts against the reference ---- */

static void compare(const struct ptc_map_run *got, const struct ptc_map_run *wanted, const char *how)
{
	check(same_run(got, wanted),
	      "seed %lu, base 0x%lx, end 0x%lx, %s: 0x%lx to 0x%lx level %d protection 0x%lx "
	      "uniform %d, wanted 0x%lx to 0x%lx level %d protection 0x%lx uniform %d",
	      m.seed, m.base, m.end_pfn, how, got->pfn, got->end, got->level,
	      (unsigned long)got->protection, got->uniform, wanted->pfn, wanted->end,
	      wanted->level, (unsigned long)wanted->protection, wanted->uniform);
}

/* All runs in one go, or, as seq_file reads, beginning anew now and then. */
static void walk_all(struct ptc_map_walk *walk, unsigned long nr, unsigned int restart)
{
	const char *how = restart ? "begun anew at times" : "in one go";
	unsigned long pfn = 0, i;
	struct ptc_map_run run;

	begin(walk);
	for (i = 0; i < nr && !failing; i++, pfn = run.end) {
		if (chance(restart))
			ptc_map_walk_begin(walk, m.end_pfn);
		if (!check(walk_next(walk, pfn, &run) == 1, "seed %lu: run %lu of %lu, %s",
			   m.seed, i, nr, how))
			return;
		compare(&run, &reference_runs[i], how);
	}
	check(walk_next(walk, pfn, &run) == 0, "seed %lu: more than %lu runs", m.seed, nr);
}

/* Anywhere, forwards and backwards, without beginning anew and with it. */
static void ask_anywhere(struct ptc_map_walk *walk, unsigned long nr)
{
	struct ptc_map_run run, wanted;
	unsigned long pfn, i;
	int asked;

	begin(walk);
	for (asked = 0; asked < 20 && !failing; asked++) {
		int got;

		if (chance(300))
			ptc_map_walk_begin(walk, m.end_pfn);
		pfn = random_number() % m.end_pfn;
		if (nr && chance(300))
			pfn = reference_runs[random_number() % nr].end - 1;
		for (i = 0; i < nr && reference_runs[i].end <= pfn; i++)
			;
		got = walk_next(walk, pfn, &run);
		if (!check(got == (i < nr), "seed %lu: %d at 0x%lx", m.seed, got, pfn) || !got)
			continue;
		wanted = reference_runs[i];
		wanted.pfn = wanted.pfn < pfn ? pfn : wanted.pfn;
		compare(&run, &wanted, "from the middle");
	}
}

static bool some_seeds(struct ptc_map_walk *walk, unsigned long first, unsigned long last,
		       bool any, void (*test)(struct ptc_map_walk *walk, unsigned long nr))
{
	unsigned long seed, nr;

	for (seed = first; seed <= last && !failing; seed++) {
		unsigned long base = bases[seed % (sizeof(bases) / sizeof(*bases))];

		random_state = mix(seed, 7);
		new_machine(top_of(base), base,
			    1 + random_number() % (chance(100) ? 3 * GIG : GIG / 2), random_entry);
		m.seed = seed;
		m.any = any;
		nr = make_reference();
		test(walk, nr);
	}
	return !failing;
}

static void in_one_go(struct ptc_map_walk *walk, unsigned long nr)
{
	walk_all(walk, nr, 0);
}

static void begun_anew(struct ptc_map_walk *walk, unsigned long nr)
{
	walk_all(walk, nr, 1000);
	walk_all(walk, nr, 300);
}

/* ---- signals, and the ends ---- */

static void test_signal(struct ptc_map_walk *walk)
{
	struct ptc_map_run run;
	int got;

	new_machine(LEVEL_512G, bases[1], 12 * TERA, all_1g);
	begin(walk);
	m.signal_after = 5;
	got = ptc_map_walk_next(walk, 0, &run);
	check(got == -EINTR, "%d", got);
	check(m.reads < 20, "%lu reads", m.reads);
	check(ptc_map_walk_next(walk, 0, &run) == 1 && run.end == 12 * TERA, "not when asked again");
	test_ends("a signal ends it with -EINTR");
}

static void test_ends_of_memory(struct ptc_map_walk *walk)
{
	struct ptc_map_run run;

	new_machine(LEVEL_512G, bases[1], 5 * GIG + 3, all_1g);
	begin(walk);
	check(ptc_map_walk_next(walk, 5 * GIG + 2, &run) == 1 && run.pfn == 5 * GIG + 2 &&
	      run.end == 5 * GIG + 3, "0x%lx to 0x%lx", run.pfn, run.end);
	check(ptc_map_walk_next(walk, 5 * GIG + 3, &run) == 0, "at the end");
	check(ptc_map_walk_next(walk, -1UL, &run) == 0, "at the last page frame of all");
	check(ptc_map_walk_next(walk, -m.base, &run) == 0, "where the address wraps");
	m.end_pfn = 0;
	begin(walk);
	check(ptc_map_walk_next(walk, 0, &run) == 0 && m.reads == 0, "of no memory");
	test_ends("nothing is said of page frames behind the end");
}

int main(int argc, char **argv)
{
	/* not static: the sanitizer sees what is read or written behind it */
	struct ptc_map_walk *walk = malloc(sizeof(*walk));
	unsigned long first = argc > 2 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long last = argc > 2 ? strtoul(argv[2], NULL, 0) : 300;

	memset(walk, 0x5a, sizeof(*walk));	/* kvmalloc() does not clear it either */
	test_12_terabytes(walk);
	test_holes(walk);
	some_seeds(walk, first, last, false, in_one_go);
	test_ends("random layouts: the runs are those that a look at each page frame finds");
	some_seeds(walk, first, last, true, in_one_go);
	test_ends("and those of entries that are neither none nor present, where they are asked for");
	some_seeds(walk, first, last, true, begun_anew);
	test_ends("begun anew at any run, the walk goes on as in one go");
	some_seeds(walk, first, last, true, ask_anywhere);
	test_ends("asked from the middle of a run, it finds what is left of it");
	test_changes(walk, first, last);
	test_for_ever(walk);
	test_signal(walk);
	test_ends_of_memory(walk);
	free(walk);
	return tests_end();
}
