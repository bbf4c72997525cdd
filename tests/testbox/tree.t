#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `tree` promises, with a false mmdebstrap: no download, no guest.

set -uo pipefail
testbox=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$testbox/tap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
export PATH=$tmp/bin:$PATH PTC_CACHE=$tmp/cache STUB=$tmp/stub

# The target is the argument after the suite. `$STUB.*` say how it is to go.
cat >"$tmp/bin/mmdebstrap" <<'END'
#!/bin/bash
printf '%s\n' "$@" >"$STUB.arguments"
while [[ $1 == -* ]]; do shift; done
mkdir -p "$2/boot" "$2/proc"
mount -t proc proc "$2/proc"
echo run >>"$STUB.runs"
[[ ! -e $STUB.fail ]] || { echo "E: the archive is away"; exit 25; }
sleep "$(cat "$STUB.seconds")" &
wait
umount "$2/proc"
touch "$2/boot/vmlinuz-1.2.3"
END
chmod +x "$tmp/bin/mmdebstrap"

# Whoever started this test may have it ignore signals, as nohup does: a shell cannot trap those.
tree() { env --default-signal=HUP,TERM,INT "$testbox/tree" "$@" >"$tmp/out" 2>"$tmp/err"; }
left() { find "$PTC_CACHE/trees" -mindepth 1 -maxdepth 1 ! -name '*.lock'; }
stubs() { pgrep -f -- "$tmp/cache" | grep -cvx $$; }

wait_for_run() {
	local i
	for ((i = 0; i < 100; i++)); do
		[[ -s $STUB.runs ]] && return
		sleep 0.1
	done
	return 1
}

test_interrupt() { # SIGNAL STATUS
	local status=0 mounts
	mounts=$(cat /proc/self/mounts)
	rm -f "$STUB.runs"
	echo 1000 >"$STUB.seconds"
	tree bookworm &
	ok "making a tree begins" wait_for_run
	# The script itself, not the shell around it.
	kill -s "$1" "$(pgrep -o -f "^/bin/bash $testbox/tree bookworm")"
	wait $! 2>/dev/null || status=$?
	is "$status" "$2" "SIG$1 ends tree with $2"
	sleep 0.5
	is "$(stubs)" 0 "  leaves no process"
	is "$(cat /proc/self/mounts)" "$mounts" "  and no mount"
	[[ $1 == KILL ]] || is "$(left)" '' "  and no file"
}

tree sid
is $? 2 "an unknown release ends with 2"
tree
is $? 2 "no release ends with 2"
ok "nothing is made for them" test ! -e "$PTC_CACHE"

: >"$STUB.fail"
tree bookworm
is $? 1 "tree fails when mmdebstrap fails"
has "$tmp/err" 'E: the archive is away' "  with its words"
has "$tmp/err" 'PTC_MIRROR=URI' "  and advice"
is "$(left)" '' "  and leaves nothing"
rm "$STUB.fail"

test_interrupt TERM 143
test_interrupt HUP 129
test_interrupt KILL 137
is "$(left | grep -cv '[.]tmp[.]')" 0 "what a killed run left is not taken for a tree"

echo 1 >"$STUB.seconds"
rm -f "$STUB.runs"
"$testbox/tree" bookworm >"$tmp/out2" 2>"$tmp/err2" &
wait_for_run
tree bookworm
is $? 0 "two runs at once both end well"
wait $!
is $? 0 "  the first, too"
is "$(cat "$tmp/out")" "$(cat "$tmp/out2")" "  with the same tree"
has "$tmp/err" 'waiting for another run' "  the second says that it waits"
is "$(wc -l <"$STUB.runs")" 1 "  and makes nothing"
is "$(left)" "$(cat "$tmp/out")" "what the killed run left is gone"
ok "the path that is printed is the tree" test -e "$(cat "$tmp/out")/boot/vmlinuz-1.2.3"

PTC_MIRROR=http://mirror.invalid/debian/ tree trixie-backports
is $? 0 "PTC_MIRROR is used"
has "$STUB.arguments" 'deb http://mirror.invalid/debian trixie main' "  for the archive"
has "$STUB.arguments" 'deb http://mirror.invalid/debian-security trixie-security main' "  and for security"
PTC_MIRROR='' tree trixie
lacks "$STUB.arguments" 'deb ' "without it mmdebstrap takes its own"

done_testing
