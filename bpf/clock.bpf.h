/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What time it is, as exactly as is needed and no more: the exact clock costs more than a look-up, the tick
 * count nothing. Used by everything that keeps a rate or an interval.
 */
#ifndef SLUICE_CLOCK_BPF_H
#define SLUICE_CLOCK_BPF_H

#include "bpf/maps.bpf.h"

/* The exact clock, read when first needed, once a packet. */
struct lazy_clock {
	__u64 now_ns; /* 0: not read yet */
};

static __always_inline __u64 clock_read(struct lazy_clock *clock)
{
	if (!clock->now_ns)
		clock->now_ns = bpf_ktime_get_ns();
	return clock->now_ns;
}

/* Ticks since the start of the system; config.tick_ns each. */
static __always_inline __u64 ticks(void)
{
	return bpf_jiffies64();
}

#endif
