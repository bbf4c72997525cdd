# SPDX-License-Identifier: GPL-2.0
# The point of it all: changing the attributes of pages splits nothing where they come from a cache.
load
load_actor
until_true 20 reserve_is_full
until_true 6 quiet
flips=256

# flip KIND: how many of its pages were split from 2M, as their mappings show, and what the kernel
# counted meanwhile: others split too, who load code or free it.
flip() {
	ok "$flips pages can be changed: $1" sh -c "echo $1 $flips > $actor/flip"
	read -r kind pages split counted < $actor/flip
	others=$((counted - split))
	diag "$1: $split splits by $pages changes, $others by others meanwhile"
}

free=$(free_kb)
flip ordinary
ordinary=$split
is 'ordinary pages: that many were changed' "$kind $pages" "ordinary $flips"
compare 'ordinary pages: each change splits, but where others were first' "$split" -ge $((flips - 16))
compare 'ordinary pages: the kernel counts these' "$counted" -ge "$split"
compare 'ordinary pages: and few of others' "$others" -le 16

ours=$(stat splits) splits=$(vmstat direct_map_level2_splits)
flip cache
ours=$(($(stat splits) - ours)) splits=$(($(vmstat direct_map_level2_splits) - splits))
is 'pages of a cache: that many were changed' "$kind $pages" "cache $flips"
is 'pages of a cache: no change splits' "$split" 0
compare 'pages of a cache: few of others meanwhile' "$others" -le 16
compare 'pages of a cache: their blocks are few' "$ours" -le 2
compare 'pages of a cache: the kernel counted their blocks' "$splits" -ge "$ours"
compare 'pages of a cache: and few of others' "$((splits - ours))" -le 16
diag "splits of 2M by changing the attributes of $flips pages: $ordinary ordinary, $split from a cache"
diag "figure: flips $(uname -r) $ordinary $split"

ok 'a kind that does not exist is refused' sh -c "! echo other 1 > $actor/flip"
ok 'no pages are refused' sh -c "! echo cache 0 > $actor/flip"
empty_cache
# they were taken 2M by 2M, 512 MB of them
compare 'what was not changed went back' $((free - $(free_kb))) -lt 131072
