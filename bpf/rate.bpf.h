/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generic cell rate algorithm (GCRA; ITU-T I.371, virtual scheduling), as one pure function: no clock, no
 * map, no kernel. Used by limit.bpf.h and, compiled for the host, by tests/bpf_host.
 *
 * The state is one number: the theoretical arrival time (TAT) of the next packet, if all packets came evenly.
 * A packet conforms if it comes at most `tolerance_ns` before that time. Then the TAT moves by one interval.
 *
 * With interval = 10^9 / rate and tolerance = (burst - 1) * interval, at most burst + t * rate packets pass
 * in any window of t seconds. A source that always has a packet waiting gets exactly that many.
 */
#ifndef SLUICE_RATE_BPF_H
#define SLUICE_RATE_BPF_H

#include <linux/types.h>

struct rate_answer {
	__u64 tat_ns;   /* the new state; the old one if the packet does not conform */
	__u32 conforms; /* 1: may pass */
};

/* All values are safe: a sum that would overflow stops at the largest number. If the clock steps back by d
 * the packet counts as d earlier, and nothing else happens. */
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
