/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keys, values and records of the maps and ring buffers: the layouts that the kernel programs and the daemon
 * agree on. Both sides include this file. It holds types and constants only: hash.h holds the arithmetic that
 * both sides share, map_names.h the names of the maps.
 *
 * Every type consists of fixed-width integers and arrays of them. Padding is spelled out and zero. Every size
 * is asserted as the written sum of the fields, and tests/kernel compares every offset with the object's BTF.
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

/* Raise it whenever a layout or the meaning of a field below changes. Pinned maps carry it (sluice_settings).
 */
#define SLUICE_ABI_VERSION 3

enum sluice_family { SLUICE_IPV4 = 4, SLUICE_IPV6 = 6 };

enum sluice_scope {
	SLUICE_SCOPE_PORTS = 0, /* only TCP and UDP packets to the protected ports are judged */
	SLUICE_SCOPE_ALL = 1,   /* every packet of a source is judged */
};

enum sluice_action {
	SLUICE_ALLOW = 0,    /* stands in the allow tables only */
	SLUICE_THROTTLE = 1, /* stands in the decision tables, like the next one */
	SLUICE_DROP = 2,     /* a higher number is stricter */
};

/* Why a packet got its verdict. Each reason has a counter. The names in daemon/kernel/maps/counters.cpp stand
 * in the same order. */
enum sluice_reason {
	SLUICE_PASS_DEFAULT = 0,
	SLUICE_PASS_ALLOWED,
	SLUICE_PASS_WITHIN_RATE, /* the source is throttled, and this packet is within its rate */
	SLUICE_PASS_OUT_OF_SCOPE,
	SLUICE_PASS_NOT_IP,
	SLUICE_PASS_TRUNCATED_ETHERNET,
	SLUICE_PASS_TRUNCATED_VLAN,
	SLUICE_PASS_TOO_MANY_VLANS, /* more than two tags */
	SLUICE_PASS_TRUNCATED_IPV4,
	SLUICE_PASS_MALFORMED_IPV4, /* impossible version or header length */
	SLUICE_PASS_TRUNCATED_IPV6,
	SLUICE_PASS_MALFORMED_IPV6,
	SLUICE_PASS_TRUNCATED_EXTENSION,
	SLUICE_PASS_TOO_MANY_EXTENSIONS,
	SLUICE_PASS_TRUNCATED_TRANSPORT,
	SLUICE_PASS_LISTED,  /* a list allows the source */
	SLUICE_PASS_CONTROL, /* neighbour discovery or path MTU discovery */
	SLUICE_DROP_DECISION,
	SLUICE_DROP_OVER_RATE, /* over the rate of a decision */
	SLUICE_DROP_LISTED,
	SLUICE_DROP_LIST_RATE,
	SLUICE_DROP_LIMIT_PACKETS, /* over the limit for every source */
	SLUICE_DROP_LIMIT_BYTES,
	SLUICE_DROP_LIMIT_ATTEMPTS,
	SLUICE_REASON_COUNT,
};

/* What the filter did beside its verdicts, and what it could not do or had to forget. Each has a counter. */
enum sluice_event {
	SLUICE_REPORTS_LOST = 0,  /* an activity report was due, and the ring buffer was full */
	SLUICE_SOURCES_MADE,      /* entries made in the table of sources */
	SLUICE_SOURCES_FORGOTTEN, /* entries that had to make room for another */
	SLUICE_SOURCES_REFUSED,   /* a source could get no entry: its packet was not counted or limited */
	SLUICE_FRAMES_LOST,       /* a sample, a capture or a hello was due, and the ring buffer was full */
	SLUICE_HELLOS_REFUSED,    /* hellos over the rate of their source, or over the daemon's credit */
	SLUICE_RESETS_SENT,       /* blocked connection attempts that were answered with a reset */
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

/* A value of the allow and decision tables. The daemon writes it once. The program updates tat_ns, packets
 * and bytes. */
struct sluice_decision {
	__u64 deadline_ns;  /* the entry ends at this time; UINT64_MAX (allow only): never */
	__u64 tat_ns;       /* throttle: theoretical arrival time of the next conforming packet */
	__u64 interval_ns;  /* throttle: nanoseconds per packet, 10^9 / rate; at least 1 */
	__u64 tolerance_ns; /* throttle: how early a packet may be, (burst - 1) * interval_ns */
	__u64 packets;      /* allow: passed; drop: dropped; throttle: dropped for being over the rate */
	__u64 bytes;        /* of those packets */
	__u32 action;       /* enum sluice_action */
	__u32 reserved;     /* zero */
};
SLUICE_ASSERT_SIZE(struct sluice_decision, 6 * 8 + 4 + 4);

/*
 * Which prefix lengths each table holds: bit n of word n/64 is set while an entry of length n exists. The
 * program probes only those lengths. The daemon sets a bit after the first insertion and clears it after the
 * last removal. A bit too many costs a probe and changes no verdict. One cache line.
 */
struct sluice_lengths {
	__u64 allow_v4[1]; /* lengths 0 to 32 */
	__u64 allow_v6[3]; /* lengths 0 to 128 */
	__u64 decision_v4[1];
	__u64 decision_v6[3];
};
SLUICE_ASSERT_SIZE(struct sluice_lengths, (1 + 3 + 1 + 3) * 8);

/*
 * The proximity filter, in the map `near`: a set of bits by hash (a Bloom filter with one hash function) that
 * says which networks have an entry of those four tables near them. A packet from anywhere else costs one bit
 * and no probe. An entry of at least SLUICE_NEAR_V4 or SLUICE_NEAR_V6 bits sets the bit of its network of
 * that length: its "near network". A shorter entry sets the bit of its own network. The daemon sets a bit
 * after the insertion, and clears it after the removal of the last entry that needs it. hash.h says which bit
 * it is.
 */
#define SLUICE_NEAR_V4 24
#define SLUICE_NEAR_V6 64

/*
 * Which areas of an address space hold an entry shorter than SLUICE_NEAR_V4 or SLUICE_NEAR_V6. An area is all
 * addresses that begin with the same 16 bits n; its bit is n % 64 of word n / 64. Some are always set (for
 * loopback and link-local networks, which no packet from outside comes from).
 */
struct sluice_areas {
	__u64 v4[1024];
	__u64 v6[1024];
};
SLUICE_ASSERT_SIZE(struct sluice_areas, 2 * 1024 * 8);

/* ---- Lists ---- */

/*
 * Bulk lists. The list compiler in the daemon (daemon/lists) turns all lists into one image, which the
 * program reads from the map `lists`: an array of lines that is mapped into the daemon. Line 0 is never used.
 * The rest is two halves of equal size. The daemon builds an image in the half that is not in use, then moves
 * the switch with one store: no packet sees half an image.
 *
 * An image answers one question: which list decides about an address? Several lists may hold it. Which of two
 * lists counts more is the list compiler's decision (allow before drop before throttle, then the order of the
 * configuration). The program takes the longest match: the list compiler leaves out every longer entry that
 * counts less than a shorter one.
 *
 * IPv4 has three parts:
 *   touched  a bit for each /24: an entry lies in it or covers it
 *   roots    for each /20, the list of its longest entry up to /20, and the lengths of the entries below it
 *   buckets  a hash table of the entries of 21 to 32 bits
 * IPv6 has five parts:
 *   touched  a bit for the hash of each /32 that holds an entry of 32 bits or more
 *   nets     a hash table of those /32, each with the list of its own entry, and the lengths of those below
 * it bloom    lines of a Bloom filter: whether an entry may exist, asked before each probe buckets  a hash
 * table of the entries up to /64, but not of those of 32 bits wide     a hash table of the entries longer
 * than /64
 *
 * A hash table is an array of buckets of one line each. An entry or a net stands in the bucket of its hash
 * or, where that bucket is full, in one of the next ones. At most SLUICE_LIST_PROBES buckets are looked at,
 * and the next one only if a bucket is full. Buckets are filled from their first slot on. A field whose name
 * ends in _at counts lines from the first line of the image.
 */
struct sluice_list_line {
	__u64 words[8];
};
SLUICE_ASSERT_SIZE(struct sluice_list_line, 64);

#define SLUICE_LIST_LINES_IN_MIB ((1U << 20) / 64)

#define SLUICE_LIST_PROBES 4
#define SLUICE_MAX_LISTS   256 /* lists have the numbers 1 to 255; 0 is none */

/* Which image is in force. It has a map of its own. */
struct sluice_list_switch {
	__u32 active; /* the image's first line, and SLUICE_LIST_HAS_*; 0: no image is in force */
	__u32 reserved[15];
};
SLUICE_ASSERT_SIZE(struct sluice_list_switch, 64);

/* The first two lines of an image. */
struct sluice_list_image {
	__u64 seed; /* of all hashes; new for each image, so that nobody can choose addresses that share a
		       bucket */
	__u64 short_lengths_v6; /* bit 31 - n: an entry of n bits exists, n < 32 */
	__u32 entries_v4;       /* as compiled; 0: the program looks nothing of this family up */
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

/* Two parts stand at the same place in every image. First SLUICE_MAX_LISTS struct sluice_list_rule, two a
 * line, by list number. Then, if there are entries of IPv4, the 2^24 touched bits: bit n % 64 of word n / 64
 * belongs to the /24 with number n. */
#define SLUICE_LIST_RULES_AT      2
#define SLUICE_LIST_TOUCHED_V4_AT (SLUICE_LIST_RULES_AT + SLUICE_MAX_LISTS / 2)

/* In `active`: the image has entries of that family. Its first line is below 2^30. */
#define SLUICE_LIST_HAS_V4 (1U << 31)
#define SLUICE_LIST_HAS_V6 (1U << 30)

/* What happens to a packet whose source stands in a list. */
struct sluice_list_rule {
	__u32 action; /* enum sluice_action */
	__u32 reserved;
	__u64 interval_ns; /* throttle, for each source: as in struct sluice_decision */
	__u64 tolerance_ns;
	__u64 reserved2;
};
SLUICE_ASSERT_SIZE(struct sluice_list_rule, 32);

/* One /20. Bits 16 to 23: the list of its longest entry up to /20, or 0. Bits 0 to 11: which lengths n from
 * 21 to 32 its entries have, as bit 32 - n. */
typedef __u32 sluice_list_root;

/* An IPv4 entry of 21 to 32 bits: address << 32 | length << 24 | list << 16; 0 is an empty slot. */
struct sluice_bucket_v4 {
	__u64 entries[8];
};
SLUICE_ASSERT_SIZE(struct sluice_bucket_v4, 8 * 8);

/* Three nets: each is a /32 and says which entries lie in it. A slot without a list and without a length is
 * empty. */
struct sluice_nets_v6 {
	__u64 wider[3];    /* bit 128 - n: an entry of n bits exists, n from 65 to 128 */
	__u32 up_to_64[3]; /* bit 64 - n for n from 33 to 64 */
	__u32 net[3];      /* the upper 32 bits of the address */
	__u16 list[3];     /* the list of the entry of exactly this /32, or 0 */
	__u16 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_nets_v6, 3 * 8 + 2 * 3 * 4 + 3 * 2 + 5 * 2);

/* IPv6 entries up to /64, but not those of 32 bits. */
struct sluice_bucket_v6 {
	__u64 high[6]; /* the upper half of the address, in host order */
	__u16 meta[6]; /* length << 8 | list; 0: an empty slot */
	__u32 reserved;
};
SLUICE_ASSERT_SIZE(struct sluice_bucket_v6, 6 * 8 + 6 * 2 + 4);

/* IPv6 entries longer than /64, as above with both halves of the address. */
struct sluice_wide_v6 {
	__u64 high[3];
	__u64 low[3];
	__u16 meta[3];
	__u16 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_wide_v6, 2 * 3 * 8 + 3 * 2 + 5 * 2);

/* ---- Settings ---- */

#define SLUICE_MAX_PORTS  32
#define SLUICE_MAX_LIMITS 8

/* A rate in the form that rate.bpf.h computes with. An interval of 0: no limit. */
struct sluice_rate {
	__u64 interval; /* nanoseconds per packet or attempt; 1/1024 nanoseconds per byte */
	__u64 tolerance_ns;
};
SLUICE_ASSERT_SIZE(struct sluice_rate, 8 + 8);

/* What every source may do unless an allow, a decision or a list says something else. */
struct sluice_limit {
	__u32 port; /* the port it holds for; 0: all protected ports without a limit of their own, together */
	__u32 reserved;
	struct sluice_rate packets;
	struct sluice_rate bytes;
	struct sluice_rate attempts;
};
SLUICE_ASSERT_SIZE(struct sluice_limit, 4 + 4 + 3 * 16);

/*
 * What the program was loaded with. The program has it as read-only data. The same bytes stand in a pinned
 * map of one entry: whoever opens the maps reads their version there, and what is being filtered.
 */
struct sluice_settings {
	__u32 abi_version;        /* SLUICE_ABI_VERSION */
	__u32 scope;              /* enum sluice_scope */
	__u32 ipv6_source_length; /* sources are IPv6 networks of this length, 1 to 128 */
	__u32 port_count;         /* how many of `ports` are set */
	__u64 report_interval_ns; /* per source, between two activity reports; 0: none */
	__u64 loaded_ns;
	__u64 seed;        /* of the proximity filter and the table of sources; lives as long as the maps */
	__u32 tick_ns;     /* the length of one of the kernel's jiffies */
	__u32 near_lines;  /* lines in the map `near`: a power of two */
	__u32 source_sets; /* entries of the map `sources` */
	__u32 limit_count; /* how many of `limits` are set */
	__u32 reject;      /* 1: a blocked connection attempt is answered with a reset */
	__u32 hellos;      /* 1: TLS hellos to the protected ports are copied to the daemon */
	struct sluice_rate hello_rate;                 /* how many hellos of one source are copied */
	struct sluice_limit limits[SLUICE_MAX_LIMITS]; /* the limit of port 0 comes last */
	__u16 ports[SLUICE_MAX_PORTS];                 /* protected ports, TCP and UDP */
};
SLUICE_ASSERT_SIZE(struct sluice_settings,
		   4 * 4 + 3 * 8 + 6 * 4 + 16 + SLUICE_MAX_LIMITS * 56 + 2 * SLUICE_MAX_PORTS);

/*
 * What somebody watches while the program runs. Each field is a number of credits: the program takes one for
 * each record that it sends, and sends none without a credit. The daemon refills them once a second while
 * somebody looks. If the daemon dies the records stop.
 */
struct sluice_watch {
	__s64 samples;  /* beginnings of dropped frames */
	__s64 captures; /* dropped frames, whole up to SLUICE_FRAME_BYTES */
	__s64 hellos;
	__u64 reserved[5];
};
SLUICE_ASSERT_SIZE(struct sluice_watch, 3 * 8 + 5 * 8);

/* ---- Sources ---- */

/*
 * One source in one of its roles: one cache line. Several CPUs write it at a time, without a lock: the sums
 * by atomic additions, the arrival times by compare-and-swap. If an entry is replaced while another CPU still
 * counts a packet in it, that packet counts for the new source.
 */
struct sluice_source {
	__u64 high; /* the address as in struct source (bpf/parse.bpf.h), IPv6 cut to ipv6_source_length */
	__u64 low;
	__u64 packets_tat_ns; /* theoretical arrival times, as ticks * tick_ns */
	__u64 bytes_tat_ns;
	__u64 attempts_tat_ns;
	__u64 packets;               /* since the last report; the upper half counts connection attempts */
	__u64 bytes;                 /* since the last report */
	__u32 since_tick;            /* when the last report was sent */
	__u32 handshakes_until_tick; /* until then its segments may complete a handshake that it began */
};
SLUICE_ASSERT_SIZE(struct sluice_source, 7 * 8 + 2 * 4);

/* The table is a set-associative cache: each set has so many places ("ways"), and fills 15 cache lines. */
#define SLUICE_SOURCE_WAYS 14

/* What an entry is for. The same source may have one entry for each role. */
enum sluice_role {
	SLUICE_ROLE_ACTIVITY = 0,
	SLUICE_ROLE_LIMIT = 1, /* plus the number of the limit: 1 to 8 */
	SLUICE_ROLE_LIST = 9,  /* the rate of a list that throttles the source */
	SLUICE_ROLE_HELLO = 10,
};

/*
 * One set: the places where a source can stand. The hash of the source chooses the set. Lookups take no lock.
 * A CPU that makes an entry takes the lock bit. If all places are taken it replaces an entry that was not
 * used since the marks were cleared (the "clock" or second-chance algorithm). A new source comes without a
 * mark, so a flood of new sources replaces entries of the flood.
 */
struct sluice_source_set {
	__u32 state;      /* bit 31: locked; bits 0 to 13: marks, this place was used */
	__u32 marks_tick; /* when the marks were cleared last */
	/* 0: the place is empty; else hash << 5 | role << 1 | (1 for IPv6), lowest bit of the hash set. */
	__u32 tags[SLUICE_SOURCE_WAYS];
	struct sluice_source sources[SLUICE_SOURCE_WAYS];
};
SLUICE_ASSERT_SIZE(struct sluice_source_set, 2 * 4 + SLUICE_SOURCE_WAYS * 4 + SLUICE_SOURCE_WAYS * 64);

/* A TLS ClientHello that continues in the next segment. The flow's hash chooses the one place for it. */
struct sluice_hello_flow {
	__u64 flow;     /* hash of the source and the ports */
	__u32 sequence; /* of the next segment */
	__u32 left;     /* bytes of the hello that are still to come */
};
SLUICE_ASSERT_SIZE(struct sluice_hello_flow, 8 + 4 + 4);

#define SLUICE_HELLO_FLOWS 4096

/* ---- Records ---- */

struct sluice_counter {
	__u64 packets;
	__u64 bytes;
};
SLUICE_ASSERT_SIZE(struct sluice_counter, 8 + 8);

/* The source that activity is counted for. */
struct sluice_source_key {
	__u32 addr_be[4]; /* IPv4: the first word; IPv6: cut to ipv6_source_length; the rest is zero */
	__u32 family;     /* enum sluice_family */
};
SLUICE_ASSERT_SIZE(struct sluice_source_key, 16 + 4);

/* What one source did since its last report. */
struct sluice_activity {
	__u64 since_ns;
	__u64 packets;  /* in scope; without those that an allow, a list or a decision settled */
	__u64 bytes;    /* frame lengths of those packets */
	__u64 attempts; /* those of them that are a TCP SYN without ACK */
};
SLUICE_ASSERT_SIZE(struct sluice_activity, 4 * 8);

enum sluice_record_type {
	SLUICE_RECORD_ACTIVITY = 1, /* in the ring buffer `records` */
	SLUICE_RECORD_SAMPLE = 2,   /* in the ring buffer `frames`, like those below */
	SLUICE_RECORD_CAPTURE = 3,
	SLUICE_RECORD_HELLO = 4,
};

/* Every record in a ring buffer starts with this. Readers skip types that they do not know. */
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

/* A frame or its beginning. size - sizeof(struct sluice_frame_record) bytes follow; the first `captured` of
 * them are the frame. */
struct sluice_frame_record {
	struct sluice_record head;
	__u32 reason;      /* enum sluice_reason */
	__u32 interface;   /* index */
	__u32 frame_bytes; /* the whole length of the frame */
	__u32 captured;    /* how many bytes of it follow */
	__u32 payload_at;  /* hello: where the TCP payload begins in the frame */
	__u32 reserved;
};
SLUICE_ASSERT_SIZE(struct sluice_frame_record, 16 + 6 * 4);

#endif
