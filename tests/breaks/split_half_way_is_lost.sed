# SPDX-License-Identifier: GPL-2.0
# A 1G mapping that came down to 2M and no further counts as one that is not write-back.
# function: split_outcome
# test: split
s/PTC_SPLIT_UNDONE/PTC_SPLIT_LOST/
