# SPDX-License-Identifier: GPL-2.0
# Whatever stops a reader for a moment cuts its report.
# function: report_step
# test: report
s/ret == -EINTR \&\&/false \&\&/
