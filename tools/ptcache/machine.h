/* SPDX-License-Identifier: GPL-2.0 */
/* What `ptcache doctor` asks of the machine: files, and other programs. */
#ifndef PTCACHE_MACHINE_H
#define PTCACHE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

/* The tests' build looks at a machine that they have made up, below this folder. */
#ifndef PTCACHE_ROOT
#define PTCACHE_ROOT ""
#endif

#define MACHINE_LINE	1024

/* Whether there is a file or folder whose path is @format, printed. */
__attribute__((format(printf, 1, 2)))
bool machine_has(const char *format, ...);

/* Reads the first line of that file. Return: false, with an empty @line, if it cannot be read. */
__attribute__((format(printf, 2, 3)))
bool machine_read(char line[MACHINE_LINE], const char *format, ...);

/* Whether a line of the file @path begins with @start; the line is in @line then. */
bool machine_find(char line[MACHINE_LINE], const char *path, const char *start);

/*
 * Runs @argv, which NULL ends, by PATH and the folders of root's commands, and reads what it prints
 * to standard output, up to @size - 1 bytes. Its errors are not shown.
 * Return: its exit status; -1, with an empty @output, if it is missing or does not end by itself.
 */
int machine_run(char *output, size_t size, const char *const argv[]);

#endif /* PTCACHE_MACHINE_H */
