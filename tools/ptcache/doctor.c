// SPDX-License-Identifier: GPL-2.0
/*
 * `ptcache doctor`: looks at what pt_cache needs of this machine, and says of each thing that it is
 * ok, or what to do. It changes nothing. Who is not root hears of fewer things.
 */
#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "machine.h"
#include "map.h"
#include "version.h"

#define REPORTS		"/sys/kernel/debug/pt_cache"
#define OLDEST_BPFTRACE	17	/* 0.17, Debian 12's */
#define MAX_OUTPUT	16384	/* of another program */

/* The others need the allocator. */
enum module { ALLOCATOR, LIVE, USER, NR_MODULES };
static const char *const names[NR_MODULES] = { "pt_cache", "pt_cache_live", "pt_cache_user" };

struct doctor {
	char release[MACHINE_LINE];
	char modinfo[NR_MODULES][MAX_OUTPUT];	/* of the installed ones; empty if there is none */
	bool root, loaded;
	unsigned int todo;			/* lines that are not ok */
};

/* Other programs' words may hold anything, escape sequences for the terminal included. */
static void doctor_print(const char *what, const char *verdict, const char *format, va_list values)
{
	char text[2 * MACHINE_LINE], *c;

	vsnprintf(text, sizeof(text), format, values);
	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	printf("%-10s %s%s%s\n", what, verdict, *verdict && *text ? ": " : "", text);
}

__attribute__((format(printf, 2, 3)))
static void doctor_ok(const char *what, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	doctor_print(what, "ok", format, values);
	va_end(values);
}

__attribute__((format(printf, 3, 4)))
static void doctor_do(struct doctor *doctor, const char *what, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	doctor_print(what, "", format, values);
	va_end(values);
	doctor->todo++;
}

static void doctor_root(struct doctor *doctor)
{
	doctor->root = !geteuid();
	if (doctor->root)
		doctor_ok("root", "%s", "");
	else
		doctor_do(doctor, "root", "some of this needs root: sudo ptcache doctor");
}

static void doctor_kernel(struct doctor *doctor)
{
	char version[MACHINE_LINE];

	machine_read(doctor->release, "/proc/sys/kernel/osrelease");
	machine_read(version, "/proc/sys/kernel/version");
	if (strstr(version, "PREEMPT_RT"))
		doctor_do(doctor, "kernel", "%s has PREEMPT_RT, which is not supported: start one without",
			  doctor->release);
	else
		doctor_ok("kernel", "%s", doctor->release);
}

static void doctor_lockdown(struct doctor *doctor)
{
	char modes[MACHINE_LINE];

	if (!machine_read(modes, "/sys/kernel/security/lockdown") || strstr(modes, "[none]"))
		doctor_ok("lockdown", "none");
	else if (!doctor->loaded)
		doctor_do(doctor, "lockdown",
			  "%s: only signed modules load; those of DKMS do after mokutil --import /var/lib/dkms/mok.pub and a restart", modes);
	else if (strstr(modes, "[confidentiality]"))
		doctor_do(doctor, "lockdown",
			  "%s: no bpftrace, no report that is written to; start with lockdown=integrity or without Secure Boot",
			  modes);
	else
		doctor_do(doctor, "lockdown",
			  "%s: no report that is written to; switch Secure Boot off to have these", modes);
}

static void doctor_headers(struct doctor *doctor)
{
	if (machine_has("/lib/modules/%s/build/Makefile", doctor->release))
		doctor_ok("headers", "%s", "");
	else
		doctor_do(doctor, "headers", "apt-get install linux-headers-%s", doctor->release);
}

/*
 * A line of `dkms status` is "pt_cache/0.1.0: added", "pt_cache/0.1.0, KERNEL, x86_64: installed", or
 * the like with "built" or "broken". Some have a remark behind the state.
 */
static bool dkms_state(const char *line, const char *state)
{
	const char *colon = strstr(line, ": ");

	return colon && !strncmp(colon + 2, state, strlen(state));
}

/* The version behind the module's name. */
static int dkms_version(const char *line, const char **version)
{
	*version = line + strlen("pt_cache");
	*version += strspn(*version, "/, ");
	return strcspn(*version, ",: ");
}

static bool dkms_of_kernel(const char *line, const char *release)
{
	size_t length = strlen(release);
	const char *kernel;

	dkms_version(line, &kernel);
	kernel = strchr(kernel, ',');
	if (!kernel)
		return false;
	kernel += strspn(kernel, ", ");
	return !strncmp(kernel, release, length) && kernel[length] == ',';
}

/* @output: of `dkms status`, which is not empty. */
static void doctor_dkms_status(struct doctor *doctor, char *output)
{
	const char *installed = NULL, *other = NULL, *broken = NULL, *version;
	char *line, *rest;
	int length;

	for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "pt_cache", strlen("pt_cache")))
			continue;
		if (dkms_state(line, "broken") || strstr(line, "WARNING"))
			broken = line;
		else if (dkms_state(line, "installed") && dkms_of_kernel(line, doctor->release))
			installed = line;
		else
			other = line;
	}
	if (broken) {
		doctor_do(doctor, "dkms", "make dkms-install, or install the package pt-cache-dkms anew: %s", broken);
	} else if (installed) {
		doctor_ok("dkms", "%s", installed);
	} else if (other) {
		length = dkms_version(other, &version);
		doctor_do(doctor, "dkms", "dkms install -m pt_cache -v %.*s -k %s",
			  length, version, doctor->release);
	} else {
		doctor_ok("dkms", "not used");
	}
}

static void doctor_dkms(struct doctor *doctor)
{
	static const char *const status[] = { "dkms", "status", "-m", "pt_cache", NULL };
	char output[MAX_OUTPUT];

	machine_run(output, sizeof(output), status);
	doctor_dkms_status(doctor, output);
}

static void find_installed(struct doctor *doctor, enum module module)
{
	const char *const modinfo[] = { "modinfo", "-k", doctor->release, names[module], NULL };

	if (machine_run(doctor->modinfo[module], MAX_OUTPUT, modinfo))
		doctor->modinfo[module][0] = '\0';
}

/* Return: false, with an empty @value, if none is installed for this kernel, or it lacks @field. */
static bool module_installed(const struct doctor *doctor, enum module module, const char *field,
			     char value[MACHINE_LINE])
{
	const char *line = doctor->modinfo[module];
	size_t length = strlen(field);

	value[0] = '\0';
	while (strncmp(line, field, length) || line[length] != ':') {
		line = strchr(line, '\n');
		if (!line++)
			return false;
	}
	line += length + 1;
	line += strspn(line, " ");
	snprintf(value, MACHINE_LINE, "%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

static bool module_in(const struct doctor *doctor, const char *folder)
{
	static const char *const suffixes[] = { "", ".xz", ".zst", ".gz" };
	bool found = false;
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		found |= machine_has("/lib/modules/%s/%s/pt_cache.ko%s", doctor->release, folder, suffixes[i]);
	return found;
}

/* What DKMS builds in the place of a module that it cannot build for a kernel says so, and why. */
static bool is_stub(const char *description)
{
	return !strncmp(description, "Refuses to load", strlen("Refuses to load"));
}

/* The first of the others that is installed in another version, or NR_MODULES; @theirs is that. */
static enum module installed_otherwise(const struct doctor *doctor, const char *version,
				       char theirs[MACHINE_LINE])
{
	enum module module;

	for (module = ALLOCATOR + 1; module < NR_MODULES; module++)
		if (module_installed(doctor, module, "version", theirs) && strcmp(version, theirs))
			break;
	return module;
}

static void doctor_installed(struct doctor *doctor)
{
	char version[MACHINE_LINE], theirs[MACHINE_LINE], words[MACHINE_LINE];
	enum module other;

	if (!module_installed(doctor, ALLOCATOR, "version", version)) {
		doctor_do(doctor, "installed",
			  "make install, make dkms-install, or the package pt-cache-dkms, for this kernel");
		return;
	}
	module_installed(doctor, ALLOCATOR, "description", words);
	other = installed_otherwise(doctor, version, theirs);
	if (module_in(doctor, "updates") && module_in(doctor, "updates/dkms"))
		doctor_do(doctor, "installed", "twice, by make install and by DKMS: make uninstall, then make dkms-install");
	else if (is_stub(words))
		doctor_do(doctor, "installed", "start another kernel, or install a newer version: %s", words);
	else if (other < NR_MODULES)
		doctor_do(doctor, "installed", "pt_cache %s and %s %s: install both from one version",
			  version, names[other], theirs);
	else if (strcmp(version, PTC_VERSION))
		doctor_do(doctor, "installed", "pt_cache %s, and this is ptcache %s: install both from one version",
			  version, PTC_VERSION);
	else
		doctor_ok("installed", "%s", version);
}

/* Whether @module is loaded as it is installed, if it is. */
static bool module_is_installed_one(const struct doctor *doctor, enum module module)
{
	char loaded[MACHINE_LINE], installed[MACHINE_LINE];

	return !machine_read(loaded, "/sys/module/%s/srcversion", names[module]) ||
	       !module_installed(doctor, module, "srcversion", installed) || !strcmp(loaded, installed);
}

/* The first of the others that is loaded in another version, or NR_MODULES; @theirs is that. */
static enum module loaded_otherwise(const char *version, char theirs[MACHINE_LINE])
{
	enum module module;

	for (module = ALLOCATOR + 1; module < NR_MODULES; module++)
		if (machine_read(theirs, "/sys/module/%s/version", names[module]) && strcmp(version, theirs))
			break;
	return module;
}

static void doctor_loaded(struct doctor *doctor)
{
	char version[MACHINE_LINE], theirs[MACHINE_LINE], with[MACHINE_LINE] = "";
	enum module module, other;

	machine_read(version, "/sys/module/pt_cache/version");
	if (!doctor->loaded) {
		doctor_do(doctor, "loaded", "modprobe pt_cache");
		return;
	}
	other = loaded_otherwise(version, theirs);
	if (other < NR_MODULES) {
		doctor_do(doctor, "loaded", "pt_cache %s and %s %s are not of one build: unload both, then modprobe",
			  version, names[other], theirs);
		return;
	}
	for (module = ALLOCATOR; module < NR_MODULES; module++) {
		if (!module_is_installed_one(doctor, module)) {
			doctor_do(doctor, "loaded", "%s %s is not the installed one: unload it, then modprobe %s",
				  names[module], version, names[module]);
			return;
		}
		if (module != ALLOCATOR && machine_read(theirs, "/sys/module/%s/version", names[module])) {
			strcat(with, *with ? " and " : ", with ");
			strcat(with, names[module]);
		}
	}
	doctor_ok("loaded", "%s%s", version, with);
}

static void doctor_debugfs(struct doctor *doctor)
{
	char line[MACHINE_LINE];

	if (!machine_find(line, "/proc/mounts", "debugfs /sys/kernel/debug ") &&
	    !machine_find(line, "/proc/mounts", "none /sys/kernel/debug debugfs "))
		doctor_do(doctor, "debugfs", "mount -t debugfs debugfs /sys/kernel/debug");
	else if (doctor->root && doctor->loaded && !machine_has(REPORTS "/info"))
		doctor_do(doctor, "debugfs", "no reports in it: the log says why (dmesg | grep pt_cache)");
	else
		doctor_ok("debugfs", "%s", "");
}

/* Return: whether the configuration of this kernel was found; @line is the option's, or empty. */
static bool find_option(const struct doctor *doctor, const char *option, char line[MACHINE_LINE])
{
	static const char *const paths[] = { "/boot/config-%s", "/lib/modules/%s/build/.config",
					     "/lib/modules/%s/config" };
	char path[MACHINE_LINE + 64], any[MACHINE_LINE];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(path, sizeof(path), paths[i], doctor->release);
		if (machine_find(any, path, "CONFIG_MODULES=")) {
			machine_find(line, path, option);
			return true;
		}
	}
	return false;
}

/* As the module says itself, or else as the kernel is configured. */
static void doctor_live(struct doctor *doctor)
{
	char line[MACHINE_LINE];

	if (machine_find(line, REPORTS "/info", "live ")) {
		if (!strncmp(line, "live yes", strlen("live yes")))
			doctor_ok("live", "pt_cache_live serves the kernel's own page tables");
		else if (!strcmp(line, "live no load pt_cache_live.ko"))
			doctor_ok("live", "modprobe pt_cache_live starts it");
		else
			doctor_do(doctor, "live", "%s", line + strlen("live no "));
	} else if (module_installed(doctor, LIVE, "description", line) && is_stub(line)) {
		doctor_do(doctor, "live", "%s", line);
	} else if (!find_option(doctor, "CONFIG_LIVEPATCH=y", line)) {
		doctor_do(doctor, "live", "cannot tell: load pt_cache, and run this as root");
	} else if (*line) {
		doctor_ok("live", "this kernel has livepatches");
	} else {
		doctor_do(doctor, "live", "this kernel lacks CONFIG_LIVEPATCH: start one that has it, for pt_cache_live");
	}
}

static void doctor_bpftrace(struct doctor *doctor)
{
	static const char *const version[] = { "bpftrace", "--version", NULL };
	unsigned int major, minor;
	char output[MACHINE_LINE];

	if (machine_run(output, sizeof(output), version) < 0)
		doctor_do(doctor, "bpftrace", "apt-get install bpftrace");
	else if (sscanf(output, "bpftrace v%u.%u", &major, &minor) != 2)
		doctor_do(doctor, "bpftrace", "it says no version: apt-get install --reinstall bpftrace");
	else if (!major && minor < OLDEST_BPFTRACE)
		doctor_do(doctor, "bpftrace", "0.%u is too old for our scripts: they need 0.%u or later",
			  minor, OLDEST_BPFTRACE);
	else
		doctor_ok("bpftrace", "%u.%u", major, minor);
}

static void print_help(void)
{
	printf("Usage: ptcache doctor\n"
	       "Looks at what pt_cache needs of this machine: one line for each thing, which says\n"
	       "ok, or what to do. It changes nothing. As root it sees more.\n"
	       "\n"
	       "  root       whether it is run as root\n"
	       "  kernel     PREEMPT_RT is not supported\n"
	       "  lockdown   what the kernel forbids, as with Secure Boot\n"
	       "  headers    of this kernel, to build modules\n"
	       "  dkms       whether DKMS has pt_cache, if it is used, for this kernel\n"
	       "  installed  whether modules are installed, once, of the version of this tool\n"
	       "  loaded     whether the modules that are loaded are the installed ones\n"
	       "  debugfs    where the reports are\n"
	       "  live       whether pt_cache_live can serve this kernel\n"
	       "  bpftrace   for the scripts\n"
	       "\n"
	       "  --help     print this\n"
	       "\n"
	       "Exit status: 0 all is ok, 1 something is to be done, 2 wrong arguments.\n");
}

static int examine(void)
{
	struct doctor doctor = { .loaded = machine_has("/sys/module/pt_cache") };
	enum module module;

	doctor_root(&doctor);
	doctor_kernel(&doctor);
	for (module = ALLOCATOR; module < NR_MODULES; module++)
		find_installed(&doctor, module);
	doctor_lockdown(&doctor);
	doctor_headers(&doctor);
	doctor_dkms(&doctor);
	doctor_installed(&doctor);
	doctor_loaded(&doctor);
	doctor_debugfs(&doctor);
	doctor_live(&doctor);
	doctor_bpftrace(&doctor);
	return doctor.todo ? EXIT_FAILURE : EXIT_SUCCESS;
}

int doctor_main(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int option = getopt_long(argc, argv, "h", options, NULL);

	if (option == 'h') {
		print_help();
		return EXIT_SUCCESS;
	}
	if (option == -1 && optind < argc)
		warnx("doctor takes no arguments: see ptcache doctor --help");
	return option == -1 && optind == argc ? examine() : EXIT_USAGE;
}
