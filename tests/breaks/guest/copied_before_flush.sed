# SPDX-License-Identifier: GPL-2.0
# The hardware sets bits in the old table when the copy is made already.
# function: detach_flush
# parts: move_meet
# scenes: spin
s/ptc_flush_all_cpus();//
s/ptc_replacements_publish(.*);/& ptc_flush_all_cpus();/
