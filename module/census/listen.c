// SPDX-License-Identifier: GPL-2.0
/*
 * Where memory errors are heard of.
 *
 * Of an uncorrected one, the kernel's memory_failure() fires the tracepoint memory_failure_event
 * when it has decided what becomes of the page. A page table is ignored. No module can refer to
 * the tracepoint by its name, so it is looked for among all of the kernel's.
 *
 * Of a corrected one, which memory_failure() is not called for, the chain of those that decode
 * machine checks is told, in process context. It is told of uncorrected ones as well, but before
 * memory_failure() has marked the page, and nobody here reads a page that may be bad and is not
 * marked.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#ifdef CONFIG_X86_MCE
#include <asm/mce.h>
#endif

#include "census/listen.h"
#include "census/memory_error.h"
#include "fault.h"

static struct tracepoint *listen_event;

/* The tracepoint's arguments on 6.1 to 7.3. Context: memory_failure(), under its mutex. */
static void listen_probe(void *data, unsigned long pfn, int type, int result)
{
	/* else it was a page that has users, who were told, and no table */
	if (result == MF_IGNORED || result == MF_FAILED)
		ptc_memory_error_note(pfn, true);
}

static void listen_find_event(struct tracepoint *tracepoint, void *data)
{
	if (!strcmp(tracepoint->name, "memory_failure_event"))
		listen_event = tracepoint;
}

#ifdef CONFIG_X86_MCE
/* Not in asm/mce.h of 6.1. A machine has 52 bits of physical address at most. */
#define LISTEN_ADDRESS	GENMASK_ULL(51, PAGE_SHIFT)

#define LISTEN_CODE		0xef80
#define LISTEN_CODE_OF_MEMORY	0x0080

/*
 * The memory controllers of AMD's newer CPUs (SMCA) have addresses of their own, unless the error
 * is a poison that was consumed; mce_usable_address() of 6.1 does not know. mce_is_memory_error()
 * comes first: of firmware's records (bank 255) it is false on AMD, whose mce_usable_address() of
 * 7.3 would look the bank up.
 */
static bool listen_has_address(struct mce *mce)
{
	return mce->status & MCI_STATUS_ADDRV && mce_is_memory_error(mce) &&
	       mce_usable_address(mce) &&
	       (!boot_cpu_has(X86_FEATURE_SMCA) || mce->status & MCI_STATUS_POISON);
}

/*
 * mce_is_memory_error() of Intel and Zhaoxin is true of errors in caches, too, which are no reason
 * to give up a page frame. Memory controllers have compound error codes of their own (SDM volume 3,
 * "Compound Error Codes").
 */
static bool listen_is_of_memory(const struct mce *mce)
{
	if (boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	    boot_cpu_data.x86_vendor == X86_VENDOR_HYGON)
		return true;
	return (mce->status & LISTEN_CODE) == LISTEN_CODE_OF_MEMORY;
}

static int listen_decode(struct notifier_block *self, unsigned long value, void *data)
{
	struct mce *mce = data;

	if (mce && mce_is_correctable(mce) && listen_has_address(mce) && listen_is_of_memory(mce))
		ptc_memory_error_note((mce->addr & LISTEN_ADDRESS) >> PAGE_SHIFT, false);
	return NOTIFY_DONE;
}

static struct notifier_block listen_decoder = {
	.notifier_call = listen_decode,
	.priority = MCE_PRIO_EARLY, /* none of those before ends the chain */
};
#endif

/* Returns 0 or -ENOMEM. */
int ptc_listen_begin(void)
{
	int err = 0;

	listen_event = NULL;
	for_each_kernel_tracepoint(listen_find_event, NULL);
	if (IS_ENABLED(CONFIG_MEMORY_FAILURE) && !listen_event)
		pr_warn("this kernel has no tracepoint memory_failure_event: nobody is told of uncorrected memory errors in page tables\n");
	if (listen_event)
		err = ptc_fallible(tracepoint_probe_register(listen_event,
							     listen_probe, NULL), -ENOMEM);
	if (err)
		return err;
#ifdef CONFIG_X86_MCE
	mce_register_decode_chain(&listen_decoder);
#endif
	return 0;
}

/* Nobody notes an error any more when this returns. */
void ptc_listen_end(void)
{
#ifdef CONFIG_X86_MCE
	mce_unregister_decode_chain(&listen_decoder);
#endif
	if (listen_event)
		tracepoint_probe_unregister(listen_event, listen_probe, NULL);
	tracepoint_synchronize_unregister();
}
