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

/* Whether an entry may stand near: false only where there is none. `high` is cut to `length`, at most 64. */
static __always_inline int near_bit(__u32 family, __u64 high, __u32 length)
{
	const __u64 hash = sluice_near_hash(config.seed, family, high, length);
	const __u32 line = sluice_near_line(hash, config.near_lines);
	const struct sluice_list_line *bits = bpf_map_lookup_elem(&near, &line);

	return !bits || bits->words[sluice_near_word(hash)] >> sluice_near_place(hash) & 1;
}

/* Whether a short entry may hold an address that begins so. */
static __always_inline int area_bit(const __u64 *words, __u64 high)
{
	return words[high >> 54] >> (high >> 48 & 63) & 1;
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

static __always_inline int is_live(const struct sluice_decision *entry, struct lazy_clock *clock)
{
	return entry->deadline_ns == FOREVER || clock_read(clock) < entry->deadline_ns;
}

/* Looks at the source's network of that length. Global, like its caller: the verifier walks it once and not
 * for each length and path. */
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

/* Of the lengths `present`, all below the near one, those that have their near bit set. */
__noinline __u64 near_ones(__u32 family, __u64 high, __u64 present)
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

/* The lengths to probe in one table: the short ones, and where something is near the others too, as bits from
 * `base` on and, IPv6 alone, 128. */
struct worth {
	__u64 short_ones;
	__u64 others;
	__u64 full;
};

static __always_inline struct worth worth_v4(__u64 present, __u64 short_ones, int is_near)
{
	return (struct worth){present & short_ones, is_near ? present >> SLUICE_NEAR_V4 : 0, 0};
}

static __always_inline struct worth worth_v6(const __u64 *present, __u64 short_ones, int is_near)
{
	return (struct worth){present[0] & short_ones, is_near ? present[1] : 0, is_near ? present[2] : 0};
}

/* The strictest live entry of a table; NULL where there is none. Most tables hold entries of one length, or
 * none of them is worth a probe: those cost one look-up and no search. */
static __always_inline struct sluice_decision *find(const struct packet *packet, enum table table,
						    struct worth worth, struct lazy_clock *clock)
{
	const __u32 base = packet->family == SLUICE_IPV4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6;
	struct sluice_decision *entry;
	__u64 found, next;
	__u32 length;

	if (!worth.short_ones && !worth.full && !(worth.others & (worth.others - 1))) {
		if (!worth.others)
			return NULL;
		length = base + lowest_bit(worth.others);
		entry = look_up(table, packet->family, source_network(source_of(packet), length), length);
		return entry && is_live(entry, clock) ? entry : NULL;
	}
	found = worth.short_ones ? search_word(packet, table, worth.short_ones, 0, clock) : 0;
	next = worth.others ? search_word(packet, table, worth.others, base, clock) : 0;
	found = next > found ? next : found;
	next = worth.full ? probe(packet, table, 128, clock) : 0;
	found = next > found ? next : found;
	length = found & 0xff;
	return found ? look_up(table, packet->family, source_network(source_of(packet), length), length)
		     : NULL;
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

/* What may stand near a source: lengths below the near one, and whether any of the others. */
struct nearby {
	__u64 short_ones;
	int is_near;
};

static __always_inline struct nearby nearby(const struct packet *packet)
{
	const int is_v4 = packet->family == SLUICE_IPV4;
	const __u64 v4 = lengths.allow_v4[0] | lengths.decision_v4[0];
	const __u64 others = is_v4 ? v4 >> SLUICE_NEAR_V4
				   : lengths.allow_v6[1] | lengths.decision_v6[1] | lengths.allow_v6[2] |
					 lengths.decision_v6[2];
	const __u64 high = is_v4 ? packet->source.high & ~(~0ULL >> SLUICE_NEAR_V4) : packet->source.high;
	struct nearby found = {
	    is_v4 ? v4 & ((1ULL << SLUICE_NEAR_V4) - 1) : lengths.allow_v6[0] | lengths.decision_v6[0], 0};

	if (found.short_ones && !area_bit(is_v4 ? areas.v4 : areas.v6, packet->source.high))
		found.short_ones = 0;
	if (found.short_ones)
		found.short_ones = near_ones(packet->family, packet->source.high, found.short_ones);
	found.is_near = others && near_bit(packet->family, high, is_v4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6);
	return found;
}

/* By the decisions; SLUICE_PASS_DEFAULT where there is none. Beside the lengths `short_ones` all others are
 * worth a probe if `is_near`. */
__noinline __u32 judge_by_decisions(const struct packet *packet, __u64 short_ones, __u32 is_near)
{
	const struct sluice_lengths *const present = &lengths;
	struct lazy_clock clock = {};
	struct sluice_decision *entry;
	enum sluice_reason reason;

	if (!packet)
		return SLUICE_PASS_DEFAULT;
	entry = find(packet, ALLOW,
		     packet->family == SLUICE_IPV4 ? worth_v4(present->allow_v4[0], short_ones, is_near)
						   : worth_v6(present->allow_v6, short_ones, is_near),
		     &clock);
	if (entry) {
		charge(entry, packet->bytes);
		return SLUICE_PASS_ALLOWED;
	}
	entry = find(packet, DECISIONS,
		     packet->family == SLUICE_IPV4 ? worth_v4(present->decision_v4[0], short_ones, is_near)
						   : worth_v6(present->decision_v6, short_ones, is_near),
		     &clock);
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

static __always_inline enum sluice_reason judge(const struct packet *packet, struct packet *kept)
{
	enum sluice_reason reason = SLUICE_PASS_DEFAULT;
	struct nearby near_source;

	if (!in_scope(packet))
		return SLUICE_PASS_OUT_OF_SCOPE;
	if (packet->control)
		return SLUICE_PASS_CONTROL;
	near_source = nearby(packet);
	if (near_source.short_ones || near_source.is_near)
		reason = judge_by_decisions(keep(packet, kept), near_source.short_ones, near_source.is_near);
	if (reason == SLUICE_PASS_DEFAULT)
		reason = judge_by_lists(packet);
	if (reason == SLUICE_PASS_DEFAULT && config.limit_count)
		reason = judge_by_limit(keep(packet, kept));
	return reason;
}

#endif
