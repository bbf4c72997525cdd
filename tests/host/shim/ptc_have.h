/* SPDX-License-Identifier: GPL-2.0 */
/* What module/compat/probe.sh finds out of a kernel: of this one, that it has nothing new. */
