#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `logged` keeps of a test, on a copy of the test box with tests of its own. No guest.
# shellcheck source-path=SCRIPTDIR source=boot-test.sh
. "$(dirname "$0")/boot-test.sh"

log=$project/build/log/made.log

# made COMMANDS: a test that runs them, by prove, as make does it
made() {
	printf '#!/bin/bash\n%s\n' "$1" >"$project/made.t"
	chmod +x "$project/made.t"
	(cd "$project" && prove --comments --exec tests/testbox/logged ./made.t) >"$tmp/out" 2>"$tmp/err"
}

left() { find "$project/build/log" -type f; }

made 'echo ok 1 - fine; echo words on stderr >&2; echo 1..1'
is $? 0 'a test that passes passes'
has "$tmp/err" 'words on stderr' '  with its words'
is "$(left)" '' '  and leaves nothing'

made 'echo ok 1 - fine; echo no TAP; echo words on stderr >&2; exit 99'
is $? 1 'a test that is lost fails'
has "$tmp/out" 'all that it printed: build/log/made.log' "  prove's output names its log"
for words in 'ok 1 - fine' 'no TAP' 'words on stderr' 'ended with 99'; do
	has "$log" "$words" "  which has: $words"
done

# shellcheck disable=SC2016  # of the test that is made
made 'echo ok 1 - fine; kill -KILL $$'
is $? 1 'a test that is killed fails'
has "$log" 'as what SIGKILL has killed' '  and its log says so'

PTC_TEST_SECONDS=1 made 'echo ok 1 - fine; sleep 60; echo 1..1'
is $? 1 'a test that hangs fails'
has "$log" 'ran for more than 1 s and was ended' '  and its log says so'

made 'echo ok 1 - fine; echo last words'
is $? 1 'a test that ends well, and before its plan, fails'
has "$log" 'last words' '  and its log has its last words'

made 'echo ok 1 - fine; echo not ok 2 - bad; echo 1..2'
is $? 1 'a test that fails fails'
has "$log" 'not ok 2 - bad' '  and leaves its log'

made 'echo not ok 1 - bad; seq -f "ok %g - fine" 2 20000; echo 1..20000'
is $? 1 'a test that fails at its begin fails'
has "$log" 'not ok 1 - bad' '  and leaves its log'

made 'echo ok 1 - fine; sleep 15 & echo 1..1'
is $? 0 'what a test leaves running holds nobody up'
is "$(left)" '' '  nor is it taken for a failure'

# ended SIGNAL STATUS: what ends `logged` ends the test
ended() {
	local status=0
	printf '#!/bin/bash\necho begun; exec sleep 1000.%d\n' $$ >"$project/made.t"
	rm -f "$log"
	env --default-signal=TERM,INT "$project/tests/testbox/logged" "$project/made.t" >"$tmp/out" 2>&1 &
	until grep -qs begun "$log"; do sleep 0.1; done
	kill -s "$1" $!
	wait $! 2>/dev/null || status=$?
	is "$status" "$2" "SIG$1 ends it with $2"
	sleep 0.5
	is "$(pgrep -f "^sleep 1000.$$")" '' '  and the test'
	has "$log" begun '  whose words are kept'
}
ended TERM 143
has "$log" 'as what SIGTERM has killed' '  with how it ended'
ended KILL 137
done_testing
