// SPDX-License-Identifier: GPL-2.0
/* ptcache, the user's tool: dispatches to the subcommands, which have a file each. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "map.h"
#include "version.h"

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "map", map_main, "the direct map as a picture" },
	{ "doctor", doctor_main, "what pt_cache needs of this machine: ok, or what to do" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	size_t i;

	puts("Usage: ptcache COMMAND [OPTION]...\n"
	     "Shows what pt_cache.ko reports, and what it needs.\n");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	puts("\n  --version  print the version\n"
	     "  --help     print this; ptcache COMMAND --help describes COMMAND");
	return EXIT_SUCCESS;
}

static int print_version(void)
{
	puts("ptcache " PTC_VERSION);
	return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	static char program[] = "ptcache";
	size_t i;

	if (argc < 2) {
		warnx("no command given: ptcache --help lists the commands");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "--version"))
		return print_version();
	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* getopt prefixes its messages with argv[0] */
		argv[1] = program;
		return commands[i].main(argc - 1, argv + 1);
	}
	warnx("unknown %s '%s': see ptcache --help",
	      argv[1][0] == '-' ? "option" : "command", argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* the last chance to notice a write error, such as a full disk */
	if (fflush(stdout) || ferror(stdout)) {
		warn("cannot write the output");
		return EXIT_FAILURE;
	}
	return status;
}
