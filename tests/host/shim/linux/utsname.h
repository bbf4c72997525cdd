/* SPDX-License-Identifier: GPL-2.0 */
/* Which kernel this is: the test says. */
#ifndef SHIM_LINUX_UTSNAME_H
#define SHIM_LINUX_UTSNAME_H

struct shim_utsname {
	char release[65], version[65], machine[65];
};

extern struct shim_utsname shim_utsname;
#define init_utsname()	(&shim_utsname)

#endif
