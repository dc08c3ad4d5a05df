/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Look-up and decision: packet -> reason, which holds the verdict. Used by sluice.bpf.c. Counts only
 * what the entry or list that decided has cost; counters by reason are in stats.bpf.h.
 *
 * Any live allow passes; otherwise any live drop drops; otherwise the strictest live throttle throttles: so
 * allow beats deny at every prefix length, and nothing hides anything else. Where there is no decision the
 * list that counts most decides, and where there is none the limits for every source.
 */
#ifndef SLUICE_VERDICT_BPF_H
#define SLUICE_VERDICT_BPF_H

#include "bpf/bits.bpf.h"
#include "bpf/clock.bpf.h"
#include "bpf/limit.bpf.h"
#include "bpf/list.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/scope.bpf.h"

#define FOREVER (~0ULL)

static __always_inline int is_drop(enum sluice_reason reason)
{
	return reason >= SLUICE_DROP_DECISION;
}

/* Whether an entry may stand near: false only where there is none. `network` is cut to `length`. */
static __always_inline int near_bit(__u32 family, struct source network, __u32 length)
{
	const __u64 hash = sluice_near_hash(config.seed, family, network.high, network.low, length);
	const __u32 line = hash >> 9 & (config.near_lines - 1);
	const struct sluice_list_line *bits = bpf_map_lookup_elem(&near, &line);

	return !bits || bits->words[hash >> 6 & 7] >> (hash & 63) & 1;
}

enum table { ALLOW, DECISIONS };

/* The entry of exactly that network, live or not. An IPv4 key is the beginning of an IPv6 one. */
static __always_inline struct sluice_decision *look_up(enum table table, __u32 family, struct source network,
						       __u32 length)
{
	const struct sluice_key_v6 key = {
	    .length = length,
	    .addr_be = {bpf_htonl(network.high >> 32), bpf_htonl(network.high), bpf_htonl(network.low >> 32),
			bpf_htonl(network.low)},
	};

	if (family == SLUICE_IPV4)
		return table == ALLOW ? bpf_map_lookup_elem(&allow_v4, &key)
				      : bpf_map_lookup_elem(&decisions_v4, &key);
	return table == ALLOW ? bpf_map_lookup_elem(&allow_v6, &key)
			      : bpf_map_lookup_elem(&decisions_v6, &key);
}

/*
 * What a search finds, in one word, so that the stricter of two is the greater: the action and 1 in the upper
 * two bits, the interval of a throttle, and in the lowest eight the length of the network. 0: nothing.
 */
#define FOUND_ACTION  62
#define FOUND_MOST_NS ((1ULL << 54) - 1)

/*
 * Looks at the source's network of that length. The lengths below the near ones have a near bit of their own
 * each. Global, like its callers: the verifier walks it once and not for each length and path.
 */
__noinline __u64 probe(const struct packet *packet, __u32 table, __u32 length, struct lazy_clock *clock)
{
	struct sluice_decision *entry;
	struct source network;
	__u64 interval_ns;

	if (!packet || !clock)
		return 0;
	network = source_network(source_of(packet), length);
	if (length < (packet->family == SLUICE_IPV4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6) &&
	    !near_bit(packet->family, network, length))
		return 0;
	entry = look_up(table, packet->family, network, length);
	if (!entry || (entry->deadline_ns != FOREVER && clock_read(clock) >= entry->deadline_ns))
		return 0;
	interval_ns = entry->interval_ns < FOUND_MOST_NS ? entry->interval_ns : FOUND_MOST_NS;
	return ((__u64)entry->action + 1) << FOUND_ACTION | interval_ns << 8 | (length & 0xff);
}

/* Probes the lengths `first` + n for each bit n that is set in `present`; the search ends at a find as strict
 * as can be. */
__noinline __u64 search_word(const struct packet *packet, __u32 table, __u64 present, __u32 first,
			     struct lazy_clock *clock)
{
	const __u64 enough = table == ALLOW ? 1 : (__u64)(SLUICE_DROP + 1) << FOUND_ACTION;
	__u64 found = 0, next;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 64 && present && found < enough; i++) {
		next = probe(packet, table, first + lowest_bit(present), clock);
		if (next > found)
			found = next;
		present &= present - 1;
	}
	return found;
}

/* The strictest live entry of a table. `is_near`: more than the short lengths are worth a probe. */
static __always_inline __u64 search(const struct packet *packet, enum table table, const __u64 *present_v4,
				    const __u64 *present_v6, int is_near, struct lazy_clock *clock)
{
	__u64 found, next;

	if (packet->family == SLUICE_IPV4)
		return search_word(packet, table,
				   *present_v4 & (is_near ? ~0ULL : (1ULL << SLUICE_NEAR_V4) - 1), 0, clock);
	found = present_v6[0] ? search_word(packet, table, present_v6[0], 0, clock) : 0;
	if (!is_near)
		return found;
	next = present_v6[1] ? search_word(packet, table, present_v6[1], 64, clock) : 0;
	found = next > found ? next : found;
	next = present_v6[2] ? search_word(packet, table, present_v6[2], 128, clock) : 0;
	return next > found ? next : found;
}

/* The entry that a search found; NULL where it went meanwhile. */
static __always_inline struct sluice_decision *found_entry(const struct packet *packet, enum table table,
							   __u64 found)
{
	const __u32 length = found & 0xff;

	return look_up(table, packet->family, source_network(source_of(packet), length), length);
}

/* What the entry says of this packet. An action that it cannot have passes. */
static __always_inline enum sluice_reason apply(struct sluice_decision *entry, struct lazy_clock *clock)
{
	if (entry->action == SLUICE_DROP)
		return SLUICE_DROP_DECISION;
	if (entry->action == SLUICE_THROTTLE)
		return admit(&entry->tat_ns, clock_read(clock), entry->interval_ns, entry->tolerance_ns)
			   ? SLUICE_PASS_WITHIN_RATE
			   : SLUICE_DROP_OVER_RATE;
	return SLUICE_PASS_DEFAULT;
}

/* Entries are shared between CPUs. */
static __always_inline void charge(struct sluice_decision *entry, __u64 bytes)
{
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, bytes);
}

/* Whether the tables hold anything for the packet's family. */
static __always_inline int is_any(const struct packet *packet, const struct sluice_lengths *present)
{
	if (packet->family == SLUICE_IPV4)
		return (present->allow_v4[0] | present->decision_v4[0]) != 0;
	return (present->allow_v6[0] | present->allow_v6[1] | present->allow_v6[2] | present->decision_v6[0] |
		present->decision_v6[1] | present->decision_v6[2]) != 0;
}

/* By the decisions; SLUICE_PASS_DEFAULT where there is none. */
__noinline __u32 judge_by_decisions(const struct packet *packet)
{
	const __u32 first = 0;
	const struct sluice_lengths *present = bpf_map_lookup_elem(&lengths, &first);
	struct lazy_clock clock = {};
	struct sluice_decision *entry;
	enum sluice_reason reason;
	__u64 found;
	__u32 length;
	int is_near;

	if (!packet || !present)
		return SLUICE_PASS_DEFAULT;
	length = packet->family == SLUICE_IPV4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6;
	is_near = near_bit(packet->family, source_network(source_of(packet), length), length);
	found = search(packet, ALLOW, present->allow_v4, present->allow_v6, is_near, &clock);
	if (found) {
		entry = found_entry(packet, ALLOW, found);
		if (entry)
			charge(entry, packet->bytes);
		return SLUICE_PASS_ALLOWED;
	}
	found = search(packet, DECISIONS, present->decision_v4, present->decision_v6, is_near, &clock);
	entry = found ? found_entry(packet, DECISIONS, found) : NULL;
	if (!entry)
		return SLUICE_PASS_DEFAULT;
	reason = apply(entry, &clock);
	if (is_drop(reason))
		charge(entry, packet->bytes);
	return reason;
}

/* By the lists; SLUICE_PASS_DEFAULT where none holds the source. */
static __always_inline enum sluice_reason judge_by_lists(const struct packet *packet)
{
	const struct listed listed = find_listed(packet);
	const struct sluice_list_rule *rule;
	enum sluice_reason reason;

	if (!listed.number)
		return SLUICE_PASS_DEFAULT;
	rule = list_rule(listed);
	if (!rule)
		return SLUICE_PASS_DEFAULT;
	if (rule->action == SLUICE_ALLOW)
		reason = SLUICE_PASS_LISTED;
	else if (rule->action == SLUICE_DROP)
		reason = SLUICE_DROP_LISTED;
	else
		reason = within_list_rate(packet, rule->interval_ns, rule->tolerance_ns)
			     ? SLUICE_PASS_WITHIN_RATE
			     : SLUICE_DROP_LIST_RATE;
	charge_list(listed.number, packet->bytes);
	return reason;
}

static __always_inline enum sluice_reason judge(const struct packet *packet)
{
	const __u32 first = 0;
	const struct sluice_lengths *present = bpf_map_lookup_elem(&lengths, &first);
	enum sluice_reason reason = SLUICE_PASS_DEFAULT;

	if (!in_scope(packet))
		return SLUICE_PASS_OUT_OF_SCOPE;
	if (packet->control)
		return SLUICE_PASS_CONTROL;
	if (present && is_any(packet, present))
		reason = judge_by_decisions(packet);
	if (reason == SLUICE_PASS_DEFAULT)
		reason = judge_by_lists(packet);
	if (reason == SLUICE_PASS_DEFAULT && config.limit_count)
		reason = judge_by_limit(packet);
	return reason;
}

#endif
