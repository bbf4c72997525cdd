# SPDX-License-Identifier: GPL-2.0
# A cgroup that was chosen is shown before it was counted, after a signal.
# function: cgroups_choose
# test: printers
/cgroups->at = cgroups->nr;/d
