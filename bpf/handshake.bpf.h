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

/* The tuple is needed first and the IP header afterwards: they share their place, for the verifier of 6.1
 * allows all functions that call each other 512 bytes together. */
struct tcp_segment {
	struct tcphdr tcp;
	union {
		struct bpf_sock_tuple tuple;
		struct iphdr v4;
		struct ipv6hdr v6;
	};
};

static __always_inline __u32 tuple_bytes(__u32 family)
{
	return family == SLUICE_IPV4 ? sizeof(((struct bpf_sock_tuple *)0)->ipv4)
				     : sizeof(((struct bpf_sock_tuple *)0)->ipv6);
}

/* Reads the TCP header and the tuple: in both families the addresses follow each other, as they do in the
 * tuple. */
static __always_inline int read_tuple(struct xdp_md *context, __u32 family, const struct layout *layout,
				      struct tcp_segment *segment)
{
	if (!layout->transport_at ||
	    bpf_xdp_load_bytes(context, layout->transport_at, &segment->tcp, sizeof(segment->tcp)))
		return 0;
	if (family == SLUICE_IPV4) {
		segment->tuple.ipv4.sport = segment->tcp.source;
		segment->tuple.ipv4.dport = segment->tcp.dest;
		return !bpf_xdp_load_bytes(context, layout->network_at + offsetof(struct iphdr, saddr),
					   &segment->tuple.ipv4.saddr, 8);
	}
	segment->tuple.ipv6.sport = segment->tcp.source;
	segment->tuple.ipv6.dport = segment->tcp.dest;
	return !bpf_xdp_load_bytes(context, layout->network_at + offsetof(struct ipv6hdr, saddr),
				   segment->tuple.ipv6.saddr, 32);
}

/* Whether the segment holds a SYN cookie of this host. Overwrites the tuple. */
static __always_inline int holds_cookie(struct xdp_md *context, struct bpf_sock *socket, __u32 family,
					__u32 network_at, struct tcp_segment *segment)
{
	const __u32 bytes = family == SLUICE_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	return !bpf_xdp_load_bytes(context, network_at, &segment->v6, bytes) &&
	       !bpf_tcp_check_syncookie(socket, &segment->v6, bytes, &segment->tcp, sizeof(segment->tcp));
}

/* Whether the segment acknowledges what this host sent to open the connection. */
static __always_inline int is_proof(struct xdp_md *context, struct bpf_sock *socket, __u32 family,
				    __u32 network_at, struct tcp_segment *segment)
{
	struct tcp_request_sock *half_open;

	if (!segment->tcp.ack || segment->tcp.syn || segment->tcp.rst)
		return 0;
	if (socket->state == BPF_TCP_NEW_SYN_RECV) {
		half_open = bpf_skc_to_tcp_request_sock(socket);
		return half_open && bpf_ntohl(segment->tcp.ack_seq) == half_open->snt_isn + 1;
	}
	return socket->state == BPF_TCP_LISTEN && holds_cookie(context, socket, family, network_at, segment);
}

/* enum handshake. Costs a look-up of a socket: to be called for few segments. */
__noinline __u32 handshake_of(struct xdp_md *context, const struct packet *packet)
{
	struct tcp_segment segment = {};
	struct bpf_sock *socket;
	struct layout layout;
	__u32 state;

	if (!packet || packet->protocol != IPPROTO_TCP)
		return HANDSHAKE_ELSEWHERE;
	layout = layout_of(context);
	if (!read_tuple(context, packet->family, &layout, &segment))
		return HANDSHAKE_ELSEWHERE;
	socket =
	    bpf_skc_lookup_tcp(context, &segment.tuple, tuple_bytes(packet->family), BPF_F_CURRENT_NETNS, 0);
	if (!socket)
		return HANDSHAKE_ELSEWHERE;
	state = is_proof(context, socket, packet->family, layout.network_at, &segment) ? HANDSHAKE_COMPLETED
										       : HANDSHAKE_OPEN;
	bpf_sk_release(socket);
	return state;
}

#endif
