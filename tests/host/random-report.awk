# SPDX-License-Identifier: GPL-2.0
# A report direct_map_regions with all that one can hold. Variable: seed.
function pick(count) { return int(rand() * count) }
function record(pages, level, uniform, owner) {
	printf "0x%x 0x%x %s %s rw,nx,wb,g %s %s\n", at, at + pages, node, level, uniform, owner
	at += pages
	records++
}
function align(pages) { at = int((at + pages - 1) / pages) * pages }
BEGIN {
	srand(seed)
	split("- reserved pt_cache", owners)
	print "# pt_cache direct_map_regions format 1"
	print "# start_pfn end_pfn node level protection uniform owner"
	at = pick(2) * pick(2000)
	node = 0
	for (left = 1 + pick(60); left; left--) {
		what = pick(12)
		if (what < 4) {
			record(1 + pick(900), "pte", pick(2), owners[1 + pick(3)])
		} else if (what < 6) {
			align(512)
			record(512 * (1 + pick(6)), "pte", 1, owners[1 + pick(3)])
		} else if (what < 9) {
			align(512)
			record(512 * (1 + pick(300)), "pmd", 1, "-")
		} else if (what == 9 && seed % 3 == 0) {
			align(262144)
			record(262144 * (1 + pick(3)), "pud", 1, "-")
		} else if (what == 10) {
			at += pick(2) ? pick(300) : pick(500000)
		} else if (pick(2)) {
			node = pick(5) ? pick(3) : "-"
		}
	}
	record(1 + pick(512), "pte", 0, "-")
	print "# end " records
}
