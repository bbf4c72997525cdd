// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the reports that are answers, many of them, faster than a shell could.
 *
 * ask REPORT < QUESTIONS	each line is written to REPORT (pt_mm_tables, lookup); prints each
 *				record of the answer behind the question, or "QUESTION error NAME"
 * ask --interrupted REPORT < QUESTIONS	the same, while signals interrupt the reading, less and less
 *				often until there is a whole answer; how often is said on standard
 *				error
 * ask --marked			the page frames that the kernel marks as page tables (KPF_PGTABLE)
 * ask --marked-lookup < PFNS	asks lookup for each that is marked before and after the answer,
 *				and prints the record behind it, or "PFN error NAME"
 * ask --race REPORT		reads REPORT until SIGTERM, of processes and page frames taken by
 *				chance, and judges each record; prints what cannot be true, then
 *				"N answers, N records", with the errors; exits with 1 if there was any
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define REPORTS		"/sys/kernel/debug/pt_cache/"
#define KPF_PGTABLE	26
#define PAGE		4096UL
#define MAX_FIELDS	20
#define MAX_TOLD	10
#define MARKED_TRIES	5
#define MAX_RAM		64
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static char answer[1 << 20];	/* as long as any answer to a question of ours is */

/* The next read may take so long before a signal comes, if any is to come at all. */
static bool interrupting;
static double patience_us;
static unsigned long interruptions;

static void interrupt(int signal)
{
	(void)signal;
	interruptions++;
}

static void set_timer(long us)
{
	const struct itimerval timer = { .it_value = { us / 1000000, us % 1000000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static long read_part(int fd, char *buffer, size_t size)
{
	long got;

	if (interrupting)
		set_timer(patience_us *= 1.05);
	got = read(fd, buffer, size);
	set_timer(0);
	return got;
}

/* The last line of what was read: it ends there, or was cut. */
static bool is_whole(long length)
{
	const char *last = answer;

	for (const char *at = answer; at < answer + length - 1; at++)
		if (*at == '\n')
			last = at + 1;
	return !strncmp(last, "# end ", 6);
}

/* Writes @question, if there is one, and reads the answer. Returns -errno, or its length. */
static long ask(const char *report, const char *question)
{
	char path[128];
	long got = 0, length = 0;
	int fd;

	snprintf(path, sizeof(path), REPORTS "%s", report);
	fd = open(path, question ? O_RDWR : O_RDONLY);
	if (fd < 0) {
		perror(path);
		exit(2);
	}
	if (question) {
		char line[256];
		int size = snprintf(line, sizeof(line), "%s\n", question);

		if (write(fd, line, size) != size)
			got = -errno;
	}
	while (!got && length < (long)sizeof(answer) - 1) {
		long part = read_part(fd, answer + length, sizeof(answer) - 1 - length);

		if (part < 0)
			got = -errno;
		if (part <= 0)
			break;
		length += part;
	}
	close(fd);
	answer[length] = '\0';
	return got ? got : length;
}

static int answer_questions(const char *report)
{
	char question[200];

	while (fgets(question, sizeof(question), stdin)) {
		long got;

		question[strcspn(question, "\n")] = '\0';
		patience_us = 50;
		do
			got = ask(report, question);
		while (got == -EINTR && interrupting);
		if (got < 0) {
			printf("%s error %s\n", question, strerrorname_np(-got));
			continue;
		}
		if (!is_whole(got))
			printf("%s error cut\n", question);
		for (char *line = strtok(answer, "\n"); line; line = strtok(NULL, "\n"))
			if (*line != '#')
				printf("%s %s\n", question, line);
	}
	return 0;
}

static int answer_interrupted(const char *report)
{
	const struct sigaction action = { .sa_handler = interrupt };
	int status;

	sigaction(SIGALRM, &action, NULL);
	interrupting = true;
	status = answer_questions(report);
	fprintf(stderr, "%lu interruptions\n", interruptions);
	return status;
}

static int print_marked(void)
{
	static uint64_t flags[8192];
	int fd = open("/proc/kpageflags", O_RDONLY);
	unsigned long pfn = 0;
	long got;

	if (fd < 0) {
		perror("/proc/kpageflags");
		return 2;
	}
	while ((got = read(fd, flags, sizeof(flags))) > 0)
		for (long i = 0; i < got / 8; i++, pfn++)
			if (flags[i] >> KPF_PGTABLE & 1)
				printf("0x%lx\n", pfn);
	return got < 0;
}

static bool is_marked(int kpageflags, const char *question)
{
	uint64_t flags = 0;

	return pread(kpageflags, &flags, sizeof(flags), strtoul(question, NULL, 0) * 8) == 8 &&
	       flags >> KPF_PGTABLE & 1;
}

/*
 * A table that an exiting process frees is soon another one's, and marked again: not to be taken
 * for one that lookup did not know, no process begins or ends here from one look to the other, and
 * an answer that denies a table is asked for again.
 */
static int look_up_marked(void)
{
	int kpageflags = open("/proc/kpageflags", O_RDONLY);
	char question[200];

	if (kpageflags < 0) {
		perror("/proc/kpageflags");
		return 2;
	}
	while (fgets(question, sizeof(question), stdin)) {
		bool known = false;
		long got = 0;
		int i;

		question[strcspn(question, "\n")] = '\0';
		for (i = 0; i < MARKED_TRIES && !known && is_marked(kpageflags, question); i++) {
			got = ask("lookup", question);
			known = got > 0 && !strstr(answer, " no_table ") &&
				!strstr(answer, " unknown ");
		}
		if (got < 0 && is_marked(kpageflags, question))
			printf("%s error %s\n", question, strerrorname_np(-got));
		if (got <= 0 || (!known && !is_marked(kpageflags, question)))
			continue;
		for (char *line = strtok(answer, "\n"); line; line = strtok(NULL, "\n"))
			if (*line != '#')
				printf("%s %s\n", question, line);
	}
	return 0;
}

/* Memory as the firmware gave it; a page table lies nowhere else. */
static struct { unsigned long start, end; } ram[MAX_RAM];
static size_t nr_ram;

static void read_ram(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	unsigned long start, end;
	char line[200];

	while (iomem && fgets(line, sizeof(line), iomem))
		if (sscanf(line, "%lx-%lx : System RAM", &start, &end) == 2 &&
		    strstr(line, ": System RAM") && line[0] != ' ' && nr_ram < MAX_RAM) {
			ram[nr_ram].start = start / PAGE;
			ram[nr_ram++].end = (end + 1) / PAGE;
		}
	if (!nr_ram || !ram[nr_ram - 1].end) {
		fprintf(stderr, "ask: /proc/iomem tells nothing\n");
		exit(2);
	}
}

static bool is_ram(unsigned long pfn)
{
	for (size_t i = 0; i < nr_ram; i++)
		if (pfn >= ram[i].start && pfn < ram[i].end)
			return true;
	return false;
}

/* A field that is no number is absent: -1; one that is neither ends the trial. */
static const char *wrong;	/* what cannot be true of this record, or NULL */

static long number(const char *field, int base)
{
	char *end;
	long n;

	if (!strcmp(field, "-"))
		return -1;
	if (base == 16 && strncmp(field, "0x", 2)) {
		wrong = "not hexadecimal";
		return -1;
	}
	n = strtoul(field, &end, base);
	if (!isalnum((unsigned char)*field) || *end)
		wrong = "not a number";
	return n;
}

static bool one_of(const char *word, const char *words)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), " %s ", word);
	return strstr(words, pattern);
}

#define LEVELS	" pte pmd pud p4d pgd "
#define KINDS	" user_table kernel_table cached_free no_table unowned_table unknown unsearched "

/*
 * pid mm pgd p4d pud pmd pte table_bytes pte_empty empty_bytes deposited pmd_shared cached pte_full
 * remote pmd_empty state start cgroup comm
 */
static void judge_pt_mm(char **field)
{
	bool kernel = !strcmp(field[0], "-"), busy = !strcmp(field[16], "busy");
	long n[19];

	number(field[0], 10);
	number(field[1], 16);
	if (!one_of(field[16], " ok busy cut "))
		wrong = "no state";
	for (int i = 2; i < 19; i++) {
		if (i == 16)
			continue;
		n[i] = number(field[i], 10);
		if (n[i] < 0 && (i > 16 || i == 14 ? !kernel && !busy : i == 7 || !busy))
			wrong = "a number is missing";
	}
	if (wrong || strcmp(field[16], "ok"))
		return;
	if (n[7] != (n[4] + n[5] + n[6]) * (long)PAGE)
		wrong = "table_bytes is not that of pud, pmd and pte";
	else if (n[8] + n[10] > n[6])
		wrong = "more empty and deposited than there are";
	else if (n[11] > n[5])
		wrong = "more shared than there are";
	else if (n[8] + n[10] + n[13] > n[6])
		wrong = "more full ones than there are";
	else if (n[15] > n[5])
		wrong = "more empty PMD tables than there are";
	else if (n[2] < 1 || n[2] > 2)
		wrong = "no top level";
}

/* level va pfn node occupancy page_refs share_count cached */
static void judge_pt_mm_tables(char **field)
{
	if (!one_of(field[0], LEVELS))
		wrong = "no level";
	number(field[1], 16);
	if (!is_ram(number(field[2], 16)))
		wrong = "no memory";
	if (number(field[3], 10) < 0 || number(field[3], 10) > 1023)
		wrong = "no node";
	if (number(field[4], 10) > 512)
		wrong = "more entries than a table has";
	if (number(field[5], 10) < 1)
		wrong = "a table in use without a reference";
	number(field[6], 10);
}

/* pfn kind level mm pid va comm */
static void judge_lookup(char **field)
{
	number(field[0], 16);
	if (!one_of(field[1], KINDS))
		wrong = "no kind";
	if (!one_of(field[2], LEVELS " - "))
		wrong = "no level";
	if (!strcmp(field[1], "user_table") && number(field[3], 16) == -1)
		wrong = "a user's, and nobody's";
	number(field[4], 10);
	number(field[5], 16);
}

/* rule checked violations unjudged first_pfn */
static void judge_audit(char **field)
{
	if (number(field[1], 10) < 0)
		wrong = "nothing counted";
	if (number(field[2], 10) != 0)
		wrong = "a violation";
	if (number(field[3], 10) < 0)
		wrong = "no number of the unjudged";
	number(field[4], 16);
}

static const struct form {
	const char *report;
	int fields;			/* the last one may be words */
	bool ends_with_comm;
	void (*judge)(char **field);
	const char *expected_errors;	/* a process that is gone, a kernel thread */
} forms[] = {
	{ "pt_mm", 20, true, judge_pt_mm, " " },
	{ "pt_mm_tables", 8, false, judge_pt_mm_tables, " ESRCH EINVAL EBUSY " },
	{ "lookup", 7, true, judge_lookup, " " },
	{ "audit", 5, false, judge_audit, " " },
};

static void judge(const struct form *form, const char *line)
{
	char copy[512], *field[MAX_FIELDS], *rest = copy;
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	wrong = NULL;
	while (n < MAX_FIELDS && (field[n] = strsep(&rest, " "))) {
		n++;
		if (n == form->fields && form->ends_with_comm)
			rest = NULL;
	}
	if (n != form->fields)
		wrong = "not so many fields";
	else
		form->judge(field);
}

static volatile sig_atomic_t over;

static void end(int signal)
{
	(void)signal;
	over = 1;
}

/* A process by chance, or 0. */
static int some_pid(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int pid = 0, seen = 0;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) && random() % ++seen == 0)
			pid = atoi(entry->d_name);
	if (proc)
		closedir(proc);
	return pid;
}

/* The page frame of a table that was just in use, or any. */
static unsigned long some_pfn(void)
{
	size_t i = random() % nr_ram;
	unsigned long pfn = ram[i].start + random() % (ram[i].end - ram[i].start);
	char pid[16], level[8];
	unsigned long table;
	int seen = 0;

	snprintf(pid, sizeof(pid), "%d", some_pid());
	if (random() % 4 && ask("pt_mm_tables", pid) > 0)
		for (char *line = strtok(answer, "\n"); line; line = strtok(NULL, "\n"))
			if (sscanf(line, "%7[a-z0-9] %*s %lx", level, &table) == 2 &&
			    random() % ++seen == 0)
				pfn = table;
	return pfn;
}

static const char *some_question(const struct form *form)
{
	static char question[32];

	if (form->judge == judge_pt_mm_tables)
		snprintf(question, sizeof(question), "%d", some_pid());
	else if (form->judge == judge_lookup)
		snprintf(question, sizeof(question), "0x%lx", some_pfn());
	else
		return NULL;
	return question;
}

static int race(const struct form *form)
{
	unsigned long answers = 0, records = 0, errors = 0, impossible = 0;

	read_ram();
	signal(SIGTERM, end);
	srandom(getpid());
	while (!over) {
		const char *question = some_question(form);
		long got = ask(form->report, question);

		answers++;
		if (got < 0) {
			const char *name = strerrorname_np(-got);

			errors++;
			if (!(got == -EINTR && over) && !one_of(name, form->expected_errors) &&
			    impossible++ < MAX_TOLD)
				printf("%s of %s: %s\n", form->report, question, name);
			continue;
		}
		for (char *line = strtok(answer, "\n"); line; line = strtok(NULL, "\n")) {
			if (*line == '#')
				continue;
			records++;
			judge(form, line);
			if (wrong && impossible++ < MAX_TOLD)
				printf("%s: %s: %s\n", form->report, wrong, line);
		}
	}
	printf("%lu answers, %lu records, %lu errors, %lu impossible\n", answers, records, errors,
	       impossible);
	return impossible > 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--marked"))
		return print_marked();
	if (argc == 2 && !strcmp(argv[1], "--marked-lookup"))
		return look_up_marked();
	if (argc == 3 && !strcmp(argv[1], "--interrupted"))
		return answer_interrupted(argv[2]);
	if (argc == 2 && *argv[1] != '-')
		return answer_questions(argv[1]);
	for (size_t i = 0; argc == 3 && !strcmp(argv[1], "--race") && i < ARRAY_SIZE(forms); i++)
		if (!strcmp(argv[2], forms[i].report))
			return race(&forms[i]);
	fprintf(stderr, "usage: ask [--interrupted] REPORT < QUESTIONS, ask --marked, ask --marked-lookup < PFNS, "
		"ask --race REPORT\n");
	return 2;
}
