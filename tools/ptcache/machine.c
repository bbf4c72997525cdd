// SPDX-License-Identifier: GPL-2.0
/* Reads files of this machine and runs other programs, for `ptcache doctor`. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

#define MISSING 127	/* what a shell, too, says of a command that is not there */

static void print_path(char path[PATH_MAX], const char *format, va_list arguments)
{
	int length = snprintf(path, PATH_MAX, "%s", PTCACHE_ROOT);

	vsnprintf(path + length, PATH_MAX - length, format, arguments);
}

bool machine_has(const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	print_path(path, format, arguments);
	va_end(arguments);
	return !access(path, F_OK);
}

/* Without its end. What is too long for @line is left out. */
static bool read_line(char line[MACHINE_LINE], FILE *file)
{
	bool got = fgets(line, MACHINE_LINE, file);
	int c = '\n';

	if (!got)
		line[0] = '\0';
	else if (!strchr(line, '\n'))
		while ((c = getc(file)) != '\n' && c != EOF)
			;
	line[strcspn(line, "\n")] = '\0';
	return got;
}

bool machine_read(char line[MACHINE_LINE], const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	FILE *file;
	bool got;

	va_start(arguments, format);
	print_path(path, format, arguments);
	va_end(arguments);
	line[0] = '\0';
	file = fopen(path, "r");
	if (!file)
		return false;
	got = read_line(line, file);
	fclose(file);
	return got;
}

bool machine_find(char line[MACHINE_LINE], const char *path, const char *start)
{
	char whole[PATH_MAX];
	bool found = false;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", PTCACHE_ROOT, path);
	line[0] = '\0';
	file = fopen(whole, "r");
	if (!file)
		return false;
	while (!found && read_line(line, file))
		found = !strncmp(line, start, strlen(start));
	fclose(file);
	return found;
}

/* In the child. Users other than root have not got root's commands in their PATH. */
static void execute(const char *const argv[], int output)
{
	const char *path = getenv("PATH");
	char longer[2 * PATH_MAX];
	int null = open("/dev/null", O_RDWR);

	snprintf(longer, sizeof(longer), "%s:%s/usr/sbin:%s/sbin", path ? path : "/usr/bin:/bin",
		 PTCACHE_ROOT, PTCACHE_ROOT);
	setenv("PATH", longer, 1);
	setenv("LC_ALL", "C", 1);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(MISSING);
}

/* To the end, that the writer is not killed for what we have no room for. */
static void read_all(int fd, char *output, size_t size)
{
	size_t length = 0;
	char rest[512];
	ssize_t got;

	while (length < size - 1 && (got = read(fd, output + length, size - 1 - length)) > 0)
		length += got;
	output[length] = '\0';
	while (length == size - 1 && read(fd, rest, sizeof(rest)) > 0)
		;
}

int machine_run(char *output, size_t size, const char *const argv[])
{
	int ends[2], status;
	pid_t pid;

	output[0] = '\0';
	if (pipe(ends))
		return -1;
	/* or the child would print what is not written yet once more */
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		execute(argv, ends[1]);
	}
	close(ends[1]);
	if (pid > 0)
		read_all(ends[0], output, size);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == MISSING) {
		output[0] = '\0';
		return -1;
	}
	return WEXITSTATUS(status);
}
