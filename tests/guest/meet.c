// SPDX-License-Identifier: GPL-2.0
/*
 * meet SCENE [node N]: a process with an empty page table that somebody else is to take away while it,
 * or its parent, does something that reaches this table. For "node N" the table is to be moved there,
 * and has an entry: a page that stays. Says "ready PID" when that process has begun, at the first
 * SIGUSR1 "made" when there is the table, and at the second does what the scene is, under the name
 * "met", for pt_cache_delay.ko, and says "right", or "wrong" and what. At each later SIGUSR1 it looks
 * again, and says "still right", or "wrong". It ends with SIGTERM. "left out": this kernel or machine
 * has no such scene.
 *
 *	fault		a page fault
 *	populate	MADV_POPULATE_READ, which faults with the mmap lock held for reading
 *	move		UFFDIO_MOVE of a page into the table's memory
 *	punch		a hole is punched into the first half of the file that is mapped there
 *	migrate		the parent migrates a page that was mapped there once, too
 *	gup		FUTEX_WAKE of a futex that may be shared, which looks for its page by GUP-fast: that is
 *			in another table, since there is more in 6.1 to be held up at then
 *	reader		the parent does something with memory of its own
 *	offline		a CPU goes offline
 *	spin		it does nothing, but keeps its CPU busy until the next SIGUSR1
 *	device		nothing: there is a mapping of /dev/zero, beside one of anonymous memory
 *	arena		nothing: it is a BPF arena
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#endif

/* What the C library's headers may lack; include/uapi/linux/ has it. */
#define MOVE_FEATURE		(1 << 16)
#define MOVE			_IOWR(UFFDIO, 0x05, struct move)
#define ARENA			33
#define MAP_CREATE		0
#define MMAPABLE		(1U << 10)
#define MIGRATE_ALL		(1 << 2)

struct move {
	uint64_t to, from, length, mode;
	int64_t moved;
};

#define PAGE	4096UL
#define SPAN	(512 * PAGE)
#define WORD	0x600d600d600d600dUL

/* 2M that nobody else has a table for, with memory at both sides, or the kernel would free the table. */
static volatile uint64_t *const here = (void *)0x300000200000UL;
static volatile uint64_t *const elsewhere = (void *)0x310000200000UL;
static int file = -1;
static pid_t child;
static const char *node;	/* tables are moved there, or NULL */

/* In the second half, and where all scenes have memory. */
#define STAYS	(here + 500 * PAGE / 8)

static void say(const char *word, int number)
{
	if (number)
		printf("%s %d\n", word, number);
	else
		printf("%s\n", word);
	fflush(stdout);
}

static void end(const char *word, const char *what)
{
	printf("%s: %s: %s\n", word, what, strerror(errno));
	fflush(stdout);
	if (child)
		kill(child, SIGKILL);
	exit(*word == 'w');
}

static void map(volatile uint64_t *at, size_t size, int flags, int fd)
{
	void *place = (void *)(uintptr_t)at;
	int anonymous = fd < 0 ? MAP_ANONYMOUS : 0;

	if (mmap(place, size, PROT_READ | PROT_WRITE, flags | anonymous | MAP_FIXED, fd, 0) != place)
		end("left out", "mmap");
	madvise(place, size, MADV_NOHUGEPAGE);
}

/* In halves: 7.2 frees the table of 2M that are given back at once. */
static void forget(volatile uint64_t *at, size_t size)
{
	char *half = (char *)(uintptr_t)at;

	for (int i = 0; i < 2; i++, half += size / 2)
		if (madvise(half, size / 2, MADV_DONTNEED))
			end("left out", "MADV_DONTNEED");
}

/* What is read at the end, too. */
static struct {
	volatile uint64_t *at;
	uint64_t word;
} known[4];
static unsigned int nr_known;

static void know(volatile uint64_t *at, uint64_t word)
{
	known[nr_known].at = at;
	known[nr_known++].word = word;
}

/* The last page has the last entry. */
static void touch_and_forget(void)
{
	here[0] = here[(SPAN - PAGE) / 8] = WORD;
	forget(here, SPAN);
	if (!node)
		return;
	*STAYS = WORD;
	know(STAYS, WORD);
}

static void leave(int number)
{
	(void)number;
	_exit(0);
}

static void check(volatile uint64_t *at, uint64_t expected)
{
	char line[80];

	if (*at == expected)
		return;
	snprintf(line, sizeof(line), "%#lx where %#lx should be", *at, expected);
	errno = 0;
	end("wrong", line);
}

static void expect(volatile uint64_t *at, uint64_t expected)
{
	check(at, expected);
	know(at, expected);
}

/* Scenes: what makes the table, and what meets it */

static void make_anonymous(void)
{
	map(here, SPAN, MAP_PRIVATE, -1);
	touch_and_forget();
}

static void do_fault(void)
{
	here[8] = WORD;
	expect(here + 8, WORD);
}

static void do_populate(void)
{
	if (madvise((void *)(uintptr_t)here, PAGE, MADV_POPULATE_READ))
		end("wrong", "MADV_POPULATE_READ");
	expect(here, 0);
}

static int userfault = -1;

static void make_move(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = MOVE_FEATURE };
	struct uffdio_register range = {
		.range = { (uintptr_t)here, SPAN }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	make_anonymous();
	map(elsewhere, SPAN, MAP_PRIVATE, -1);
	elsewhere[0] = WORD;
	userfault = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (userfault < 0 || ioctl(userfault, UFFDIO_API, &api))
		end("left out", "UFFDIO_MOVE");
	if (ioctl(userfault, UFFDIO_REGISTER, &range))
		end("left out", "UFFDIO_REGISTER");
}

static void do_move(void)
{
	struct move move = { (uintptr_t)here, (uintptr_t)elsewhere, PAGE, 0, 0 };

	while (ioctl(userfault, MOVE, &move))
		if (errno != EAGAIN && errno != EBUSY)
			end("wrong", "UFFDIO_MOVE");
	close(userfault); /* what is missing reads as zeroes, then */
	expect(here, WORD);
}

static void make_punch(void)
{
	file = memfd_create("meet", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, SPAN))
		end("left out", "memfd_create");
	map(here, SPAN, MAP_SHARED, file);
	touch_and_forget();
	if (node)
		here[0] = WORD; /* an entry that the hole is to take */
}

static void do_punch(void)
{
	if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SPAN / 2))
		end("wrong", "fallocate");
	if (node)
		expect(here, 0);
}

/*
 * The table is that of a child, which inherits a page of it. It forgets the page when it is told to, or
 * takes it along to where it has no table yet.
 */
static int to_child[2], from_child[2];

static void change_child(void)
{
	if (!node) {
		forget(here, SPAN);
		return;
	}
	if (mremap((void *)(uintptr_t)here, SPAN / 2, SPAN / 2, MREMAP_MAYMOVE | MREMAP_FIXED,
		   (void *)(uintptr_t)elsewhere) != elsewhere)
		_exit(1);
	know(elsewhere, WORD);
	elsewhere[PAGE / 8] = WORD;
	know(elsewhere + PAGE / 8, WORD);
}

static void be_child(void)
{
	char word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(to_child[0], &word, 1) != 1)
		_exit(1);
	change_child();
	while (write(from_child[1], &word, 1) == 1 && read(to_child[0], &word, 1) == 1)
		for (unsigned int i = 0; i < nr_known; i++)
			if (*known[i].at != known[i].word)
				word = '?';
	_exit(1);
}

static void begin_child(void)
{
	map(here, SPAN, MAP_PRIVATE, -1);
	here[0] = WORD;
	if (pipe(to_child) || pipe(from_child))
		end("left out", "pipe");
	child = fork();
	if (child < 0)
		end("left out", "fork");
	if (!child)
		be_child();
}

static bool child_is_right(void)
{
	char word = '!';

	return write(to_child[1], &word, 1) == 1 && read(from_child[0], &word, 1) == 1 && word == '!';
}

static void make_child(void)
{
	if (!child_is_right())
		end("left out", "the child");
}

static void do_migrate(void)
{
	void *page = (void *)(uintptr_t)here;
	int node = -1, status = -1;

	if (syscall(SYS_move_pages, 0, 1, &page, NULL, &status, 0))
		end("wrong", "move_pages");
	node = !status;
	if (syscall(SYS_move_pages, 0, 1, &page, &node, &status, MIGRATE_ALL) || status != node)
		end("wrong", "move_pages");
	expect(here, WORD);
}

/*
 * Where interrupts are off for long, whoever starts a program may wait for it: so the request is made by
 * a thread that is there, and waits for nothing else.
 */
static char inside(int delay)
{
	char word = '?';

	if (pread(delay, &word, 1, 0) != 1)
		end("wrong", "pt_cache_delay");
	return word;
}

static void *ask(void *unused)
{
	int delay = open("/sys/module/pt_cache_delay/parameters/inside", O_RDONLY | O_CLOEXEC);
	const char *name = node ? "/sys/kernel/debug/pt_cache/move" : "/sys/kernel/debug/pt_cache/reclaim";
	int report = open(name, O_WRONLY | O_CLOEXEC);
	char request[40];
	int length = snprintf(request, sizeof(request), node ? "%d node %s" : "%d", getpid(), node);

	if (delay < 0 || report < 0)
		end("wrong", "no pt_cache_delay or pt_cache_user");
	say("asks", 0);
	while (inside(delay) == '0')
		;
	if (write(report, request, length) != length)
		end("wrong", request);
	return inside(delay) == '0' ? NULL : unused;
}

static void make_gup(void)
{
	make_anonymous();
	map(elsewhere, SPAN, MAP_PRIVATE, -1);
	elsewhere[0] = WORD;
}

static void do_gup(void)
{
	cpu_set_t set;
	pthread_attr_t attributes;
	pthread_t asker;
	void *early;

	CPU_ZERO(&set);
	CPU_SET(!sched_getcpu(), &set);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	if (pthread_create(&asker, &attributes, ask, &set))
		end("wrong", "pthread_create");
	sleep(1);
	if (syscall(SYS_futex, elsewhere, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		end("wrong", "FUTEX_WAKE");
	errno = 0;
	if (pthread_join(asker, &early) || early)
		end("wrong", "a request was done before GUP-fast was through");
	expect(elsewhere, WORD);
}

static void make_reader(void)
{
	make_child();
	map(elsewhere, SPAN, MAP_PRIVATE, -1);
	elsewhere[0] = WORD;
}

static void do_reader(void)
{
	forget(elsewhere, SPAN);
	expect(elsewhere, 0);
}

static void set_online(char what, const char *word)
{
	if (file < 0)
		file = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, &what, 1) != 1)
		end(word, "cpu1/online");
}

static void make_offline(void)
{
	set_online('1', "left out");
	make_anonymous();
}

static void do_offline(void)
{
	set_online('0', "wrong");
	set_online('1', "wrong");
}

static void do_spin(void)
{
	sigset_t pending;

	do
		sigpending(&pending);
	while (!sigismember(&pending, SIGUSR1));
}

static void make_device(void)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);

	map(here, SPAN / 2, MAP_PRIVATE, -1);
	map(here + SPAN / 16, SPAN / 2, MAP_PRIVATE, zero);
	touch_and_forget();
}

static void make_arena(void)
{
	struct {
		uint32_t type, key_size, value_size, max_entries, flags;
		uint32_t rest[25];
	} map_of = { .type = ARENA, .max_entries = 512, .flags = MMAPABLE };

	file = syscall(SYS_bpf, MAP_CREATE, &map_of, sizeof(map_of));
	if (file < 0)
		end("left out", "BPF arena");
	map(here, SPAN, MAP_SHARED, file);
	touch_and_forget();
}

static void do_nothing(void)
{
}

static const struct {
	const char *name;
	void (*begin)(void);
	void (*make)(void);
	void (*meet)(void);
} scenes[] = {
	{ "fault", do_nothing, make_anonymous, do_fault },
	{ "populate", do_nothing, make_anonymous, do_populate },
	{ "move", do_nothing, make_move, do_move },
	{ "punch", do_nothing, make_punch, do_punch },
	{ "migrate", begin_child, make_child, do_migrate },
	{ "gup", do_nothing, make_gup, do_gup },
	{ "reader", begin_child, make_reader, do_reader },
	{ "offline", do_nothing, make_offline, do_offline },
	{ "spin", do_nothing, make_anonymous, do_spin },
	{ "device", do_nothing, make_device, do_nothing },
	{ "arena", do_nothing, make_arena, do_nothing },
};

static void look(void)
{
	for (unsigned int i = 0; i < nr_known; i++)
		check(known[i].at, known[i].word);
	errno = 0;
	if (child && !child_is_right())
		end("wrong", "a word of the child");
}

int main(int argc, char **argv)
{
	unsigned int i = 0, nr = sizeof(scenes) / sizeof(scenes[0]);
	sigset_t set;
	int number;

	while (argc >= 2 && i < nr && strcmp(argv[1], scenes[i].name))
		i++;
	if (argc == 4 && !strcmp(argv[2], "node"))
		node = argv[3];
	if (argc != (node ? 4 : 2) || i == nr) {
		fprintf(stderr, "usage: meet SCENE [node N], for example: meet fault\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGTERM, leave);
	scenes[i].begin();
	say("ready", child ? child : getpid());
	sigwait(&set, &number);
	scenes[i].make();
	say("made", 0);
	sigwait(&set, &number);
	prctl(PR_SET_NAME, "met");
	scenes[i].meet();
	prctl(PR_SET_NAME, "meet");
	look();
	for (say("right", 0); !sigwait(&set, &number); say("still right", 0))
		look();
}
