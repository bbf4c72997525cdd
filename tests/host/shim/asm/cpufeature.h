/* SPDX-License-Identifier: GPL-2.0 */
/* What the CPU can do, or needs: the test says it. */
#ifndef SHIM_ASM_CPUFEATURE_H
#define SHIM_ASM_CPUFEATURE_H

#include <linux/kernel.h>

enum { X86_FEATURE_PTI, X86_FEATURE_XENPV, SHIM_X86_FEATURES };

extern bool shim_cpu_features[SHIM_X86_FEATURES];

#define boot_cpu_has(feature)	shim_cpu_features[feature]
#define cpu_feature_enabled(feature)	boot_cpu_has(feature)

#endif
