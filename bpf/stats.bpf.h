/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters by reason and by loss. Used by report.bpf.h and sluice.bpf.c. Per CPU and unsynchronised: an XDP
 * program is not preempted by another on its CPU, so nothing is lost.
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

static __always_inline void count_loss(__u32 loss)
{
	__u64 *count = bpf_map_lookup_elem(&losses, &loss);

	if (count)
		(*count)++;
}

#endif
