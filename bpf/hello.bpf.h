/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies TLS ClientHellos to the daemon: the segment in which a hello begins, and the segments in which it
 * continues if they come in order. Used by sluice.bpf.c. If hellos are off in the settings no
 * frame reaches this code.
 *
 * Three things bound it: a rate for each source, the daemon's credit for all, and a table of flows in which a
 * new flow replaces an old one. It reads nothing of a hello but its length.
 */
#ifndef SLUICE_HELLO_BPF_H
#define SLUICE_HELLO_BPF_H

#include <linux/tcp.h>

#include "bpf/frame.bpf.h"
#include "bpf/hash.h"
#include "bpf/limit.bpf.h"
#include "bpf/scope.bpf.h"

/* The record and handshake headers that a ClientHello begins with (RFC 8446, 4 and 5.1). */
struct hello_start {
	__u8 record_type; /* 22: handshake */
	__u8 version[2];  /* 3.1 or 3.3 */
	__be16 record_length;
	__u8 handshake_type; /* 1: client_hello */
} __attribute__((packed));

#define TLS_HANDSHAKE    22
#define TLS_CLIENT_HELLO 1

/* A longer hello is followed only this far. (A post-quantum hello takes about 1,800 bytes.) */
#define MAX_HELLO_BYTES 4096

/* One TCP segment. */
struct segment {
	__u64 flow; /* hash of the source and the ports */
	__u32 sequence;
	__u32 payload_at;
	__u32 payload_bytes;
};

/* 0: the packet has no TCP payload, or cannot be read. */
static __always_inline int read_segment(struct xdp_md *context, const struct packet *packet,
					struct segment *segment)
{
	const struct layout layout = layout_of(context);
	struct tcphdr tcp;

	if (!layout.transport_at || bpf_xdp_load_bytes(context, layout.transport_at, &tcp, sizeof(tcp)))
		return 0;
	segment->payload_at = layout.transport_at + tcp.doff * 4;
	if (tcp.doff * 4 < sizeof(tcp) || segment->payload_at >= packet->bytes)
		return 0;
	segment->payload_bytes = packet->bytes - segment->payload_at;
	segment->sequence = bpf_ntohl(tcp.seq);
	segment->flow = sluice_mix(sluice_mix(config.seed ^ packet->source.high) + packet->source.low +
				   ((__u64)tcp.source << 16 | tcp.dest)) |
			1;
	return 1;
}

/* The length of the hello that begins with this segment; 0 if none does. */
static __always_inline __u32 hello_bytes(struct xdp_md *context, const struct segment *segment)
{
	struct hello_start start;
	__u32 bytes;

	if (segment->payload_bytes < sizeof(start) ||
	    bpf_xdp_load_bytes(context, segment->payload_at, &start, sizeof(start)))
		return 0;
	if (start.record_type != TLS_HANDSHAKE || start.version[0] != 3 ||
	    start.handshake_type != TLS_CLIENT_HELLO)
		return 0;
	bytes = 5 + bpf_ntohs(start.record_length);
	return bytes < MAX_HELLO_BYTES ? bytes : MAX_HELLO_BYTES;
}

/* The place of this segment's flow. Another flow may stand there. */
static __always_inline struct sluice_hello_flow *flow_slot(const struct segment *segment)
{
	const __u32 index = segment->flow >> 32 & (SLUICE_HELLO_FLOWS - 1);

	return bpf_map_lookup_elem(&hello_flows, &index);
}

/* Remembers how much of the hello is still to come after this segment. `bytes` are those from this segment
 * on. */
static __always_inline void expect(struct sluice_hello_flow *slot, const struct segment *segment, __u32 bytes)
{
	slot->flow = segment->payload_bytes < bytes ? segment->flow : 0;
	slot->sequence = segment->sequence + segment->payload_bytes;
	slot->left = bytes - segment->payload_bytes;
}

/* Takes a credit, if the source is within its rate. 0, and counted, if there is none. */
static __always_inline int may_send_hello(const struct packet *packet, struct sluice_watch *credits)
{
	struct sluice_source *source = find_or_make_source(packet, SLUICE_ROLE_HELLO);

	if (source && config.hello_rate.interval &&
	    !admit(&source->packets_tat_ns, tick_clock_ns(), config.hello_rate.interval,
		   config.hello_rate.tolerance_ns)) {
		count_event(SLUICE_HELLOS_REFUSED);
		return 0;
	}
	if (take_credit(&credits->hellos))
		return 1;
	count_event(SLUICE_HELLOS_REFUSED);
	return 0;
}

/* Copies the frame if it begins or continues a hello. */
__noinline int copy_hello(struct xdp_md *context, const struct packet *packet)
{
	struct sluice_watch *credits = frame_credits();
	struct sluice_hello_flow *slot;
	struct segment segment;
	__u32 bytes;

	if (!packet || !credits || !read_segment(context, packet, &segment))
		return 0;
	slot = flow_slot(&segment);
	if (!slot)
		return 0;
	bytes = hello_bytes(context, &segment);
	if (!bytes && slot->flow == segment.flow && slot->sequence == segment.sequence)
		bytes = slot->left;
	if (!bytes || !may_send_hello(packet, credits))
		return 0;
	expect(slot, &segment, bytes);
	send_frame(context, (struct frame_kind){SLUICE_RECORD_HELLO, SLUICE_PASS_DEFAULT, segment.payload_at},
		   packet->bytes, SLUICE_FRAME_BYTES);
	return 0;
}

/* To be called for each frame that passes. Leaves out what cannot hold a hello. */
static __always_inline void watch_for_hello(struct xdp_md *context, const struct packet *packet,
					    struct packet *storage)
{
	if (packet->protocol == IPPROTO_TCP && !packet->later_fragment && packet->port &&
	    is_protected(packet->port) && !is_attempt(packet))
		copy_hello(context, store_packet(packet, storage));
}

#endif
