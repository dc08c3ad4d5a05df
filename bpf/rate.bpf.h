/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rate arithmetic, pure: no clock, no map, no kernel. Used by verdict.bpf.h and, compiled for the host,
 * by tests/bpf_host.
 *
 * The generic cell rate algorithm (ITU-T I.371, virtual scheduling): the whole state is the theoretical
 * arrival time of the next packet, were all to come evenly. A packet may come up to `tolerance_ns` before it.
 * With interval = 10^9 / rate and tolerance = (burst - 1) * interval, any window of t seconds passes at most
 * burst + t * rate packets, and a source that always has one waiting gets exactly that.
 */
#ifndef SLUICE_RATE_BPF_H
#define SLUICE_RATE_BPF_H

#include <linux/types.h>

struct rate_answer {
	__u64 tat_ns;   /* the new state; the old one where the packet does not conform */
	__u32 conforms; /* 1: may pass */
};

/* Any values are safe: nothing overflows, and sums that would stop at the largest number. A clock that steps
 * back by d makes the packet d earlier, no more. */
static inline struct rate_answer rate_admit(__u64 tat_ns, __u64 now_ns, __u64 interval_ns, __u64 tolerance_ns)
{
	const __u64 due_ns = tat_ns > now_ns ? tat_ns : now_ns;
	const __u64 next_ns = due_ns + interval_ns;
	struct rate_answer answer = {tat_ns, 0};

	if (due_ns - now_ns > tolerance_ns)
		return answer;
	answer.tat_ns = next_ns < due_ns ? ~0ULL : next_ns;
	answer.conforms = 1;
	return answer;
}

#endif
