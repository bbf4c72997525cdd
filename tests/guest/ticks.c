// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the TSC's ticks for opening REPORT, reading it to its end and closing it; with
 * -DWORDS='"TEXT"' for writing that to it. In a guest under `boot --icount` a tick is an
 * instruction. It is repeated until two times agree to a hundredth; background work is in the others.
 *
 * Built with -nostdlib -static -DREPORT='"FILE"': the guests have a compiler and no C library to
 * compile for.
 */
#define SYS_read	0
#define SYS_write	1
#define SYS_open	2
#define SYS_close	3
#define SYS_exit	60

#define O_RDONLY	0
#define O_WRONLY	1

static char buffer[128 << 10];	/* as cat has */

static long syscall(long number, long first, const void *second, long third)
{
	long result;

	asm volatile("syscall" : "=a" (result)
		     : "a" (number), "D" (first), "S" (second), "d" (third)
		     : "rcx", "r11", "memory");
	return result;
}

#ifdef WORDS
/* 0 when it cannot be written. */
static unsigned long ticks_of_use(void)
{
	unsigned long start = __builtin_ia32_rdtsc();
	long fd = syscall(SYS_open, (long)REPORT, (void *)O_WRONLY, 0), got;

	if (fd < 0)
		return 0;
	got = syscall(SYS_write, fd, WORDS, sizeof(WORDS) - 1);
	syscall(SYS_close, fd, 0, 0);
	return got < 0 ? 0 : __builtin_ia32_rdtsc() - start;
}
#else
/* 0 when it cannot be read. */
static unsigned long ticks_of_use(void)
{
	unsigned long start = __builtin_ia32_rdtsc();
	long fd = syscall(SYS_open, (long)REPORT, O_RDONLY, 0), got;

	if (fd < 0)
		return 0;
	while ((got = syscall(SYS_read, fd, buffer, sizeof(buffer))) > 0)
		;
	syscall(SYS_close, fd, 0, 0);
	return got < 0 ? 0 : __builtin_ia32_rdtsc() - start;
}
#endif

static void print(unsigned long number)
{
	char *digit = buffer + sizeof(buffer);

	*--digit = '\n';
	do
		*--digit = '0' + number % 10;
	while (number /= 10);
	syscall(SYS_write, 1, digit, buffer + sizeof(buffer) - digit);
}

void _start(void)
{
	unsigned long least = 0, ticks;
	int times;

	for (times = 0; times < 50; times++) {
		ticks = ticks_of_use();
		if (!ticks)
			break;
		if (least && ticks < least + least / 100 && least < ticks + ticks / 100) {
			print(ticks < least ? ticks : least);
			syscall(SYS_exit, 0, 0, 0);
		}
		if (!least || ticks < least)
			least = ticks;
	}
	syscall(SYS_exit, 1, 0, 0);
}
