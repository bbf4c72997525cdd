# SPDX-License-Identifier: GPL-2.0
# The picture of `ptcache map`, made the slow way: all records are kept, each scale is tried from the
# smallest, each cell looks at every record of its node.
# Variables: columns; cell (pages; 0: the smallest that needs no more than 32 rows a node).
function hex(text,  i, value) {
	for (i = 3; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value + 0
}
function floor(x) { return int(x) }
function size(pages,  kib, unit) {
	kib = pages * 4
	for (unit = 1; kib && kib % 1024 == 0 && unit < 5; unit++)
		kib /= 1024
	return kib ? sprintf("%.0f%s", kib, substr("KMGTP", unit, 1)) : "0"
}
function kind_of(level, uniform, owner) {
	if (level == "pud" || level == "p4d")
		return 5
	if (level == "pmd")
		return 4
	return owner == "pt_cache" ? 3 : uniform == 1 ? 2 : 1
}
function rows_fit(cell,  i, row, taken, count) {
	for (i = 1; i <= n; i++)
		for (row = floor(start[i] / cell / columns); row * cell * columns < end[i]; row++)
			if (!((node[i], row) in taken)) {
				taken[node[i], row]
				if (++count[node[i]] > 32)
					return 0
			}
	return 1
}
function shown(id, from, behind,  i, best) {
	best = 6
	for (i = 1; i <= n; i++)
		if (node[i] == id && start[i] < behind && end[i] > from && kind[i] < best)
			best = kind[i]
	return substr("#+P-=.", best, 1)
}
function draw(id,  row, column, at, line, skipped, begun) {
	print (id == "-" ? "no node" : "node " id)
	for (row = 0; row * cell * columns < end[n]; row++) {
		line = ""
		for (column = 0; column < columns; column++) {
			at = (row * columns + column) * cell
			line = line shown(id, at, at + cell)
		}
		if (line ~ /^\.*$/) {
			skipped++
			continue
		}
		if (begun && skipped)
			print "(" size(skipped * columns * cell) " of . skipped)"
		skipped = 0
		begun = 1
		print size(row * columns * cell) " " line
	}
}
function count(k, from, behind,  region) {
	bytes[k] += (behind - from) * 4096
	for (region = floor(from / 512); region * 512 < behind; region++)
		if (!((k, region) in counted)) {
			counted[k, region]
			regions[k]++
		}
}
/^#/ { next }
{
	start[++n] = hex($1); end[n] = hex($2); node[n] = $3; kind[n] = kind_of($4, $6, $7)
	count(kind[n], start[n], end[n])
	if (n > 1 && end[n - 1] < start[n])
		count(6, end[n - 1], start[n])
	if (!($3 in known)) {
		known[$3]
		order[++nodes] = $3
	}
}
END {
	if (!cell)
		for (cell = 512; !rows_fit(cell); cell *= 2)
			;
	print "a cell is " size(cell) ", a row " size(cell * columns)
	for (i = 1; i <= nodes; i++)
		draw(order[i])
	for (k = 1; k <= 6; k++)
		printf "%s %.0f %d\n", substr("#+P-=.", k, 1), bytes[k], regions[k]
}
