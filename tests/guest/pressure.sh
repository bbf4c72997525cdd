# SPDX-License-Identifier: GPL-2.0
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
# most of it at once, by 2M pages, which is fast
mount -o remount,huge=always $fill
fallocate -l $(($(meminfo MemAvailable) * 3 / 4))K $fill/most
mount -o remount,huge=never $fill
i=0
while [ "$(stat shrink_pages)" -lt 25600 ] && [ $i -lt 400 ]; do
	i=$((i + 1))
	fallocate -l 16M $fill/$i || break
done
diag "after $i files of 16 MB: $(stat shrink_pages) pages given back in $(stat shrink_calls) scans"
compare 'the shrinker gave pages back under pressure' "$(stat shrink_pages)" -ge 25600
is 'they were whole blocks' "$(awk '!/^#/ && $4 != "smaller" && $4 != "single" && $2 != 512' $reports/blocks)" ''

# Nothing left but to kill somebody: single pages of half-used blocks go before that. The victim
# offers itself.
rm -f $fill/*
hold alloc 2304 # four blocks and a half
mount -o remount,huge=always $fill
fallocate -l $(($(meminfo MemAvailable) * 3 / 4))K $fill/most
mount -o remount,huge=never $fill
i=0
while [ "$(meminfo MemAvailable)" -gt 300000 ] && [ $i -lt 400 ]; do
	i=$((i + 1))
	fallocate -l 16M $fill/oom$i || break
done
choom -n 1000 -- tail /dev/zero 2> /dev/null
umount $fill
singles=$(($(stat shrink_singles) + $(stat oom_pages)))
diag "$singles single pages given back before the OOM killer had its victim, $(stat oom_pages) of them by its notifier"
compare 'single pages are given back before anybody is killed' "$singles" -gt 0
is 'tables that are out are untouched' "$(grep -c ' hold ' $reports/tables)" 2304
is 'blocks know what they lost' "$(awk '!/^#/ { n += $2 } END { print n }' $reports/blocks)" \
	"$(stat pages_held)"
hold free 2304
empty_cache
is 'what is left of the blocks goes back' "$(stat pages_held)" 0
hold alloc 600
is 'tables can be had after it' "$(stat tables_in_use)" 600
hold free 600
is 'nothing was found dirty' "$(stat non_zero)" 0
