/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: on, so that what is called for them is, unless a test says; they tell nobody. */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

extern bool shim_traced;

#define TP_PROTO(...)	__VA_ARGS__
#define TRACE_EVENT(name, proto, ...)					\
	static inline void trace_##name(proto) { }			\
	static inline bool trace_##name##_enabled(void) { return shim_traced; } \
	extern int shim_nothing
#define DECLARE_EVENT_CLASS(name, ...)	extern int shim_nothing
#define DEFINE_EVENT(class, name, proto, ...)	TRACE_EVENT(name, TP_PROTO(proto))

#endif
