/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks the kernel's TCP about the connection of a segment. Used by limit.bpf.h, which counts connections that
 * were really opened: a SYN alone may be sent in anybody's name. Decides nothing.
 *
 * A source has proven its address when it acknowledges the number that this host sent to it, which nobody
 * else has seen: the number in the half-open connection, or a SYN cookie where the host made none.
 */
#ifndef SLUICE_HANDSHAKE_BPF_H
#define SLUICE_HANDSHAKE_BPF_H

#include <linux/tcp.h>

#include "bpf/parse.bpf.h"

/* How long a half-open connection lives: Linux sends its answer six times, within 63 s. */
#define HANDSHAKE_NS (64 * 1000000000ULL)

/* The one field of the kernel's half-open connection that is read here; libbpf finds its place in the running
 * kernel. */
struct tcp_request_sock {
	__u32 snt_isn; /* the number that was sent */
} __attribute__((preserve_access_index));

enum handshake {
	HANDSHAKE_ELSEWHERE, /* no socket of this host takes the segment, or it cannot be read: the host
				forwards it */
	HANDSHAKE_OPEN,      /* a socket of this host takes it */
	HANDSHAKE_COMPLETED, /* and with it the source has proven its address */
};

struct tcp_segment {
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} network;
	struct tcphdr tcp;
	struct bpf_sock_tuple tuple;
};

static __always_inline int read_tcp_segment(struct xdp_md *context, __u32 family, struct tcp_segment *segment)
{
	const struct layout layout = layout_of(context);

	if (!layout.transport_at ||
	    bpf_xdp_load_bytes(context, layout.transport_at, &segment->tcp, sizeof(segment->tcp)))
		return 0;
	if (family == SLUICE_IPV4) {
		if (bpf_xdp_load_bytes(context, layout.network_at, &segment->network.v4,
				       sizeof(struct iphdr)))
			return 0;
		segment->tuple.ipv4.saddr = segment->network.v4.saddr;
		segment->tuple.ipv4.daddr = segment->network.v4.daddr;
		segment->tuple.ipv4.sport = segment->tcp.source;
		segment->tuple.ipv4.dport = segment->tcp.dest;
		return 1;
	}
	if (bpf_xdp_load_bytes(context, layout.network_at, &segment->network.v6, sizeof(struct ipv6hdr)))
		return 0;
	__builtin_memcpy(segment->tuple.ipv6.saddr, &segment->network.v6.saddr, 16);
	__builtin_memcpy(segment->tuple.ipv6.daddr, &segment->network.v6.daddr, 16);
	segment->tuple.ipv6.sport = segment->tcp.source;
	segment->tuple.ipv6.dport = segment->tcp.dest;
	return 1;
}

/* Whether the segment acknowledges what this host sent to open the connection. */
static __always_inline int is_proof(struct bpf_sock *socket, struct tcp_segment *segment, __u32 family)
{
	struct tcp_request_sock *half_open;

	if (!segment->tcp.ack || segment->tcp.syn || segment->tcp.rst)
		return 0;
	if (socket->state == BPF_TCP_NEW_SYN_RECV) {
		half_open = bpf_skc_to_tcp_request_sock(socket);
		return half_open && bpf_ntohl(segment->tcp.ack_seq) == half_open->snt_isn + 1;
	}
	return socket->state == BPF_TCP_LISTEN &&
	       !bpf_tcp_check_syncookie(socket, &segment->network,
					family == SLUICE_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr),
					&segment->tcp, sizeof(segment->tcp));
}

/* enum handshake. Costs a look-up of a socket: to be called for few segments. */
__noinline __u32 handshake_of(struct xdp_md *context, const struct packet *packet)
{
	struct tcp_segment segment = {};
	struct bpf_sock *socket;
	__u32 state;

	if (!packet || packet->protocol != IPPROTO_TCP ||
	    !read_tcp_segment(context, packet->family, &segment))
		return HANDSHAKE_ELSEWHERE;
	socket = bpf_skc_lookup_tcp(context, &segment.tuple,
				    packet->family == SLUICE_IPV4 ? sizeof(segment.tuple.ipv4)
								  : sizeof(segment.tuple.ipv6),
				    BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return HANDSHAKE_ELSEWHERE;
	state = is_proof(socket, &segment, packet->family) ? HANDSHAKE_COMPLETED : HANDSHAKE_OPEN;
	bpf_sk_release(socket);
	return state;
}

#endif
