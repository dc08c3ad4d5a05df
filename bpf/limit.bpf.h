/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rates kept in the table of sources: the limits for every source, and the rate of a list that throttles.
 * Used by verdict.bpf.h and hello.bpf.h. The limits, which every packet pays for, take the tick count for
 * their clock. It goes in steps (1 to 10 ms; several at once where a virtual machine was held up), and what
 * comes within a step comes at once: their tolerances are a second and more.
 */
#ifndef SLUICE_LIMIT_BPF_H
#define SLUICE_LIMIT_BPF_H

#include "bpf/rate.bpf.h"
#include "bpf/source.bpf.h"

/* The functions here that are not inline are global: the verifier walks each once, whatever calls it, and
 * does not take a pointer's being there from the caller. */

/*
 * How often the arrival time of a source is tried to be moved against other CPUs that move it too. A packet
 * that loses every time passes (fail open) without having been accounted for. Each of its failures is another
 * packet accounted for, and such a packet can fail at most one try on each other CPU: the excess is at most
 * (CPUs - 1) / 16 of the rate if all of them race all of the time, and none in practice.
 */
#define RATE_TRIES 16

/* 1: within the rate, and accounted for. `cost_ns` is the interval of what comes. */
__noinline int admit(__u64 *arrival, __u64 now_ns, __u64 cost_ns, __u64 tolerance_ns)
{
	struct rate_answer answer;
	__u64 tat_ns;

	if (!arrival)
		return 1;
#pragma clang loop unroll(disable)
	for (int i = 0; i < RATE_TRIES; i++) {
		tat_ns = *(volatile __u64 *)arrival;
		answer = rate_admit(tat_ns, now_ns, cost_ns, tolerance_ns);
		if (!answer.conforms)
			return 0;
		if (__sync_val_compare_and_swap(arrival, tat_ns, answer.tat_ns) == tat_ns)
			return 1;
	}
	return 1;
}

static __always_inline __u64 tick_clock_ns(void)
{
	return ticks() * config.tick_ns;
}

/* The limit that holds for a port: its own, or that of every port, which stands last. SLUICE_MAX_LIMITS:
 * none. */
static __always_inline __u32 limit_of(__u32 port)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SLUICE_MAX_LIMITS && i < config.limit_count; i++) {
		if (config.limits[i].port == port || !config.limits[i].port)
			return i;
	}
	return SLUICE_MAX_LIMITS;
}

/* SLUICE_PASS_DEFAULT, or which limit the packet is over. What passes one and fails the next stays accounted
 * for. */
static __always_inline enum sluice_reason within_limit(struct sluice_source *entry, __u32 index,
						       const struct packet *packet)
{
	const volatile struct sluice_limit *limit = &config.limits[index];
	const __u64 now_ns = tick_clock_ns();

	if (is_attempt(packet) && limit->attempts.interval &&
	    !admit(&entry->attempts_tat_ns, now_ns, limit->attempts.interval, limit->attempts.tolerance_ns))
		return SLUICE_DROP_LIMIT_ATTEMPTS;
	if (limit->packets.interval &&
	    !admit(&entry->packets_tat_ns, now_ns, limit->packets.interval, limit->packets.tolerance_ns))
		return SLUICE_DROP_LIMIT_PACKETS;
	if (limit->bytes.interval &&
	    !admit(&entry->bytes_tat_ns, now_ns, packet->bytes * limit->bytes.interval >> 10,
		   limit->bytes.tolerance_ns))
		return SLUICE_DROP_LIMIT_BYTES;
	return SLUICE_PASS_DEFAULT;
}

/* The verdict on a packet that nothing else is decided about. */
__noinline __u32 judge_by_limit(const struct packet *packet)
{
	struct sluice_source *entry;
	__u32 index;

	if (!packet)
		return SLUICE_PASS_DEFAULT;
	index = limit_of(packet->port);
	if (index >= SLUICE_MAX_LIMITS)
		return SLUICE_PASS_DEFAULT;
	entry = find_or_make_source(packet, SLUICE_ROLE_LIMIT + index);
	return entry ? within_limit(entry, index, packet) : SLUICE_PASS_DEFAULT;
}

/* 1: a source that a list throttles is within the list's rate. */
static __always_inline int within_list_rate(const struct packet *packet, __u64 interval_ns,
					    __u64 tolerance_ns)
{
	struct sluice_source *entry = find_or_make_source(packet, SLUICE_ROLE_LIST);

	return !entry || admit(&entry->packets_tat_ns, bpf_ktime_get_ns(), interval_ns, tolerance_ns);
}

#endif
