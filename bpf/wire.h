/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keys, values and records that the kernel programs and the daemon share: the one header both sides include.
 * Every type is fixed-width integers and arrays of them, padding is spelled out and zero, every size is
 * asserted as the written sum of its fields, and tests/kernel compares every offset with the object's BTF.
 *
 * Host byte order unless a name ends in _be. Times are CLOCK_MONOTONIC nanoseconds.
 */
#ifndef SLUICE_WIRE_H
#define SLUICE_WIRE_H

#include <linux/types.h>

#ifdef __cplusplus
#define SLUICE_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size))
#else
#define SLUICE_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
#endif

/* Of arithmetic that both sides must do alike. */
#define SLUICE_INLINE static inline __attribute__((always_inline))

/* Raised whenever a layout or the meaning of a field below changes. Pinned maps carry it (sluice_settings).
 */
#define SLUICE_ABI_VERSION 3

/* Spreads every bit of a key over the hash (multiply and fold, twice). */
SLUICE_INLINE __u64 sluice_mix(__u64 key)
{
	key = (key ^ key >> 32) * 0x9e3779b97f4a7c15ULL;
	key = (key ^ key >> 29) * 0xbf58476d1ce4e5b9ULL;
	return key ^ key >> 32;
}

enum sluice_family { SLUICE_IPV4 = 4, SLUICE_IPV6 = 6 };

enum sluice_scope {
	SLUICE_SCOPE_PORTS = 0, /* only TCP and UDP packets to the protected ports are judged */
	SLUICE_SCOPE_ALL = 1,   /* every packet of a source is judged */
};

enum sluice_action {
	SLUICE_ALLOW = 0,    /* lives in the allow tables alone */
	SLUICE_THROTTLE = 1, /* in the decision tables; a higher number is stricter */
	SLUICE_DROP = 2,
};

/* Why a packet got its verdict; each has a counter. The order of the names in kernel/counters.cpp follows
 * this one. */
enum sluice_reason {
	SLUICE_PASS_DEFAULT = 0,
	SLUICE_PASS_ALLOWED,
	SLUICE_PASS_WITHIN_RATE, /* throttled source, this packet conforms */
	SLUICE_PASS_OUT_OF_SCOPE,
	SLUICE_PASS_NOT_IP,
	SLUICE_PASS_TRUNCATED_ETHERNET,
	SLUICE_PASS_TRUNCATED_VLAN,
	SLUICE_PASS_TOO_MANY_VLANS, /* more than two tags */
	SLUICE_PASS_TRUNCATED_IPV4,
	SLUICE_PASS_MALFORMED_IPV4, /* version or header length that cannot be */
	SLUICE_PASS_TRUNCATED_IPV6,
	SLUICE_PASS_MALFORMED_IPV6,
	SLUICE_PASS_TRUNCATED_EXTENSION,
	SLUICE_PASS_TOO_MANY_EXTENSIONS,
	SLUICE_PASS_TRUNCATED_TRANSPORT,
	SLUICE_PASS_LISTED,  /* a list allows it */
	SLUICE_PASS_CONTROL, /* neighbour discovery or path MTU discovery */
	SLUICE_DROP_DECISION,
	SLUICE_DROP_OVER_RATE, /* of a decision */
	SLUICE_DROP_LISTED,
	SLUICE_DROP_LIST_RATE,
	SLUICE_DROP_LIMIT_PACKETS, /* over the limit for every source */
	SLUICE_DROP_LIMIT_BYTES,
	SLUICE_DROP_LIMIT_ATTEMPTS,
	SLUICE_REASON_COUNT,
};

/* What the filter did beside its verdicts, and what it could not do or had to forget; each has a counter. */
enum sluice_event {
	SLUICE_REPORTS_LOST = 0,  /* an activity report was due and the ring buffer full */
	SLUICE_SOURCES_MADE,      /* entries of the source table */
	SLUICE_SOURCES_FORGOTTEN, /* of those, had to make room for another */
	SLUICE_SOURCES_REFUSED, /* a source that could get no entry: its packet was not counted or limited */
	SLUICE_FRAMES_LOST,     /* a sample, a capture or a hello was due and the ring buffer full */
	SLUICE_HELLOS_REFUSED,  /* hellos beyond the rate of a source or of all */
	SLUICE_RESETS_SENT,     /* blocked connection attempts that were answered */
	SLUICE_EVENT_COUNT,
};

/* An IPv4 network: the address's bits beyond `length` are zero. */
struct sluice_key_v4 {
	__u32 length; /* 0 to 32 */
	__u32 addr_be;
};
SLUICE_ASSERT_SIZE(struct sluice_key_v4, 4 + 4);

/* An IPv6 network: the address's bits beyond `length` are zero. */
struct sluice_key_v6 {
	__u32 length; /* 0 to 128 */
	__u32 addr_be[4];
};
SLUICE_ASSERT_SIZE(struct sluice_key_v6, 4 + 16);

/* A value of the allow and decision tables. The daemon writes it once; the kernel updates tat_ns, packets,
 * bytes. */
struct sluice_decision {
	__u64 deadline_ns;  /* not in force at or after it; UINT64_MAX (allow only) never ends */
	__u64 tat_ns;       /* throttle: theoretical arrival time of the next conforming packet */
	__u64 interval_ns;  /* throttle: nanoseconds a packet, 10^9 / rate; at least 1 */
	__u64 tolerance_ns; /* throttle: how early a packet may be, (burst - 1) * interval_ns */
	__u64 packets;  /* allow: passed by this entry; drop: dropped; throttle: dropped for being over the
			   rate */
	__u64 bytes;    /* of those packets */
	__u32 action;   /* enum sluice_action */
	__u32 reserved; /* zero */
};
SLUICE_ASSERT_SIZE(struct sluice_decision, 6 * 8 + 4 + 4);

/*
 * Which prefix lengths each table holds: bit n of word n/64 is set while an entry of length n exists, so that
 * the kernel probes only those, and none when a table is empty. The daemon sets a bit after the first
 * insertion and clears it after the last removal; a bit too many costs a probe, never a verdict. One cache
 * line.
 */
struct sluice_lengths {
	__u64 allow_v4[1]; /* lengths 0 to 32 */
	__u64 allow_v6[3]; /* lengths 0 to 128 */
	__u64 decision_v4[1];
	__u64 decision_v6[3];
};
SLUICE_ASSERT_SIZE(struct sluice_lengths, (1 + 3 + 1 + 3) * 8);

/*
 * Which networks have an entry near them in those four tables: bits by hash, so that a packet from anywhere
 * else costs a bit and no probe. An entry of at least SLUICE_NEAR_V4 or SLUICE_NEAR_V6 bits sets the bit of
 * its network of that length, a shorter one its own. The daemon sets a bit after the insertion and clears it
 * after the removal of the last entry that needs it.
 */
#define SLUICE_NEAR_V4 24
#define SLUICE_NEAR_V6 64

/* `high` as in struct source (bpf/parse.bpf.h), cut to `length`, which is at most 64. One multiplication: its
 * upper bits depend on every bit of the key, and the seed is secret. */
SLUICE_INLINE __u64 sluice_near_hash(__u64 seed, __u32 family, __u64 high, __u32 length)
{
	return ((seed ^ high) + (family << 8 | length)) * 0x9e3779b97f4a7c15ULL;
}

/* Of the bit of that hash: its line, of `lines`, a power of two up to 2^23; the word there; its place. */
SLUICE_INLINE __u32 sluice_near_line(__u64 hash, __u32 lines)
{
	return (__u32)(hash >> 32) & (lines - 1);
}

SLUICE_INLINE __u32 sluice_near_word(__u64 hash)
{
	return (__u32)(hash >> 55) & 7;
}

SLUICE_INLINE __u32 sluice_near_place(__u64 hash)
{
	return (__u32)(hash >> 58);
}

/*
 * Which sixteenths of an address space have a network in them shorter than SLUICE_NEAR_V4 or SLUICE_NEAR_V6:
 * bit n % 64 of word n / 64 for those that begin with the 16 bits n. There always are some (loopback,
 * link-local), which nobody comes from.
 */
struct sluice_areas {
	__u64 v4[1024];
	__u64 v6[1024];
};
SLUICE_ASSERT_SIZE(struct sluice_areas, 2 * 1024 * 8);

/* ---- Lists ---- */

/*
 * Bulk lists, compiled by the daemon (daemon/lists) into an image that the program reads from the map
 * `lists`, an array of lines mapped into the daemon. Line 0 is never used; the rest is two halves of equal
 * size. The daemon builds in the half not in use, then moves the switch by one store: no packet sees half an
 * image.
 *
 * What an image answers: of all list entries that hold an address, the one of the list that counts most.
 * Which of two lists counts more the compiler decides (allow before drop before throttle, then the order of
 * the configuration); here a longer match always counts more than a shorter one, or the compiler has left it
 * out.
 *
 * IPv4: a bit for each /24 that an entry touches; a root for each /20 with the list of its entries up to /20
 * and the lengths present below it; buckets of entries of 21 to 32 bits. IPv6: a bit for the hash of each /32
 * that an entry of 32 bits or more lies in; nets, each with the list of the entry of such a /32 and the
 * lengths present below it; lines of a Bloom filter, which tell what is worth a probe; buckets of the other
 * entries up to /64 and wider ones for longer entries. An entry or a net stands in the bucket of its hash,
 * or, where that is full, in one of the next: at most SLUICE_LIST_PROBES buckets are looked at, and the next
 * only where one is full. Buckets are filled from their first slot. "At" counts lines from the image's first.
 */
struct sluice_list_line {
	__u64 words[8];
};
SLUICE_ASSERT_SIZE(struct sluice_list_line, 64);

#define SLUICE_LIST_PROBES 4
#define SLUICE_MAX_LISTS   256 /* numbers 1 to 255; 0 is none */

/* In a map of its own, which goes with `lists`. */
struct sluice_list_switch {
	__u32 active; /* the line that the image in force begins at, and of which families it knows anything;
			 0: there is none */
	__u32 reserved[15];
};
SLUICE_ASSERT_SIZE(struct sluice_list_switch, 64);

/* The first two lines of an image. */
struct sluice_list_image {
	__u64 seed; /* of all hashes, new for each image: addresses cannot be chosen to meet in a bucket */
	__u64 short_lengths_v6; /* bit 31 - n: an entry of n bits exists, n < 32 */
	__u32 entries_v4;       /* as compiled; 0: nothing of the family is looked up */
	__u32 entries_v6;
	__u32 lines;       /* of the whole image */
	__u32 roots_v4_at; /* 2^20 struct sluice_list_root, sixteen a line */
	__u32 buckets_v4_at;
	__u32 bucket_count_v4;
	__u32 touched_v6_at;
	__u32 touched_v6_lines; /* a power of two, at least 1 */
	__u32 nets_v6_at;
	__u32 net_count_v6; /* buckets */
	__u32 reserved[2];  /* zero; the second line follows */
	__u32 buckets_v6_at;
	__u32 bucket_count_v6;
	__u32 wide_v6_at;
	__u32 wide_count_v6; /* buckets */
	__u32 bloom_v6_at;
	__u32 bloom_v6_lines; /* a power of two, at least 1 */
	__u32 reserved2[10];  /* zero */
};
SLUICE_ASSERT_SIZE(struct sluice_list_image, 128);

/* What stands at the same place in every image: SLUICE_MAX_LISTS struct sluice_list_rule, two a line, by list
 * number; then, where there are entries of IPv4, 2^24 bits: bit n % 64 of word n / 64 is of the /24 number n.
 */
#define SLUICE_LIST_RULES_AT      2
#define SLUICE_LIST_TOUCHED_V4_AT (SLUICE_LIST_RULES_AT + SLUICE_MAX_LISTS / 2)

#define SLUICE_LIST_HAS_V4 (1U << 31)
#define SLUICE_LIST_HAS_V6 (1U << 30)

/* The switch for an image at that line, which is below 2^30. */
SLUICE_INLINE __u32 sluice_list_active(__u32 line, const struct sluice_list_image *image)
{
	return line | (image->entries_v4 ? SLUICE_LIST_HAS_V4 : 0) |
	       (image->entries_v6 ? SLUICE_LIST_HAS_V6 : 0);
}

SLUICE_INLINE __u32 sluice_list_base(__u32 active)
{
	return active & ~(SLUICE_LIST_HAS_V4 | SLUICE_LIST_HAS_V6);
}

/* What becomes of a packet whose source a list holds. */
struct sluice_list_rule {
	__u32 action; /* enum sluice_action */
	__u32 reserved;
	__u64 interval_ns; /* throttle, each source: as in struct sluice_decision */
	__u64 tolerance_ns;
	__u64 reserved2;
};
SLUICE_ASSERT_SIZE(struct sluice_list_rule, 32);

/* Of a /20: bits 16 to 23 the list of its longest entry up to /20, or 0; bits 0 to 11 the lengths below it,
 * bit 32 - n for n from 21 to 32. */
typedef __u32 sluice_list_root;

/* An IPv4 entry of 21 to 32 bits: address << 32 | length << 24 | list << 16; 0 is an empty slot. */
struct sluice_bucket_v4 {
	__u64 entries[8];
};
SLUICE_ASSERT_SIZE(struct sluice_bucket_v4, 8 * 8);

/* What is known of a /32 with entries in it. A slot that knows of no list and no length is empty. */
struct sluice_nets_v6 {
	__u64 wider[3];    /* bit 128 - n: an entry of n bits exists, n from 65 to 128 */
	__u32 up_to_64[3]; /* bit 64 - n for n from 33 to 64 */
	__u32 net[3];      /* the upper 32 bits */
	__u16 list[3];     /* of the entry of the /32 itself, or 0 */
	__u16 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_nets_v6, 3 * 8 + 2 * 3 * 4 + 3 * 2 + 5 * 2);

/* An IPv6 entry up to /64, but of 32 bits: the upper half of its address, in host order, and length << 8 |
 * list; 0 is an empty slot. */
struct sluice_bucket_v6 {
	__u64 high[6];
	__u16 meta[6];
	__u32 reserved;
};
SLUICE_ASSERT_SIZE(struct sluice_bucket_v6, 6 * 8 + 6 * 2 + 4);

/* A longer one. */
struct sluice_wide_v6 {
	__u64 high[3];
	__u64 low[3];
	__u16 meta[3];
	__u16 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_wide_v6, 2 * 3 * 8 + 3 * 2 + 5 * 2);

/* `address` is cut to `length`. */
SLUICE_INLINE __u64 sluice_list_hash_v4(__u64 seed, __u32 address, __u32 length)
{
	return sluice_mix(seed ^ ((__u64)address << 32 | length));
}

/* Likewise of a network up to /64, of which `high` is the address's upper half. */
SLUICE_INLINE __u64 sluice_list_hash_v6(__u64 seed, __u64 high, __u32 length)
{
	return sluice_mix((seed ^ high) + length);
}

/* And of a longer one, in two steps: the first, sluice_mix(seed ^ high), is the same for all lengths. */
SLUICE_INLINE __u64 sluice_list_hash_wide_v6(__u64 mixed_high, __u64 low, __u32 length)
{
	return sluice_mix((mixed_high + length) ^ low);
}

/* Of a /32, for its touched bit and its bucket of nets. */
SLUICE_INLINE __u64 sluice_list_hash_net(__u64 seed, __u32 net)
{
	return sluice_mix(seed + net);
}

/* The bucket, of `count`, that the probes begin at: the upper half of the hash, scaled. */
SLUICE_INLINE __u32 sluice_list_bucket(__u64 hash, __u32 count)
{
	return (__u32)((hash >> 32) * count >> 32);
}

/* The touched bit of a net, of lines * 512 bits. */
SLUICE_INLINE __u32 sluice_list_touched(__u64 hash, __u32 lines)
{
	return (__u32)hash & (lines * 512 - 1);
}

/*
 * Where the Bloom filter keeps an entry: all lengths that belong together share one line, so that an address
 * asks three lines at most, whatever lengths there are.
 */
#define SLUICE_BLOOM_WIDE_FROM   65 /* by the /64 */
#define SLUICE_BLOOM_MIDDLE_FROM 48 /* by the /48 */

/* What the line of a length is chosen by: the upper half of its network, cut so far. Shorter lengths than
 * those above have the line of the /32, and those below 32 bits, of which few are, one for all. */
SLUICE_INLINE __u32 sluice_list_bloom_cut(__u32 length)
{
	if (length >= SLUICE_BLOOM_WIDE_FROM)
		return 64;
	if (length >= SLUICE_BLOOM_MIDDLE_FROM)
		return 48;
	return length >= 32 ? 32 : 0;
}

/* The line, of `lines`, a power of two. `high` is the address's upper half. */
SLUICE_INLINE __u32 sluice_list_bloom_line(__u64 seed, __u64 high, __u32 cut, __u32 lines)
{
	const __u64 key = cut ? high & (~0ULL << (64 - cut)) : 0;

	return (__u32)sluice_mix((seed ^ key) + 256 + cut) & (lines - 1);
}

/* The word of the line and its two bits, by the hash of the entry. Of a bucket's choice only the upper bits
 * of the hash are used: those here are others. */
SLUICE_INLINE __u32 sluice_list_bloom_word(__u64 hash)
{
	return (__u32)hash & 7;
}

SLUICE_INLINE __u64 sluice_list_bloom_bits(__u64 hash)
{
	return 1ULL << (hash >> 20 & 63) | 1ULL << (hash >> 26 & 63);
}

/* ---- Settings ---- */

#define SLUICE_MAX_PORTS  32
#define SLUICE_MAX_LIMITS 8

/* A rate as the generic cell rate algorithm has it; interval 0: none. */
struct sluice_rate {
	__u64 interval; /* nanoseconds a packet or an attempt; 1/1024 nanoseconds a byte */
	__u64 tolerance_ns;
};
SLUICE_ASSERT_SIZE(struct sluice_rate, 8 + 8);

/* What every source may do that nothing else is decided about. */
struct sluice_limit {
	__u32 port; /* that it holds for; 0: every protected port without a limit of its own, all together */
	__u32 reserved;
	struct sluice_rate packets;
	struct sluice_rate bytes;
	struct sluice_rate attempts;
};
SLUICE_ASSERT_SIZE(struct sluice_limit, 4 + 4 + 3 * 16);

/*
 * What the program was loaded with: read-only data in the program, and the same bytes in a pinned map of one
 * entry so that whoever opens the maps knows their version and what is being filtered.
 */
struct sluice_settings {
	__u32 abi_version;        /* SLUICE_ABI_VERSION */
	__u32 scope;              /* enum sluice_scope */
	__u32 ipv6_source_length; /* sources are IPv6 networks of this length, 1 to 128 */
	__u32 port_count;         /* how many of `ports` are set */
	__u64 report_interval_ns; /* per source, between two activity reports; 0: none */
	__u64 loaded_ns;
	__u64 seed;        /* of the near bits and the source table; kept as long as the maps are */
	__u32 tick_ns;     /* of the kernel's clock interrupt: what its jiffies count */
	__u32 near_lines;  /* of the map `near`: a power of two */
	__u32 source_sets; /* of the map `sources` */
	__u32 limit_count; /* how many of `limits` are set */
	__u32 reject;      /* 1: a blocked connection attempt is answered with a reset */
	__u32 hellos;      /* 1: TLS hellos to the protected ports are copied to the daemon */
	struct sluice_rate hello_rate;                 /* of a source, hellos */
	struct sluice_limit limits[SLUICE_MAX_LIMITS]; /* the one of port 0, if any, last */
	__u16 ports[SLUICE_MAX_PORTS];                 /* protected ports, TCP and UDP */
};
SLUICE_ASSERT_SIZE(struct sluice_settings,
		   4 * 4 + 3 * 8 + 6 * 4 + 16 + SLUICE_MAX_LIMITS * 56 + 2 * SLUICE_MAX_PORTS);

/*
 * Switched while the program runs. Each number of credits is what may still be sent: the program takes one
 * for each record and stops at none; the daemon refills them once a second while somebody looks, so that a
 * dead one costs nothing.
 */
struct sluice_watch {
	__s64 samples;  /* the beginnings of dropped frames */
	__s64 captures; /* dropped frames, whole up to SLUICE_FRAME_BYTES */
	__s64 hellos;
	__u64 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_watch, 3 * 8 + 5 * 8);

/* ---- Sources ---- */

/*
 * One source in one of its roles, a cache line. Written by several CPUs at a time, without a lock: the sums
 * by atomic additions, the arrival times by compare-and-swap. Where one is forgotten while another CPU still
 * counts a packet of it, that packet is counted for its successor.
 */
struct sluice_source {
	__u64 high; /* the address as in struct source (bpf/parse.bpf.h), IPv6 cut to ipv6_source_length */
	__u64 low;
	__u64 packets_tat_ns; /* theoretical arrival times, as ticks * tick_ns */
	__u64 bytes_tat_ns;
	__u64 attempts_tat_ns;
	__u64 packets;    /* since the last report; connection attempts in the upper half */
	__u64 bytes;      /* likewise */
	__u32 since_tick; /* of the last report */
	__u32 reserved;
};
SLUICE_ASSERT_SIZE(struct sluice_source, 7 * 8 + 2 * 4);

#define SLUICE_SOURCE_WAYS 14

/* What an entry keeps: the same source may stand in the table once for each. */
enum sluice_role {
	SLUICE_ROLE_ACTIVITY = 0,
	SLUICE_ROLE_LIMIT = 1, /* and the number of the limit: 1 to 8 */
	SLUICE_ROLE_LIST = 9,  /* the rate of a list that throttles it */
	SLUICE_ROLE_HELLO = 10,
};

/*
 * The places that a source can stand in, chosen by its hash. A tag is 0 where the place is empty, otherwise
 * hash << 5 | role << 1 | (1 for IPv6), with the lowest bit of the hash set. Lookups take no lock. Whoever
 * makes an entry takes the lock bit, and where all places are taken replaces one that was not used since the
 * marks were cleared: new sources come without a mark, so a flood of them replaces its own.
 */
struct sluice_source_set {
	__u32 state;      /* bit 31: locked; bits 0 to 13: this place was used */
	__u32 marks_tick; /* when the marks were cleared last */
	__u32 tags[SLUICE_SOURCE_WAYS];
	struct sluice_source sources[SLUICE_SOURCE_WAYS];
};
SLUICE_ASSERT_SIZE(struct sluice_source_set, 2 * 4 + SLUICE_SOURCE_WAYS * 4 + SLUICE_SOURCE_WAYS * 64);

/* The first flight of a TLS client that goes on in the next segment: direct mapped by the flow's hash. */
struct sluice_hello_flow {
	__u64 flow;     /* hash of addresses and ports */
	__u32 sequence; /* of the next segment */
	__u32 left;     /* bytes of the hello still to come */
};
SLUICE_ASSERT_SIZE(struct sluice_hello_flow, 8 + 4 + 4);

#define SLUICE_HELLO_FLOWS 4096

/* ---- Records ---- */

struct sluice_counter {
	__u64 packets;
	__u64 bytes;
};
SLUICE_ASSERT_SIZE(struct sluice_counter, 8 + 8);

/* Whom activity is counted for. */
struct sluice_source_key {
	__u32 addr_be[4]; /* IPv4 in the first word; IPv6 cut to ipv6_source_length; the rest zero */
	__u32 family;     /* enum sluice_family */
};
SLUICE_ASSERT_SIZE(struct sluice_source_key, 16 + 4);

/* What one source did since its last report. */
struct sluice_activity {
	__u64 since_ns;
	__u64 packets;  /* in scope, whatever their verdict */
	__u64 bytes;    /* frame lengths of those packets */
	__u64 attempts; /* TCP SYN without ACK among them */
};
SLUICE_ASSERT_SIZE(struct sluice_activity, 4 * 8);

enum sluice_record_type {
	SLUICE_RECORD_ACTIVITY = 1, /* in the ring buffer `records` */
	SLUICE_RECORD_SAMPLE = 2,   /* in `frames`, like those below */
	SLUICE_RECORD_CAPTURE = 3,
	SLUICE_RECORD_HELLO = 4,
};

/* Every record in the ring buffer starts with this. Readers skip types they do not know. */
struct sluice_record {
	__u32 type; /* enum sluice_record_type */
	__u32 size; /* of the whole record, bytes */
	__u64 time_ns;
};
SLUICE_ASSERT_SIZE(struct sluice_record, 4 + 4 + 8);

struct sluice_activity_record {
	struct sluice_record head;
	struct sluice_source_key source;
	__u32 reserved; /* zero */
	struct sluice_activity activity;
};
SLUICE_ASSERT_SIZE(struct sluice_activity_record, 16 + 20 + 4 + 32);

#define SLUICE_SAMPLE_BYTES 128  /* Ethernet, two tags, IPv6, some extensions, TCP */
#define SLUICE_FRAME_BYTES  1536 /* a frame of the usual 1,500 bytes, with its tags */

/* A frame or its beginning: what follows are size - sizeof(struct sluice_frame_record) bytes, of which
 * `captured` are the frame's. */
struct sluice_frame_record {
	struct sluice_record head;
	__u32 reason;      /* enum sluice_reason */
	__u32 interface;   /* index */
	__u32 frame_bytes; /* as it came */
	__u32 captured;    /* bytes that follow */
	__u32 payload_at;  /* hello: where the TCP payload begins */
	__u32 reserved;
};
SLUICE_ASSERT_SIZE(struct sluice_frame_record, 16 + 6 * 4);

#endif
