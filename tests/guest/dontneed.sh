# SPDX-License-Identifier: GPL-2.0
# The benchmark of the proposal that counted the users of PTE tables: map 50 GB, and of each 2M touch
# some pages and MADV_DONTNEED all. What is left are empty tables, which a stock kernel keeps until
# the process ends; 7.2 frees them at once.
# touch=NUMBER of pages in each 2M; the proposal's 512 take ten minutes here, and the same tables.
load
touch=${touch:-1}
ranges=25600
begin /run/tables.out perl tests/guest/tables.pl $ranges "$touch" whole
owner=$!
until_true 1200 grep -q . /run/tables.out
is '50 GB were mapped, touched and given back' "$(cat /run/tables.out)" ready

cat $reports/refcounts > /run/refcounts
# shellcheck disable=SC2046  # words
set -- $(awk -v pid=$owner '$1 == pid { print $7, $8, $9 }' $reports/pt_mm)
tables=$1 bytes=$2 empty=$3
vm_pte=$(awk '$1 == "VmPTE:" { print $2 }' /proc/$owner/status)
all_empty=$(awk '$1 == "occupancy" && $2 == "pte" && $3 == 0 { print $5 }' /run/refcounts)
diag "VmPTE $vm_pte kB, of which pt_mm: $tables PTE tables, $empty of them empty" \
	"refcounts: $all_empty empty PTE tables in all"
diag "$(cat /run/refcounts)"
diag "figure: dontneed $(uname -r) $vm_pte $tables $empty"
is 'pt_mm says what VmPTE says' "$bytes" $((vm_pte * 1024))
case $(uname -r) in
6.*)
	compare 'a table for each 2M' "$tables" -ge $ranges
	compare 'and the few of any process' "$tables" -le $((ranges + 40))
	compare 'those are empty' "$empty" -ge $ranges
	compare 'and few others' "$empty" -le $((ranges + 8))
	compare 'VmPTE is the 102,640 kB of the proposal' "$vm_pte" -ge 102600
	compare 'about' "$vm_pte" -le 102760
	compare 'refcounts has them as empty' "$all_empty" -ge $ranges
	is 'their bytes are those of 4K each' "$(awk '$1 == "occupancy" && $5 * 4096 != $6' /run/refcounts)" ''
	;;
*)
	compare 'tables went with their pages' "$tables" -le 40
	compare 'none of them is kept empty' "$empty" -le 8
	compare 'VmPTE is the 240 kB of the proposal, about' "$vm_pte" -le 320
	compare 'refcounts has few empty ones' "$all_empty" -le 64
	;;
esac
kill $owner
wait $owner
