// SPDX-License-Identifier: GPL-2.0
/*
 * secret PAGES: takes so many pages out of the direct map, as memory that memfd_secret() gives is, says "ready",
 * and waits to be killed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret	447
#endif

#define PAGE	4096UL

int main(int argc, char **argv)
{
	unsigned long pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	int fd = syscall(SYS_memfd_secret, 0);
	char *area;

	if (fd < 0 || ftruncate(fd, pages * PAGE)) {
		perror("secret: memfd_secret");
		return 1;
	}
	area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area == MAP_FAILED) {
		perror("secret: mmap");
		return 1;
	}
	for (unsigned long i = 0; i < pages; i++)
		*(volatile char *)(area + i * PAGE) = 1;
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
