// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzz target without libFuzzer: replay FILE... runs it once on each file. For a compiler that
 * has none, and for measuring coverage.
 */
#include <stdio.h>
#include <stdlib.h>

#include <linux/types.h>

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size);

#define LARGEST	65536

static int replay(const char *name)
{
	u8 *bytes = malloc(LARGEST);
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file || !bytes) {
		perror(name);
		return 1;
	}
	size = fread(bytes, 1, LARGEST, file);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	return failed;
}
