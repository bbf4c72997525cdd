// SPDX-License-Identifier: GPL-2.0
/*
 * What a user may write: the real write handlers of module/debugfs/ and the real set functions of
 * parameters, with text_world.c behind them. The tables say by hand what the reference says by
 * rule: the two have to agree.
 */
#include <stdlib.h>

#include "debugfs/debugfs.h"
#include "live/live.h"
#include "tap.h"
#include "text_world.h"

#define ACCEPTED	0

static bool ok(const char *trouble, const char *text)
{
	return check(!trouble, "'%s': %s", text, trouble);
}

/* Text of exactly that size, so that the sanitizer sees a read beyond it. */
static unsigned int texts_written;

static void write_text(enum text_target target, const char *text, size_t size, int wanted)
{
	char *exact = malloc(size ?: 1);
	ssize_t answer = wanted ?: (ssize_t)size;

	texts_written++;
	memcpy(exact, text, size);
	check(text_wanted(target, exact, size) == answer,
	      "%s: '%s': the reference says %zd, not %zd", text_name(target), text,
	      text_wanted(target, exact, size), answer);
	ok(text_check(target, exact, size), text);
	free(exact);
}

static void write_string(enum text_target target, const char *text, int wanted)
{
	write_text(target, text, strlen(text), wanted);
}

static void wants_state(enum text_target target, const char *state)
{
	static char now[TEXT_STATE_MAX];

	text_state(target, now, sizeof(now));
	check(!strncmp(now, state, strlen(state)), "%s is '%s', not '%s'", text_name(target), now,
	      state);
}

/* ---- numbers, for whatever takes one of any size ---- */

static const struct { const char *text; unsigned long value; } numbers[] = {
	{ "0", 0 }, { "1\n", 1 }, { "00", 0 }, { "+9", 9 }, { "017", 15 }, { "0x1f\n", 31 },
	{ "0X1F", 31 }, { "+0xff", 255 }, { "18014398509481984", 1UL << 54 },
	{ "0x0000000000000000000000007", 7 },
};

static const char * const no_numbers[] = {
	"", "\n", "-", "+", "++1", "+-1", "-1", "-0", "0x", "0xg", "x1",
	"08", "09", "1a", "1.5", "1e3", "0b1", "one", "1,000", "0x 1", "18446744073709551616",
	"0x10000000000000000", "99999999999999999999999999999", "1\r\n", "\xff",
	"0x\xc3\xa9", "1\v", "5 rest",
};

/* Which are two numbers, or one, to whoever takes more than one. */
static const char * const with_blanks[] = { " 1", "1 ", "1\n\n", "\n1", "\t1", "1 2" };

static void test_numbers(enum text_target target, const char *state)
{
	char wanted[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		write_string(target, numbers[i].text, ACCEPTED);
		snprintf(wanted, sizeof(wanted), state, numbers[i].value);
		if (target != TEXT_SHRINK)
			wants_state(target, wanted);
	}
	for (i = 0; i < ARRAY_SIZE(no_numbers); i++)
		write_string(target, no_numbers[i], -EINVAL);
	for (i = 0; i < ARRAY_SIZE(with_blanks); i++)
		write_string(target, with_blanks[i], target == TEXT_LOOKUP ? ACCEPTED : -EINVAL);
	write_text(target, "5\0rest", 6, ACCEPTED); /* a text ends at a zero */
	write_text(target, "\0" "5", 2, -EINVAL);
}

/* A text of that many bytes: zeroes, and at the end something else. */
static void write_zeroes(enum text_target target, const char *prefix, const char *end, size_t size,
			 int wanted)
{
	char *text = malloc(size + 1);

	memset(text, '0', size);
	memcpy(text, prefix, strlen(prefix));
	strcpy(text + size - strlen(end), end);
	write_text(target, text, size, wanted);
	free(text);
}

/* A long line is taken as a whole, or not at all. */
static void test_long_lines(enum text_target target, const char *prefix)
{
	write_zeroes(target, prefix, "07", 200, ACCEPTED);
	write_zeroes(target, prefix, "7x", 200, -EINVAL);
	write_zeroes(target, prefix, "07", TEXT_LINE_MAX - 1, ACCEPTED);
	write_zeroes(target, prefix, "7x", TEXT_LINE_MAX - 1, -EINVAL);
	write_zeroes(target, prefix, "07", TEXT_LINE_MAX, -EINVAL);
	check(text_write(target, SHIM_BAD_ADDRESS, 4) == -EFAULT, "%s: an address that is none",
	      text_name(target));
	check(text_write(target, SHIM_BAD_ADDRESS, TEXT_LINE_MAX) == -EINVAL, "%s: a long one",
	      text_name(target));
}

static void test_shrink(void)
{
	test_numbers(TEXT_SHRINK, "%lu");
	write_string(TEXT_SHRINK, "18446744073709551615", ACCEPTED);
	wants_state(TEXT_SHRINK, "12 calls, 18446744073709551615 pages");
	test_long_lines(TEXT_SHRINK, "");
	text_world.shrink_result = -EINTR;
	check(text_write(TEXT_SHRINK, "1", 1) == -EINTR, "a signal is not told");
	text_world.shrink_result = 1000;
	check(text_write(TEXT_SHRINK, "1", 1) == 1, "what was given back is no answer to a write");
	text_world.shrink_result = 0;
	test_ends("shrink takes a number of pages, and is called once for each");
}

static void test_lookup(void)
{
	static char text[TEXT_STATE_MAX];
	unsigned int i;

	text_read(TEXT_LOOKUP, text);
	check(!text[0], "before the first write: %s", text);
	test_numbers(TEXT_LOOKUP, "0x%lx user_table");
	write_string(TEXT_LOOKUP, "phys:0x12345678", ACCEPTED);
	wants_state(TEXT_LOOKUP, "0x12345 user_table");
	write_string(TEXT_LOOKUP, "phys:4095\n", ACCEPTED);
	wants_state(TEXT_LOOKUP, "0x0 user_table");
	write_string(TEXT_LOOKUP, "phys:+010000", ACCEPTED);
	wants_state(TEXT_LOOKUP, "0x1 user_table");
	write_string(TEXT_LOOKUP, "phys:", -EINVAL);
	write_string(TEXT_LOOKUP, "phys:\n", -EINVAL);
	write_string(TEXT_LOOKUP, "phys: 1", -EINVAL);
	write_string(TEXT_LOOKUP, "phys:phys:1", -EINVAL);
	write_string(TEXT_LOOKUP, "PHYS:1", -EINVAL);
	write_string(TEXT_LOOKUP, "phys", -EINVAL);
	write_string(TEXT_LOOKUP, "+phys:1", -EINVAL);
	write_string(TEXT_LOOKUP, "phys:-1", -EINVAL);
	test_long_lines(TEXT_LOOKUP, "");
	test_long_lines(TEXT_LOOKUP, "phys:");
	test_long_lines(TEXT_LOOKUP, "1 2 ");
	write_string(TEXT_LOOKUP, "\t3 \n phys:0x5000\t3", ACCEPTED);
	wants_state(TEXT_LOOKUP, "0x3 user_table pte 0xfffc 1 - a\\nname\n"
		    "0x3 user_table pte 0xfffc 2 - a\\nname\n0x5 user_table pte 0xfffa 1 ");
	write_string(TEXT_LOOKUP, "1 2 x", -EINVAL);
	write_string(TEXT_LOOKUP, "1 phys:", -EINVAL);
	write_string(TEXT_LOOKUP, "1,2", -EINVAL);
	write_string(TEXT_LOOKUP, " \t\n ", -EINVAL);
	for (i = 0; i < 513; i++)
		sprintf(text + 4 * i, "%3u ", i);
	write_text(TEXT_LOOKUP, text, 4 * 512, ACCEPTED);
	write_text(TEXT_LOOKUP, text, 4 * 513, -EINVAL);
	test_ends("lookup takes 1 to 512 page frames, or phys: and addresses");
}

static void test_pt_mm_tables(void)
{
	static const char * const refused[] = {
		"0", "-7", "2147483648", "-2147483648", "4294967303", "0x100000007", "7 ", "7x", "",
		"\n", "+", "-", "--7", "+-7", "7\n\n", " 7", "07a", "08", "0x", "self",
		"18446744073709551623",
	};
	static const char * const accepted[] = {
		"7", "7\n", "+7", "07", "0x7", "0X7\n", "300", "0x12c",
	};
	char text[TEXT_STATE_MAX];
	unsigned int i;

	text_read(TEXT_PT_MM_TABLES, text);
	check(!text[0], "before the first write: %s", text);
	for (i = 0; i < ARRAY_SIZE(accepted); i++)
		write_string(TEXT_PT_MM_TABLES, accepted[i], ACCEPTED);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		write_string(TEXT_PT_MM_TABLES, refused[i], -EINVAL);
	write_string(TEXT_PT_MM_TABLES, "2", -EINVAL);
	write_string(TEXT_PT_MM_TABLES, "2147483647", -ESRCH);
	write_string(TEXT_PT_MM_TABLES, "301", -ESRCH);
	test_long_lines(TEXT_PT_MM_TABLES, "");
	test_ends("pt_mm_tables takes the pid of a process with an mm");

	text_world.large_is_gone = true;
	check(text_read(TEXT_PT_MM_TABLES, text) == -ESRCH && !text[0], "%s", text);
	check(shim_read(text_file(TEXT_PT_MM_TABLES), text, 100) == 0, "the error comes twice");
	write_string(TEXT_PT_MM_TABLES, "7", -ESRCH);
	text_world.large_is_gone = false;
	test_ends("a process that exits after it was chosen has no lines, and cannot be chosen again");
}

/* What was collected at once is still told, and there is a line that says so. */
static void test_exit_while_read(void)
{
	static char text[TEXT_STATE_MAX];
	struct file *file = text_file(TEXT_PT_MM_TABLES);
	ssize_t size, got = 0;

	write_string(TEXT_PT_MM_TABLES, "7", ACCEPTED);
	shim_rewind(file);
	got = shim_read(file, text, 300);
	check(got == 300, "%zd bytes", got);
	text_world.large_is_gone = true;
	while ((size = shim_read(file, text + got, 100)) > 0)
		got += size;
	text_world.large_is_gone = false;
	text[got] = '\0';
	check(size == -ESRCH, "%zd at the end", size);
	check(strstr(text, "\n# cut 128: the process has ended\n"), "'%s'",
	      text + max(got - 100, (ssize_t)0));
	check(!shim_read(file, text, 100), "and no end");
	test_ends("one that exits while it is read has those lines that were collected, and an error");
}

/* ---- filters ---- */

static void test_filter(enum text_target target)
{
	static const char * const refused[] = {
		"", "\n", "pid", "pid ", "pid\t7", "pid  7", " pid 7", "pid 7 ", "pid=7", "PID 7",
		"pids 7", "pi 7", "7", "pid -1", "pid 2147483648", "pid 7x", "pid 0x", "pid 7\n\n",
		"pid 7 cgroup 1", "cgroup", "cgroup ", "cgroup -1", "cgroup -0", "cgroup x", "cgroup /",
		"cgroup 18446744073709551616", "min_table_bytes", "min_table_bytes -1",
		"min_table_bytes 4k", "min_table_bytes 18446744073709551616", "table_bytes 1",
		"min_table_bytes_ 1", "comm bash",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		write_string(target, refused[i], -EINVAL);
	wants_state(target, "pid 0 cgroup 0 min_table_bytes 0, ");
	write_string(target, "pid 7\n", ACCEPTED);
	wants_state(target, "pid 7 cgroup 0 min_table_bytes 0, ");
	write_string(target, "cgroup 77", ACCEPTED);
	wants_state(target, "pid 7 cgroup 77 min_table_bytes 0, ");
	write_string(target, "min_table_bytes 0x2001", ACCEPTED);
	wants_state(target, "pid 7 cgroup 77 min_table_bytes 8193, ");
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		write_string(target, refused[i], -EINVAL);
	write_string(target, "cgroup 9223372036854775808", ACCEPTED);
	wants_state(target, "pid 7 cgroup 9223372036854775808 min_table_bytes 8193, 0 lines");
	write_string(target, "pid +0454", ACCEPTED);
	wants_state(target, "pid 300 cgroup 9223372036854775808 min_table_bytes 8193, 0 lines");
	write_string(target, "min_table_bytes 4096", ACCEPTED);
	wants_state(target, "pid 300 cgroup 9223372036854775808 min_table_bytes 4096, 1 lines");
	write_string(target, "pid -0", ACCEPTED);
	write_string(target, "cgroup +0", ACCEPTED);
	wants_state(target, "pid 0 cgroup 0 min_table_bytes 4096, ");
	write_string(target, "min_table_bytes 18446744073709551615", ACCEPTED);
	write_text(target, "min_table_bytes 0\0x", 19, ACCEPTED);
	wants_state(target, "pid 0 cgroup 0 min_table_bytes 0, ");
	test_long_lines(target, "pid ");
	test_long_lines(target, "cgroup ");
	test_long_lines(target, "min_table_bytes ");
	write_string(target, "pid 2147483647", ACCEPTED);
}

static void test_filters(void)
{
	enum text_target target;

	for (target = TEXT_PT_MM; target <= TEXT_PAGE_TABLES; target++)
		test_filter(target);
	test_ends("pt_mm, pt_cgroup and page_tables take a pid, a cgroup, a least number of bytes");
}

/* ---- parameters ---- */

static void test_booleans(void)
{
	static const char * const on[] = {
		"1", "y", "Y", "t", "yes\n", "on", "ON", "1\n", "oN", "true",
	};
	static const char * const off[] = {
		"0", "n", "N", "F", "no", "off\n", "OFF", "of", "00", "false",
	};
	static const char * const neither[] = {
		"", "\n", " 1", "2", "-1", "+1", "o", "O\n", "\x11", "\x10", "\xff", "ja", "oo",
		"enable",
	};
	enum text_target target;
	unsigned int i;

	for (target = TEXT_VERIFY_ZERO; target <= TEXT_MEMCG_LIMITED; target++) {
		for (i = 0; i < ARRAY_SIZE(on); i++) {
			write_string(target, on[i], ACCEPTED);
			wants_state(target, "Y behind it 1");
			write_string(target, neither[i], -EINVAL);
			write_string(target, off[i], ACCEPTED);
			wants_state(target, "N behind it 0");
		}
		for (i = 0; i < ARRAY_SIZE(neither); i++)
			write_string(target, neither[i], -EINVAL);
	}
	test_ends("verify_zero, adopt, and live's verify_zero and memcg_limited take what says yes or no");
}

static void test_no_argument(void)
{
	const struct kernel_param *param;
	unsigned int nr = 0;

	for (param = shim_params; param; param = param->next) {
		if (!strcmp(param->name, "untested_kernel")) {
			check(param->mode == 0444, "%s has mode %o", param->name, param->mode);
			continue; /* for loading alone */
		}
		nr++;
		check(param->mode == 0644, "%s has mode %o", param->name, param->mode);
		if (!(param->ops->flags & KERNEL_PARAM_OPS_FL_NOARG))
			continue;
		check(!param->ops->set(NULL, param), "%s", param->name);
	}
	check(nr == TEXT_TARGETS - TEXT_FILES, "%u parameters, this test knows %d", nr,
	      TEXT_TARGETS - TEXT_FILES);
	wants_state(TEXT_VERIFY_ZERO, "Y behind it 1");
	wants_state(TEXT_ADOPT, "Y behind it 1");
	wants_state(TEXT_LIVE_VERIFY_ZERO, "Y behind it 1");
	test_ends("a parameter without a value means yes; each is in this test");
}

static void test_max_blocks(void)
{
	test_numbers(TEXT_MAX_BLOCKS, "%1$lu behind it %1$lu");
	write_string(TEXT_MAX_BLOCKS, "36028797018963967", ACCEPTED);
	write_string(TEXT_MAX_BLOCKS, "36028797018963968", -EINVAL);
	write_string(TEXT_MAX_BLOCKS, "18446744073709551615", -EINVAL);
	wants_state(TEXT_MAX_BLOCKS, "36028797018963967 behind it 36028797018963967");
	test_ends("live's max_blocks takes a number whose pages can be counted");
}

/* ---- on which kernels the livepatch loads ---- */

static const char * const tested_kernels[] = {
	"#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-26)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12.118-1 (2026-11-20)",
	"#1 SMP PREEMPT_DYNAMIC Debian 7.2.12-1~bpo13+1 (2026-11-12)",
	"#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-15)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.1.129-1~deb11u1 (2025-03-06)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12.9-1~bpo12+1 (2025-01-19)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12.300-2+deb13u1 (2029-01-01)",
};

/* As they are, cut at 64 characters. */
static const char * const untested_kernels[] = {
	"",
	"#1 SMP PREEMPT_DYNAMIC Mon Nov 30 00:30:00 UTC 2026",			/* one's own */
	"#1 SMP PREEMPT_DYNAMIC @0",
	"#31~24.04.1-Ubuntu SMP PREEMPT_DYNAMIC Thu Jun  5 17:46:45 UTC 2",
	"#1 SMP PREEMPT_DYNAMIC PMX 6.12.8-4 (2025-03-04T17:55Z)",		/* Proxmox */
	"#1 SMP PREEMPT_DYNAMIC Kali 6.12.25-1kali1 (2025-04-30)",
	"#1 SMP PREEMPT Debian 1:6.12.25-1+rpt1 (2025-04-30)",			/* Raspberry Pi */
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12.107-1a~test (2026-10-01)",		/* rebuilt */
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12~rc6-1~exp1 (2024-11-04)",
	"#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~exp1 (2026-11-20)",
	"#1 SMP PREEMPT_DYNAMIC Debian 7.4.1-1~bpo13+1 (2027-02-01)",		/* not read yet */
	"#1 SMP PREEMPT_DYNAMIC Debian 6.11.10-1 (2024-11-23)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.120.1-1 (2099-01-01)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.1-1 (2022-12-20)",
	"#1 SMP PREEMPT_DYNAMIC Debian 6.12.118-1",				/* cut off */
	"#1 SMP PREEMPT_DYNAMIC Debian ",
	"#1 SMP PREEMPT_DYNAMIC debian 6.12.118-1 (2026-11-20)",
	"#1 SMP PREEMPT_DYNAMIC NotDebian 6.12.118-1 (2026-11-20)",
};

static void set_untested_kernel(bool value)
{
	const struct kernel_param *param;

	for (param = shim_params; strcmp(param->name, "untested_kernel"); )
		param = param->next;
	must(!param->ops->set(value ? "Y" : "N", param), "not set");
}

/* Until the first step that can fail, which does: -ENOMEM. */
static int load_live_on(const char *build, bool untested_too)
{
	set_untested_kernel(untested_too);
	snprintf(shim_utsname.version, sizeof(shim_utsname.version), "%s", build);
	check(!strcmp(shim_utsname.version, build), "'%s' does not fit", build);
	shim_logged[0] = '\0';
	return shim_load("module/live/load.c");
}

static void test_kernels(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tested_kernels); i++) {
		check(load_live_on(tested_kernels[i], false) == -ENOMEM, "%s", tested_kernels[i]);
		check(!shim_logged[0], "%s: %s", tested_kernels[i], shim_logged);
	}
	test_ends("live loads on Debian's own builds of the series that were read");

	for (i = 0; i < ARRAY_SIZE(untested_kernels); i++) {
		check(load_live_on(untested_kernels[i], false) == -EOPNOTSUPP, "%s",
		      untested_kernels[i]);
		check(strstr(shim_logged, "untested_kernel=Y"), "%s: %s", untested_kernels[i],
		      shim_logged);
		check(load_live_on(untested_kernels[i], true) == -ENOMEM, "%s",
		      untested_kernels[i]);
		check(strstr(shim_logged, "by untested_kernel=Y"), "%s: %s", untested_kernels[i],
		      shim_logged);
	}
	test_ends("on others it refuses and names the parameter that loads it, which warns");
}

/* ---- the files themselves ---- */

/* A kernel that is locked down refuses to open a file that may be written to, by its mode alone. */
static void test_files(void)
{
	unsigned int i, writable = 0;

	for (i = 0; i < shim_nr_reports; i++) {
		const struct ptc_report *report = shim_reports[i].inode.i_private;
		bool is_filter = !strcmp(report->name, "pt_mm") || !strcmp(report->name, "pt_cgroup") ||
				 !strcmp(report->name, "page_tables");

		writable += report->write != NULL;
		check(shim_reports[i].mode == (report->write && !is_filter ? 0600 : 0400),
		      "%s has mode %o", report->name, shim_reports[i].mode);
	}
	check(writable == TEXT_FILES, "%u files take text, this test knows %d", writable,
	      TEXT_FILES);
	test_ends("only root writes, to each file that takes text; one that only filters is not writable by its mode");
}

static void test_two_readers(void)
{
	static char text[TEXT_STATE_MAX];
	struct file other;

	write_string(TEXT_LOOKUP, "1", ACCEPTED);
	check(!shim_open(&other, "lookup"), "cannot be opened twice");
	check(shim_write(&other, "2", 1) == 1, "not written");
	wants_state(TEXT_LOOKUP, "0x1 ");
	shim_close(&other);

	write_string(TEXT_PT_MM_TABLES, "300", ACCEPTED);
	check(!shim_open(&other, "pt_mm_tables"), "cannot be opened twice");
	check(shim_write(&other, "7", 1) == 1, "not written");
	check(shim_read(&other, text, sizeof(text)) > 0, "not read");
	wants_state(TEXT_PT_MM_TABLES, "pte 0x0 0x4012c");
	shim_close(&other);
	test_ends("a write selects for its own open file alone");
}

/* Read one line, byte by byte. */
static const char *read_line(enum text_target target)
{
	static char line[512];
	size_t at = 0;

	while (at < sizeof(line) - 1 && shim_read(text_file(target), line + at, 1) == 1)
		if (line[at++] == '\n')
			break;
	line[at] = '\0';
	return line;
}

static void read_up_to(enum text_target target, const char *record)
{
	unsigned int i;

	shim_rewind(text_file(target));
	for (i = 0; i < 10; i++)
		if (!strncmp(read_line(target), record, strlen(record)))
			return;
	check(false, "no %s", record);
}

static void wants_line(enum text_target target, const char *wanted)
{
	const char *line = read_line(target);

	check(!strncmp(line, wanted, strlen(wanted)), "'%s', wanted '%s'", line, wanted);
}

/* With the last byte of a line, the kernel has the next one printed, and the one after it found. */
static void test_write_while_reading(void)
{
	write_string(TEXT_LOOKUP, "1 3 4", ACCEPTED);
	read_up_to(TEXT_LOOKUP, "0x1 user_table pte 0xfffe 1 ");
	check(shim_write(text_file(TEXT_LOOKUP), "2", 1) == 1, "not written");
	wants_line(TEXT_LOOKUP, "0x1 user_table pte 0xfffe 2 ");
	wants_line(TEXT_LOOKUP, "0x3 user_table pte 0xfffc 1 ");
	wants_line(TEXT_LOOKUP, "0x2 user_table pte 0xfffd 1 ");
	wants_line(TEXT_LOOKUP, "0x2 user_table pte 0xfffd 2 ");
	wants_line(TEXT_LOOKUP, "# end 5\n");
	wants_line(TEXT_LOOKUP, "");

	write_string(TEXT_PT_MM_TABLES, "7", ACCEPTED);
	read_up_to(TEXT_PT_MM_TABLES, "pte 0x0 0x40007 ");
	check(shim_write(text_file(TEXT_PT_MM_TABLES), "300", 3) == 3, "not written");
	wants_line(TEXT_PT_MM_TABLES, "pte 0x1 0x40007 ");
	wants_line(TEXT_PT_MM_TABLES, "pte 0x2 0x40007 ");
	wants_line(TEXT_PT_MM_TABLES, "pte 0x0 0x4012c ");
	wants_line(TEXT_PT_MM_TABLES, "# end 4\n");
	wants_line(TEXT_PT_MM_TABLES, "");
	test_ends("a write while a file is read: after what was found before, all is of the new one");
}

static void test_no_memory(void)
{
	enum text_target target;
	struct file file;
	unsigned int nth;

	for (target = 0; target < TEXT_FILES; target++) {
		for (nth = 1; nth <= 2; nth++) {
			shim_fail_nth = nth;
			check(shim_open(&file, text_name(target)) == -ENOMEM, "%s, step %u",
			      text_name(target), nth);
		}
		shim_fail_nth = 1;
		check(text_write(target, "1", 1) == -ENOMEM, "%s is written to", text_name(target));
	}
	shim_fail_nth = 2;
	check(text_write(TEXT_LOOKUP, "1", 1) == -ENOMEM, "lookup is written to");
	check(!shim_fail_nth, "fewer steps");
	test_ends("a file that cannot be opened or written to for want of memory leaves nothing behind");
}

int main(void)
{
	text_world_begin();
	test_files();
	test_shrink();
	test_lookup();
	test_pt_mm_tables();
	test_exit_while_read();
	test_filters();
	test_booleans();
	test_no_argument();
	test_max_blocks();
	test_kernels();
	test_two_readers();
	test_write_while_reading();
	test_no_memory();
	text_world_end();
	check(!text_world.references, "%d are left", text_world.references);
	test_ends("every reference to a pid or an mm is given back");
	printf("# held: %u texts written to reports and parameters, good and bad ones\n",
	       texts_written);
	return tests_end();
}
