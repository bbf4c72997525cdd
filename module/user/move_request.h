/* SPDX-License-Identifier: GPL-2.0 */
/* `move`: requests to move page tables, and what became of them. */
#ifndef PTC_USER_MOVE_REQUEST_H
#define PTC_USER_MOVE_REQUEST_H

void ptc_move_request_init(void);
void ptc_move_request_exit(void);

#endif /* PTC_USER_MOVE_REQUEST_H */
