# SPDX-License-Identifier: GPL-2.0
# A pid below zero is taken for one.
# function: filter_parse
# test: text
s/err || pid < 0/err/
