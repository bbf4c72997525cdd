# SPDX-License-Identifier: GPL-2.0
# Lending tables to somebody who does not give them back; the second and third part spoil the module.
for suite in lend lend_dirty lend_state; do
	load
	run_suite $suite
	unload
done
