# SPDX-License-Identifier: GPL-2.0
# The machine sleeps, and is woken up, while tables are lent and processes need more of them. In a guest with its
# root in RAM: a device of 9p does not come back.
power=/sys/power
load verify_zero=1
load_live max_blocks=64
begin /run/sparse.out build/tests/sparse 3000
sparse=$!
until_true 60 grep -q ready /run/sparse.out
begin /run/load build/tests/dirt plain 3000
dirt=$!

serves_more() {
	[ "$(live served)" -gt $((before + 50)) ]
}

# awake WHAT: all is as it was
awake() {
	is "$1: CPUs are back" "$(cat /sys/devices/system/cpu/online)" "$cpus"
	before=$(live served)
	ok "$1: tables are served" until_true 30 serves_more
	is "$1: none was dirty" "$(live non_zero)" 0
	is "$1: no page came back in a bad state" "$(stat bad_state)" 0
	ok "$1: audit: all rules hold" no_rule_is_broken
	ok "$1: who has tables still runs" kill -0 $sparse
	ok "$1: who needs more does, too" kill -0 $dirt
	diag "$1: $(live in_use) in use, $(live served) served, $(live recycled) taken back"
}

# sleeps WHAT STATE: it is entered, and left again
sleeps() {
	lines=$(dmesg | wc -l)
	if echo "$2" > $power/state 2> /run/refused; then
		ok "$1: it comes back" true
		awake "$1"
	else
		dmesg | tail -n "+$((lines + 1))" | tail -n 20 | sed 's/^/# /'
		ok "$1: $(cat /run/refused)" false
	fi
}

cpus=$(cat /sys/devices/system/cpu/online)
diag "states: $(cat $power/state); mem: $(cat $power/mem_sleep); tests: $(cat $power/pm_test); disk: $(cat $power/disk)"
awake 'before'
echo N > /sys/module/printk/parameters/console_suspend # what goes wrong is to be seen
echo 1 > /sys/module/suspend/parameters/pm_test_delay 2> /dev/null
# Hibernation's own wait of 5 s does not schedule, and takes half a minute where the host has others to serve.
echo 60 > /proc/sys/kernel/watchdog_thresh
for level in freezer devices processors core; do
	echo $level > $power/pm_test
	sleeps "mem, as far as $level" mem
done
# An emulated clock wakes nobody up from idle: not further than the platform's devices.
for level in freezer platform; do
	echo $level > $power/pm_test
	sleeps "freeze, as far as $level" freeze
done
echo none > $power/pm_test
if grep -q deep $power/mem_sleep; then
	echo deep > $power/mem_sleep
	echo +4 > /sys/class/rtc/rtc0/wakealarm # which wakes it up
	sleeps 'suspended to RAM' mem
else
	skip 'suspended to RAM' 'this machine cannot'
fi

# Hibernation wants a place for the image.
if mkswap /dev/vda > /dev/null && swapon /dev/vda; then
	for level in devices core; do # 5 s each
		echo $level > $power/pm_test
		sleeps "disk, as far as $level" disk
	done
	echo none > $power/pm_test
	case $(uname -r) in
	6.1.*) skip 'written to disk, and read back' 'this kernel does not read it (EBUSY) while the disk is swap' ;;
	*)
		echo test_resume > $power/disk
		sleeps 'written to disk, and read back' disk
		;;
	esac
	swapoff /dev/vda
else
	skip 'hibernation' 'no disk to swap to'
fi
kill $dirt $sparse
wait
ok 'the module can be unloaded' unload_live
is 'nothing of it is held' "$(stat pages_held)" 0
