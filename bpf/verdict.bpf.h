/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Judges a packet: packet -> reason. The reason contains the verdict (is_drop). Used by sluice.bpf.c. Counts
 * packets only in the entry or list that decided; the counters by reason are in stats.bpf.h.
 *
 * The first of these that holds decides:
 *   1. a live allow of any prefix length: pass
 *   2. a live drop of any prefix length: drop
 *   3. the strictest live throttle: pass within its rate, else drop
 *   4. the list that counts most: what its rule says
 *   5. the limits for every source
 * An allow beats a denial at every prefix length, and no entry hides another. "Live" means: before its
 * deadline.
 *
 * Most packets have no entry anywhere near their source. The proximity filter (wire.h) says so after one or
 * two bits, and then no table is probed.
 */
#ifndef SLUICE_VERDICT_BPF_H
#define SLUICE_VERDICT_BPF_H

#include "bpf/bits.bpf.h"
#include "bpf/clock.bpf.h"
#include "bpf/hash.h"
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

/* ---- The proximity filter ---- */

/* Whether an entry may be near this network. If the answer is 0 there is none. `high` is cut to `length`, at
 * most 64. */
static __always_inline int near_bit(__u32 family, __u64 high, __u32 length)
{
	const __u64 hash = sluice_near_hash(config.seed, family, high, length);
	const __u32 line = sluice_near_line(hash, config.near_lines);
	const struct sluice_list_line *bits = bpf_map_lookup_elem(&near, &line);

	return !bits || bits->words[sluice_near_word(hash)] >> sluice_near_place(hash) & 1;
}

/* Whether the area of this address has a short entry. */
static __always_inline int area_bit(const __u64 *words, __u64 high)
{
	return words[high >> 54] >> (high >> 48 & 63) & 1;
}

/* ---- Look-up ---- */

enum table { ALLOW, DECISIONS };

/* The entry of exactly this network, live or not; NULL if there is none. An IPv4 key is the beginning of an
 * IPv6 key. */
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
 * What a search finds, packed into one word so that the stricter of two finds is the greater number:
 *   bits 62 and 63  the action + 1
 *   bits 8 to 61    the interval of a throttle
 *   bits 0 to 7     the prefix length
 * 0: nothing was found.
 */
#define FOUND_ACTION  62
#define FOUND_MOST_NS ((1ULL << 54) - 1)

static __always_inline int is_live(const struct sluice_decision *entry, struct lazy_clock *clock)
{
	return entry->deadline_ns == FOREVER || clock_read(clock) < entry->deadline_ns;
}

/* Looks for a live entry of the source's network of this length. This function and its caller are global: the
 * verifier checks a global function once, and not for every length and path. */
__noinline __u64 probe(const struct packet *packet, __u32 table, __u32 length, struct lazy_clock *clock)
{
	struct sluice_decision *entry;
	__u64 interval_ns;

	if (!packet || !clock)
		return 0;
	entry = look_up(table, packet->family, source_network(source_of(packet), length), length);
	if (!entry || !is_live(entry, clock))
		return 0;
	interval_ns = entry->interval_ns < FOUND_MOST_NS ? entry->interval_ns : FOUND_MOST_NS;
	return ((__u64)entry->action + 1) << FOUND_ACTION | interval_ns << 8 | (length & 0xff);
}

/* Those of the lengths `present` whose network has its near bit set. All are shorter than the near network.
 */
__noinline __u64 near_short_lengths(__u32 family, __u64 high, __u64 present)
{
	__u64 near_lengths = 0;
	__u32 length;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 64 && present; i++) {
		length = lowest_bit(present);
		present &= present - 1;
		near_lengths |= (__u64)near_bit(family, high & ~(~0ULL >> length), length) << length;
	}
	return near_lengths;
}

/* Probes the length `first` + n for each bit n that is set in `present`. Returns the strictest find. Stops
 * early if none can be stricter. */
__noinline __u64 search_lengths(const struct packet *packet, __u32 table, __u64 present, __u32 first,
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

/* Which prefix lengths of one table are worth a probe, as sets of bits. */
struct candidates {
	__u64 short_lengths; /* bit n: length n, below the near network */
	__u64 long_lengths;  /* bit n: length SLUICE_NEAR_V4 + n or SLUICE_NEAR_V6 + n */
	__u64 full_length;   /* not 0: the length 128, which has no bit above */
};

static __always_inline struct candidates candidates_v4(__u64 present, __u64 short_lengths, int is_near)
{
	return (struct candidates){present & short_lengths, is_near ? present >> SLUICE_NEAR_V4 : 0, 0};
}

static __always_inline struct candidates candidates_v6(const __u64 *present, __u64 short_lengths, int is_near)
{
	return (struct candidates){present[0] & short_lengths, is_near ? present[1] : 0,
				   is_near ? present[2] : 0};
}

/* The strictest live entry of a table; NULL if there is none. Most tables hold entries of one length only, or
 * have no candidate: then this costs at most one look-up and no search. */
static __always_inline struct sluice_decision *find(const struct packet *packet, enum table table,
						    struct candidates candidates, struct lazy_clock *clock)
{
	const __u32 base = packet->family == SLUICE_IPV4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6;
	struct sluice_decision *entry;
	__u64 found, next;
	__u32 length;

	if (!candidates.short_lengths && !candidates.full_length &&
	    !(candidates.long_lengths & (candidates.long_lengths - 1))) {
		if (!candidates.long_lengths)
			return NULL;
		length = base + lowest_bit(candidates.long_lengths);
		entry = look_up(table, packet->family, source_network(source_of(packet), length), length);
		return entry && is_live(entry, clock) ? entry : NULL;
	}
	found =
	    candidates.short_lengths ? search_lengths(packet, table, candidates.short_lengths, 0, clock) : 0;
	next =
	    candidates.long_lengths ? search_lengths(packet, table, candidates.long_lengths, base, clock) : 0;
	found = next > found ? next : found;
	next = candidates.full_length ? probe(packet, table, 128, clock) : 0;
	found = next > found ? next : found;
	length = found & 0xff;
	return found ? look_up(table, packet->family, source_network(source_of(packet), length), length)
		     : NULL;
}

/* What the entry says about this packet. An action that an entry cannot have passes. */
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

/* Counts the packet in the entry. All CPUs share it. */
static __always_inline void charge(struct sluice_decision *entry, __u64 bytes)
{
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, bytes);
}

/* What the proximity filter says about a source. */
struct proximity {
	__u64 short_lengths; /* bit n: an entry of length n, shorter than the near network, may hold the
				source */
	int is_near;         /* an entry at least as long as the near network may be near the source */
};

static __always_inline struct proximity proximity_of(const struct packet *packet)
{
	const int is_v4 = packet->family == SLUICE_IPV4;
	const __u64 v4 = lengths.allow_v4[0] | lengths.decision_v4[0];
	const __u64 long_lengths = is_v4 ? v4 >> SLUICE_NEAR_V4
					 : lengths.allow_v6[1] | lengths.decision_v6[1] |
					       lengths.allow_v6[2] | lengths.decision_v6[2];
	const __u64 high = is_v4 ? packet->source.high & ~(~0ULL >> SLUICE_NEAR_V4) : packet->source.high;
	struct proximity found = {
	    is_v4 ? v4 & ((1ULL << SLUICE_NEAR_V4) - 1) : lengths.allow_v6[0] | lengths.decision_v6[0], 0};

	if (found.short_lengths && !area_bit(is_v4 ? areas.v4 : areas.v6, packet->source.high))
		found.short_lengths = 0;
	if (found.short_lengths)
		found.short_lengths =
		    near_short_lengths(packet->family, packet->source.high, found.short_lengths);
	found.is_near =
	    long_lengths && near_bit(packet->family, high, is_v4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6);
	return found;
}

/* ---- Judging ---- */

/* Judges by the allows and decisions; SLUICE_PASS_DEFAULT if none holds. `short_lengths` and `is_near` are
 * those of struct proximity. */
__noinline __u32 judge_by_decisions(const struct packet *packet, __u64 short_lengths, __u32 is_near)
{
	const struct sluice_lengths *const present = &lengths;
	struct lazy_clock clock = {};
	struct sluice_decision *entry;
	enum sluice_reason reason;

	if (!packet)
		return SLUICE_PASS_DEFAULT;
	entry =
	    find(packet, ALLOW,
		 packet->family == SLUICE_IPV4 ? candidates_v4(present->allow_v4[0], short_lengths, is_near)
					       : candidates_v6(present->allow_v6, short_lengths, is_near),
		 &clock);
	if (entry) {
		charge(entry, packet->bytes);
		return SLUICE_PASS_ALLOWED;
	}
	entry = find(packet, DECISIONS,
		     packet->family == SLUICE_IPV4
			 ? candidates_v4(present->decision_v4[0], short_lengths, is_near)
			 : candidates_v6(present->decision_v6, short_lengths, is_near),
		     &clock);
	if (!entry)
		return SLUICE_PASS_DEFAULT;
	reason = apply(entry, &clock);
	if (is_drop(reason))
		charge(entry, packet->bytes);
	return reason;
}

/* Judges by the lists; SLUICE_PASS_DEFAULT if the source stands in none. */
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

/* `storage`: see store_packet(). */
static __always_inline enum sluice_reason judge(struct xdp_md *context, const struct packet *packet,
						struct packet *storage)
{
	enum sluice_reason reason = SLUICE_PASS_DEFAULT;
	struct proximity proximity;

	if (!in_scope(packet))
		return SLUICE_PASS_OUT_OF_SCOPE;
	if (packet->control)
		return SLUICE_PASS_CONTROL;
	proximity = proximity_of(packet);
	if (proximity.short_lengths || proximity.is_near)
		reason = judge_by_decisions(store_packet(packet, storage), proximity.short_lengths,
					    proximity.is_near);
	if (reason == SLUICE_PASS_DEFAULT)
		reason = judge_by_lists(packet);
	/* A packet whose port is unknown is under no limit, unless the limits are those of all packets. */
	if (reason == SLUICE_PASS_DEFAULT && config.limit_count &&
	    (!packet->unread || config.scope == SLUICE_SCOPE_ALL))
		reason = judge_by_limit(context, store_packet(packet, storage));
	return reason;
}

#endif
