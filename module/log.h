/* SPDX-License-Identifier: GPL-2.0 */
/* Force-included before every source file, so that each message begins with its module's name. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
