# Loading and unloading 50 times leaves memory as it was.
loads=50

counters() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 2 # what RCU and lazy vmap still hold
	printf '%s ' "$(free_kb)"
	for key in SUnreclaim Percpu VmallocUsed DirectMap4k; do
		printf '%s ' "$(meminfo $key)"
	done
}

# Splits of the direct map while COMMAND runs, added to the variable NAME.
count_splits() {
	name=$1
	shift
	was=$(vmstat direct_map_level2_splits)
	"$@" || failed=1
	eval "$name=\$(($name + $(vmstat direct_map_level2_splits) - was))"
}

use() {
	hold alloc 600 && hold free 300 && rmmod pt_cache_selftest # and with its cache, the worker
}

once() {
	count_splits loader load
	count_splits kernel load_actor # its cache fills the reserves
	count_splits kernel use
	ours=$((ours + $(stat splits))) leaked=$((leaked + $(stat leaked_pages)))
	count_splits loader rmmod pt_cache
}

empty() {
	insmod "$ko/pt_cache_empty.ko" && rmmod pt_cache_empty
}

many() {
	for i in $(seq "$1"); do once; done
}

loader=0 kernel=0 ours=0 leaked=0 failed=0 empty=0
many 3 # what the first time costs is no leak
for i in $(seq $loads); do count_splits empty empty; done

loader=0 kernel=0 ours=0 leaked=0
before=$(counters)
all=$(vmstat direct_map_level2_splits)
many $loads
after=$(counters)
all=$(($(vmstat direct_map_level2_splits) - all)) # and what the kernel split late, by itself
is "$loads loads and unloads succeed" $failed 0
diag "free SUnreclaim Percpu VmallocUsed DirectMap4k, in kB: $before-> $after"
diag "splits of 2M: $ours by us; $loader while the kernel loaded and unloaded pt_cache.ko, $empty an empty module"
set -- $before $after
# one block a load would be 100 MB, one side table 1 MB, one magazine a CPU 50 kB
compare 'memory is back' $(($1 - $6)) -lt 16384
compare 'slabs are back' $(($7 - $2)) -lt 1024
compare 'per-CPU memory is back' $(($8 - $3)) -le 64
compare 'vmalloc memory is back' $(($9 - $4)) -lt 256
# the actor's own loading is in between: the loader splits for its pages, too
compare 'what is split between load and unload is counted as ours' $((kernel - ours)) -le $loads
is 'DirectMap4k grew by what was split' $((${10} - $5)) $((all * 2048))
is 'nothing was leaked' $leaked 0
