// SPDX-License-Identifier: GPL-2.0
/*
 * Is the running kernel one whose sources were read, and that the tests boot? This is decided
 * here alone: for `info`, and for pt_cache_live.ko, which relies on how those sources free page
 * tables.
 *
 * A version number does not tell: other vendors' 6.12 has other sources. So the kernel's build
 * string (`uname -v`) is asked, into which Debian's packages write their own version:
 *
 *	#1 SMP PREEMPT_DYNAMIC Debian 6.12.118-1 (2026-11-20)
 *	#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-15)
 *
 * Within a series every revision passes, also one that is newer than what was tested: the series
 * was read, and what an update changes is read when the tests boot it. A new series has to be
 * read first. Versions of another form are of rebuilds (6.12.107-1a~test, as Debian's kernel
 * handbook names them), of derivatives (1:6.12.25-1+rpt1), or of release candidates.
 */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "compat/tested.h"

static const char * const tested_series[] = { "6.1", "6.12", "7.2", "7.3" };

/* What follows the series; # is a number: a release's own, backports, and updates of a release. */
static const char * const tested_revisions[] = {
	".#-# (", ".#-#~bpo#+# (", ".#-#~deb#u# (", ".#-#+deb#u# (",
};

/* Returns whether @text begins as @pattern says. */
static bool tested_matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*text++ != *pattern)
				return false;
			continue;
		}
		if (!isdigit(*text))
			return false;
		while (isdigit(*text))
			text++;
	}
	return true;
}

static bool tested_is_revision(const char *text)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tested_revisions); i++)
		if (tested_matches(text, tested_revisions[i]))
			return true;
	return false;
}

static bool tested_is_version(const char *text)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tested_series); i++)
		if (strstarts(text, tested_series[i]) &&
		    tested_is_revision(text + strlen(tested_series[i])))
			return true;
	return false;
}

/* Returns NULL, or why nobody has read and tested the running kernel. Context: any. */
const char *ptc_kernel_untested(void)
{
	static const char vendor[] = " Debian ";
	const char *found = strstr(init_utsname()->version, vendor);

	if (!found)
		return "not a build of Debian's, by its uname -v";
	if (!tested_is_version(found + strlen(vendor)))
		return "not one of Debian's own builds of 6.1, 6.12, 7.2 or 7.3, by its uname -v";
	return NULL;
}
EXPORT_SYMBOL_GPL(ptc_kernel_untested);

/*
 * Returns NULL, or why nobody has read who uses page tables in the running kernel: 7.2 is tested
 * with the rest, and was not read for that. Context: any.
 */
const char *ptc_kernel_unread(void)
{
	const char *why = ptc_kernel_untested();

	if (why)
		return why;
	return strstarts(init_utsname()->release, "7.2.") ? "7.2: 6.1, 6.12 and 7.3 were read" : NULL;
}
EXPORT_SYMBOL_GPL(ptc_kernel_unread);
