// SPDX-License-Identifier: GPL-2.0
/*
 * module/report/report.c, unchanged, with a report that is made up: so many records of such a
 * length, an error or an interruption where the test says. Each way to read it has to yield one
 * text, which is put together here, and each error once.
 *
 * Usage: report_test [SEED [ROUNDS]]
 */
#include <stdarg.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include "report/report.h"
#include "tap.h"

#define TEXT_MAX	(1 << 20)
#define ERRORS_MAX	64

/* ---- the report that is made up ---- */

static struct {
	unsigned int records;
	size_t longest;			/* of a record; their lengths differ */
	int begin_err;
	int err;			/* after @err_after records; 0: the report is whole */
	unsigned int err_after;
	unsigned int interrupted_one_in;	/* begin() and next() return -EINTR that often */
	int write_err;
	void (*meanwhile)(void);	/* called by a write */
} script;

static struct {
	unsigned int opened, released, begun, interrupted, remarks;
	char line[20000];		/* that was written */
} met;

struct made_state {
	unsigned int at;		/* the record */
	bool used;
	char rest[4000];
};

static unsigned long long random_state;

static unsigned int random_number(unsigned int below)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % below;
}

static bool interrupted(void)
{
	bool now = script.interrupted_one_in && !random_number(script.interrupted_one_in);

	met.interrupted += now;
	return now;
}

static int made_begin(void *state)
{
	struct made_state *made = state;

	if (!made->used) {
		check(!memchr_inv(made, 0, sizeof(*made)), "the state is not zeroed");
		met.opened++;
	}
	made->used = true;
	met.begun++;
	if (interrupted())
		return -EINTR;
	made->at = 0;
	return script.begin_err;
}

static int made_next(void *state)
{
	struct made_state *made = state;

	if (interrupted())
		return -EINTR;
	if (script.err && made->at == script.err_after)
		return script.err;
	if (made->at == script.records)
		return 0;
	made->at++;
	return 1;
}

static unsigned int length_of(unsigned int record)
{
	return record * 2654435761U % (script.longest + 1);
}

static void made_show(struct seq_file *m, const void *state)
{
	const struct made_state *made = state;
	unsigned int i;

	seq_printf(m, "%u ", made->at);
	for (i = 0; i < length_of(made->at); i++)
		seq_putc(m, 'a' + i % 26);
	seq_puts(m, "\n");
}

static void made_remarks(struct seq_file *m, const void *state)
{
	met.remarks++;
	seq_puts(m, "# a remark\n");
}

static int made_write(void *state, char *line)
{
	check(current->state == TASK_RUNNING && !shim_atomic, "written in an atomic section");
	strcpy(met.line, line);
	if (script.meanwhile)
		script.meanwhile();
	return script.write_err;
}

static void made_release(void *state)
{
	struct made_state *made = state;

	check(made->used, "the state was freed");
	made->used = false;
	met.released++;
}

static struct module other_module;

static const struct ptc_report made = {
	.name = "made",
	.owner = &other_module,
	.mode = 0600,
	.format = 3,
	.columns = "number letters",
	.size = sizeof(struct made_state),
	.begin = made_begin,
	.remarks = made_remarks,
	.next = made_next,
	.show = made_show,
	.write = made_write,
	.release = made_release,
};

/* The least that one may have. */
static const struct ptc_report empty = {
	.name = "empty", .owner = &other_module, .mode = 0400, .format = 1, .columns = "-",
};

/* ---- what it has to say ---- */

static const struct { int err; const char *why; } errors[] = {
	{ -EINTR, "a signal" },
	{ -ENOMEM, "no memory" },
	{ -ESRCH, "the process has ended" },
	{ -EBUSY, "the mmap lock of the process is held by somebody who does not release it" },
	{ -EIO, "an error" },
};

static const char *why(int err)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].why;
	abort();
}

static size_t put(char *text, size_t at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	at += vsnprintf(text + at, TEXT_MAX - at, format, args);
	va_end(args);
	must(at < TEXT_MAX, "a long text");
	return at;
}

static char wanted[TEXT_MAX], got[TEXT_MAX];

/* Returns the error that a reader gets after the text, or 0. */
static int want(void)
{
	int err = script.begin_err ?: script.err;
	unsigned int nr = script.begin_err ? 0 : script.err ? script.err_after : script.records;
	unsigned int record, i;
	size_t at = put(wanted, 0, "# pt_cache made format 3\n# number letters\n# a remark\n");

	for (record = 1; record <= nr; record++) {
		at = put(wanted, at, "%u ", record);
		for (i = 0; i < length_of(record); i++)
			wanted[at++] = 'a' + i % 26;
		at = put(wanted, at, "\n");
	}
	if (err)
		put(wanted, at, "# cut %u: %s\n", nr, why(err));
	else
		put(wanted, at, "# end %u\n", nr);
	return err;
}

/* ---- reading ---- */

static struct file file;

/* The errors that reads returned, up to two ends of the file. */
static int answers[ERRORS_MAX];
static unsigned int nr_answers, nr_restarts;

/* Read as one does who calls again after an error; @size 0: as much as it likes, each time. */
static void read_file(size_t size)
{
	size_t at = 0;
	ssize_t ret;
	int ends = 0;

	nr_answers = nr_restarts = 0;
	while (ends < 2) {
		size_t room = size ?: 1 + random_number(random_number(2) ? 100 : 10000);
		char *exact = malloc(room);	/* so that the sanitizer sees what goes beyond */

		ret = shim_read(&file, exact, room);
		must(ret <= (ssize_t)room && at + room < TEXT_MAX, "more than there is room for");
		if (ret > 0)
			memcpy(got + at, exact, ret);
		free(exact);
		must(nr_answers < ERRORS_MAX && nr_restarts < 100000, "%zd again and again", ret);
		at += max(ret, (ssize_t)0);
		ends += ret == 0;
		nr_restarts += ret == -ERESTARTNOHAND;
		if (ret < 0 && ret != -ERESTARTNOHAND)
			answers[nr_answers++] = ret;
	}
	got[at] = '\0';
}

static size_t first_difference(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	return at;
}

static void compare(size_t size)
{
	int err = want();
	size_t at = first_difference(got, wanted);

	check(!strcmp(got, wanted), "read by %zu: at %zu '%.60s', wanted '%.60s'", size, at,
	      got + at, wanted + at);
	check(nr_answers == (err != 0), "read by %zu: %u errors, the first %d", size, nr_answers,
	      answers[0]);
	check(!err || answers[0] == err, "read by %zu: %d, %d was wanted", size, answers[0], err);
	check(!shim_atomic, "a lock is held");
}

static void open_and_compare(size_t size)
{
	check(!shim_open(&file, "made"), "not opened");
	read_file(size);
	compare(size);
	shim_close(&file);
}

static void write_script(unsigned int records, size_t longest)
{
	memset(&script, 0, sizeof(script));
	script.records = records;
	script.longest = longest;
}

/* ---- signals ---- */

static struct sighand_struct sighand = { .siglock = PTHREAD_MUTEX_INITIALIZER };
static struct signal_struct signals;

static void no_signals(void)
{
	memset(sighand.action, 0, sizeof(sighand.action));
	memset(&signals, 0, sizeof(signals));
	memset(&current->pending, 0, sizeof(current->pending));
	memset(&current->blocked, 0, sizeof(current->blocked));
}

static void handler(int sig)
{
}

static void send(int sig, bool to_thread, __sighandler_t what)
{
	no_signals();
	sighand.action[sig - 1].sa.sa_handler = what;
	sigaddset(to_thread ? &current->pending.signal : &signals.shared_pending.signal, sig);
}

/* ---- tests ---- */

static const size_t sizes[] = { 1, 2, 3, 7, 24, 25, 26, 42, 100, 1000, 4095, 4096, 4097, 300000 };

static void test_ends_and_cuts(void)
{
	static const unsigned int counts[] = { 0, 1, 2, 10, 700 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		write_script(counts[i], 30);
		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			open_and_compare(sizes[k]);
	}
	test_ends("a report has a head, its records, and a last line with their number");

	send(SIGUSR1, false, handler);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		write_script(1000, 30);
		script.err_after = counts[i];
		for (j = 0; j < ARRAY_SIZE(errors); j++) {
			script.err = errors[j].err;
			for (k = 0; k < ARRAY_SIZE(sizes); k++)
				open_and_compare(sizes[k]);
		}
	}
	no_signals();
	test_ends("one that is cut says so, and why; then comes the error, once, and the end of the file");
}

/* Where a read ends within the last line, the next one has the rest, and no error yet. */
static void test_each_size(void)
{
	size_t size;

	send(SIGUSR1, true, handler);
	write_script(40, 20);
	for (size = 1; size < 900; size++) {
		script.err = 0;
		open_and_compare(size);
		script.err = -EINTR;
		script.err_after = 37;
		open_and_compare(size);
	}
	no_signals();
	test_ends("reads of each size yield the same text, and the same error");
}

static void test_long_records(void)
{
	size_t longest, k;

	for (longest = 4000; longest < 40000; longest += 3333) {
		write_script(12, longest);
		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			open_and_compare(sizes[k]);
	}
	shim_seq_size = 16;		/* not even the head fits in */
	write_script(30, 200);
	for (k = 0; k < ARRAY_SIZE(sizes); k++)
		open_and_compare(sizes[k]);
	shim_seq_size = PAGE_SIZE;
	test_ends("a record may be larger than the buffer of the file");
}

static void test_signals(void)
{
	static const struct {
		const char *what;
		int sig;
		bool to_thread;
		__sighandler_t handler;
		bool blocked, cuts;
	} cases[] = {
		{ "one with a handler", SIGUSR1, false, handler, false, true },
		{ "the last one", 64, false, handler, false, true },
		{ "one for this thread", SIGHUP, true, handler, false, true },
		{ "one that is blocked", SIGUSR1, false, handler, true, false },
		{ "job control", SIGCONT, false, SIG_DFL, false, false },
		{ "one that is ignored", SIGWINCH, true, SIG_IGN, false, false },
	};
	unsigned int i;
	size_t k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		send(cases[i].sig, cases[i].to_thread, cases[i].handler);
		if (cases[i].blocked)
			sigaddset(&current->blocked, cases[i].sig);
		write_script(50, 30);
		if (!cases[i].cuts)
			script.interrupted_one_in = 5;
		else
			script.err = -EINTR, script.err_after = 20;
		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			open_and_compare(sizes[k]);
		check(cases[i].cuts || met.interrupted, "%s: never interrupted", cases[i].what);
		met.interrupted = 0;
	}
	test_ends("a signal that is caught cuts a report, another one does not: the read is restarted");

	no_signals();
	write_script(3, 10);
	script.interrupted_one_in = 1;
	check(!shim_open(&file, "made"), "not opened");
	for (i = 0; i < 3; i++)
		check(shim_read(&file, got, 1000) == -ERESTARTNOHAND, "with nothing to return");
	script.interrupted_one_in = 0;
	read_file(10);
	compare(10);
	shim_close(&file);

	write_script(3, 10);
	send(SIGUSR1, false, handler);
	script.begin_err = -EINTR;
	open_and_compare(1);
	open_and_compare(1000);
	no_signals();
	test_ends("so is one before the first record");
}

static void test_begin_fails(void)
{
	unsigned int j;
	size_t k;

	send(SIGUSR1, false, handler);
	for (j = 0; j < ARRAY_SIZE(errors); j++) {
		write_script(10, 10);
		script.begin_err = errors[j].err;
		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			open_and_compare(sizes[k]);
	}
	no_signals();
	test_ends("a report that cannot be begun has a head, is cut, and returns the error once");
}

/* From wherever the reader is, also behind an error, and after the file has changed. */
static void test_rewind(unsigned int rounds)
{
	unsigned int i;

	send(SIGUSR1, false, handler);
	check(!shim_open(&file, "made"), "not opened");
	for (i = 0; i < rounds; i++) {
		unsigned int reads = random_number(30);

		write_script(random_number(60), random_number(3) ? 50 : 5000);
		if (random_number(2))
			script.err = errors[random_number(ARRAY_SIZE(errors))].err;
		script.err_after = random_number(script.records + 1);
		if (!random_number(4))
			script.begin_err = script.err;
		check(!shim_rewind(&file), "it cannot be rewound");
		if (random_number(4)) { /* from the start to the end */
			read_file(0);
			compare(0);
		}
		while (reads--)
			shim_read(&file, got, 1 + random_number(200));
	}
	shim_close(&file);
	no_signals();
	test_ends("a reader may go back to the start from anywhere, and finds a new report");
}

static void test_seek(unsigned int rounds)
{
	unsigned int i;

	write_script(60, 300);
	want();
	check(!shim_open(&file, "made"), "not opened");
	for (i = 0; i < rounds; i++) {
		loff_t to = random_number(strlen(wanted));

		check(file.f_op->llseek(&file, to, SEEK_SET) == to, "not to %lld", (long long)to);
		read_file(0);
		check(!strcmp(got, wanted + to), "from %lld on: '%.40s', wanted '%.40s'",
		      (long long)to, got, wanted + to);
	}
	shim_close(&file);
	test_ends("or go to any place in the text");
}

static void test_interruptions(unsigned int rounds)
{
	unsigned int i, restarts = 0;

	for (i = 0; i < rounds; i++) {
		write_script(random_number(100), random_number(3) ? 50 : 6000);
		script.interrupted_one_in = 1 + random_number(20);
		script.interrupted_one_in += script.interrupted_one_in == 1;
		if (random_number(2))
			script.err = -ENOMEM;
		script.err_after = random_number(script.records + 1);
		open_and_compare(0);
		restarts += nr_restarts;
	}
	check(restarts, "no read was restarted");
	test_ends("interruptions anywhere change nothing in the text");
	printf("# %u interruptions, %u reads restarted\n", met.interrupted, restarts);
}

static void test_no_memory(void)
{
	unsigned int opened = met.opened, released = met.released, i;

	write_script(10, 10);
	for (i = 1; i <= 2; i++) {
		shim_fail_nth = i;
		check(shim_open(&file, "made") == -ENOMEM, "step %u", i);
		check(!shim_fail_nth, "step %u is none", i);
	}
	check(!other_module.refs, "%d references of the module are left", other_module.refs);
	check(met.opened == opened && met.released == released, "the report was asked");

	check(!shim_open(&file, "made"), "not opened");
	shim_fail_nth = 1;
	check(shim_read(&file, got, 100) == -ENOMEM, "the buffer was to be had");
	read_file(20);
	compare(20);
	shim_fail_nth = 1;
	check(shim_write(&file, "7", 1) == -ENOMEM, "written without memory");
	shim_close(&file);
	check(!shim_fail_nth, "fewer steps");
	test_ends("without memory a file is not opened, not read or not written, and nothing is left");
}

static void test_bad_buffer(void)
{
	unsigned int at;

	write_script(10, 10);
	check(!shim_open(&file, "made"), "not opened");
	check(shim_read(&file, SHIM_BAD_ADDRESS, 100) == -EFAULT, "read to nowhere");
	read_file(15);
	compare(15);
	check(!shim_read(&file, got, 0), "read nothing at the end");
	shim_close(&file);

	write_script(0, 0);
	script.err = -ENOMEM;
	want();
	check(!shim_open(&file, "made"), "not opened");
	for (at = 0; wanted[at]; at++)
		check(shim_read(&file, got, 1) == 1 && got[0] == wanted[at], "at %u", at);
	check(!shim_read(&file, got, 0), "a read of no bytes has an error");
	check(shim_read(&file, got, 1) == -ENOMEM, "and so it is lost");
	check(!shim_read(&file, got, 1), "it comes twice");
	shim_close(&file);
	test_ends("a read to a bad address loses nothing, one of no bytes returns 0");
}

static void test_modules(void)
{
	struct file files[3];
	unsigned int i, released = met.released;

	write_script(10, 10);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		check(!shim_open(&files[i], "made"), "not opened");
		check(other_module.refs == (int)i + 1, "%d references of the module",
		      other_module.refs);
		shim_read(&files[i], got, 100);
	}
	for (i = 0; i < ARRAY_SIZE(files); i++)
		shim_close(&files[i]);
	check(!other_module.refs, "%d references are left", other_module.refs);
	check(met.released - released == ARRAY_SIZE(files), "released %u times",
	      met.released - released);
	other_module.going = true;
	check(shim_open(&file, "made") == -ENODEV, "opened, and its module goes");
	other_module.going = false;
	check(!other_module.refs && !shim_this_module.refs, "references are left");
	test_ends("an open file keeps the module of its report, and is released once");
}

static bool interrupts_a_lock, kills;

bool signal_pending(struct task_struct *task)
{
	return interrupts_a_lock;
}

bool fatal_signal_pending(struct task_struct *task)
{
	return kills;
}

/* Others who share the open file wait while somebody writes to it, but not when they are to die. */
static void use_it_too(void)
{
	void (*meanwhile)(void) = script.meanwhile;
	char buffer[10];

	script.meanwhile = NULL;
	check(!(file.f_mode & FMODE_ATOMIC_POS), "they wait where nothing ends it");
	interrupts_a_lock = true;
	check(shim_write(&file, "9", 1) == -EINTR, "a write waits");
	interrupts_a_lock = false;
	kills = true;
	check(shim_read(&file, buffer, sizeof(buffer)) == -EINTR, "a read waits");
	check(shim_rewind(&file) == -EINTR, "a seek waits");
	kills = false;
	/* somebody else has read before */
	file.f_pos += 5;
	script.meanwhile = meanwhile;
}

static void test_writes(void)
{
	static char line[20000];
	ssize_t size;
	struct file other;

	memset(line, '7', sizeof(line));
	write_script(10, 10);
	check(!shim_open(&file, "made"), "not opened");
	check(shim_write(&file, "pid 12\n", 7) == 7 && !strcmp(met.line, "pid 12\n"), "'%s'",
	      met.line);
	check(shim_write(&file, "abcdef", 3) == 3 && !strcmp(met.line, "abc"), "'%s'", met.line);
	check(shim_write(&file, "", 0) == 0 && !met.line[0], "'%s'", met.line);
	check(!file.f_pos, "a write moves the position");
	for (size = 16382; size < 16390; size++) {
		ssize_t right = size < 16384 ? size : -EINVAL;

		met.line[0] = '\0';
		check(shim_write(&file, line, size) == right, "%zd bytes", size);
		check(strlen(met.line) == (size < 16384 ? (size_t)size : 0), "%zu bytes arrive of %zd",
		      strlen(met.line), size);
	}
	check(shim_write(&file, line, SSIZE_MAX) == -EINVAL, "a very long one");
	check(shim_write(&file, SHIM_BAD_ADDRESS, 4) == -EFAULT, "from a bad address");
	script.write_err = -ESRCH;
	check(shim_write(&file, "7", 1) == -ESRCH, "the error is lost");
	script.write_err = 0;
	read_file(7);
	compare(7);
	test_ends("a line that is written arrives whole, up to 16383 bytes, and moves no position");

	check(!shim_rewind(&file), "not rewound");
	script.meanwhile = use_it_too;
	check(shim_write(&file, "8", 1) == 1, "not written");
	check(file.f_pos == 5, "what was read meanwhile would be read again");
	script.meanwhile = NULL;
	shim_close(&file);
	test_ends("who waits for somebody that uses the same open file can be killed");

	check(!shim_open(&other, "empty"), "not opened");
	check(shim_write(&other, "1", 1) == -EINVAL, "written to one that takes no text");
	check(shim_read(&other, got, 1000) == 38, "not read");
	check(!strncmp(got, "# pt_cache empty format 1\n# -\n# end 0\n", 38), "'%.38s'", got);
	shim_close(&other);
	test_ends("a report needs no more than a name");
}

static void test_columns(void)
{
	static const struct { const char *comm, *wanted; } comms[] = {
		{ "", " -\n" }, { "bash", " bash\n" }, { "a b", " a b\n" },
		{ "\n\t\r\v\f\\", " \\n\\t\\r\\v\\f\\\\\n" }, { "\xc3\xa9\x01", " \xc3\xa9\x01\n" },
	};
	char buffer[200];
	struct seq_file m = { .buf = buffer, .size = sizeof(buffer) };
	unsigned int i;

	ptc_report_hex(&m, 0x12ab, true);
	ptc_report_hex(&m, 0, true);
	ptc_report_hex(&m, 0x12ab, false);
	ptc_report_number(&m, 0);
	ptc_report_number(&m, LONG_MAX);
	ptc_report_number(&m, -1);
	buffer[m.count] = '\0';
	check(!strcmp(buffer, " 0x12ab 0x0 - 0 9223372036854775807 -"), "'%s'", buffer);
	for (i = 0; i < ARRAY_SIZE(comms); i++) {
		m.count = 0;
		ptc_report_comm(&m, comms[i].comm);
		buffer[m.count] = '\0';
		check(!strcmp(buffer, comms[i].wanted), "'%s'", buffer);
	}
	test_ends("columns have hex, numbers, - for what is not known, and no newline in a comm");
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 200;
	struct dentry *dentry;

	random_state = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	current->sighand = &sighand;
	current->signal = &signals;
	must(ptc_reports_init(), "no folder");
	dentry = ptc_report_add(&made);
	ptc_report_add(&empty);
	test_ends_and_cuts();
	test_each_size();
	test_long_records();
	test_signals();
	test_begin_fails();
	test_rewind(rounds);
	test_seek(rounds);
	test_interruptions(rounds);
	test_no_memory();
	test_bad_buffer();
	test_modules();
	test_writes();
	test_columns();
	check(met.opened == met.released && !other_module.refs, "%u were opened, %u released",
	      met.opened, met.released);
	ptc_report_remove(dentry);
	check(shim_open(&file, "made") == -ENOENT, "it is still there");
	check(!shim_open(&file, "empty"), "another one is gone");
	shim_close(&file);
	ptc_reports_exit();
	check(shim_open(&file, "empty") == -ENOENT, "it is still there");
	test_ends("each file that was opened is released, each report can be removed");
	return tests_end();
}
