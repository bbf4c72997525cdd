# Loading and unloading 50 times leaves memory as it was.
loads=50

counters() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 2 # what RCU and lazy vmap still hold
	for key in MemAvailable SUnreclaim Percpu VmallocUsed DirectMap4k; do
		printf '%s ' "$(meminfo $key)"
	done
}

once() {
	load && load_actor || return
	hold alloc 600 && hold free 300 || return
	splits=$((splits + $(stat splits))) leaked=$((leaked + $(stat leaked_pages)))
	unload
}

empty() {
	insmod "$ko/pt_cache_empty.ko" && rmmod pt_cache_empty
}

splits=0 leaked=0 failed=0
for i in 1 2 3; do once; empty; done # what the first time costs is no leak

before=$(counters)
for i in $(seq $loads); do empty || failed=1; done
after=$(counters)
set -- $before $after
empty_4k=$((${10} - $5))

splits=0 leaked=0
before=$(counters)
for i in $(seq $loads); do once || failed=1; done
after=$(counters)
is "$loads loads and unloads succeed" $failed 0
diag "MemAvailable SUnreclaim Percpu VmallocUsed DirectMap4k, in kB: $before-> $after"
diag "our splits: $splits; an empty module loaded as often: DirectMap4k +$empty_4k kB"
set -- $before $after
# one block a load would be 100 MB, one side table 1 MB, one magazine a CPU 50 kB
compare 'memory is back' $(($1 - $6)) -lt 16384
compare 'slabs are back' $(($7 - $2)) -lt 1024
compare 'per-CPU memory is back' $(($8 - $3)) -le 64
compare 'vmalloc memory is back' $(($9 - $4)) -lt 256
compare 'DirectMap4k grew by our own splits at most' $((${10} - $5)) -le $((splits * 2048 + empty_4k))
is 'nothing was leaked' $leaked 0
