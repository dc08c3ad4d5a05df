/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of sources (struct sluice_source_set in wire.h): finds the entry of a source in one of its roles,
 * or makes one. Used by limit.bpf.h, report.bpf.h and hello.bpf.h. An entry that had to be forgotten or could
 * not be made is counted. The table holds statistics and rates only, so losing an entry refuses nobody.
 */
#ifndef SLUICE_SOURCE_BPF_H
#define SLUICE_SOURCE_BPF_H

#include "bpf/clock.bpf.h"
#include "bpf/hash.h"
#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/stats.bpf.h"

#define SET_LOCKED (1U << 31)
#define SET_MARKS  ((1U << SLUICE_SOURCE_WAYS) - 1)

/*
 * How often a CPU tries to take the lock of a set. The holder is an XDP program on another CPU: only an
 * interrupt can stop it, and it is done within a microsecond. A packet that never gets the lock is not
 * counted.
 */
#define LOCK_TRIES 64

/* Marks are cleared at least this often, so that a source which went away loses its mark. */
#define MARKS_LAST_NS 10000000000ULL

/* Where the entry of a source in one role may stand. */
struct source_place {
	struct source network; /* the source, IPv6 cut to ipv6_source_length */
	__u32 tag;             /* as in struct sluice_source_set */
	struct sluice_source_set *set;
};

static __always_inline struct source_place source_place(const struct packet *packet, __u32 role)
{
	const __u32 is_v6 = packet->family != SLUICE_IPV4;
	struct source_place place = {
	    .network = source_network(source_of(packet), is_v6 ? config.ipv6_source_length : 32)};
	__u64 hash = sluice_mix((config.seed ^ place.network.high) + (role << 1 | is_v6));
	__u32 index;

	if (place.network.low)
		hash = sluice_mix(hash ^ place.network.low);
	index = sluice_list_bucket(hash, config.source_sets);

	place.tag = ((__u32)hash | 1) << 5 | role << 1 | is_v6;
	place.set = bpf_map_lookup_elem(&sources, &index);
	return place;
}

/* `way` as an index whose bounds the verifier of 6.1 knows. */
static __always_inline __u32 within_ways(__u32 way)
{
	asm volatile("" : "+r"(way));
	return way < SLUICE_SOURCE_WAYS ? way : 0;
}

/* The way where the entry stands; SLUICE_SOURCE_WAYS if there is none. */
static __always_inline __u32 source_way(const struct source_place *place)
{
	const struct sluice_source_set *set = place->set;

#pragma clang loop unroll(full)
	for (__u32 way = 0; way < SLUICE_SOURCE_WAYS; way++) {
		if (set->tags[way] == place->tag && set->sources[way].high == place->network.high &&
		    set->sources[way].low == place->network.low)
			return way;
	}
	return SLUICE_SOURCE_WAYS;
}

static __always_inline int lock_set(struct sluice_source_set *set)
{
	__u32 state;

#pragma clang loop unroll(disable)
	for (int i = 0; i < LOCK_TRIES; i++) {
		state = *(volatile __u32 *)&set->state;
		if (!(state & SET_LOCKED) &&
		    __sync_val_compare_and_swap(&set->state, state, state | SET_LOCKED) == state)
			return 1;
	}
	return 0;
}

static __always_inline void unlock_set(struct sluice_source_set *set)
{
	__sync_fetch_and_and(&set->state, ~SET_LOCKED);
}

/* The way of a locked set that a new entry takes: an empty one, or else one without a mark. All marks are
 * cleared if every way has one, or if it is time to. The new entry's tag says at which way the search begins,
 * so that no way is preferred. */
static __always_inline __u32 way_for_new(struct sluice_source_set *set, __u32 start, __u32 now_tick)
{
	__u32 way, marks;

	if ((__u64)(now_tick - set->marks_tick) * config.tick_ns > MARKS_LAST_NS ||
	    (set->state & SET_MARKS) == SET_MARKS) {
		set->marks_tick = now_tick;
		__sync_fetch_and_and(&set->state, ~SET_MARKS);
	}
#pragma clang loop unroll(full)
	for (way = 0; way < SLUICE_SOURCE_WAYS; way++) {
		if (!set->tags[way])
			return way;
	}
	marks = set->state;
#pragma clang loop unroll(disable)
	for (int i = 0; i < SLUICE_SOURCE_WAYS; i++) {
		way = within_ways(start);
		if (!(marks >> way & 1))
			return way;
		start = way + 1;
	}
	return within_ways(start);
}

/* Writes the new entry. The tag is cleared first and written last: in between a look-up finds nothing there.
 */
static __always_inline void write_entry(const struct source_place *place, struct sluice_source *entry,
					__u32 *tag, __u32 now_tick)
{
	if (*tag)
		count_event(SLUICE_SOURCES_FORGOTTEN);
	count_event(SLUICE_SOURCES_MADE);
	*(volatile __u32 *)tag = 0;
	*entry = (struct sluice_source){
	    .high = place->network.high, .low = place->network.low, .since_tick = now_tick};
	__sync_lock_test_and_set(tag, place->tag);
}

/* NULL, and counted, if the entry cannot be made. */
static __noinline struct sluice_source *make_source(struct source_place *place)
{
	struct sluice_source_set *set = place->set;
	const __u32 now_tick = ticks();
	__u32 way;

	if (!set || !lock_set(set)) {
		count_event(SLUICE_SOURCES_REFUSED);
		return NULL;
	}
	/* Another CPU may have made it before this one had the lock. */
	way = source_way(place);
	if (way == SLUICE_SOURCE_WAYS) {
		way = within_ways(way_for_new(set, place->tag >> 8 & 7, now_tick));
		write_entry(place, &set->sources[way], &set->tags[way], now_tick);
	}
	unlock_set(set);
	return &set->sources[within_ways(way)];
}

/* The entry of the packet's source in this role. If there is none it is made. NULL, and counted, if it cannot
 * be made. */
static __always_inline struct sluice_source *find_or_make_source(const struct packet *packet, __u32 role)
{
	struct source_place place = source_place(packet, role);
	__u32 way;

	if (!place.set)
		return NULL;
	way = source_way(&place);
	if (way == SLUICE_SOURCE_WAYS)
		return make_source(&place);
	if (!(place.set->state >> way & 1))
		__sync_fetch_and_or(&place.set->state, 1U << way);
	return &place.set->sources[within_ways(way)];
}

#endif
