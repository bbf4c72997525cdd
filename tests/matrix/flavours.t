#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The modules build without a warning for each kernel that the Debian releases have headers of;
# for PREEMPT_RT they are refused, with a message. Two kernels by turn; PTC_MATRIX=all: each.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
# shellcheck source-path=SCRIPTDIR source=../testbox/lib.sh
. tests/testbox/lib.sh
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/matrix/lib.sh

# Nothing is built, and make says why.
refuses() { # NAME MESSAGE ARGUMENT-OF-cell...
	local log=build/log/cell-refused.log
	mkdir -p build/log
	tests/matrix/cell "${@:3}" >"$log"
	ok "$1: is refused" grep -qx 'status [1-9][0-9]*' "$log"
	has "$log" "$2" '  with a message'
	is "$(grep '^module ' "$log")" '' '  and without a module'
	rm "$log"
}

flavours=()
for release in bookworm trixie trixie-backports; do
	found=$(tests/matrix/flavours $release) || found=
	ok "$release has a kernel" grep -q '^amd64 ' <<<"$found"
	mapfile -t -O ${#flavours[@]} flavours < <(sed -n "s/^./$release &/p" <<<"$found")
done
mapfile -t turn < <(printf '%s\n' "${flavours[@]}" | of_turn)
echo "# the turn of, out of ${#flavours[@]} kernels:"
printf '#   %s\n' "${turn[@]}"
for line in "${turn[@]}"; do
	read -r release flavour kernel <<<"$line"
	case $flavour in
	rt-*)
		refuses "$release, $kernel" 'pt_cache: PREEMPT_RT is not supported' "$release" "$kernel"
		;;
	*) cell_gives "$release, $kernel" 'pt_cache pt_cache_live pt_cache_user' '' "$release" "$kernel" ;;
	esac
done
done_testing
