# SPDX-License-Identifier: GPL-2.0
# Regions are adopted while a section of memory goes offline. Its pageblocks are isolated before any notifier is
# called, and from 6.17 on that is a bit beside their type: whoever asks alloc_contig_range() for one of them fails
# and takes the bit away, and offline_pages() tries for ever.
load adopt=0
load_actor
memory=/sys/devices/system/memory

at() { # COLUMN of the knob's line
	cut -d ' ' -f "$1" $actor/offline
}

waits_or_has_gone() {
	[ "$(at 1)" = waiting ] || [ -e /run/went ]
}

# In the background; /run/went has how it ended. A signal ends offline_pages() wherever it is.
take_offline() { # SECTION
	rm -f /run/went
	(timeout 150 sh -c "echo offline > $memory/memory$1/state" 2> /run/refused; echo $? > /run/went) &
}

sections_of_node() { # in their order
	for folder in /sys/devices/system/node/node0/memory[0-9]*; do echo "${folder##*memory}"; done | sort -n
}

goes_and_comes() { # SECTION
	timeout 20 sh -c "echo offline > $memory/memory$1/state" 2> /run/refused || return
	echo online > "$memory/memory$1/state"
}

# split_in SECTION: a region of it, if others leave one
split_in() {
	pfn=$(($1 * pages))
	while [ $pfn -lt $((($1 + 1) * pages)) ]; do
		! echo $pfn > $actor/split || return 0
		pfn=$((pfn + 512))
	done 2> /run/refused
	return 1
}

adopted() { # first page frames of blocks, one a line
	awk '$4 == "adopted" { print $1 }' $reports/blocks | while read -r pfn; do echo $((pfn)); done
}

in_section() { # SECTION: how many of them
	adopted | awk -v first=$(($1 * pages)) -v end=$((($1 + 1) * pages)) '$1 >= first && $1 < end { n++ } END { print n + 0 }'
}

both_are_adopted() {
	hold alloc 256
	[ "$(in_section "$section")" -gt 0 ] && [ "$(in_section "$behind")" -gt 0 ]
}

# The worker tries regions that were ours in the order of their page frames.
behind_is_adopted() {
	hold alloc 256
	[ "$(in_section "$behind")" -gt 0 ]
}

# Sets section, which can go offline, and behind: in both a region is split.
choose_sections() {
	section='' behind=''
	for candidate in $(sections_of_node); do
		if [ -z "$section" ]; then
			goes_and_comes "$candidate" && split_in "$candidate" && section=$candidate
		elif split_in "$candidate"; then
			behind=$candidate
			return
		fi
	done
	return 1
}

if [ ! -r $memory/block_size_bytes ]; then
	skip 'a section goes offline while regions are adopted' 'the kernel has no memory hotplug'
elif pages=$((0x$(cat $memory/block_size_bytes) / 4096)) && ! choose_sections; then
	skip 'a section goes offline while regions are adopted' "none can: $(cat /run/refused)"
else
	diag "section $section is to go offline; $behind is behind it"
	echo Y > /sys/module/pt_cache/parameters/adopt
	ok 'regions of two sections of memory are adopted' until_true 120 both_are_adopted
	empty_cache
	echo 100 > $actor/offline
	take_offline "$section"
	until_true 60 waits_or_has_gone
	blocks=$(at 5)
	compare 'a section is on its way offline' "$blocks" -gt 0
	is '  its pageblocks are isolated' "$(at 4)" "$blocks"
	ok '  a region behind it is adopted meanwhile' until_true 30 behind_is_adopted
	is '  none of its own is' "$(in_section "$section")" 0
	is '  its pageblocks are isolated still' "$(at 4)" "$blocks"
	echo 0 > $actor/offline
	ok '  it is offline within 20 s' until_true 20 [ -e /run/went ] ||
		diag "$(cat /proc/"$(pgrep -f "^sh -c echo offline > $memory" | tail -n 1)"/stack)"
	pkill -f "echo offline > $memory"
	wait
	is '  and nobody refused' "$(cat /run/went)$(cat /run/refused)" 0
	is '  and says so' "$(cat $memory/memory"$section"/state)" offline
	ok '  and comes back' sh -c "echo online > $memory/memory$section/state"
	hold free 1048576
	is 'no table was dirty' "$(stat non_zero)" 0
fi
empty_cache
