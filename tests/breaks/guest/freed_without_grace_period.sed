# SPDX-License-Identifier: GPL-2.0
# Tables are freed under readers in RCU sections.
# function: ptc_detached_free
# parts: reclaim_meet move_meet
# scenes: reader
s/queue_rcu_work(detached_queue, &batch->work);/queue_work(detached_queue, \&batch->work.work);/
