/* SPDX-License-Identifier: GPL-2.0 */
/* `reclaim`: requests to free empty page tables, and what became of them. */
#ifndef PTC_USER_REQUEST_H
#define PTC_USER_REQUEST_H

void ptc_request_init(void);
void ptc_request_exit(void);

#endif /* PTC_USER_REQUEST_H */
