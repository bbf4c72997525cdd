# SPDX-License-Identifier: GPL-2.0
# The walker against one that we did not write: the kernel's own dump of its page tables.
load
load_actor
# something to see: regions of ours, whole and broken
hold alloc 3000
hold free 700

# Both programs print "START END LEVEL PROTECTION", page frames in decimal and neighbours that are
# alike joined. Their numbers are exact: 13 hex digits are less than a double's 53 bits.
common='
	function frames(hex,    n, i) {
		for (i = 3; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	function note(start, end, what) {
		if (start == last_end && what == last_what) {
			last_end = end
			return
		}
		flush()
		first = start; last_end = end; last_what = what
	}
	function flush() {
		if (last_what != "")
			printf "%.0f %.0f %s\n", first, last_end, last_what
	}
	END { flush() }'

regions() {
	awk "$common"'
		!/^#/ { sub(/,\+0x.*/, "", $5); note(frames($1), frames($2), $4 " " $5) }
	' $reports/direct_map_regions
}

# It prints nothing of bits that are software's. The types are those that Linux gives to the PAT.
kernels_dump() {
	awk "$common"'
		BEGIN { split("wb wc uc- uc wb wp uc- wt", types) }
		/^---/ { inside = /Low Kernel Mapping/; base = ""; next }
		!inside { next }
		{
			split($1, ends, "-")
			# without the three digits within a page
			start = frames(substr(ends[1], 1, length(ends[1]) - 3))
			end = frames(substr(ends[2], 1, length(ends[2]) - 3))
			if (base == "")
				base = start
		}
		/ (RW|ro) / {
			type = 1 + (/ PWT /) + 2 * (/ PCD /) + 4 * (/ PAT /)
			note(start - base, end - base, $NF " " (/ RW / ? "rw," : "ro,") \
			     (/ NX / ? "nx," : "x,") types[type] (/ GLB / ? ",g" : ""))
		}' $actor/ptdump
}

# Read at different moments, they agree when nothing changed between: then once is enough.
dumps_agree() {
	for _ in 1 2 3 4 5; do
		kernels_dump > /tmp/ptdump
		regions > /tmp/regions
		cmp -s /tmp/ptdump /tmp/regions && return
	done
	echo "the kernel (-) and direct_map_regions (+):"
	diff -U 2 /tmp/ptdump /tmp/regions | head -n 20
	return 1
}

compared='direct_map_regions says what the kernel says of each page frame'
sizes='  of which some are mapped by 4K and some by 2M'
if [ -e $actor/ptdump ]; then
	ok "$compared" dumps_agree
	is "$sizes" "$(awk '{ print $3 }' /tmp/ptdump | sort -u | tr '\n' ' ')" 'pmd pte '
	diag "$(wc -l < /tmp/ptdump) runs"
else
	skip "$compared" "this kernel does not export its dump"
	skip "$sizes" "this kernel does not export its dump"
fi
hold free 2300
