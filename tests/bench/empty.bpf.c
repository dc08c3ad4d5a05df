/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What running any program costs: the measure that bench_bpf sets the filter against. */
#include <linux/bpf.h>

__attribute__((section("xdp.frags"), used)) int empty(struct xdp_md* context) {
  (void)context;
  return XDP_PASS;
}

__attribute__((section("license"), used)) const char empty_license[] = "Dual BSD/GPL";
