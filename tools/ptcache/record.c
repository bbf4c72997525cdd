// SPDX-License-Identifier: GPL-2.0
/* Parses the records of the report direct_map_regions. */
#include <stdlib.h>
#include <string.h>

#include "picture.h"

enum column { START, END, NODE, LEVEL, UNIFORMITY, OWNER };

const char *const record_columns[] = {
	[START] = "start_pfn", [END] = "end_pfn", [NODE] = "node", [LEVEL] = "level",
	[UNIFORMITY] = "uniform", [OWNER] = "owner", NULL
};

/* strtoull() would accept blanks, signs and numbers without 0x. */
static bool parse_pfn(const char *text, uint64_t *pfn)
{
	size_t digits;

	if (text[0] != '0' || text[1] != 'x')
		return false;
	digits = strspn(text + 2, "0123456789abcdef");
	if (!digits || digits > 16 || text[2 + digits])
		return false;
	*pfn = strtoull(text, NULL, 16);
	return true;
}

static bool parse_node(const char *text, int *node)
{
	size_t digits = strspn(text, "0123456789");

	if (!strcmp(text, "-")) {
		*node = -1;
		return true;
	}
	if (!digits || digits > 4 || text[digits])
		return false;
	*node = atoi(text);
	return *node < MAX_NODES;
}

static bool parse_kind(const struct report *report, enum kind *kind)
{
	const char *level = report_value(report, LEVEL), *owner = report_value(report, OWNER);

	if (!strcmp(level, "pud") || !strcmp(level, "p4d"))
		*kind = BY_1G;
	else if (!strcmp(level, "pmd"))
		*kind = BY_2M;
	else if (strcmp(level, "pte"))
		return false;
	else if (!strcmp(owner, "pt_cache"))
		*kind = OURS;
	else
		*kind = strcmp(report_value(report, UNIFORMITY), "1") ? SPLIT : UNIFORM;
	return true;
}

static bool known_uniformity(const char *text)
{
	return !strcmp(text, "0") || !strcmp(text, "1") || !strcmp(text, "-");
}

static bool known_owner(const char *text)
{
	return !strcmp(text, "pt_cache") || !strcmp(text, "reserved") || !strcmp(text, "-");
}

int record_next(struct report *report, struct record *record, uint64_t previous_end)
{
	int got = report_next(report);

	if (got <= 0)
		return got;
	if (!parse_pfn(report_value(report, START), &record->start) ||
	    !parse_pfn(report_value(report, END), &record->end))
		return report_bad_line(report, "has a page frame that is not a hex number");
	if (!parse_node(report_value(report, NODE), &record->node))
		return report_bad_line(report, "has an impossible node");
	if (!parse_kind(report, &record->kind))
		return report_bad_line(report, "has a level that is not pte, pmd, pud or p4d");
	if (!known_uniformity(report_value(report, UNIFORMITY)))
		return report_bad_line(report, "has a uniform that is not 0, 1 or -");
	if (!known_owner(report_value(report, OWNER)))
		return report_bad_line(report, "has an owner that is not pt_cache, reserved or -");
	if (record->start >= record->end)
		return report_bad_line(report, "ends before it begins");
	if (record->end > (uint64_t)1 << MAX_SHIFT)
		return report_bad_line(report, "has a page frame beyond 52 bits of address");
	if (record->start < previous_end)
		return report_bad_line(report, "begins before the record above it ends");
	return 1;
}
