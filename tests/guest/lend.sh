# Lending tables to somebody who does not give them back; the second and third part spoil the module.
for suite in lend lend_dirty lend_state; do
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
	unload
done
