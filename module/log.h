/* SPDX-License-Identifier: GPL-2.0 */
/* Included before everything: each message says which module it is from. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
