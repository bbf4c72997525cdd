// SPDX-License-Identifier: GPL-2.0
/* The brute-force model of a block: see block_model.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "block_model.h"

static const char *wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *wrong(const char *format, ...)
{
	static char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return text;
}

/* How many pages are in each state. */
struct tally {
	unsigned int nr[PAGE_OUT_TAIL + 1];
};

static struct tally count(const struct block_model *model)
{
	struct tally tally = {};
	unsigned int at;

	for (at = 0; at < PTC_BLOCK_PAGES; at++)
		tally.nr[model->state[at]]++;
	return tally;
}

static unsigned int pages_of(const struct tally *tally)
{
	return PTC_BLOCK_PAGES - tally->nr[PAGE_NOT_OURS];
}

static bool is_in(enum page_state state)
{
	return state == PAGE_CLEAN || state == PAGE_DIRTY;
}

/* Full means fuller than a quarter, half, three quarters of the pages, rounded up. */
static enum ptc_group group_of(const struct tally *tally, bool reserve)
{
	unsigned int clean = tally->nr[PAGE_CLEAN], pages = pages_of(tally), quarters;

	if (reserve)
		return PTC_GROUP_RESERVE;
	if (clean + tally->nr[PAGE_DIRTY] == pages)
		return clean ? PTC_GROUP_EMPTY : PTC_GROUP_EMPTY_DIRTY;
	if (!clean)
		return PTC_GROUP_SPENT;
	for (quarters = 1; clean > (quarters * pages + 3) / 4; quarters++)
		;
	return PTC_GROUP_SPENT + quarters;
}

static const char *compare(const struct block_model *model)
{
	const struct ptc_block *block = &model->block;
	const struct tally tally = count(model);
	unsigned int at, clean = tally.nr[PAGE_CLEAN], dirty = tally.nr[PAGE_DIRTY];
	unsigned int pages = pages_of(&tally);

	for (at = 0; at < PTC_BLOCK_PAGES; at++)
		if (test_bit(at, block->clean) != (model->state[at] == PAGE_CLEAN) ||
		    test_bit(at, block->dirty) != (model->state[at] == PAGE_DIRTY))
			return wrong("page %u: clean %d, dirty %d, in state %d", at,
				     test_bit(at, block->clean), test_bit(at, block->dirty),
				     model->state[at]);
	if (block->nr_clean != clean || block->nr_dirty != dirty || block->pages != pages)
		return wrong("%u clean, %u dirty of %u counted, there are %u, %u of %u",
			     block->nr_clean, block->nr_dirty, block->pages, clean, dirty, pages);
	if (ptc_block_group(block) != group_of(&tally, block->reserve))
		return wrong("in group %d, which is %d (%u clean, %u dirty of %u)",
			     ptc_block_group(block), group_of(&tally, block->reserve), clean, dirty,
			     pages);
	if (ptc_block_empty(block) != (clean + dirty == pages))
		return wrong("empty: %d", ptc_block_empty(block));
	return NULL;
}

const char *block_model_init(struct block_model *model, unsigned long pfn, unsigned int order)
{
	struct ptc_block *block = &model->block;
	unsigned int at;

	memset(model, 0, sizeof(*model));
	ptc_block_init(block, pfn, order, PTC_ORIGIN_FRESH);
	for (at = 0; at < 1U << order; at++)
		model->state[at] = PAGE_CLEAN;
	if (block->pfn != pfn || block->order != order || block->span != 1U << order ||
	    block->origin != PTC_ORIGIN_FRESH || !list_empty(&block->link) ||
	    !list_empty(&block->dirty_link) || !list_empty(&block->look_link))
		return wrong("a new block of order %u says something else of itself", order);
	return compare(model);
}

/* May the run be taken? Single pages that the caller clears come from the dirty ones only. */
static bool is_fit(const struct block_model *model, unsigned int at, unsigned int order,
		   bool dirty_too)
{
	unsigned int i;

	for (i = at; i < at + (1U << order); i++) {
		if (!is_in(model->state[i]))
			return false;
		if (model->state[i] == PAGE_DIRTY ? !dirty_too : dirty_too && !order)
			return false;
	}
	return true;
}

static unsigned int fit_runs(const struct block_model *model, unsigned int order, bool dirty_too)
{
	unsigned int at, nr = 0;

	for (at = 0; at < PTC_BLOCK_PAGES; at += 1U << order)
		nr += is_fit(model, at, order, dirty_too);
	return nr;
}

static void take_out(struct block_model *model, unsigned int at, unsigned int order)
{
	unsigned int i;

	for (i = at; i < at + (1U << order); i++)
		model->state[i] = i == at ? PAGE_OUT : PAGE_OUT_TAIL;
	model->order[at] = order;
}

static const char *take(struct block_model *model, const struct block_op *op)
{
	unsigned long pfns[PTC_BLOCK_PAGES + 1];
	bool dirty_too = op->kind == OP_TAKE_DIRTY;
	unsigned int nr = min(op->nr, PTC_BLOCK_PAGES), got, i;
	unsigned int wanted = min(nr, fit_runs(model, op->order, dirty_too));

	pfns[nr] = 0xdead;
	if (dirty_too)
		got = ptc_block_take_dirty(&model->block, op->order, nr, pfns);
	else
		got = ptc_block_take(&model->block, op->order, nr, pfns);
	if (got != wanted)
		return wrong("%u runs of order %u taken, %u were to be had", got, op->order,
			     wanted);
	if (pfns[nr] != 0xdead)
		return wrong("more than %u were stored", nr);
	for (i = 0; i < got; i++) {
		unsigned long at = pfns[i] - model->block.pfn;

		if (at >= PTC_BLOCK_PAGES || at % (1U << op->order))
			return wrong("a run of order %u at %lu", op->order, at);
		if (!is_fit(model, at, op->order, dirty_too))
			return wrong("a run of order %u at %lu, which was not to be had", op->order,
				     at);
		take_out(model, at, op->order);
	}
	return NULL;
}

/* The page where the run with that number begins, or PTC_BLOCK_PAGES: there is none. */
static unsigned int run_out(const struct block_model *model, unsigned int nr)
{
	unsigned int at, out = count(model).nr[PAGE_OUT];

	if (!out)
		return PTC_BLOCK_PAGES;
	for (at = 0, nr %= out; model->state[at] != PAGE_OUT || nr--; at++)
		;
	return at;
}

static void put(struct block_model *model, const struct block_op *op)
{
	unsigned int at = run_out(model, op->nr), i;
	unsigned long pfn = model->block.pfn + at;

	if (at == PTC_BLOCK_PAGES)
		return;
	ptc_block_put(&model->block, 0, &pfn, 1, model->order[at], op->dirty);
	for (i = at; i < at + (1U << model->order[at]); i++)
		model->state[i] = op->dirty ? PAGE_DIRTY : PAGE_CLEAN;
}

static void retire(struct block_model *model, const struct block_op *op)
{
	unsigned int at = run_out(model, op->nr), i;

	if (at == PTC_BLOCK_PAGES)
		return;
	model->block.pages -= 1U << model->order[at];	/* as the pool does it */
	for (i = at; i < at + (1U << model->order[at]); i++)
		model->state[i] = PAGE_NOT_OURS;
}

static void distrust(struct block_model *model)
{
	unsigned int at;

	ptc_block_distrust(&model->block);
	for (at = 0; at < PTC_BLOCK_PAGES; at++)
		if (model->state[at] == PAGE_CLEAN)
			model->state[at] = PAGE_DIRTY;
}

const char *block_model_step(struct block_model *model, const struct block_op *op)
{
	const char *trouble = NULL;

	switch (op->kind) {
	case OP_TAKE:
	case OP_TAKE_DIRTY:
		trouble = take(model, op);
		break;
	case OP_PUT:
		put(model, op);
		break;
	case OP_RETIRE:
		retire(model, op);
		break;
	case OP_DISTRUST:
		distrust(model);
		break;
	case OP_RESERVE:
		model->block.reserve = op->dirty;
		break;
	default:
		return wrong("no such operation: %d", op->kind);
	}
	return trouble ?: compare(model);
}
