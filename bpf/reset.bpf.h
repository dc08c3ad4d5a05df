/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Turns a TCP connection attempt into the reset that refuses it (RFC 9293, 3.10.7.1), to be sent back to its
 * source. Used by drop.bpf.h. Only for packets without IPv4 options, IPv6 extension headers and fragments:
 * other attempts are dropped in silence.
 */
#ifndef SLUICE_RESET_BPF_H
#define SLUICE_RESET_BPF_H

#include <linux/tcp.h>

#include "bpf/parse.bpf.h"

struct link_addresses {
	__u8 destination[ETH_ALEN];
	__u8 source[ETH_ALEN];
};

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

/* The sum of `size` bytes for a checksum. `size` is a constant and a multiple of four. */
static __always_inline __u32 sum_of(void *data, __u32 size, __u32 seed)
{
	return (__u32)bpf_csum_diff(NULL, 0, data, size, seed);
}

/* The reset. `pseudo` is the sum of the pseudo header, which the checksum covers too. */
static __always_inline struct tcphdr reset_for(const struct tcphdr *attempt, __u32 pseudo)
{
	struct tcphdr reset = {
	    .source = attempt->dest,
	    .dest = attempt->source,
	    .ack_seq = bpf_htonl(bpf_ntohl(attempt->seq) + 1),
	    .doff = sizeof(reset) / 4,
	    .rst = 1,
	    .ack = 1,
	};

	reset.check = fold(sum_of(&reset, sizeof(reset), pseudo));
	return reset;
}

struct pseudo_v4 {
	__be32 source;
	__be32 destination;
	__u8 zero;
	__u8 protocol;
	__be16 length;
};

struct pseudo_v6 {
	struct in6_addr source;
	struct in6_addr destination;
	__be32 length;
	__be32 next;
};

static __always_inline int answer_v4(struct xdp_md *context, __u32 at, const struct tcphdr *attempt)
{
	struct iphdr header;
	struct pseudo_v4 pseudo;
	struct tcphdr reset;
	__be32 client;

	if (bpf_xdp_load_bytes(context, at, &header, sizeof(header)))
		return 0;
	client = header.saddr;
	pseudo = (struct pseudo_v4){header.daddr, client, 0, IPPROTO_TCP, bpf_htons(sizeof(reset))};
	reset = reset_for(attempt, sum_of(&pseudo, sizeof(pseudo), 0));
	header.saddr = header.daddr;
	header.daddr = client;
	header.tot_len = bpf_htons(sizeof(header) + sizeof(reset));
	header.id = 0;
	header.frag_off = bpf_htons(0x4000); /* do not fragment */
	header.ttl = 64;
	header.tos = 0;
	header.check = 0;
	header.check = fold(sum_of(&header, sizeof(header), 0));
	return !bpf_xdp_store_bytes(context, at, &header, sizeof(header)) &&
	       !bpf_xdp_store_bytes(context, at + sizeof(header), &reset, sizeof(reset));
}

static __always_inline int answer_v6(struct xdp_md *context, __u32 at, const struct tcphdr *attempt)
{
	struct ipv6hdr header;
	struct pseudo_v6 pseudo;
	struct tcphdr reset;

	if (bpf_xdp_load_bytes(context, at, &header, sizeof(header)))
		return 0;
	pseudo =
	    (struct pseudo_v6){header.daddr, header.saddr, bpf_htonl(sizeof(reset)), bpf_htonl(IPPROTO_TCP)};
	reset = reset_for(attempt, sum_of(&pseudo, sizeof(pseudo), 0));
	header.saddr = pseudo.source;
	header.daddr = pseudo.destination;
	header.payload_len = bpf_htons(sizeof(reset));
	header.hop_limit = 64;
	return !bpf_xdp_store_bytes(context, at, &header, sizeof(header)) &&
	       !bpf_xdp_store_bytes(context, at + sizeof(header), &reset, sizeof(reset));
}

/* Exchanges the two Ethernet addresses. */
static __always_inline int turn_link(struct xdp_md *context)
{
	struct link_addresses link, turned;

	if (bpf_xdp_load_bytes(context, 0, &link, sizeof(link)))
		return 0;
	__builtin_memcpy(turned.destination, link.source, ETH_ALEN);
	__builtin_memcpy(turned.source, link.destination, ETH_ALEN);
	return !bpf_xdp_store_bytes(context, 0, &turned, sizeof(turned));
}

/*
 * Returns 1 if the frame is now the reset. Returns 0 if the frame must be dropped; it may be half changed
 * then.
 *
 * The frame keeps its length. What stood behind the TCP header (options, payload) stays there as padding of
 * the Ethernet frame and goes back to its sender. Cutting it off would change the packet's data area, which
 * kernels up to 6.12 forbid to a program that runs beside others (libxdp's dispatcher).
 */
__noinline int turn_into_reset(struct xdp_md *context, __u32 family, __u32 network_at, __u32 transport_at)
{
	const __u32 header = family == SLUICE_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct tcphdr attempt;

	if (transport_at - network_at != header ||
	    bpf_xdp_load_bytes(context, transport_at, &attempt, sizeof(attempt)))
		return 0;
	if (!turn_link(context))
		return 0;
	return family == SLUICE_IPV4 ? answer_v4(context, network_at, &attempt)
				     : answer_v6(context, network_at, &attempt);
}

#endif
