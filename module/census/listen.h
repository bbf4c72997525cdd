/* SPDX-License-Identifier: GPL-2.0 */
/* Hears of the memory errors that the kernel learns of. */
#ifndef PTC_CENSUS_LISTEN_H
#define PTC_CENSUS_LISTEN_H

int ptc_listen_begin(void);
void ptc_listen_end(void);

#endif /* PTC_CENSUS_LISTEN_H */
