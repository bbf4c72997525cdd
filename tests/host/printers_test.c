// SPDX-License-Identifier: GPL-2.0
/*
 * The printers of module/debugfs/, unchanged, over a machine that is made up: see printers_world.h.
 * Each report is parsed by its own line of columns, and its records are compared with what is
 * there; it is read anew with a signal at each place where it looks for one.
 *
 * Usage: printers_test [SEED]
 */
#include <stdlib.h>

#include "alloc/index.h"
#include "census/cgroups.h"
#include "census/refcounts.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"
#include "printers_world.h"
#include "tap.h"

#define TEXT_MAX	(16 << 20)
#define COLUMNS_MAX	24
#define ROWS_MAX	200000

/* What this test does not read: others do, or there is nothing to read. */
#define no_report(report)	\
	const struct ptc_report ptc_report_##report = { .name = #report, .mode = 0400 }

no_report(lookup);
no_report(audit);
no_report(shrink);

static const struct ptc_report *const reports[] = {
	&ptc_report_info, &ptc_report_stats, &ptc_report_caches, &ptc_report_blocks,
	&ptc_report_tables, &ptc_report_direct_map, &ptc_report_direct_map_regions,
	&ptc_report_pt_mm, &ptc_report_pt_cgroup, &ptc_report_page_tables,
	&ptc_report_pt_mm_tables, &ptc_report_refcounts,
};

/* ---- reading ---- */

static char text[TEXT_MAX];
static int read_err;		/* of the last read */
static unsigned int restarts;

/* @line: written first, NULL: nothing. @size: of each read, 0: of any. */
static void read_report(const char *name, const char *line, size_t size)
{
	size_t at = 0, room;
	struct file file;
	ssize_t ret;

	must(!shim_open(&file, name), "%s cannot be opened", name);
	if (line)
		must(shim_write(&file, line, strlen(line)) == (ssize_t)strlen(line), "'%s' to %s",
		     line, name);
	do {
		room = size ?: 1 + below(below(2) ? 50 : 5000);
		must(at + room < TEXT_MAX, "%s is too long", name);
		ret = shim_read(&file, text + at, room);
		at += max(ret, (ssize_t)0);
		world.signal = false;
		restarts += ret == -ERESTARTNOHAND;
	} while (ret > 0 || ret == -ERESTARTNOHAND);
	read_err = ret;
	must(!ret || !shim_read(&file, text + at, room), "%s: something behind an error", name);
	text[at] = '\0';
	shim_close(&file);
	must(!world.references, "%s: %d references are left", name, world.references);
	must(!shim_atomic && !shim_rcu, "%s: a lock is held", name);
}

/* ---- parsing: the text is cut to pieces ---- */

static struct {
	const char *name;
	char columns_line[512];
	const char *columns[COLUMNS_MAX];
	unsigned int nr_columns, nr_rows;
	const char *cells[ROWS_MAX][COLUMNS_MAX];
	bool cut;
	const char *reason;
} parsed;

static bool is_one_of(const char *word, const char *words)
{
	const char *at;
	size_t length = strlen(word);

	for (at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static bool is_number(const char *cell, const char *digits, unsigned int prefix)
{
	return cell[prefix] && strspn(cell + prefix, digits) == strlen(cell + prefix);
}

/* What a column has, as README says: - where there is none. */
static bool cell_is_right(const char *column, const char *cell)
{
	if (!strcmp(cell, "-"))
		return true;
	if (is_one_of(column, "pfn mm va start_pfn end_pfn first_pfn"))
		return !strncmp(cell, "0x", 2) && is_number(cell, "0123456789abcdef", 2);
	if (is_one_of(column, "key name cache level state origin what counter unit type") ||
	    is_one_of(column, "protection owner"))
		return cell[0];
	/* info's value is a word or a number */
	return !strcmp(column, "value") ? cell[0] : is_number(cell, "0123456789", 0);
}

static bool is_rest_of_line(const char *column)
{
	return is_one_of(column, "comm path reason");
}

static void parse_columns(const char *line)
{
	char *word;

	snprintf(parsed.columns_line, sizeof(parsed.columns_line), "%s", line);
	parsed.nr_columns = 0;
	for (word = strtok(parsed.columns_line, " "); word; word = strtok(NULL, " "))
		parsed.columns[parsed.nr_columns++] = word;
}

static void parse_row(char *line)
{
	const char **cells = parsed.cells[parsed.nr_rows++];
	unsigned int i;

	must(parsed.nr_rows < ROWS_MAX, "%s has many rows", parsed.name);
	for (i = 0; i < COLUMNS_MAX; i++)
		cells[i] = "";
	for (i = 0; i < parsed.nr_columns; i++) {
		bool last = i == parsed.nr_columns - 1;
		bool rest = is_rest_of_line(parsed.columns[i]);
		char *end = last && rest ? NULL : strchr(line, ' ');

		check(!rest || last, "%s: %s is not last", parsed.name, parsed.columns[i]);
		cells[i] = line;
		if (!check(!last == (end != NULL), "%s: row %u, column %s: '%s'", parsed.name,
			   parsed.nr_rows, parsed.columns[i], line))
			return;
		if (end)
			*end = '\0';
		check(rest ? cells[i][0] : cell_is_right(parsed.columns[i], cells[i]),
		      "%s: row %u, column %s is '%s'", parsed.name, parsed.nr_rows,
		      parsed.columns[i], cells[i]);
		line = end + 1;
	}
}

static void parse_last_line(const char *line)
{
	unsigned int count = 0;
	char word[4] = "";
	int end = 0;

	check(sscanf(line, "# %3s %u%n", word, &count, &end) == 2 && end, "%s ends: '%s'",
	      parsed.name, line);
	parsed.cut = !strcmp(word, "cut");
	parsed.reason = parsed.cut ? line + end + 2 : NULL;
	check(parsed.cut ? line[end] == ':' : !strcmp(word, "end") && !line[end], "%s ends: '%s'",
	      parsed.name, line);
	check(count == parsed.nr_rows, "%s: '%s', there are %u records", parsed.name, line,
	      parsed.nr_rows);
}

static void parse(const struct ptc_report *report)
{
	char head[100], *line = text, *end, *last = NULL;
	unsigned int nr;

	parsed.name = report->name;
	parsed.nr_rows = 0;
	snprintf(head, sizeof(head), "# pt_cache %s format %u", report->name, report->format);
	for (nr = 0; (end = strchr(line, '\n')); nr++, line = end + 1) {
		*end = '\0';
		last = line;
		check(strspn(line, "\t\r\v\f") == 0, "%s: '%s'", report->name, line);
		if (nr == 0)
			check(!strcmp(line, head), "%s begins: '%s'", report->name, line);
		else if (nr == 1)
			check(!strcmp(line + 2, report->columns), "%s: '%s'", report->name, line);
		if (nr == 1)
			parse_columns(line + 2);
		else if (line[0] != '#')
			parse_row(line);
	}
	check(!*line && nr > 2, "%s ends within a line, or at once: '%.50s'", report->name, line);
	if (last)
		parse_last_line(last);
	check(parsed.cut == (read_err != 0), "%s: error %d, cut: %d", report->name, read_err,
	      parsed.cut);
}

static void read_and_parse(const struct ptc_report *report, const char *line)
{
	read_report(report->name, line, 0);
	parse(report);
}

static const char *cell(unsigned int row, const char *column)
{
	unsigned int i;

	for (i = 0; i < parsed.nr_columns; i++)
		if (!strcmp(parsed.columns[i], column))
			return row < parsed.nr_rows ? parsed.cells[row][i] : "no such row";
	must(false, "%s has no column %s", parsed.name, column);
}

static unsigned long long number(unsigned int row, const char *column)
{
	return strtoull(cell(row, column), NULL, 0);
}

static void wants_rows(unsigned int nr)
{
	check(parsed.nr_rows == nr, "%s: %u records, there are %u", parsed.name, parsed.nr_rows,
	      nr);
}

static void wants_number(unsigned int row, const char *column, unsigned long long wanted)
{
	check(number(row, column) == wanted && cell(row, column)[0] != '-',
	      "%s: row %u: %s is '%s', not %llu", parsed.name, row, column, cell(row, column),
	      wanted);
}

static void wants_word(unsigned int row, const char *column, const char *wanted)
{
	check(!strcmp(cell(row, column), wanted), "%s: row %u: %s is '%s', not '%s'", parsed.name,
	      row, column, cell(row, column), wanted);
}

static void wants_comm(unsigned int row, const char *comm)
{
	static const char plain[] = "\n\t\\", letters[] = "nt\\";
	char wanted[3 * TASK_COMM_LEN];
	size_t at = 0;

	for (; *comm; comm++) {
		const char *special = strchr(plain, *comm);

		if (special)
			wanted[at++] = '\\';
		wanted[at++] = special ? letters[special - plain] : *comm;
	}
	wanted[at] = '\0';
	wants_word(row, "comm", at ? wanted : "-");
}

/* ---- what the processes have ---- */

static bool is_deposited(const struct ptc_mm_table *table)
{
	return table->deposited;
}

static bool is_pte(const struct ptc_mm_table *table)
{
	return table->level == PT_CACHE_PTE;
}

static bool is_empty_pte(const struct ptc_mm_table *table)
{
	return is_pte(table) && table->occupancy == 0;
}

static bool is_full_pte(const struct ptc_mm_table *table)
{
	return is_pte(table) && table->occupancy == 512;
}

static bool is_empty_pmd(const struct ptc_mm_table *table)
{
	return table->level == PT_CACHE_PMD && table->occupancy == 0;
}

static bool is_shared(const struct ptc_mm_table *table)
{
	return table->share_count > 0;
}

static bool is_ours(const struct ptc_mm_table *table)
{
	return table->ours;
}

static bool is_counted(const struct ptc_mm_table *table)
{
	return table->level <= PT_CACHE_PUD;
}

typedef bool property_fn(const struct ptc_mm_table *table);

static unsigned int count_in(const struct ptc_mm_table *tables, unsigned int nr,
			     property_fn *property)
{
	unsigned int found = 0;

	while (nr--)
		found += property(tables++);
	return found;
}

static unsigned int count(const struct mm_struct *mm, property_fn *property)
{
	return count_in(mm->tables, world_walked(mm), property);
}

static unsigned int count_remote(const struct mm_struct *mm)
{
	unsigned int i, found = 0;

	for (i = 0; i < world_walked(mm); i++)
		found += pfn_to_nid(mm->tables[i].pfn) != mm->nid;
	return found;
}

static bool is_busy(const struct mm_struct *mm)
{
	return mm->busy_at < mm->nr;
}

static const char *state_of(const struct mm_struct *mm)
{
	return !is_busy(mm) ? "ok" : mm->busy_at ? "cut" : "busy";
}

static unsigned long bytes_of(const struct mm_struct *mm)
{
	return is_busy(mm) ? mm->kernel_bytes : count(mm, is_counted) * PAGE_SIZE;
}

/* ---- each report ---- */

static void check_known(unsigned int row, const struct mm_struct *mm)
{
	wants_number(row, "pgd", 1);
	wants_number(row, "pte", count(mm, is_pte));
	wants_number(row, "pte_empty", count(mm, is_empty_pte));
	wants_number(row, "empty_bytes", count(mm, is_empty_pte) * PAGE_SIZE);
	wants_number(row, "pte_full", count(mm, is_full_pte));
	wants_number(row, "pmd_empty", count(mm, is_empty_pmd));
	wants_number(row, "pmd_shared", count(mm, is_shared));
	wants_number(row, "deposited", count(mm, is_deposited));
	wants_number(row, "cached", count(mm, is_ours));
	wants_number(row, "remote", count_remote(mm));
}

static void check_unknown(unsigned int row)
{
	static const char * const columns[] = {
		"pgd", "p4d", "pud", "pmd", "pte", "pte_empty", "empty_bytes", "deposited",
		"pmd_shared", "cached", "pte_full", "remote", "pmd_empty",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		wants_word(row, columns[i], "-");
}

static void check_pt_mm(void)
{
	unsigned int i;

	wants_rows(1 + world.nr_mms);
	wants_word(0, "pid", "-");
	wants_word(0, "mm", "-");
	wants_word(0, "comm", "init_mm");
	wants_word(0, "remote", "-");
	wants_number(0, "table_bytes",
		     count_in(world.kernel, world.nr_kernel, is_counted) * PAGE_SIZE);
	for (i = 0; i < world.nr_mms; i++) {
		const struct mm_struct *mm = &world.mms[i];

		wants_number(i + 1, "pid", mm->pid);
		wants_number(i + 1, "mm", (unsigned long)mm);
		wants_number(i + 1, "table_bytes", bytes_of(mm));
		wants_word(i + 1, "state", state_of(mm));
		wants_number(i + 1, "start", mm->start);
		if (mm->cgroup)
			wants_number(i + 1, "cgroup", mm->cgroup);
		else
			wants_word(i + 1, "cgroup", "-");
		wants_comm(i + 1, mm->comm);
		if (mm->busy_at)
			check_known(i + 1, mm);
		else
			check_unknown(i + 1);
	}
}

static void check_one_cgroup(unsigned int row, u64 id)
{
	struct ptc_cgroup_sums sums = { .id = id };
	char path[40];
	unsigned int i;

	for (i = 0; i < world.nr_mms; i++) {
		const struct mm_struct *mm = &world.mms[i];

		if (mm->cgroup != id)
			continue;
		sums.mms++;
		sums.mms_busy += is_busy(mm);
		sums.table_bytes += bytes_of(mm);
		sums.shared_bytes += count(mm, is_shared) * PAGE_SIZE;
		sums.empty_bytes += count(mm, is_empty_pte) * PAGE_SIZE;
		sums.deposited += count(mm, is_deposited);
		sums.remote += count_remote(mm);
	}
	wants_number(row, "cgroup", id);
	wants_number(row, "mms", sums.mms);
	wants_number(row, "mms_busy", sums.mms_busy);
	wants_number(row, "table_bytes", sums.table_bytes);
	wants_number(row, "shared_bytes", sums.shared_bytes);
	wants_number(row, "empty_bytes", sums.empty_bytes);
	wants_number(row, "deposited", sums.deposited);
	wants_number(row, "remote", sums.remote);
	snprintf(path, sizeof(path), "/a slice/of\\n%llu", id);
	wants_word(row, "path", id % 3 ? "-" : path);
}

static unsigned int most_cgroups;

static void check_pt_cgroup(void)
{
	unsigned int i, row = 0;
	u64 id;

	for (id = 1; id < 150; id++) {
		for (i = 0; i < world.nr_mms && world.mms[i].cgroup != id; i++)
			;
		if (i < world.nr_mms)
			check_one_cgroup(row++, id);
	}
	wants_rows(row);
	most_cgroups = max(most_cgroups, row);
}

static void check_table(unsigned int row, const struct ptc_mm_table *table)
{
	wants_number(row, "pfn", table->pfn);
	wants_word(row, "level", ptc_level_name(table->level));
	wants_number(row, "node", pfn_to_nid(table->pfn));
	wants_number(row, "cached", table->ours);
	if (table->deposited) {
		wants_word(row, "va", "-");
		wants_word(row, "occupancy", "-");
	} else {
		wants_number(row, "va", table->va);
		wants_number(row, "occupancy", table->occupancy);
	}
}

static void check_page_tables(void)
{
	unsigned int i, j, row = 0;

	for (i = 0; i < world.nr_mms; i++) {
		const struct mm_struct *mm = &world.mms[i];

		for (j = 0; j < world_walked(mm); j++, row++) {
			check_table(row, &mm->tables[j]);
			wants_word(row, "state", "ok");
			wants_number(row, "pid", mm->pid);
			wants_comm(row, mm->comm);
		}
		if (!is_busy(mm))
			continue;
		wants_word(row, "pfn", "-");
		wants_word(row, "occupancy", "-");
		wants_number(row, "pid", mm->pid);
		wants_number(row, "mm", (unsigned long)mm);
		wants_word(row, "state", state_of(mm));
		wants_comm(row++, mm->comm);
	}
	wants_rows(row);
}

static void check_pt_mm_tables(const struct mm_struct *mm)
{
	unsigned int i;

	wants_rows(world_walked(mm));
	for (i = 0; i < parsed.nr_rows; i++) {
		check_table(i, &mm->tables[i]);
		wants_number(i, "page_refs", mm->tables[i].page_refs);
		if (mm->tables[i].share_count < 0)
			wants_word(i, "share_count", "-");
		else
			wants_number(i, "share_count", mm->tables[i].share_count);
	}
	check(parsed.cut == is_busy(mm) && (!parsed.cut || read_err == -EBUSY),
	      "busy: %d, error %d", is_busy(mm), read_err);
}

static unsigned int tables_out(void)
{
	unsigned int i, at, nr = 0;

	for (i = 0; i < world.nr_blocks; i++)
		for (at = 0; at < world.blocks[i].span; at++)
			nr += ptc_tag_state(world.blocks[i].records[at].tag) == PTC_OUT;
	return nr;
}

static void check_refcounts(void)
{
	unsigned long sums[3] = { 0 }, wanted[3] = { 0 };
	unsigned int row, i;

	for (row = 0; row < parsed.nr_rows; row++) {
		unsigned long long from = number(row, "from"), to = number(row, "to");
		unsigned long tables = number(row, "tables");
		const char *what = cell(row, "what");

		check(from <= to, "from %llu to %llu", from, to);
		check(is_one_of(what, "occupancy kernel users"), "%s", what);
		sums[what[0] == 'o' ? 0 : what[0] == 'k' ? 1 : 2] += tables;
		wants_number(row, "bytes", tables * PAGE_SIZE);
		check(tables || (row < PTC_OCCUPANCY_BUCKETS && !strcmp(cell(row, "level"), "pte")),
		      "row %u is empty", row);
	}
	for (i = 0; i < world.nr_mms; i++)
		wanted[0] += world_walked(&world.mms[i]) - count(&world.mms[i], is_deposited);
	wanted[1] = world.nr_kernel - count_in(world.kernel, world.nr_kernel, is_deposited);
	wanted[2] = tables_out();
	for (i = 0; i < 3; i++)
		check(sums[i] == wanted[i], "%u: %lu tables, there are %lu", i, sums[i], wanted[i]);
}

static void check_tables(void)
{
	unsigned int i, at, row = 0;

	wants_rows(tables_out());
	for (i = 0; i < world.nr_blocks; i++) {
		for (at = 0; at < world.blocks[i].span; at++) {
			const struct ptc_record *record = &world.blocks[i].records[at];
			char name[20];

			if (ptc_tag_state(record->tag) != PTC_OUT)
				continue;
			snprintf(name, sizeof(name), "cache_%u",
				 (ptc_tag_cache(record->tag) - 1) / 2);
			wants_number(row, "pfn", world.blocks[i].pfn + at);
			wants_word(row, "cache", ptc_tag_cache(record->tag) % 2 ? name : "-");
			wants_word(row, "level", ptc_level_name(ptc_tag_level(record->tag)));
			wants_number(row, "users", record->users.counter);
			if (record->mm) {
				wants_number(row, "pid", record->mm->pid);
				wants_comm(row, record->mm->comm);
			} else {
				wants_word(row, "mm", "-");
				wants_word(row, "comm", "-");
			}
			row++;
		}
	}
}

static void check_blocks(void)
{
	unsigned int i;

	wants_rows(world.nr_blocks);
	for (i = 0; i < world.nr_blocks; i++) {
		wants_number(i, "pfn", world.blocks[i].pfn);
		wants_number(i, "pages", world.blocks[i].span);
		check(number(i, "in_use") + number(i, "free") == world.blocks[i].span, "row %u", i);
		wants_number(i, "node", world.blocks[i].node->nid);
	}
}

static void check_caches(void)
{
	unsigned int i;

	wants_rows(world.nr_caches);
	for (i = 0; i < world.nr_caches; i++) {
		struct ptc_cache_sums sums = world_sums(&world.caches[i]);

		wants_word(i, "name", world.caches[i].name);
		wants_number(i, "order", i);
		wants_number(i, "tables_in_use", sums.in_use);
		wants_number(i, "tables_free", (i == 2 ? 320 : SHIM_NODES * 320) >> i);
		wants_number(i, "fallbacks", sums.fallbacks);
	}
}

static unsigned int row_of(const char *column, const char *word)
{
	unsigned int row;

	for (row = 0; row < parsed.nr_rows; row++)
		if (!strcmp(cell(row, column), word))
			return row;
	check(false, "%s has no %s", parsed.name, word);
	return 0;
}

static void check_stats(void)
{
	unsigned long hits = 0, pages_out = 0;
	unsigned int i;

	for (i = 0; i < world.nr_caches; i++) {
		hits += world_sums(&world.caches[i]).hits;
		pages_out += world_sums(&world.caches[i]).in_use << i;
	}
	wants_number(row_of("counter", "hits"), "value", hits + ptc_counter_sum(PTC_hits));
	wants_number(row_of("counter", "pages_in_use"), "value", pages_out);
	wants_number(row_of("counter", "pages_held"), "value",
		     world.nr_caches ? 1000 * SHIM_NODES + SHIM_NODES * (SHIM_NODES - 1) / 2 : 0);
	wants_word(row_of("counter", "blocks"), "type", "gauge");
	wants_word(row_of("counter", "splits"), "type", "counter");
	for (i = 0; i < parsed.nr_rows; i++)
		check(row_of("counter", cell(i, "counter")) == i, "%s twice", cell(i, "counter"));
}

static void check_info(void)
{
	unsigned int i;

	wants_word(row_of("key", "kernel"), "value", "6.12.118");
	wants_word(row_of("key", "kernel"), "reason", "-");
	for (i = 0; i < parsed.nr_rows; i++)
		check(row_of("key", cell(i, "key")) == i, "%s twice", cell(i, "key"));
}

static void check_direct_map(void)
{
	unsigned long long sum = 0, wanted = 0;
	unsigned int i;

	wants_rows(SHIM_NODES);
	for (i = 0; i < parsed.nr_rows; i++) {
		wants_number(i, "node", i);
		sum += number(i, "bytes_4k") + number(i, "bytes_2m") + number(i, "bytes_1g") +
		       number(i, "bytes_not_present");
		wants_number(i, "pt_cache_bytes", world.nr_caches ? (1000 + i) * PAGE_SIZE : 0);
	}
	for (i = 0; i < world.nr_runs; i++)
		wanted += (world.runs[i].end - world.runs[i].pfn) * PAGE_SIZE;
	check(sum == wanted, "%llu bytes, there are %llu", sum, wanted);
}

/* All that is mapped, in order, and no two records that could be one. */
static void check_direct_map_regions(void)
{
	unsigned long pfn = 0, bytes = 0, wanted = 0;
	unsigned int i;

	for (i = 0; i < parsed.nr_rows; i++) {
		check(number(i, "start_pfn") >= pfn && number(i, "end_pfn") > number(i, "start_pfn"),
		      "row %u", i);
		pfn = number(i, "end_pfn");
		bytes += pfn - number(i, "start_pfn");
	}
	for (i = 0; i < world.nr_runs; i++)
		wanted += world.runs[i].present ? world.runs[i].end - world.runs[i].pfn : 0;
	check(bytes == wanted, "%lu pages, there are %lu", bytes, wanted);
}

/* Of the process whose tables are asked for. */
static char pid_line[20];
static const struct mm_struct *chosen;

static void choose(unsigned int at)
{
	chosen = &world.mms[at];
	snprintf(pid_line, sizeof(pid_line), "%d\n", chosen->pid);
}

static const char *line_for(const struct ptc_report *report)
{
	return report == &ptc_report_pt_mm_tables && chosen ? pid_line : NULL;
}

static void check_report(const struct ptc_report *report)
{
	if (report == &ptc_report_pt_mm)
		check_pt_mm();
	else if (report == &ptc_report_pt_cgroup)
		check_pt_cgroup();
	else if (report == &ptc_report_page_tables)
		check_page_tables();
	else if (report == &ptc_report_pt_mm_tables && chosen)
		check_pt_mm_tables(chosen);
	else if (report == &ptc_report_refcounts)
		check_refcounts();
	else if (report == &ptc_report_tables)
		check_tables();
	else if (report == &ptc_report_blocks)
		check_blocks();
	else if (report == &ptc_report_caches)
		check_caches();
	else if (report == &ptc_report_stats)
		check_stats();
	else if (report == &ptc_report_info)
		check_info();
	else if (report == &ptc_report_direct_map)
		check_direct_map();
	else if (report == &ptc_report_direct_map_regions)
		check_direct_map_regions();
}

static unsigned long rows_read;

static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reports); i++) {
		read_and_parse(reports[i], line_for(reports[i]));
		check(!read_err || (chosen && is_busy(chosen) &&
				    reports[i] == &ptc_report_pt_mm_tables),
		      "%s: error %d", reports[i]->name, read_err);
		check_report(reports[i]);
		rows_read += parsed.nr_rows;
	}
}

/* ---- tests ---- */

static struct sighand_struct sighand = { .siglock = PTHREAD_MUTEX_INITIALIZER };
static struct signal_struct signals;

static void handler(int sig)
{
}

static void catch_signals(bool caught)
{
	sighand.action[SIGUSR1 - 1].sa.sa_handler = caught ? handler : SIG_DFL;
	memset(&signals, 0, sizeof(signals));
	sigaddset(&signals.shared_pending.signal, SIGUSR1);
}

static void make(unsigned int nr_mms, unsigned int most_tables, bool busy)
{
	world_make(nr_mms, most_tables, busy);
	world_make_rest();
	chosen = NULL;
	if (nr_mms)
		choose(nr_mms / 2);
}

static void test_empty(void)
{
	world_forget();
	chosen = NULL;
	check_all();
	read_and_parse(&ptc_report_pt_mm, NULL);
	wants_rows(1);
	test_ends("without processes, caches or blocks, reports have their heads and ends");
}

static void test_full(void)
{
	unsigned int i;

	for (i = 0; i < 6; i++) {
		make(1 + i * 39, 1 + i * 30, false);
		check_all();
	}
	check(most_cgroups > PTC_CGROUPS_AT_ONCE, "%u cgroups are served in one pass",
	      most_cgroups);
	for (i = 0; i < world.nr_mms; i += 7) {
		choose(i);
		read_and_parse(&ptc_report_pt_mm_tables, pid_line);
		check_pt_mm_tables(chosen);
	}
	test_ends("each report has a row for what is there, by its own line of columns");
}

static void test_busy(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		make(20 + i * 44, 300, true);
		choose(i);
		check_all();
	}
	for (i = 0; i < world.nr_mms; i++) {
		choose(i);
		read_and_parse(&ptc_report_pt_mm_tables, pid_line);
		check_pt_mm_tables(chosen);
	}
	test_ends("processes whose lock is not to be had are busy, or cut, and no end of a report");
}

/* Filters select processes, and init_mm is then left out. */
static void test_filters(void)
{
	const struct mm_struct *mm;
	unsigned int i, rows = 0;
	char line[40];

	make(150, 20, true);
	mm = &world.mms[70];
	snprintf(line, sizeof(line), "pid %d", mm->pid);
	read_and_parse(&ptc_report_pt_mm, line);
	wants_rows(1);
	wants_number(0, "pid", mm->pid);
	read_and_parse(&ptc_report_page_tables, line);
	wants_rows(world_walked(mm) + is_busy(mm));
	snprintf(line, sizeof(line), "cgroup %llu", world.mms[71].cgroup ?: 7);
	read_and_parse(&ptc_report_pt_cgroup, line);
	wants_rows(1);
	for (i = 0; i < world.nr_mms; i++)
		rows += world.mms[i].kernel_bytes >= 1000000;
	read_and_parse(&ptc_report_pt_mm, "min_table_bytes 1000000\n");
	wants_rows(rows);
	read_and_parse(&ptc_report_pt_mm, "pid 2147483647");
	wants_rows(0);
	read_and_parse(&ptc_report_pt_mm, "cgroup 0");
	wants_rows(1 + world.nr_mms);
	test_ends("a filter selects processes by pid, cgroup and bytes");
}

/* Cgroups come as long as the report is read, each with a higher id than all before it. */
static void test_new_cgroups(void)
{
	void *state = shim_zalloc(ptc_report_pt_cgroup.size, GFP_KERNEL);
	unsigned int rows = 0;

	make(150, 20, false);
	ptc_report_pt_cgroup.begin(state);
	while (rows < 1000 && ptc_report_pt_cgroup.next(state) > 0) {
		world.mms[rows % world.nr_mms].cgroup = 1000 + rows;
		rows++;
	}
	check(rows <= 150, "%u rows, of 150 cgroups when it began", rows);
	kvfree(state);
	test_ends("cgroups that come while pt_cgroup is read do not keep it from ending");
}

static void test_exits(void)
{
	unsigned int i, row, rows = 0;

	make(20, 600, false);
	choose(9);
	for (i = 0; i < 8; i++) {
		world.mms[9].exits_after = i;
		read_report("pt_mm_tables", i ? pid_line : NULL, 100);
		parse(&ptc_report_pt_mm_tables);
		if (!i)
			continue;
		/* the first reference is that of the write's own look, or is not taken so */
		check(!parsed.cut || (read_err == -ESRCH && parsed.nr_rows % 128 == 0 &&
				      !strcmp(parsed.reason, "the process has ended")),
		      "error %d after %u", read_err, parsed.nr_rows);
		check(parsed.cut || parsed.nr_rows == chosen->nr, "%u rows", parsed.nr_rows);
	}
	for (i = 0; i < 8; i++) {
		world.mms[9].exits_after = i;
		read_and_parse(&ptc_report_page_tables, NULL);
		check(!parsed.cut, "a process that exits cuts the report");
		for (row = 0, rows = 0; row < parsed.nr_rows; row++)
			rows += number(row, "pid") == (unsigned long)chosen->pid;
		check(rows == min(i * 128, chosen->nr), "%u of its tables, %u references", rows, i);
	}
	world.mms[9].exits_after = NEVER;
	test_ends("a process that ends while its tables are read has no more, which cuts pt_mm_tables alone");
}

static char whole[TEXT_MAX];

/* Read with a signal at each look at signals, or at some of them. */
static void signal_everywhere(const struct ptc_report *report, bool caught)
{
	const char *line = line_for(report);
	unsigned long at, met = 0;

	read_report(report->name, line, 4096);
	strcpy(whole, text);
	catch_signals(caught);
	for (at = 1; ; at += 1 + at / 16) {
		world.looks = 0;
		world.signal_at = at;
		read_report(report->name, line, at % 3 ? 0 : 4096);
		if (world.looks < at)
			break;
		met++;
		if (!caught || !read_err) { /* it may be that no result depends on this look */
			check(!strcmp(text, whole), "%s with a signal at look %lu is another",
			      report->name, at);
			continue;
		}
		parse(report);
		check(parsed.cut && read_err == -EINTR && !strcmp(parsed.reason, "a signal"),
		      "%s with a signal at look %lu: error %d", report->name, at, read_err);
	}
	world.signal_at = 0;
	catch_signals(false);
	printf("# %s: a signal at %lu of %lu looks%s\n", report->name, met, world.looks,
	       caught ? ", caught" : "");
}

static void test_signals(void)
{
	unsigned int i;

	make(70, 150, true);
	for (i = 0; i < world.nr_mms && is_busy(chosen); i++)
		choose(i);
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		signal_everywhere(reports[i], false);
	check(restarts, "no read was restarted");
	test_ends("a signal that is not caught changes nothing in any report, wherever it comes");
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		signal_everywhere(reports[i], true);
	test_ends("one that is caught cuts it there");
}

static void test_no_memory(void)
{
	make(10, 20, false);
	shim_fail_nth = 4; /* after the state, the file and its buffer */
	read_and_parse(&ptc_report_refcounts, NULL);
	check(read_err == -ENOMEM && !strcmp(parsed.reason, "no memory") && !parsed.nr_rows,
	      "error %d", read_err);
	check(!shim_fail_nth, "not so many steps");
	test_ends("refcounts is cut where there is no memory to count in");
}

static void test_files(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(reports); i++) {
		check(reports[i]->owner == THIS_MODULE, "%s is nobody's", reports[i]->name);
		for (j = 0; j < shim_nr_reports; j++)
			if (shim_reports[j].inode.i_private == reports[i])
				break;
		check(j < shim_nr_reports, "%s is no file", reports[i]->name);
	}
	check(shim_nr_reports == ARRAY_SIZE(reports) + 3, "%u files, this test reads %zu",
	      shim_nr_reports, ARRAY_SIZE(reports));
	test_ends("each report is a file, and is read here but for three");
}

int main(int argc, char **argv)
{
	world_random = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	current->sighand = &sighand;
	current->signal = &signals;
	strcpy(shim_utsname.release, "6.12.118");
	strcpy(shim_utsname.machine, "x86_64");
	shim_memory_init();
	ptc_debugfs_init();
	test_files();
	test_empty();
	test_full();
	test_busy();
	test_filters();
	test_new_cgroups();
	test_exits();
	test_signals();
	test_no_memory();
	printf("# held: %lu rows of reports parsed by their own columns\n", rows_read);
	ptc_debugfs_exit();
	world_forget();
	check(!shim_this_module.refs, "%d references of the module are left",
	      shim_this_module.refs);
	test_ends("nothing is left");
	rcu_barrier();
	ptc_index_exit();
	shim_memory_exit();
	return tests_end();
}
