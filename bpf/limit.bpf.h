/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rates by source: the limits for every source, and the rate of a list that throttles. Their state stands in
 * the table of sources. Used by verdict.bpf.h and hello.bpf.h.
 *
 * Every packet pays for the limits, so their clock is the tick count. It goes in steps of 1 to 10 ms, and in
 * larger ones if a virtual machine was held up. All packets within one step seem to come at once. That does
 * no harm: the tolerance of a limit is a second or more.
 */
#ifndef SLUICE_LIMIT_BPF_H
#define SLUICE_LIMIT_BPF_H

#include "bpf/handshake.bpf.h"
#include "bpf/rate.bpf.h"
#include "bpf/source.bpf.h"

/* The functions below that are not inlined are global. The verifier checks each of them once, whoever calls
 * it. It does not know what the caller checked: so each checks its pointers again. */

/*
 * How often a packet tries to move its source's arrival time while other CPUs move it too. A packet that
 * loses every try passes without being accounted for (fail open).
 *
 * The error is bounded. A try fails only because another packet was accounted for, and that packet makes at
 * most one try fail on each other CPU. So at most (CPUs - 1) / 16 of the rate passes on top, if all CPUs race
 * all the time. In practice none does.
 */
#define RATE_TRIES 16

/* 1: the packet is within the rate, and is accounted for. `cost_ns` is its interval. */
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

/* The number of the limit that holds for a port: its own limit, or else that of port 0, which stands last.
 * SLUICE_MAX_LIMITS: no limit holds. */
static __always_inline __u32 limit_of(__u32 port)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SLUICE_MAX_LIMITS && i < config.limit_count; i++) {
		if (config.limits[i].port == port || !config.limits[i].port)
			return i;
	}
	return SLUICE_MAX_LIMITS;
}

/*
 * 1: the packet is within the rate of connections that its source opens, and is accounted for.
 *
 * A connection counts when its handshake is completed. A SYN that others send in the source's name changes
 * nothing but that the next segments are looked at: they cannot complete the handshake. A SYN is not
 * accounted for, but none passes when the rate is used up. What this host forwards, and does not end, it sees
 * no handshake of: there each SYN counts.
 */
static __always_inline int within_attempts(struct xdp_md *context, struct sluice_source *entry,
					   const volatile struct sluice_rate *rate,
					   const struct packet *packet, __u64 now_ns)
{
	const __u32 now_tick = ticks();

	if (is_attempt(packet)) {
		if (handshake_of(context, packet) != HANDSHAKE_ELSEWHERE) {
			entry->handshakes_until_tick = now_tick + HANDSHAKE_NS / config.tick_ns;
			return rate_admit(entry->attempts_tat_ns, now_ns, rate->interval, rate->tolerance_ns)
			    .conforms;
		}
	} else if ((__s32)(entry->handshakes_until_tick - now_tick) <= 0 ||
		   handshake_of(context, packet) != HANDSHAKE_COMPLETED) {
		return 1;
	}
	return admit(&entry->attempts_tat_ns, now_ns, rate->interval, rate->tolerance_ns);
}

/* SLUICE_PASS_DEFAULT, or the reason which says what the packet is over. A packet that passes one rate and
 * fails the next stays accounted for in the first. */
static __always_inline enum sluice_reason within_limit(struct xdp_md *context, struct sluice_source *entry,
						       __u32 index, const struct packet *packet)
{
	const volatile struct sluice_limit *limit = &config.limits[index];
	const __u64 now_ns = tick_clock_ns();

	if (packet->tcp_flags && limit->attempts.interval &&
	    !within_attempts(context, entry, &limit->attempts, packet, now_ns))
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

/* The verdict on a packet about which no allow, decision or list says anything. */
__noinline __u32 judge_by_limit(struct xdp_md *context, const struct packet *packet)
{
	struct sluice_source *entry;
	__u32 index;

	if (!packet)
		return SLUICE_PASS_DEFAULT;
	index = limit_of(packet->port);
	if (index >= SLUICE_MAX_LIMITS)
		return SLUICE_PASS_DEFAULT;
	entry = find_or_make_source(packet, SLUICE_ROLE_LIMIT + index);
	return entry ? within_limit(context, entry, index, packet) : SLUICE_PASS_DEFAULT;
}

/* 1: the packet is within the rate of the list that throttles its source. */
static __always_inline int within_list_rate(const struct packet *packet, __u64 interval_ns,
					    __u64 tolerance_ns)
{
	struct sluice_source *entry = find_or_make_source(packet, SLUICE_ROLE_LIST);

	return !entry || admit(&entry->packets_tat_ns, bpf_ktime_get_ns(), interval_ns, tolerance_ns);
}

#endif
