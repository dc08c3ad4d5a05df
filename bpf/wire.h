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

/* Raised whenever a layout or the meaning of a field below changes. Pinned maps carry it (sluice_settings).
 */
#define SLUICE_ABI_VERSION 1

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
	SLUICE_DROP_DECISION,
	SLUICE_DROP_OVER_RATE,
	SLUICE_REASON_COUNT,
};

/* What the filter could not do or had to forget; each has a counter. */
enum sluice_loss {
	SLUICE_LOSS_REPORT = 0, /* an activity report found the ring buffer full */
	SLUICE_LOSS_SOURCE = 1, /* an activity entry could not be made */
	SLUICE_SOURCES_SEEN =
	    2, /* activity entries made; beyond the table's size the oldest were forgotten */
	SLUICE_LOSS_COUNT,
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

#define SLUICE_MAX_PORTS 32

/*
 * What the program was loaded with: read-only data in the program, and the same bytes in a pinned map of one
 * entry so that whoever opens the maps knows their version and what is being filtered.
 */
struct sluice_settings {
	__u32 abi_version;        /* SLUICE_ABI_VERSION */
	__u32 scope;              /* enum sluice_scope */
	__u32 ipv6_source_length; /* activity is kept by IPv6 networks of this length, 1 to 128 */
	__u32 port_count;         /* how many of `ports` are set */
	__u64 report_interval_ns; /* per source, between two activity reports */
	__u64 loaded_ns;
	__u16 ports[SLUICE_MAX_PORTS]; /* protected ports, TCP and UDP */
};
SLUICE_ASSERT_SIZE(struct sluice_settings, 4 * 4 + 2 * 8 + 2 * SLUICE_MAX_PORTS);

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

enum sluice_record_type { SLUICE_RECORD_ACTIVITY = 1 };

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

#endif
