#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The modules build without a warning for kernels that lack what all of Debian's have, or that
# were built another way; what cannot be built is left out, with a message. Each build is in a
# folder (O=) beside a read-only source. Two configurations by turn; PTC_MATRIX=all: each, and
# for some the tests' modules, too.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
# shellcheck source-path=SCRIPTDIR source=../testbox/lib.sh
. tests/testbox/lib.sh
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/matrix/lib.sh

modules='pt_cache pt_cache_live pt_cache_user'
tests_modules='pt_cache pt_cache_delay pt_cache_empty pt_cache_example pt_cache_live pt_cache_overlay'
tests_modules+=' pt_cache_selftest pt_cache_user'
no_livepatch='pt_cache: pt_cache_live.ko is left out: this kernel lacks CONFIG_LIVEPATCH'

mapfile -t configs < <(awk '!/^#/ && NF { print $1 }' tests/matrix/configs)
mapfile -t turn < <(printf '%s\n' "${configs[@]}" | of_turn)
echo "# the turn of, out of ${#configs[@]} configurations: ${turn[*]}"
for config in "${turn[@]}"; do
	# What is not in the cache is made now: `configured` says so, and how long it took.
	made=no
	tests/matrix/configured "$config" >/dev/null && made=yes
	ok "$config: $(tests/matrix/configured --options "$config")" [ $made = yes ]
	[[ $made == yes ]] || continue
	case $config in
	livepatch) cell_gives "$config" 'pt_cache pt_cache_user' "$no_livepatch" "$config" ;;
	*) cell_gives "$config" "$modules" '' "$config" ;;
	esac
	[[ ${PTC_MATRIX:-} == all ]] || continue
	case $config in
	numa | thp | smp | clang)
		cell_gives "$config, tests" "$tests_modules" '' --tests "$config"
		;;
	esac
done
done_testing
