// SPDX-License-Identifier: GPL-2.0
/*
 * survive [LINE]: a process with a page table whose 512 pages it has written to, a number of its own
 * to each, but for those of the 8 entries of one cache line of the table; without LINE, to the last
 * page alone. Says "ready"; at SIGUSR1 it reads all pages, and says "R right, L lost from page P, W
 * wrong": lost is what it gets SIGBUS for. Then it waits to be killed.
 *
 * Where an entry is lost that mapped a page, the kernel's count of the pages of the process is wrong
 * from then on, and it says so when the process ends: so only entries that map none are to be lost.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096UL
#define PAGES	512UL
#define AT	((char *)0x200000000000UL)

static sigjmp_buf lost_page;

static void on_bus_error(int sig)
{
	(void)sig;
	siglongjmp(lost_page, 1);
}

static bool has_number(unsigned int page, long line)
{
	return line < 0 ? page == PAGES - 1 : page / 8 != line;
}

int main(int argc, char **argv)
{
	long line = argc > 1 ? strtol(argv[1], NULL, 10) : -1;
	static volatile unsigned int i, right, lost, first;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (mmap(AT, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != AT || madvise(AT, PAGES * PAGE, MADV_NOHUGEPAGE)) {
		perror("survive: mmap");
		return 2;
	}
	for (i = 0; i < PAGES; i++)
		if (has_number(i, line))
			*(volatile uint64_t *)(AT + i * PAGE) = i + 1;
	signal(SIGBUS, on_bus_error);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &sig);
	for (i = 0; i < PAGES; i++) {
		if (sigsetjmp(lost_page, 1))
			first = lost++ ? first : i;
		else
			right += *(volatile uint64_t *)(AT + i * PAGE) == (has_number(i, line) ? i + 1 : 0);
	}
	printf("%u right, %u lost from page %u, %lu wrong\n", right, lost, first, PAGES - right - lost);
	fflush(stdout);
	pause();
	return 0;
}
