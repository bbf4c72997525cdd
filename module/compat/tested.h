/* SPDX-License-Identifier: GPL-2.0 */
/* Is the running kernel one whose sources were read, and that the tests boot? */
#ifndef PTC_COMPAT_TESTED_H
#define PTC_COMPAT_TESTED_H

const char *ptc_kernel_untested(void);
const char *ptc_kernel_unread(void);

#endif /* PTC_COMPAT_TESTED_H */
