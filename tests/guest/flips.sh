# The point of it all: changing the attributes of pages splits nothing where they come from a cache.
load
load_actor
until_true 20 reserve_is_full
until_true 30 quiet
flips=256

# flip KIND: its splits by /proc/vmstat and by the actor, which counts while it changes pages alone.
flip() {
	splits=$(vmstat direct_map_level2_splits)
	ok "$flips pages can be changed: $1" sh -c "echo $1 $flips > $actor/flip"
	splits=$(($(vmstat direct_map_level2_splits) - splits))
	read -r kind pages during < $actor/flip
}

free=$(free_kb)
flip ordinary
ordinary=$during
is 'ordinary pages: that many were changed' "$kind $pages" "ordinary $flips"
compare 'ordinary pages: one split for most of them' "$during" -gt $((flips / 2))
compare 'ordinary pages: no more than one split for each' "$during" -le $flips
is 'ordinary pages: /proc/vmstat says the same' "$splits" "$during"

ours=$(stat splits)
flip cache
ours=$(($(stat splits) - ours))
is 'pages of a cache: that many were changed' "$kind $pages" "cache $flips"
is 'pages of a cache: no split while they are changed' "$during" 0
is 'pages of a cache: before, one for each of their blocks' "$splits" "$ours"
compare 'pages of a cache: their blocks are few' "$splits" -le 2
diag "splits of 2M by changing the attributes of $flips pages: $ordinary ordinary, $during from a cache"

ok 'a kind that does not exist is refused' sh -c "! echo other 1 > $actor/flip"
ok 'no pages are refused' sh -c "! echo cache 0 > $actor/flip"
empty_cache
# they were taken 2M by 2M, 512 MB of them
compare 'what was not changed went back' $((free - $(free_kb))) -lt 131072
