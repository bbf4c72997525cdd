# Nothing that was allocated is forgotten: kmemleak's word, and the lines that ran, for tests/coverage.
kmemleak=/sys/kernel/debug/kmemleak
unload
if [ -e $kmemleak ]; then
	# What is freed by RCU, or was just put away, is found the second time.
	sleep 6
	echo scan > $kmemleak
	sleep 6
	echo scan > $kmemleak
	is 'kmemleak finds nothing' "$(cat $kmemleak)" ''
else
	skip 'kmemleak finds nothing' 'this kernel has none'
fi
if [ -d /sys/kernel/debug/gcov ]; then
	counts=build/$(uname -r)/counts
	rm -rf "$counts"
	mkdir -p "$counts"
	find /sys/kernel/debug/gcov -name '*.gcda' -path '*/src/module/*' | while read -r file; do
		to=$counts/${file##*/src/module/}
		mkdir -p "$(dirname "$to")"
		cat "$file" > "$to"
	done
	compare 'the lines that ran are kept' "$(find "$counts" -name '*.gcda' | wc -l)" -gt 30
fi
