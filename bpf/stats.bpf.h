/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters by reason and of events. Used by whatever has something to count. Per CPU and unsynchronised: an
 * XDP program is not preempted by another on its CPU, so nothing is lost.
 */
#ifndef SLUICE_STATS_BPF_H
#define SLUICE_STATS_BPF_H

#include "bpf/maps.bpf.h"

static __always_inline void count_packet(__u32 reason, __u64 bytes)
{
	struct sluice_counter *counter = bpf_map_lookup_elem(&counters, &reason);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes += bytes;
}

/* enum sluice_event */
static __always_inline void count_event(__u32 event)
{
	__u64 *count = bpf_map_lookup_elem(&events, &event);

	if (count)
		(*count)++;
}

#endif
