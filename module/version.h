/* SPDX-License-Identifier: GPL-2.0 */
/* The version. dkms.conf repeats it, and a test compares the two. */
#define PTC_VERSION "0.1.0"
