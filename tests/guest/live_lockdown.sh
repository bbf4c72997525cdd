# SPDX-License-Identifier: GPL-2.0
# A kernel that is locked down after both modules were let in. It stays so: this is the last test of a guest.
load
load_live
is 'info: not locked down' "$(awk '$1 == "lockdown" { print $2 }' $reports/info)" no
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
if grep -q '\[none\]' /sys/kernel/security/lockdown 2> /dev/null; then
	echo integrity > /sys/kernel/security/lockdown
	is 'info: locked down, and what that blocks' "$(sed -n 's/^lockdown //p' $reports/info)" \
		'integrity pt_mm_tables, lookup and shrink cannot be opened, other reports take no filter'
	ok '  lookup cannot be opened' sh -c "! cat $reports/lookup 2> /dev/null"
	ok '  pt_mm can be read' sh -c "cat $reports/pt_mm > /dev/null"
	ok '  but not written to' sh -c "! echo pid 1 2> /dev/null > $reports/pt_mm"
	ok '  live can be read' grep -q '^serving yes' $reports/live
	ok '  an unsigned module is refused before its code runs' sh -c "! insmod $ko/pt_cache_empty.ko 2> /dev/null"
	ok '  it can be unloaded' unload_live
else
	skip 'info: locked down, and what that blocks' 'this kernel cannot be locked down'
fi
unload
