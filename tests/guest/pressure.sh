# True memory pressure: a tmpfs fills the memory until the kernel calls the shrinker.
load
load_actor
hold alloc 51200
hold free_zeroed 51200
held=$(stat pages_held)
compare 'there is something to give back' "$held" -ge 51200

fill=/run/pt_cache_fill
mkdir -p $fill
mount -t tmpfs -o size=100% none $fill
i=0
while [ "$(stat shrink_pages)" -lt 25600 ] && [ $i -lt 400 ]; do
	i=$((i + 1))
	fallocate -l 16M $fill/$i || break
done
diag "after $i files of 16 MB: $(stat shrink_pages) pages given back in $(stat shrink_calls) scans"
compare 'the shrinker gave pages back under pressure' "$(stat shrink_pages)" -ge 25600
is 'they were whole blocks' "$(awk 'NR > 2 && $4 == "fresh" && $2 != 512' $reports/blocks)" ''
umount $fill
hold alloc 600
is 'tables can be had after it' "$(stat tables_in_use)" 600
hold free 600
is 'nothing was found dirty' "$(stat non_zero)" 0
