/* SPDX-License-Identifier: GPL-2.0 */
/* Finds the page frames that are tables in two mms, in two passes and with bounded memory. */
#ifndef PTC_CENSUS_SUSPECTS_H
#define PTC_CENSUS_SUSPECTS_H

#include <linux/types.h>

#include "pgtable/level.h"

/* Where a table was met. */
struct ptc_place {
	unsigned long mm;		/* identity, not dereferenced */
	unsigned long va;		/* the first address it maps */
	pid_t at;			/* of the address space, for ptc_space_next() */
	enum pt_cache_level level : 8;
	bool deposited : 1;		/* va and level are those of its PMD table */
};

struct ptc_suspect {
	unsigned long pfn;		/* 0: none */
	struct ptc_place first;
	struct ptc_place second;	/* mm is 0: it was met in one mm only, and is no suspect */
};

struct ptc_suspects {
	unsigned long *seen, *twice;	/* filters of 1 << filter_order bits */
	unsigned int filter_order;
	unsigned long met_twice;

	struct ptc_suspect *table;	/* a hash table of 1 << table_order slots */
	unsigned int table_order;
	unsigned int turn, classes;	/* the class (hash % classes) that has its turn is kept */
	unsigned int nr;		/* suspects in the table */
	unsigned int next;		/* slot */

	u64 left_out;			/* tables met twice for which there was no room */
};

int ptc_suspects_init(struct ptc_suspects *suspects, unsigned long pages);
void ptc_suspects_exit(struct ptc_suspects *suspects);

void ptc_suspects_note(struct ptc_suspects *suspects, unsigned long pfn);
bool ptc_suspects_second_pass(struct ptc_suspects *suspects);
void ptc_suspects_keep(struct ptc_suspects *suspects, unsigned long pfn,
		       const struct ptc_place *place);

unsigned int ptc_suspects_begin(struct ptc_suspects *suspects, unsigned int most);
const struct ptc_suspect *ptc_suspects_next(struct ptc_suspects *suspects);

#endif /* PTC_CENSUS_SUSPECTS_H */
