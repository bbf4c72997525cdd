#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `build` promises, on a copy of the test box with a module of its own.
# Needs the trixie tree; no guest.

set -uo pipefail
testbox=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$testbox/tap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/tests" "$tmp/module"
cp -r "$testbox" "$tmp/tests/"
module=$tmp/module/hello.c

cat >"$tmp/Kbuild" <<'END'
obj-m := hello.o
hello-y := module/hello.o
END
cat >"$module" <<'END'
#include <linux/module.h>
MODULE_DESCRIPTION("test of the test box");
MODULE_LICENSE("GPL");
END

# made while a test runs, a tree would be its time and its words
"$testbox/tree" trixie >/dev/null

build() { "$tmp/tests/testbox/build" "$@" >"$tmp/out" 2>"$tmp/err"; }
object() { stat -c %y "$ko"; }

build --print trixie
is $? 0 "the modules are built"
out=$(cat "$tmp/out")
ko=$out/hello.ko
ok "  and lie in the folder that is printed" test -s "$ko"
is "$(cat "$tmp/err")" '' "  without a word"
# shellcheck disable=SC2016  # expanded by the inner shell
ok "  without debug information, which src has" \
	sh -c '! grep -q debug_info "$1" && grep -q debug_info "$2"' sh "$ko" "$out/src/hello.ko"
is "$(find "$tmp" -name '*.o' ! -path "$out/*")" '' "  and nothing lies among the sources"

first=$(object)
touch "$module"
build trixie
is "$(object)" "$first" "what did not change is not built again"
is "$(cat "$tmp/out")" '' "  and nothing is printed"

echo 'static int unused;' >>"$module"
build trixie
is $? 0 "a warning is no failure"
has "$tmp/err" "'unused' defined but not used" "  but is shown"
ok "  and a change is built" test "$(object)" != "$first"

echo 'static int broken = ;' >>"$module"
build trixie
is $? 1 "what does not compile makes build fail"
has "$tmp/err" "expected expression before" "  with the compiler's words"
build trixie
is $? 1 "  each time"

sed -i '/broken\|unused/d' "$module"
sed -i 's/hello/other/' "$tmp/Kbuild"
mv "$module" "$tmp/module/other.c"
sed -i 's/hello/other/' "$tmp/Kbuild"
build trixie
is $? 0 "another module is built"
is "$(cd "$out" && echo *.ko)" other.ko "  and the old one is gone"

echo '/* changed */' >>"$tmp/module/other.c"
build trixie & build trixie
is $? 0 "two builds at once end well"
wait $!
is $? 0 "  both of them"

build sid
is $? 2 "an unknown release ends with 2"
done_testing
