# SPDX-License-Identifier: GPL-2.0
# A report that is cut never comes to the end of its file.
# function: report_read
# test: report
/READING_OVER/d
