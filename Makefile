# SPDX-License-Identifier: GPL-2.0
# For people. `make help` says what there is; kbuild reads Kbuild instead of this file. What is built goes to
# $(BUILD), which may be any folder: make BUILD=/var/tmp/pt_cache

# A KDIR that the user names says which kernel it is of.
KERNEL  ?= $(or $(if $(filter-out undefined,$(origin KDIR)),$(shell tools/setup release $(KDIR))),$(shell uname -r))
KERNEL  := $(KERNEL)
KDIR    ?= /lib/modules/$(KERNEL)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
BUILD   := build
HERE    := $(BUILD)/here/$(KERNEL)
BENCH   := $(BUILD)/here-bench/$(KERNEL)
TOOL    := $(BUILD)/tools/ptcache
PREFIX  ?= /usr/local
SOURCES := Kbuild dkms.conf dkms LICENSE module
CFLAGS  ?= -O2 -g
GUESTS  := bookworm trixie trixie-backports
HOST_NEEDS := gcc:gcc gencat:libc6-dev clang:clang,libclang-rt-dev column:bsdextrautils ctags:universal-ctags shellcheck:shellcheck
RELEASE ?= trixie
OPERATIONS ?= 2000000
SOAK_LIMIT ?= 36000
# tools/setup does what takes more than a command.
export BUILD DESTDIR HERE KDIR KERNEL PREFIX SOURCES TOOL VERSION
# Tests have their own.
TESTS := env $(addprefix -u ,BUILD DESTDIR HERE KDIR KERNEL PREFIX SOURCES TOOL VERSION)

# Goals follow one another, as in `make clean all`. What runs in parallel is kbuild: on all CPUs, unless the user says
# on how many.
.NOTPARALLEL:
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
# The compiler is the user's choice (CC=, LLVM=), or else that of the kernel.
chosen = $(LLVM)$(filter-out default,$(origin CC))
kbuild = $(MAKE) $(jobs) -C $(KDIR) M=$(if $(filter /%,$(1)),,$(CURDIR)/)$(1) \
	$(if $(chosen),,$(shell tools/setup compiler $(KDIR)))

# Of the tool; the kernel's own is the probe's business.
define need_compiler
	@command -v $(firstword $(CC)) > /dev/null || { echo "no compiler ($(CC)): apt-get install gcc libc6-dev" >&2; exit 1; }
	@echo '#include <stdio.h>' | $(CC) -E - > /dev/null 2>&1 || \
		{ echo "no headers of the C library: apt-get install libc6-dev" >&2; exit 1; }
endef

.DEFAULT_GOAL := all
LOCKED := all modules tools bench-here install install-tools uninstall dkms-install dkms-remove clean
.PHONY: $(LOCKED) lock need-build need-kernel ready-install ready-dkms-install demo test test-more test-debug soak bench check deb \
	clean-cache help as-root

ifeq ($(PTC_LOCK),)
# These write to $(BUILD), as one make at a time may do. All of them are run by a make that has the lock.
$(LOCKED): lock
	@:

lock: $(if $(filter install% uninstall dkms-%,$(MAKECMDGOALS)),as-root)
	+@lock='$(if $(filter /%,$(BUILD)),$(BUILD),.)'; mkdir -p "$$lock" 2>/dev/null; test ! -r "$$lock" || \
		{ exec 9< "$$lock"; flock --nonblock --conflict-exit-code 75 9 2>/dev/null; test $$? -ne 75; } || \
		{ echo "waiting for another make that builds in $(BUILD)" >&2; flock 9; }; \
	exec $(MAKE) --no-print-directory PTC_LOCK=held $(filter $(LOCKED),$(or $(MAKECMDGOALS),all))
else
all: tools modules ## what plain `make` does: the tool, and the modules for the running kernel

modules: need-kernel ## build the modules for the running kernel (KERNEL=... for another)
	@tools/setup copy $(HERE)/src $(SOURCES)
	+$(call kbuild,$(HERE)/src) modules
	@rm -f $(HERE)/*.ko
	@cp $(HERE)/src/*.ko $(HERE)/
	@echo "built" $(HERE)/*.ko

tools: need-build $(TOOL) ## build the tool ptcache (needs no kernel headers)

bench-here: need-kernel ## what it costs in cycles of this machine, in its own kernel (root)
	@tests/bench/here --ready
	@tools/setup copy $(BENCH)/src $(SOURCES) tests/selftest tests/bench/module
	+$(call kbuild,$(BENCH)/src) PTC_BENCH=1 modules
	@rm -f $(BENCH)/*.ko
	@cp $(BENCH)/src/*.ko $(BENCH)/
	@tests/bench/here $(BENCH)

# kbuild strips, signs and compresses as the kernel is configured. It does so beside the place, which is written to
# when nothing can fail any more.
install: as-root ready-install modules tools ## install the modules for the running kernel, and what install-tools does (root)
	@rm -rf $(HERE)/root
	+@$(call kbuild,$(HERE)/src) INSTALL_MOD_PATH=$(abspath $(HERE))/root INSTALL_MOD_DIR=updates INSTALL_MOD_STRIP=1 \
		modules_install > $(HERE)/install.log 2>&1 || { cat $(HERE)/install.log; exit 1; }
	@tools/setup install

install-tools: as-root tools ## install the tool ptcache, its bpftrace scripts, and the modules' header (root)
	@tools/setup install-tools

uninstall: as-root ## undo install, for all kernels (root)
	@tools/setup uninstall

dkms-install: as-root ready-dkms-install need-kernel tools ## have DKMS build it, now and for every new kernel, and install-tools (root)
	@tools/setup dkms-install

dkms-remove: as-root ## undo dkms-install, for all kernels and versions (root)
	@tools/setup dkms-remove

clean: ## remove build/
	rm -rf $(if $(filter /%,$(BUILD)),$(addprefix $(BUILD)/,here here-bench tools dkms),$(BUILD))

# Said before anything is built.
need-build:
	@tools/setup need-build

need-kernel:
	@tools/setup need-kernel $(if $(chosen),,compiler)

ready-install ready-dkms-install:
	@tools/setup $@
endif

$(TOOL): $(wildcard tools/ptcache/*.[ch]) module/version.h
	$(need_compiler)
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(CFLAGS) -I module $(LDFLAGS) -o $@ $(filter %.c,$^)

demo: ## see the main job in a throw-away machine (root; 3 minutes the first time)
	@$(TESTS) tests/testbox/boot --memory 1G trixie -- demo/run

check: ## the quick tests: no guest, no root (a minute)
	@tests/testbox/need prove:perl $(HOST_NEEDS)
	@$(TESTS) tests/run check

test: as-root ## what CI runs: check, and guests of three kernels, a third of them by turns (root; an hour)
	@tests/testbox/need prove:perl pgrep:procps git:git sparse:sparse $(HOST_NEEDS)
	@$(TESTS) tests/run test

test-more: as-root ## everything, with long rounds, the debug kernels, the kernel's own mm selftests (root; a day)
	@tests/testbox/need prove:perl pgrep:procps git:git sparse:sparse $(HOST_NEEDS)
	@$(TESTS) tests/run more

test-debug: as-root ## of it the suites, every failure and the livepatch with KASAN, lockdep and KCSAN (root; some hours)
	@tests/testbox/need prove:perl gcc:gcc
	$(TESTS) prove --timer --comments --failures tests/guest/debug.t tests/guest/debug-newest.t tests/guest/debug-kcsan.t

soak: as-root ## of it everything at once, OPERATIONS=2000000 on RELEASE=trixie (root)
	@tests/testbox/need gcc:gcc
	@$(TESTS) OPERATIONS=$(OPERATIONS) SOAK_LIMIT=$(SOAK_LIMIT) tests/guest/soak-$(RELEASE).t

bench: as-root ## what it costs beside what the kernel offers, on all kernels, or RELEASE=... (root; 10 minutes each)
	@tests/testbox/need gcc:gcc gencat:libc6-dev
	@$(TESTS) tests/bench/run $(if $(filter file,$(origin RELEASE)),$(GUESTS),$(RELEASE))

deb: ## build the Debian packages, into build/deb/
	@debian/build-here

clean-cache: as-root ## remove what the test box keeps: root trees, kernels (4 to 8 GB in PTC_CACHE or ~/.cache/pt_cache)
	cache="$${PTC_CACHE:-$${HOME:-/root}/.cache/pt_cache}"; rm -rf "$$cache/trees" "$$cache/sources" "$$cache/packages" "$$cache/matrix"

as-root:
	@test -n "$(DESTDIR)" || test "$$(id -u)" = 0 || { echo "this needs root: run it with sudo" >&2; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
