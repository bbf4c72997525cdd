#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Detects the features of a kernel by compiling snippets with kbuild's own compiler and flags, and
# writes them as PTC_HAVE_* defines. It never tests for a version: stable updates backport changes.
#
# usage: probe.sh OUTPUT COMPILER FLAG...     (called by Kbuild, in the kernel's build directory)
# PTC_SYMVERS  the kernel's list of exported symbols
set -u
output=$1
shift
# The compiler and its flags stay in "$@", so that quoted flags survive.
defines=
# What compilers say is read below.
LC_ALL=C
export LC_ALL

stop() {
	rm -f "$output" "$output.new"
	exit 1
}

# The probe, or what it needs, is broken: that says nothing about the kernel.
cannot() {
	echo "pt_cache: cannot probe this kernel: $1" >&2
	stop
}

# The line of the compiler's words that says why.
reason() {
	printf '%s\n' "$words" | awk '/error:/ && !why { why = $0 } NF && !first { first = $0 }
		END { print why ? why : first ? first : "it says nothing" }'
}

# A required snippet that does not compile ends the build, with the compiler's messages.
missing() {
	echo "pt_cache: $1" >&2
	printf '%s\n' "$words" | sed 's/^/pt_cache:   /' | head -n 20 >&2
	stop
}

have() {
	defines="$defines#define PTC_HAVE_$1
"
}

# Compiles the snippet on stdin; the compiler's words are in $words. Nothing is written: a disk
# may become full. Undeclared functions and wrong argument types must not pass as warnings, and
# other warnings must not count as errors, whatever the kernel's configuration or the user wants
# (CONFIG_WERROR, W=e, KCFLAGS). A compiler that is missing, is killed or breaks has not answered.
compiles() {
	words=$("$@" -Wno-missing-prototypes -Wno-missing-declarations -Wno-error \
		-Werror=implicit-function-declaration -Werror=incompatible-pointer-types \
		-DKBUILD_MODNAME='"probe"' -fsyntax-only -x c - 2>&1)
	status=$?
	case $status in
	0) return 0 ;;
	126 | 127) cannot "the compiler is missing (apt-get install gcc): $(reason)" ;;
	esac
	case "$status $words" in
	*'Killed signal'* | *'internal compiler error'* | *'out of memory'*) ;;
	'1 '*error:*) return 1 ;;
	esac
	cannot "the compiler fails ($status): $(reason)"
}

# Where there is no room for temporary files, kbuild has found that the compiler lacks flags.
words=$({
	file=$(mktemp) || exit 1
	trap 'rm -f "$file"' EXIT
	head -c 65536 /dev/zero > "$file"
} 2>&1) || cannot "there is no room for temporary files in ${TMPDIR:-/tmp}: $(reason)"

# Control: a snippet of the shape of all others that must compile, and two that must not. Without
# this, a broken set of flags would look like a kernel without any of the features.
compiles "$@" <<'C' || cannot "what every kernel has does not compile: $(reason)"
#include <linux/module.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/sched/mm.h>
#include <linux/set_memory.h>
#include <linux/shrinker.h>
#include <linux/uaccess.h>
int called(struct page *page, const char *format, ...) { return page && format; }
int probe(struct page *page, unsigned long addr) { return called(page, "%s", "probe"); }
MODULE_LICENSE("GPL");
C
compiles "$@" <<'C' && cannot 'the compiler accepts a function that does not exist'
#include <linux/module.h>
void probe(void) { pt_cache_no_such_function(); }
C
compiles "$@" <<'C' && cannot 'the compiler accepts an argument of another type'
#include <linux/module.h>
void called(struct module *module);
void probe(struct list_head *list) { called(list); }
C

# 6.7, c42d50aefd17 ("mm: shrinker: add infrastructure for dynamically allocating shrinker")
if compiles "$@" <<'C'; then have SHRINKER_ALLOC
#include <linux/mm.h>
#include <linux/shrinker.h>
struct shrinker *probe(void) { return shrinker_alloc(SHRINKER_NUMA_AWARE, "%s", "probe"); }
C
else
	# 6.0, e33c267ab70d ("mm: shrinkers: provide shrinkers with names")
	compiles "$@" <<'C' || missing 'this kernel lacks named shrinkers (6.0 and later have them):'
#include <linux/mm.h>
#include <linux/shrinker.h>
int probe(struct shrinker *s) { return register_shrinker(s, "%s", "probe"); }
C
fi

# 6.17, 2025 ("mm/page_alloc: pageblock flags functions clean up" and what follows it):
# alloc_contig_range() takes ACR_FLAGS_* instead of a migratetype
if compiles "$@" <<'C'; then have ACR_FLAGS
#include <linux/gfp.h>
int probe(void) { return alloc_contig_range(0, 512, ACR_FLAGS_NONE, GFP_KERNEL); }
C
fi

# For the tests. 7.2 still declares it but no longer exports it, so only the list of symbols tells.
if grep -qw ptdump_walk_pgd_level_debugfs "${PTC_SYMVERS:-Module.symvers}" 2> /dev/null; then
	have PTDUMP
fi

# 6.9 and 6.16: which levels have a constructor, and so a page type
if compiles "$@" <<'C'; then have PUD_CTOR
#include <linux/mm.h>
void probe(struct ptdesc *table) { pagetable_pud_ctor(table); }
C
fi
if compiles "$@" <<'C'; then have PGD_CTOR
#include <linux/mm.h>
void probe(struct ptdesc *table) { pagetable_pgd_ctor(table); }
C
fi

# 6.13, 59d9094df3d7 ("mm: hugetlb: independent PMD page table shared count"), and stable updates
if compiles "$@" <<'C'; then have PTDESC_SHARE_COUNT
#include <linux/mm.h>
int probe(struct page *page) { return ptdesc_pmd_pts_count(page_ptdesc(page)); }
C
elif compiles "$@" <<'C'; then have PAGE_SHARE_COUNT
#include <linux/mm.h>
int probe(struct page *page) { return atomic_read(&page->pt_share_count); }
C
fi

# 6.18, 53fbef56e07d ("mm: introduce memdesc_flags_t")
if compiles "$@" <<'C'; then have MEMDESC_FLAGS
#include <linux/mm.h>
unsigned long probe(struct page *page) { return page->flags.f; }
C
fi

# The constructor of a user PTE table, for pt_cache_live.ko. From 6.16 on it takes the mm and is an
# inline that refers to init_mm, so its parts are called. From 6.6 on it takes a ptdesc, before a
# page.
if compiles "$@" <<'C'; then have PAGETABLE_CTOR
#include <linux/mm.h>
bool probe(struct ptdesc *table) { __pagetable_ctor(table); return ptlock_init(table); }
C
elif compiles "$@" <<'C'; then have PTDESC_PTE_CTOR
#include <linux/mm.h>
bool probe(struct ptdesc *table) { return pagetable_pte_ctor(table); }
C
elif compiles "$@" <<'C'; then have PAGE_PTE_CTOR
#include <linux/mm.h>
bool probe(struct page *page) { return pgtable_pte_page_ctor(page); }
C
fi

# For the bench. 6.14 gave alloc_pages_bulk_array() a shorter name. 6.6 (a9ca9f9ceff3, "page_pool:
# split types and declarations from page_pool.h") moved the functions of net's page_pool.
if compiles "$@" <<'C'; then have ALLOC_PAGES_BULK
#include <linux/gfp.h>
unsigned long probe(struct page **pages) { return alloc_pages_bulk(GFP_KERNEL, 1, pages); }
C
fi
if grep -qw page_pool_create "${PTC_SYMVERS:-Module.symvers}" 2> /dev/null; then
	if compiles "$@" <<'C'; then have PAGE_POOL_HELPERS
#include <net/page_pool/helpers.h>
void probe(struct page_pool *p, struct page *page) { page_pool_put_full_page(p, page, true); }
C
	elif compiles "$@" <<'C'; then have PAGE_POOL
#include <net/page_pool.h>
void probe(struct page_pool *p, struct page *page) { page_pool_put_full_page(p, page, true); }
C
	fi
fi

# 6.13, 908a1d775422 ("hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()")
if compiles "$@" <<'C'; then have HRTIMER_SETUP
#include <linux/hrtimer.h>
void probe(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *t))
{
	hrtimer_setup(t, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
C
fi

# For pt_cache_user.ko. How a VMA is locked: 6.4 gave it an rwsem, 6.15 (f35ab95ca0af, "mm: replace
# vm_lock and detached flag with a reference count") a count of its readers.
if compiles "$@" <<'C'; then have VMA_LOCK_COUNT
#include <linux/mm.h>
int probe(struct vm_area_struct *vma)
{
	return refcount_read(&vma->vm_refcnt) + vma->vm_lock_seq + vma->vm_mm->mm_lock_seq.sequence;
}
C
elif compiles "$@" <<'C'; then have VMA_LOCK_RWSEM
#include <linux/mm.h>
int probe(struct vm_area_struct *vma)
{
	return down_write_trylock(&vma->vm_lock->lock) + vma->vm_lock_seq +
	       vma->vm_mm->mm_lock_seq.sequence;
}
C
elif compiles "$@" <<'C'; then have NO_VMA_LOCK
#include <linux/mm.h>
#ifdef CONFIG_PER_VMA_LOCK
#error
#endif
C
fi
if compiles "$@" <<'C'; then have MMAP_WRITE_TRYLOCK
#include <linux/mm.h>
bool probe(struct mm_struct *mm) { return mmap_write_trylock(mm); }
C
fi
if compiles "$@" <<'C'; then have MM_FLAGS_TEST
#include <linux/mm.h>
bool probe(struct mm_struct *mm) { return mm_flags_test(MMF_UNSTABLE, mm); }
C
fi
# 6.2, cd3891158a77 ("iommu/sva: Move PASID helpers to sva code")
if compiles "$@" <<'C'; then have MM_VALID_PASID
#include <linux/iommu.h>
bool probe(struct mm_struct *mm) { return mm_valid_pasid(mm); }
C
fi
if grep -qw amd_iommu_v2_supported "${PTC_SYMVERS:-Module.symvers}" 2> /dev/null; then
	have AMD_IOMMU_V2
fi

# Required interfaces: there is no alternative to them.
compiles "$@" <<'C' || missing 'this kernel lacks an interface that pt_cache requires:'
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/sched/mm.h>
#include <linux/set_memory.h>
#include <linux/uaccess.h>
int probe(unsigned long addr, struct notifier_block *nb)
{
	unsigned long entry;

	return set_memory_uc(addr, 1) + set_memory_wb(addr, 1) + register_oom_notifier(nb) +
	       copy_from_kernel_nofault(&entry, (void *)addr, sizeof(entry)) +
	       memalloc_noio_save();
}
C

# Not touched if unchanged, so that nothing is compiled again.
text="/* Made by module/compat/probe.sh for this kernel. */
$defines"
[ "$(cat "$output" 2> /dev/null)" != "${text%
}" ] || exit 0
# printf of some shells does not tell why it fails; cat does.
words=$({
	mkdir -p "$(dirname "$output")" && printf '%s' "$text" | cat > "$output.new" &&
		mv "$output.new" "$output"
} 2>&1) || cannot "what it found cannot be written: $(reason)"
