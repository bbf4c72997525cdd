/* SPDX-License-Identifier: GPL-2.0 */
/* net's page_pool, for the bench. Defines PTC_COMPAT_PAGE_POOL if modules can use it. */
#ifndef PTC_COMPAT_PAGE_POOL_H
#define PTC_COMPAT_PAGE_POOL_H

#include "ptc_have.h"

#if defined(PTC_HAVE_PAGE_POOL_HELPERS)
#include <net/page_pool/helpers.h>
#define PTC_COMPAT_PAGE_POOL
#elif defined(PTC_HAVE_PAGE_POOL)
#include <net/page_pool.h>
#define PTC_COMPAT_PAGE_POOL
#endif

#endif /* PTC_COMPAT_PAGE_POOL_H */
