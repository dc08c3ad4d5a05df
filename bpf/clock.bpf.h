/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two clocks. The exact one costs more than a look-up in a map. The tick count costs nothing, and goes in
 * steps of 1 to 10 ms. Used by verdict.bpf.h, limit.bpf.h, source.bpf.h and report.bpf.h.
 */
#ifndef SLUICE_CLOCK_BPF_H
#define SLUICE_CLOCK_BPF_H

#include "bpf/maps.bpf.h"

/* The exact clock. It is read when it is first needed, and once for each packet. */
struct lazy_clock {
	__u64 now_ns; /* 0: not read yet */
};

static __always_inline __u64 clock_read(struct lazy_clock *clock)
{
	if (!clock->now_ns)
		clock->now_ns = bpf_ktime_get_ns();
	return clock->now_ns;
}

/* Ticks since the system started. One tick is config.tick_ns long. */
static __always_inline __u64 ticks(void)
{
	return bpf_jiffies64();
}

#endif
