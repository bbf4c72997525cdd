// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: bytes are operations on a block, and the model of block_model.c says what each has to
 * do. The first byte is the order of the block; then two bytes are an operation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "block_model.h"

static struct block_op decode(const u8 bytes[2])
{
	static const enum block_op_kind kinds[16] = {
		OP_TAKE, OP_TAKE, OP_TAKE, OP_TAKE_DIRTY, OP_TAKE_DIRTY, OP_TAKE_DIRTY,
		OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT,
		OP_DISTRUST, OP_RESERVE, OP_RETIRE,
	};

	return (struct block_op){
		.kind = kinds[bytes[0] & 0xf],
		.order = (bytes[0] >> 4) % (PTC_BLOCK_ORDER + 1),
		.dirty = bytes[0] >> 4 & 1,
		.nr = bytes[1],
	};
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct block_model model;
	const char *trouble;
	size_t at;

	if (!size)
		return 0;
	trouble = block_model_init(&model, 1UL << 34, bytes[0] % (PTC_BLOCK_ORDER + 1));
	for (at = 1; !trouble && at + 2 <= size; at += 2) {
		struct block_op op = decode(bytes + at);

		trouble = block_model_step(&model, &op);
	}
	if (trouble) {
		fprintf(stderr, "operation %zu: %s\n", at / 2, trouble);
		abort();
	}
	return 0;
}
