/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scope, look-up and decision: packet -> reason, which holds the verdict. Used by sluice.bpf.c. Counts only
 * what the entry that decided has cost; counters by reason are in stats.bpf.h.
 *
 * Any live allow passes; otherwise any live drop drops; otherwise the strictest live throttle throttles: so
 * allow beats deny at every prefix length, and nothing hides anything else.
 */
#ifndef SLUICE_VERDICT_BPF_H
#define SLUICE_VERDICT_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/rate.bpf.h"

#define FOREVER (~0ULL)

/*
 * How often the arrival time of a throttled source is tried to be moved against other CPUs that move it too.
 * A packet that loses every time passes (fail open) without having been accounted for. Each of its failures
 * is another packet accounted for, and such a packet can fail at most one try on each other CPU: the excess
 * is at most (CPUs - 1) / 16 of the rate if all of them race all of the time, and none in practice.
 */
#define RATE_TRIES 16

/* The exact clock costs more than a look-up: read when first needed, once a packet. */
struct lazy_clock {
	__u64 now_ns; /* 0: not read yet */
};

static __always_inline __u64 clock_read(struct lazy_clock *clock)
{
	if (!clock->now_ns)
		clock->now_ns = bpf_ktime_get_ns();
	return clock->now_ns;
}

/* The compiler knows that a port has 16 bits and would leave the mask out, which the verifier of 6.1,
 * that lost sight of them, insists on. */
static __always_inline int is_protected(__u32 port)
{
	asm volatile("" : "+r"(port));
	return protected_ports[port / 64 & 1023] >> (port % 64) & 1;
}

static __always_inline int in_scope(const struct packet *packet)
{
	if (config.scope == SLUICE_SCOPE_ALL || packet->later_fragment)
		return 1;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return 0;
	return is_protected(packet->port);
}

/*
 * The place of the lowest bit that is set, 0 to 63. The isolated bit shifts a de Bruijn sequence, whose 64
 * windows of six bits all differ, by its place; the upper six bits then tell it. (__builtin_ctzll crashes
 * clang 14 for this target.)
 */
static const __u8 place_of_window[64] = {
    0,  1,  48, 2,  57, 49, 28, 3,  61, 58, 50, 42, 38, 29, 17, 4,  62, 55, 59, 36, 53, 51,
    43, 22, 45, 39, 33, 30, 24, 18, 12, 5,  63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
    44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,  13, 8,  7,  6,
};

static __always_inline __u32 lowest_bit(__u64 bits)
{
	return place_of_window[((bits & -bits) * 0x03f79d71b4cb0a89ULL) >> 58] & 63;
}

/* The entry of exactly that network if there is a live one, otherwise NULL. An IPv4 key is the beginning of
 * an IPv6 one. */
static __always_inline struct sluice_decision *probe(void *table, struct source source, __u32 length,
						     struct lazy_clock *clock)
{
	const struct source network = source_network(source, length);
	const struct sluice_key_v6 key = {
	    .length = length,
	    .addr_be = {bpf_htonl(network.high >> 32), bpf_htonl(network.high), bpf_htonl(network.low >> 32),
			bpf_htonl(network.low)},
	};
	struct sluice_decision *entry = bpf_map_lookup_elem(table, &key);

	if (!entry || entry->deadline_ns == FOREVER)
		return entry;
	return clock_read(clock) < entry->deadline_ns ? entry : NULL;
}

static __always_inline int is_stricter(const struct sluice_decision *entry,
				       const struct sluice_decision *than)
{
	if (!than)
		return 1;
	return entry->action == than->action ? entry->interval_ns > than->interval_ns
					     : entry->action > than->action;
}

/* One question to the tables. */
struct search {
	struct source source;
	__u32 final; /* enum sluice_action: the search ends with the first live entry of this kind */
	struct sluice_decision *found; /* the strictest so far */
};

/* Probes the lengths `first` + n for each bit n that is set in `present`, of which at most `count` are. */
static __always_inline void search_word(struct search *search, void *table, __u64 present, __u32 first,
					int count, struct lazy_clock *clock)
{
	struct sluice_decision *entry;

#pragma clang loop unroll(disable)
	for (int i = 0; i < count && present; i++) {
		if (search->found && search->found->action == search->final)
			return;
		entry = probe(table, search->source, first + lowest_bit(present), clock);
		if (entry && is_stricter(entry, search->found))
			search->found = entry;
		present &= present - 1;
	}
}

static __always_inline void search_v6(struct search *search, void *table, const __u64 *present,
				      struct lazy_clock *clock)
{
	search_word(search, table, present[0], 0, 64, clock);
	search_word(search, table, present[1], 64, 64, clock);
	search_word(search, table, present[2], 128, 1, clock);
}

static __always_inline struct sluice_decision *
find_allow(const struct packet *packet, const struct sluice_lengths *present, struct lazy_clock *clock)
{
	struct search search = {.source = packet->source, .final = SLUICE_ALLOW};

	if (packet->family == SLUICE_IPV4)
		search_word(&search, &allow_v4, present->allow_v4[0], 0, 33, clock);
	else
		search_v6(&search, &allow_v6, present->allow_v6, clock);
	return search.found;
}

static __always_inline struct sluice_decision *
find_decision(const struct packet *packet, const struct sluice_lengths *present, struct lazy_clock *clock)
{
	struct search search = {.source = packet->source, .final = SLUICE_DROP};

	if (packet->family == SLUICE_IPV4)
		search_word(&search, &decisions_v4, present->decision_v4[0], 0, 33, clock);
	else
		search_v6(&search, &decisions_v6, present->decision_v6, clock);
	return search.found;
}

/* 1: within the rate. */
static __always_inline int conforms(struct sluice_decision *entry, __u64 now_ns)
{
	struct rate_answer answer;
	__u64 tat_ns;

#pragma clang loop unroll(disable)
	for (int i = 0; i < RATE_TRIES; i++) {
		tat_ns = *(volatile __u64 *)&entry->tat_ns;
		answer = rate_admit(tat_ns, now_ns, entry->interval_ns, entry->tolerance_ns);
		if (!answer.conforms)
			return 0;
		if (__sync_val_compare_and_swap(&entry->tat_ns, tat_ns, answer.tat_ns) == tat_ns)
			return 1;
	}
	return 1;
}

/* What the entry says of this packet. An action that it cannot have passes. */
static __always_inline enum sluice_reason apply(struct sluice_decision *entry, struct lazy_clock *clock)
{
	if (entry->action == SLUICE_DROP)
		return SLUICE_DROP_DECISION;
	if (entry->action == SLUICE_THROTTLE)
		return conforms(entry, clock_read(clock)) ? SLUICE_PASS_WITHIN_RATE : SLUICE_DROP_OVER_RATE;
	return SLUICE_PASS_DEFAULT;
}

/* Entries are shared between CPUs. */
static __always_inline void charge(struct sluice_decision *entry, __u64 bytes)
{
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, bytes);
}

static __always_inline enum sluice_reason judge(const struct packet *packet)
{
	struct lazy_clock clock = {};
	const struct sluice_lengths *present;
	struct sluice_decision *entry;
	enum sluice_reason reason;
	const __u32 first = 0;

	if (!in_scope(packet))
		return SLUICE_PASS_OUT_OF_SCOPE;
	present = bpf_map_lookup_elem(&lengths, &first);
	if (!present)
		return SLUICE_PASS_DEFAULT;
	entry = find_allow(packet, present, &clock);
	if (entry) {
		charge(entry, packet->bytes);
		return SLUICE_PASS_ALLOWED;
	}
	entry = find_decision(packet, present, &clock);
	if (!entry)
		return SLUICE_PASS_DEFAULT;
	reason = apply(entry, &clock);
	if (reason == SLUICE_DROP_DECISION || reason == SLUICE_DROP_OVER_RATE)
		charge(entry, packet->bytes);
	return reason;
}

#endif
