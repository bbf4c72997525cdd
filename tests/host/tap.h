/* SPDX-License-Identifier: GPL-2.0 */
/* TAP for tests in C: checks are many, and a test is the promise that a run of them was for. */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include <stdbool.h>
#include <stdio.h>

static int tests, failures;
static bool failing;

/* Only the first that fails of a test is shown. */
#define check(condition, ...) ({							\
	bool __ok = !!(condition);							\
	if (!__ok && !failing) {							\
		failing = true;								\
		printf("# line %d: not %s: ", __LINE__, #condition);			\
		printf(__VA_ARGS__);							\
		printf("\n");								\
	}										\
	__ok;										\
})

static inline void test_fails(const char *promise)
{
	printf("not ok %d - %s\n", ++tests, promise);
	failures++;
	fflush(stdout);
}

static inline void test_ends(const char *promise)
{
	if (failing)
		test_fails(promise);
	else
		printf("ok %d - %s\n", ++tests, promise);
	fflush(stdout);
	failing = false;
}

static inline int tests_end(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}

#endif
