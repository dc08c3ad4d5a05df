/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which list decides about a source: reads the image that the list compiler made. wire.h describes the image.
 * Used by verdict.bpf.h. Trusts the contents of the image, but not that there is one: what cannot be found
 * stands in no list.
 *
 * A source that stands in no list costs two cache lines for IPv4 (switch, touched bits) and three for IPv6.
 * That path is inlined. What comes after a set touched bit is in global functions: the verifier checks each
 * of them once, and not for every path that calls it.
 */
#ifndef SLUICE_LIST_BPF_H
#define SLUICE_LIST_BPF_H

#include <stddef.h>

#include "bpf/bits.bpf.h"
#include "bpf/hash.h"
#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"

static __always_inline const void *list_line(__u32 index)
{
	return bpf_map_lookup_elem(&lists, &index);
}

/* The bucket after bucket `index` of `count`. The first one follows the last one. */
static __always_inline __u32 next_bucket(__u32 index, __u32 count)
{
	return index + 1 == count ? 0 : index + 1;
}

/* The second line of the image: a look-up in an array of lines returns one line, so the image's head takes
 * two. */
struct image_rest {
	__u32 buckets_v6_at;
	__u32 bucket_count_v6;
	__u32 wide_v6_at;
	__u32 wide_count_v6;
	__u32 bloom_v6_at;
	__u32 bloom_v6_lines;
};
_Static_assert(offsetof(struct sluice_list_image, buckets_v6_at) == sizeof(struct sluice_list_line),
	       "the second line begins here");

/*
 * All bits set if `x` is 0, otherwise 0. All slots of a bucket are compared with this, without a branch. The
 * CPU cannot predict which slot matches, and one mispredicted branch costs more than all the comparisons.
 */
static __always_inline __u64 ones_if_zero(__u64 x)
{
	return ~(__u64)((__s64)(x | -x) >> 63);
}

/* ---- IPv4 ---- */

/* The list of the entry of exactly this network of 21 to 32 bits; 0 if there is none. */
static __always_inline __u32 probe_v4(const struct sluice_list_image *image, __u32 base, __u32 address,
				      __u32 length)
{
	const __u32 network = address & (__u32)(~0ULL << (32 - length));
	const __u64 key = (__u64)network << 8 | length;
	const __u32 count = image->bucket_count_v4;
	__u32 index = sluice_list_bucket(sluice_list_hash_v4(image->seed, network, length), count);
	const struct sluice_bucket_v4 *bucket;
	__u32 list = 0;

#pragma clang loop unroll(disable)
	for (int probes = 0; probes < SLUICE_LIST_PROBES; probes++) {
		bucket = list_line(base + image->buckets_v4_at + index);
		if (!bucket)
			return 0;
#pragma clang loop unroll(full)
		for (int i = 0; i < 8; i++)
			list |=
			    bucket->entries[i] >> 16 & 0xff & ones_if_zero(bucket->entries[i] >> 24 ^ key);
		if (list || !bucket->entries[7])
			return list;
		index = next_bucket(index, count);
	}
	return 0;
}

/* The list that decides about an address whose /24 is touched: the longest match. */
__noinline __u32 find_list_v4(__u32 base, __u32 address)
{
	const struct sluice_list_image *image = list_line(base);
	const sluice_list_root *roots;
	__u32 root, lengths, list;

	if (!image)
		return 0;
	roots = list_line(base + image->roots_v4_at + (address >> 16));
	if (!roots)
		return 0;
	root = roots[address >> 12 & 15];
	lengths = root & 0xfff;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 12 && lengths; i++) {
		list = probe_v4(image, base, address, 32 - (lowest_bit(lengths) & 15));
		if (list)
			return list;
		lengths &= lengths - 1;
	}
	return root >> 16 & 0xff;
}

/* ---- IPv6 ---- */

/* The line of the Bloom filter for the lengths with this cut (sluice_list_bloom_cut). */
static __always_inline const struct sluice_list_line *bloom_line(const struct image_rest *rest, __u32 base,
								 __u64 seed, __u64 high, __u32 cut)
{
	return list_line(base + rest->bloom_v6_at +
			 sluice_list_bloom_line(seed, high, cut, rest->bloom_v6_lines));
}

/* Whether an entry with this hash may exist. */
static __always_inline int bloom_admits(const struct sluice_list_line *line, __u64 hash)
{
	const __u64 bits = sluice_list_bloom_bits(hash);

	return (line->words[sluice_list_bloom_word(hash)] & bits) == bits;
}

/* The list of the entry of exactly this network up to /64, which has this hash; 0 if there is none. */
static __always_inline __u32 probe_narrow_v6(const struct image_rest *rest, __u32 base, __u64 hash,
					     __u64 high, __u32 length)
{
	__u32 index = sluice_list_bucket(hash, rest->bucket_count_v6);
	const struct sluice_bucket_v6 *bucket;
	__u32 list = 0;

#pragma clang loop unroll(disable)
	for (int probes = 0; probes < SLUICE_LIST_PROBES; probes++) {
		bucket = list_line(base + rest->buckets_v6_at + index);
		if (!bucket)
			return 0;
#pragma clang loop unroll(full)
		for (int i = 0; i < 6; i++)
			list |= bucket->meta[i] & 0xff &
				ones_if_zero((bucket->high[i] ^ high) | (bucket->meta[i] >> 8 ^ length));
		if (list || !bucket->meta[5])
			return list;
		index = next_bucket(index, rest->bucket_count_v6);
	}
	return 0;
}

/* The same for a network longer than /64. */
static __always_inline __u32 probe_wide_v6(const struct image_rest *rest, __u32 base, __u64 hash,
					   struct source network, __u32 length)
{
	__u32 index = sluice_list_bucket(hash, rest->wide_count_v6);
	const struct sluice_wide_v6 *bucket;
	__u32 list = 0;

#pragma clang loop unroll(disable)
	for (int probes = 0; probes < SLUICE_LIST_PROBES; probes++) {
		bucket = list_line(base + rest->wide_v6_at + index);
		if (!bucket)
			return 0;
#pragma clang loop unroll(full)
		for (int i = 0; i < 3; i++)
			list |=
			    bucket->meta[i] & 0xff &
			    ones_if_zero((bucket->high[i] ^ network.high) | (bucket->low[i] ^ network.low) |
					 (bucket->meta[i] >> 8 ^ length));
		if (list || !bucket->meta[2])
			return list;
		index = next_bucket(index, rest->wide_count_v6);
	}
	return 0;
}

/* The same for a network of any length. */
__noinline __u32 probe_v6(__u32 base, __u64 hash, __u64 high, __u64 low, __u32 length)
{
	const struct image_rest *rest = list_line(base + 1);

	if (!rest)
		return 0;
	if (length <= 64)
		return probe_narrow_v6(rest, base, hash, high, length);
	return probe_wide_v6(rest, base, hash, (struct source){high, low}, length);
}

/*
 * Probes the length 128 - n for each bit n that is set in `lengths`, the longest first, if the Bloom filter
 * admits it. Returns the first list found. In this loop and in the next one the Bloom filter's answer is the
 * only branch on data: the CPU cannot predict which lengths come.
 */
static __always_inline __u32 probe_wide_lengths(__u32 base, __u64 seed, struct source source, __u64 lengths,
						const struct sluice_list_line *bloom)
{
	const __u64 mixed = sluice_mix(seed ^ source.high);
	__u64 hash, low;
	__u32 place, list;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 64 && lengths; i++) {
		place = lowest_bit(lengths);
		lengths &= lengths - 1;
		low = source.low & ~0ULL << place;
		hash = sluice_list_hash_wide_v6(mixed, low, 128 - place);
		if (!bloom_admits(bloom, hash))
			continue;
		list = probe_v6(base, hash, source.high, low, 128 - place);
		if (list)
			return list;
	}
	return 0;
}

/* `high` cut to `length`, 0 to 64. */
static __always_inline __u64 network_of(__u64 high, __u32 length)
{
	return high & (~(~0ULL >> (length & 63)) | -(__u64)(length >> 6));
}

/* Probes the length last - n, at most 64, for each bit n. `longer` is the line of the Bloom filter for
 * lengths from SLUICE_BLOOM_MIDDLE_FROM on, `shorter` the line for the others. */
static __always_inline __u32 probe_lengths_v6(__u32 base, __u64 seed, __u64 high, __u64 lengths, __u32 last,
					      const struct sluice_list_line *longer,
					      const struct sluice_list_line *shorter)
{
	__u64 hash, network;
	__u32 length, list;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 64 && lengths; i++) {
		length = last - lowest_bit(lengths);
		lengths &= lengths - 1;
		network = network_of(high, length);
		hash = sluice_list_hash_v6(seed, network, length);
		if (!bloom_admits(length >= SLUICE_BLOOM_MIDDLE_FROM ? longer : shorter, hash))
			continue;
		list = probe_v6(base, hash, network, 0, length);
		if (list)
			return list;
	}
	return 0;
}

/* The list of the longest entry below its /32 that holds the address. `wider` are the lengths from 65 on,
 * `up_to_64` those from 33 to 64, as in struct sluice_nets_v6. */
__noinline __u32 find_longer_v6(__u32 base, __u64 high, __u64 low, __u64 wider, __u32 up_to_64)
{
	const struct sluice_list_image *image = list_line(base);
	const struct image_rest *rest = list_line(base + 1);
	const struct sluice_list_line *line, *shorter;
	__u32 list;

	if (!image || !rest)
		return 0;
	if (wider) {
		line = bloom_line(rest, base, image->seed, high, 64);
		if (!line)
			return 0;
		list = probe_wide_lengths(base, image->seed, (struct source){high, low}, wider, line);
		if (list)
			return list;
	}
	/* Both lines are fetched before either is used, so that the CPU waits for memory once. */
	line = bloom_line(rest, base, image->seed, high, 48);
	shorter = bloom_line(rest, base, image->seed, high, 32);
	if (!line || !shorter)
		return 0;
	return probe_lengths_v6(base, image->seed, high, up_to_64, 64, line, shorter);
}

/* The slot where the net stands if the bucket holds it. If not, any slot. */
static __always_inline __u32 slot_of(const struct sluice_nets_v6 *nets, __u32 net)
{
	const __u64 in_second = ones_if_zero(nets->net[1] ^ net);

	return (in_second & 1) | (ones_if_zero(nets->net[2] ^ net) & ~in_second & 2);
}

/* The list that decides about an address whose /32 is touched and has this hash: the longest match of 32 bits
 * or more. */
__noinline __u32 find_list_v6(__u32 base, __u64 high, __u64 low, __u64 hash)
{
	const struct sluice_list_image *image = list_line(base);
	const struct sluice_nets_v6 *nets;
	__u32 index, slot, list;

	if (!image)
		return 0;
	index = sluice_list_bucket(hash, image->net_count_v6);
#pragma clang loop unroll(disable)
	for (int probes = 0; probes < SLUICE_LIST_PROBES; probes++) {
		nets = list_line(base + image->nets_v6_at + index);
		if (!nets)
			return 0;
		slot = slot_of(nets, high >> 32);
		if (nets->net[slot] == high >> 32) {
			list = nets->wider[slot] | nets->up_to_64[slot]
				   ? find_longer_v6(base, high, low, nets->wider[slot], nets->up_to_64[slot])
				   : 0;
			return list ? list : nets->list[slot] & 0xff;
		}
		if (!(nets->wider[2] | nets->up_to_64[2] | nets->list[2]))
			return 0;
		index = next_bucket(index, image->net_count_v6);
	}
	return 0;
}

/* The longest match shorter than 32 bits. */
__noinline __u32 find_short_v6(__u32 base, __u64 high, __u64 lengths)
{
	const struct sluice_list_image *image = list_line(base);
	const struct image_rest *rest = list_line(base + 1);
	const struct sluice_list_line *line;

	if (!image || !rest)
		return 0;
	line = bloom_line(rest, base, image->seed, high, 0);
	if (!line)
		return 0;
	return probe_lengths_v6(base, image->seed, high, lengths, 31, line, line);
}

/* ---- Both families ---- */

/* Whether bit `bit` is set, counted from the line `line` on. */
static __always_inline int is_touched(__u32 line, __u32 bit)
{
	const struct sluice_list_line *bits = list_line(line + bit / 512);

	return bits && bits->words[bit / 64 & 7] >> (bit & 63) & 1;
}

static __always_inline __u32 find_listed_v6(__u32 base, struct source source)
{
	const struct sluice_list_image *image = list_line(base);
	__u32 list = 0;
	__u64 hash;

	if (!image)
		return 0;
	hash = sluice_list_hash_net(image->seed, source.high >> 32);
	if (is_touched(base + image->touched_v6_at, sluice_list_touched(hash, image->touched_v6_lines)))
		list = find_list_v6(base, source.high, source.low, hash);
	if (!list && image->short_lengths_v6)
		list = find_short_v6(base, source.high, image->short_lengths_v6);
	return list;
}

/* The list that decides about a source. */
struct listed {
	__u32 number; /* the list's number; 0: the source stands in no list */
	__u32 base;   /* the first line of the image that says so */
};

static __always_inline struct listed find_listed(const struct packet *packet)
{
	const __u32 active = *(const volatile __u32 *)&list_switch.active;
	struct listed listed = {.base = sluice_list_base(active)};

	if (packet->family == SLUICE_IPV4) {
		const __u32 address = packet->source.high >> 32;

		if (active & SLUICE_LIST_HAS_V4 &&
		    is_touched(listed.base + SLUICE_LIST_TOUCHED_V4_AT, address >> 8))
			listed.number = find_list_v4(listed.base, address);
	} else if (active & SLUICE_LIST_HAS_V6) {
		listed.number = find_listed_v6(listed.base, source_of(packet));
	}
	return listed;
}

/* The rule of that list; NULL if the image has no such line. */
static __always_inline const struct sluice_list_rule *list_rule(struct listed listed)
{
	const struct sluice_list_rule *rules =
	    list_line(listed.base + SLUICE_LIST_RULES_AT + listed.number / 2);

	return rules ? rules + (listed.number & 1) : NULL;
}

/* Counts the packet for the list that decided. */
static __always_inline void charge_list(__u32 number, __u64 bytes)
{
	struct sluice_counter *hits = bpf_map_lookup_elem(&list_hits, &number);

	if (!hits)
		return;
	hits->packets++;
	hits->bytes += bytes;
}

#endif
