#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debian/ agrees with the rest of the project, and build-here packages what git knows; without debhelper.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

version=$(sed -n 's/.*PTC_VERSION "\(.*\)"/\1/p' module/version.h)
is "$(sed -n '1s/^pt-cache (\(.*\)) .*/\1/p' debian/changelog)" "$version" \
	'debian/changelog is of the version of module/version.h'
for file in debian/build-here debian/rules debian/tests/consumer; do
	ok "$file can be run" [ -x $file ]
done

# Each option and command that the tool's help names is in its man page, and each subcommand's.
make -s tools TOOL="$tmp/ptcache" >"$tmp/log" 2>&1 || diag <"$tmp/log"
"$tmp/ptcache" --help >"$tmp/help"
commands=$(sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' "$tmp/help")
ok 'the tool has commands' [ -n "$commands" ]
for command in $commands; do
	"$tmp/ptcache" "$command" --help >>"$tmp/help"
	ok "the man page has the command $command" grep -qE "^\.(It )?Cm $command\b" tools/ptcache/ptcache.8
done
grep -oE '^  --[a-z-]+' "$tmp/help" | sort -u >"$tmp/options"
while read -r option; do
	ok "  and the option $option" grep -qE "Fl \\\\-${option#--}\b" tools/ptcache/ptcache.8
done <"$tmp/options"

# A project that has what build-here needs, and a false dpkg-buildpackage, which tells what it is given.
mkdir -p "$tmp/project/tests/testbox" "$tmp/project/module" "$tmp/bin"
cp -r debian "$tmp/project/"
cp module/version.h "$tmp/project/module/"
printf '#!/bin/sh\nexit 0\n' | tee "$tmp/project/tests/testbox/need" >"$tmp/bin/dh"
cat >"$tmp/bin/dpkg-buildpackage" <<'END'
#!/bin/sh
[ ! -e fails ] || { echo 'the compiler is away'; exit 2; }
umask
find . -type f | sort
cat committed changed
touch ../ptcache_1_amd64.deb
END
chmod +x "$tmp/bin/"* "$tmp/project/tests/testbox/need"
export PATH=$tmp/bin:$PATH

in_project() { (cd "$tmp/project" && "$@"); }
git_() { in_project git -c user.name=test -c user.email=test@localhost "$@" >/dev/null; }
build() { # leaves $status, $tmp/out, $tmp/err and what the false dpkg-buildpackage has seen in $tmp/seen
	status=0
	(umask 077 && cd / && "$tmp/project/debian/build-here") >"$tmp/out" 2>"$tmp/err" || status=$?
	cp "$tmp/project/build/deb/build.log" "$tmp/seen"
}

printf 'build/\n' >"$tmp/project/.gitignore"
echo 'it is committed' | tee "$tmp/project/committed" >"$tmp/project/changed"
git_ init -q
git_ add -A
git_ commit -q -m first
echo 'it is changed' >"$tmp/project/changed"
echo 'nobody knows it' >"$tmp/project/unknown"
build
is "$status" 0 'build-here builds'
is "$(cat "$tmp/out")" "$tmp/project/build/deb/ptcache_1_amd64.deb" '  and names the packages, in build/deb'
has "$tmp/seen" 'it is committed' '  of what git knows'
has "$tmp/seen" 'it is changed' '  as it is in the work tree'
lacks "$tmp/seen" ./unknown '  and of nothing else'
has "$tmp/seen" 0022 '  that others can read'
is "$(in_project git stash list)$(in_project git status --short | xargs)" 'M changed ?? unknown' \
	'  and leaves the work tree as it was'

echo x >"$tmp/project/fails"
git_ add fails
build
ok 'a build that fails is a failure' [ "$status" -ne 0 ]
has "$tmp/err" 'the compiler is away' '  with its words'
is "$(cat "$tmp/out")" '' '  and no package of an earlier one'
is "$(find "$tmp/project/build/deb" -name '*.deb')" '' '  is left'
git_ rm -q -f fails
rm -rf "$tmp/project/.git"
build
has "$tmp/seen" ./unknown 'without git it takes all that is there'
lacks "$tmp/seen" ./build/ '  but for what was built'
done_testing
