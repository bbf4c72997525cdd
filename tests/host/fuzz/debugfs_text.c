// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: the first byte chooses a file of debugfs or a parameter, the rest is the text that is
 * written to it. text_world.c says what has to become of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "text_world.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	static bool begun;
	enum text_target target;
	const char *trouble;

	if (!begun)
		text_world_begin();
	begun = true;
	if (!size)
		return 0;
	target = bytes[0] % TEXT_TARGETS;
	trouble = text_check(target, (const char *)bytes + 1, size - 1);
	if (!trouble)
		return 0;
	fprintf(stderr, "%s: %s\n", text_name(target), trouble);
	abort();
}
