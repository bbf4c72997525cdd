# SPDX-License-Identifier: GPL-2.0
# For people. `make help` says what there is; kbuild reads Kbuild instead of this file.

KERNEL  ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KERNEL)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
BUILD   := build/here/$(KERNEL)
BENCH   := build/here-bench/$(KERNEL)
PREFIX  ?= /usr/local
INCLUDE := $(DESTDIR)$(PREFIX)/include
BIN     := $(DESTDIR)$(PREFIX)/bin
SOURCES := Kbuild dkms.conf LICENSE module
DKMS    := /usr/src/pt_cache-$(VERSION)
TOOL    := build/tools/ptcache
CFLAGS  ?= -O2 -g
GUESTS  := bookworm trixie trixie-backports
HOST_NEEDS := gcc:gcc gencat:libc6-dev clang:clang,libclang-rt-dev column:bsdextrautils ctags:universal-ctags shellcheck:shellcheck
RELEASE ?= trixie
OPERATIONS ?= 2000000
SOAK_LIMIT ?= 36000

# What is newer is told by its contents: an archive may bring files that are older than the last build.
define copy_changed
	@find $(1) -type f | while read -r file; do \
		cmp -s "$$file" "$(2)/$$file" || install -D -m 644 "$$file" "$(2)/$$file" || exit; done
endef

define need_headers
	@test -e $(KDIR)/Makefile || { echo "no headers in $(KDIR): $(if $(filter file,$(origin KDIR)),apt-get install \
		linux-headers-$(KERNEL),KDIR must be the build folder of a kernel)" >&2; exit 1; }
endef

# Of the tool; the kernel's own is the probe's business.
define need_compiler
	@command -v $(firstword $(CC)) > /dev/null || { echo "no compiler ($(CC)): apt-get install gcc libc6-dev" >&2; exit 1; }
	@echo '#include <stdio.h>' | $(CC) -E - > /dev/null 2>&1 || \
		{ echo "no headers of the C library: apt-get install libc6-dev" >&2; exit 1; }
endef

.DEFAULT_GOAL := all
.PHONY: all modules tools demo test test-more test-debug soak bench bench-here check install uninstall dkms-install dkms-remove \
	clean clean-cache help as-root

all: tools modules ## what plain `make` does: the tool, and the modules for the running kernel

modules: ## build the modules for the running kernel (KERNEL=... for another)
	$(need_headers)
	$(call copy_changed,$(SOURCES),$(BUILD)/src)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(BUILD)/src modules
	@rm -f $(BUILD)/*.ko
	@cp $(BUILD)/src/*.ko $(BUILD)/
	@echo "built" $(BUILD)/*.ko

tools: $(TOOL) ## build the tool ptcache (needs no kernel headers)

$(TOOL): $(wildcard tools/ptcache/*.[ch]) module/version.h
	$(need_compiler)
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(CFLAGS) -I module $(LDFLAGS) -o $@ $(filter %.c,$^)

demo: ## see the main job in a throw-away machine (root; 3 minutes the first time)
	@tests/testbox/boot --memory 1G trixie -- demo/run

check: ## the quick tests: no guest, no root (a minute)
	@tests/testbox/need prove:perl $(HOST_NEEDS)
	@tests/run check

test: as-root ## what CI runs: check, and guests of three kernels, a third of them by turns (root; an hour)
	@tests/testbox/need prove:perl pgrep:procps git:git sparse:sparse $(HOST_NEEDS)
	@tests/run test

test-more: as-root ## everything, with long rounds, the debug kernels, the kernel's own mm selftests (root; a day)
	@tests/testbox/need prove:perl pgrep:procps git:git sparse:sparse $(HOST_NEEDS)
	@tests/run more

test-debug: as-root ## of it the suites, every failure and the livepatch with KASAN, lockdep and KCSAN (root; some hours)
	@tests/testbox/need prove:perl gcc:gcc
	prove --timer --comments --failures tests/guest/debug.t tests/guest/debug-newest.t tests/guest/debug-kcsan.t

soak: as-root ## of it everything at once, OPERATIONS=2000000 on RELEASE=trixie (root)
	@tests/testbox/need gcc:gcc
	@OPERATIONS=$(OPERATIONS) SOAK_LIMIT=$(SOAK_LIMIT) tests/guest/soak-$(RELEASE).t

bench: as-root ## what it costs beside what the kernel offers, on all kernels, or RELEASE=... (root; 10 minutes each)
	@tests/testbox/need gcc:gcc gencat:libc6-dev
	@tests/bench/run $(if $(filter file,$(origin RELEASE)),$(GUESTS),$(RELEASE))

bench-here: ## the same in cycles of this machine, in its own kernel (root)
	$(need_headers)
	@tests/bench/here --ready
	$(call copy_changed,$(SOURCES) tests/selftest tests/bench/module,$(BENCH)/src)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(BENCH)/src PTC_BENCH=1 modules
	@rm -f $(BENCH)/*.ko
	@cp $(BENCH)/src/*.ko $(BENCH)/
	@tests/bench/here $(BENCH)

install: as-root all ## install modules and header for the running kernel, and the tool (root)
	install -d $(DESTDIR)/lib/modules/$(KERNEL)/updates
	install -m 644 $(BUILD)/*.ko $(DESTDIR)/lib/modules/$(KERNEL)/updates/
	install -D -m 644 module/pt_cache.h $(INCLUDE)/pt_cache.h
	install -D -m 755 $(TOOL) $(BIN)/ptcache
	$(if $(DESTDIR),,depmod $(KERNEL))

uninstall: as-root ## undo install
	rm -f $(DESTDIR)/lib/modules/$(KERNEL)/updates/pt_cache.ko \
		$(DESTDIR)/lib/modules/$(KERNEL)/updates/pt_cache_live.ko \
		$(INCLUDE)/pt_cache.h $(BIN)/ptcache
	$(if $(DESTDIR),,depmod $(KERNEL))

dkms-install: as-root ## have DKMS build and install it, now and for every new kernel (root)
	@command -v dkms > /dev/null || { echo "dkms is missing: apt-get install dkms"; exit 1; }
	test -z "$$(dkms status -m pt_cache -v $(VERSION))" || dkms remove -m pt_cache -v $(VERSION) --all
	rm -rf $(DKMS)
	mkdir -p $(DKMS)
	cp -r $(SOURCES) $(DKMS)
	dkms install -m pt_cache -v $(VERSION) -k $(KERNEL)

dkms-remove: as-root ## undo dkms-install
	dkms remove -m pt_cache -v $(VERSION) --all
	rm -rf $(DKMS)

clean: ## remove build/
	rm -rf build

clean-cache: as-root ## remove what the test box keeps: root trees, kernels (4 to 8 GB in PTC_CACHE or ~/.cache/pt_cache)
	cache="$${PTC_CACHE:-$${HOME:-/root}/.cache/pt_cache}"; rm -rf "$$cache/trees" "$$cache/sources"

# Said before anything is built.
as-root:
	@test -n "$(DESTDIR)" || test "$$(id -u)" = 0 || { echo "this needs root: run it with sudo" >&2; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
