// SPDX-License-Identifier: GPL-2.0
/* Instantiates the tracepoints that trace.h declares. */
#define CREATE_TRACE_POINTS
#include "trace/trace.h"

/* used by pt_cache_live.ko and pt_cache_user.ko */
EXPORT_TRACEPOINT_SYMBOL_GPL(live_alloc);
EXPORT_TRACEPOINT_SYMBOL_GPL(table_reclaim);
EXPORT_TRACEPOINT_SYMBOL_GPL(table_move);
