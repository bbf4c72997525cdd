# The suites of pt_cache_selftest.ko, each line of theirs as one of ours.
for suite in alloc refuse atomic supply concurrent audit tree tree_race lend; do
	load
	taskset -c 0 insmod "$ko/pt_cache_selftest.ko" suite=$suite
	while read -r line; do
		case $line in
		ok*)
			tests=$((tests + 1)); echo "ok $tests - ${line#ok * }" ;;
		not\ ok*)
			tests=$((tests + 1)); echo "not ok $tests - ${line#not ok * }" ;;
		\#*)
			echo "$line" ;;
		esac
	done < $actor/ktap
	is "$suite: every test of the suite has a result" \
		"$(grep -cE '^(not )?ok ' $actor/ktap)" "$(sed -n 's/^1\.\.//p' $actor/ktap)"
	is "$suite: no table was found dirty" "$(stat non_zero)" 0
	unload
done
