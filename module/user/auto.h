/* SPDX-License-Identifier: GPL-2.0 */
/* auto_reclaim: empty page tables are freed without being asked for. */
#ifndef PTC_USER_AUTO_H
#define PTC_USER_AUTO_H

int ptc_auto_init(void);
void ptc_auto_exit(void);

#endif /* PTC_USER_AUTO_H */
