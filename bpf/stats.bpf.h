/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of packets by reason, and of events. Used by every other part that counts. Each CPU has its own,
 * so no synchronisation is needed: no other XDP program interrupts this one on its CPU.
 */
#ifndef SLUICE_STATS_BPF_H
#define SLUICE_STATS_BPF_H

#include "bpf/maps.bpf.h"

/* `reason` is an enum sluice_reason. */
static __always_inline void count_packet(__u32 reason, __u64 bytes)
{
	struct sluice_counter *counter = bpf_map_lookup_elem(&counters, &reason);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes += bytes;
}

/* `event` is an enum sluice_event. */
static __always_inline void count_event(__u32 event)
{
	__u64 *count = bpf_map_lookup_elem(&events, &event);

	if (count)
		(*count)++;
}

#endif
