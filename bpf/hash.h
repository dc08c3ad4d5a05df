/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arithmetic that the kernel programs and the daemon must do alike: where an entry stands in the proximity
 * filter, in an image of the lists and in the table of sources, and how the list switch is packed. Pure:
 * reads no map and no clock. The layouts are in wire.h.
 *
 * Where a hash chooses several things, each takes other bits of it.
 */
#ifndef SLUICE_HASH_H
#define SLUICE_HASH_H

#include "bpf/wire.h"

/* Inlined on both sides: the program calls no function for a hash. */
#define SLUICE_INLINE static inline __attribute__((always_inline))

/* Spreads every bit of a key over the hash (multiply and fold, twice). */
SLUICE_INLINE __u64 sluice_mix(__u64 key)
{
	key = (key ^ key >> 32) * 0x9e3779b97f4a7c15ULL;
	key = (key ^ key >> 29) * 0xbf58476d1ce4e5b9ULL;
	return key ^ key >> 32;
}

/* ---- The proximity filter (the map `near`) ---- */

/* The hash of a network of `length` bits, at most 64. `high` is as in struct source (bpf/parse.bpf.h), cut to
 * `length`. One multiplication is enough: the upper bits of the product depend on every bit of the key, and
 * nobody knows the seed. */
SLUICE_INLINE __u64 sluice_near_hash(__u64 seed, __u32 family, __u64 high, __u32 length)
{
	return ((seed ^ high) + (family << 8 | length)) * 0x9e3779b97f4a7c15ULL;
}

/* The line that holds the bit of that hash. `lines` is a power of two up to 2^23. */
SLUICE_INLINE __u32 sluice_near_line(__u64 hash, __u32 lines)
{
	return (__u32)(hash >> 32) & (lines - 1);
}

/* The word of the line, 0 to 7. */
SLUICE_INLINE __u32 sluice_near_word(__u64 hash)
{
	return (__u32)(hash >> 55) & 7;
}

/* The bit of the word, 0 to 63. */
SLUICE_INLINE __u32 sluice_near_place(__u64 hash)
{
	return (__u32)(hash >> 58);
}

/* ---- The switch of the lists ---- */

/* The switch that puts the image at `line` in force. `line` is below 2^30. */
SLUICE_INLINE __u32 sluice_list_active(__u32 line, const struct sluice_list_image *image)
{
	return line | (image->entries_v4 ? SLUICE_LIST_HAS_V4 : 0) |
	       (image->entries_v6 ? SLUICE_LIST_HAS_V6 : 0);
}

/* The first line of the image in force. */
SLUICE_INLINE __u32 sluice_list_base(__u32 active)
{
	return active & ~(SLUICE_LIST_HAS_V4 | SLUICE_LIST_HAS_V6);
}

/* ---- An image of the lists ---- */

/* The hash of an IPv4 entry. `address` is cut to `length`. */
SLUICE_INLINE __u64 sluice_list_hash_v4(__u64 seed, __u32 address, __u32 length)
{
	return sluice_mix(seed ^ ((__u64)address << 32 | length));
}

/* The hash of an IPv6 entry up to /64. `high` is the upper half of the address, cut to `length`. */
SLUICE_INLINE __u64 sluice_list_hash_v6(__u64 seed, __u64 high, __u32 length)
{
	return sluice_mix((seed ^ high) + length);
}

/* The hash of an IPv6 entry longer than /64. `mixed_high` is sluice_mix(seed ^ high): a look-up computes it
 * once for all lengths. `low` is cut to `length`. */
SLUICE_INLINE __u64 sluice_list_hash_wide_v6(__u64 mixed_high, __u64 low, __u32 length)
{
	return sluice_mix((mixed_high + length) ^ low);
}

/* The hash of a /32, for its touched bit and its bucket of nets. */
SLUICE_INLINE __u64 sluice_list_hash_net(__u64 seed, __u32 net)
{
	return sluice_mix(seed + net);
}

/* The bucket at which the probes begin: the upper half of the hash, scaled to `count` buckets. */
SLUICE_INLINE __u32 sluice_list_bucket(__u64 hash, __u32 count)
{
	return (__u32)((hash >> 32) * count >> 32);
}

/* The touched bit of a net. A line has 512 bits. */
SLUICE_INLINE __u32 sluice_list_touched(__u64 hash, __u32 lines)
{
	return (__u32)hash & (lines * 512 - 1);
}

/*
 * The Bloom filter of an image keeps all entries of one group of lengths in the same line, so that a look-up
 * reads at most three lines, whatever lengths there are.
 */
#define SLUICE_BLOOM_WIDE_FROM   65 /* from this length on: the line of the /64 */
#define SLUICE_BLOOM_MIDDLE_FROM 48 /* from this length on: the line of the /48 */

/* How many bits of an address choose the line of an entry. Lengths from 32 to 47 share the line of their /32.
 * Lengths below 32 are few: they all share one line. */
SLUICE_INLINE __u32 sluice_list_bloom_cut(__u32 length)
{
	if (length >= SLUICE_BLOOM_WIDE_FROM)
		return 64;
	if (length >= SLUICE_BLOOM_MIDDLE_FROM)
		return 48;
	return length >= 32 ? 32 : 0;
}

/* That line. `lines` is a power of two. `high` is the upper half of the address. */
SLUICE_INLINE __u32 sluice_list_bloom_line(__u64 seed, __u64 high, __u32 cut, __u32 lines)
{
	const __u64 key = cut ? high & (~0ULL << (64 - cut)) : 0;

	return (__u32)sluice_mix((seed ^ key) + 256 + cut) & (lines - 1);
}

/* The word of that line, 0 to 7, by the hash of the entry. The bucket is chosen by the upper half of the
 * hash; this and the two bits below come from the lower half. */
SLUICE_INLINE __u32 sluice_list_bloom_word(__u64 hash)
{
	return (__u32)hash & 7;
}

/* The two bits of that word. */
SLUICE_INLINE __u64 sluice_list_bloom_bits(__u64 hash)
{
	return 1ULL << (hash >> 20 & 63) | 1ULL << (hash >> 26 & 63);
}

#endif
