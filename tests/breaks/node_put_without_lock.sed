# SPDX-License-Identifier: GPL-2.0
# Tables go back to their block without the lock of its node.
# function: ptc_node_put
# test: alloc
s/ptc_node_\(un\)*lock_irqs_off(node);/(void)node;/
