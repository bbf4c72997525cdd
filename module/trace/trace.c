// SPDX-License-Identifier: GPL-2.0
/* The one place where the tracepoints are defined. */
#define CREATE_TRACE_POINTS
#include "trace/trace.h"

/* what pt_cache_live.ko tells */
EXPORT_TRACEPOINT_SYMBOL_GPL(live_alloc);
