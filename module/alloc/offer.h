/* SPDX-License-Identifier: GPL-2.0 */
/* The lender that other modules may use, too. The interface is in pt_cache.h. */
#ifndef PTC_ALLOC_OFFER_H
#define PTC_ALLOC_OFFER_H

struct pt_cache_lender;

void ptc_offer_withdraw(struct pt_cache_lender *lender);

#endif /* PTC_ALLOC_OFFER_H */
