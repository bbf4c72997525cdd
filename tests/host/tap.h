/* SPDX-License-Identifier: GPL-2.0 */
/* TAP for tests in C: checks are many, and a test is the promise that a run of them was for. */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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

/* A promise that is broken in the middle of it all ends the program: it would only get worse. */
#define must(condition, ...) do {						\
	if (!(condition)) {							\
		printf("# %s:%d: not %s: ", __FILE__, __LINE__, #condition);	\
		printf(__VA_ARGS__);						\
		printf("\n");							\
		test_fails("in the middle of it all");				\
		_Exit(1);							\
	}									\
} while (0)

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
