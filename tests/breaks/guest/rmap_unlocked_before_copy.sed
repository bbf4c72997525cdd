# SPDX-License-Identifier: GPL-2.0
# Holes are punched while a table is out of its place, and pages that are gone stay mapped.
# function: detach_end_run
# parts: move_meet
# scenes: punch
s/if (!detach_moves(hold->detach))//
