/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads Ethernet, VLAN tags, IPv4, IPv6 with its extension headers, TCP and UDP into struct packet. Used by
 * sluice.bpf.c. Decides nothing about a packet; if one cannot be read it says why.
 *
 * In order: parse_link -> parse_network (parse_ipv4 or parse_ipv6 -> parse_extensions) -> parse_transport.
 * Each function takes its header off the cursor. Each returns SLUICE_PASS_DEFAULT, or the reason why the
 * packet cannot be read.
 */
#ifndef SLUICE_PARSE_BPF_H
#define SLUICE_PARSE_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/cursor.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/wire.h"

#define MAX_VLAN_TAGS  2 /* 802.1ad outside, 802.1Q inside */
#define MAX_EXTENSIONS 8 /* RFC 8200 has six kinds, and one may come twice */

/* An IP address in host order, left aligned: an IPv4 address stands in the upper half of `high`. */
struct source {
	__u64 high;
	__u64 low;
};

/* What the filter knows of a packet. It has no padding, so that clang copies it field by field. */
struct packet {
	struct source source;
	__u64 bytes;          /* length of the whole frame */
	__u32 family;         /* enum sluice_family; 0 until the source is known */
	__u32 port;           /* destination port of TCP and UDP; otherwise 0 */
	__u32 later_fragment; /* not 0: a fragment, but not the first one, so it has no ports */
	__u8 protocol;        /* IPPROTO_ of what follows the IP headers */
	__u8 tcp_flags;       /* 0 if it is not TCP, or ends before its flags */
	__u8 control;         /* 1: ICMP that neighbour discovery or path MTU discovery needs */
	__u8 unread;          /* 1: the headers could not be read to the ports */
};

/* TCP with SYN and without ACK. */
static __always_inline int is_attempt(const struct packet *packet)
{
	return (packet->tcp_flags & 0x12) == 0x02; /* ACK is 0x10, SYN 0x02 */
}

/* Where the headers are in the frame, counted from its start. */
struct layout {
	__u32 network_at;    /* the IP header; 0 until it is known */
	__u32 network_bytes; /* length of the IP packet, as its header says; ~0 until it is known */
	__u32 transport_at;  /* what follows the IP headers */
};

/* An Ethernet header. The struct in linux/if_ether.h is packed, so clang would read it byte by byte. */
struct link {
	__u8 addresses[2 * ETH_ALEN];
	__be16 protocol;
};

/*
 * Copies the packet to `storage` for a function that is called and not inlined: such a function takes a
 * pointer, so the packet must stand in memory. The copy has a place of its own: clang can then keep the
 * packet itself in registers on every path that calls no such function. The slow path passes the packet as
 * its own storage.
 */
static __always_inline const struct packet *store_packet(const struct packet *packet, struct packet *storage)
{
	if (storage != packet)
		*storage = *packet;
	return storage;
}

struct vlan_tag {
	__be16 control;
	__be16 protocol; /* EtherType of what follows the tag */
};

/* What all IPv6 extension headers start with. */
struct extension {
	__u8 next;
	__u8 length; /* beyond the first eight bytes; the unit depends on the kind: see extension_size */
	__u8 rest[6];
};

/*
 * How to compute the size of an extension header: base + (8 * length & eights) + (4 * length & fours). `base`
 * is 0 if the kind is not an extension header. This is a table, and not a switch, because a switch would make
 * the verifier follow each case through the rest of the loop below. It holds masks, and not factors, because
 * the verifier of 6.1 cannot bound a product of two unknown numbers.
 */
struct extension_kind {
	__u16 base; /* 0 or 8 */
	__u16 eights;
	__u16 fours;
};

static const struct extension_kind extension_kinds[256] = {
    [IPPROTO_HOPOPTS] = {8, 8 * 255, 0}, [IPPROTO_ROUTING] = {8, 8 * 255, 0}, [IPPROTO_FRAGMENT] = {8, 0, 0},
    [IPPROTO_AH] = {8, 0, 4 * 255},      [IPPROTO_DSTOPTS] = {8, 8 * 255, 0},
};

/* What all ICMP messages start with. */
struct icmp {
	__u8 type;
	__u8 code;
};

/* Types and codes of ICMP (RFC 792, RFC 1191) and ICMPv6 (RFC 4443, RFC 4861). */
#define ICMP4_UNREACHABLE          3
#define ICMP4_FRAGMENTATION_NEEDED 4 /* a code of ICMP4_UNREACHABLE */
#define ICMP6_PACKET_TOO_BIG       2
#define ICMP6_ROUTER_SOLICITATION  133 /* the first of five types of neighbour discovery */
#define ICMP6_REDIRECT             137 /* the last of them */

struct port_pair {
	__be16 source;
	__be16 destination;
};

/* Copies the source word by word: clang copies a struct behind a pointer byte by byte. */
static __always_inline struct source source_of(const struct packet *packet)
{
	return (struct source){.high = packet->source.high, .low = packet->source.low};
}

/* Clears the bits beyond `length`. */
static __always_inline struct source source_network(struct source source, __u32 length)
{
	if (length < 64) {
		source.high &= ~(~0ULL >> length);
		source.low = 0;
	} else if (length < 128) {
		source.low &= ~(~0ULL >> (length - 64));
	}
	return source;
}

static __always_inline __u64 join(__be32 high, __be32 low)
{
	return (__u64)bpf_ntohl(high) << 32 | bpf_ntohl(low);
}

static __always_inline int is_vlan(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* Sets *protocol to the EtherType behind the VLAN tags. If there are too many tags it is that of the next
 * tag. */
static __always_inline enum sluice_reason parse_link(struct cursor *cursor, __be16 *protocol)
{
	const struct vlan_tag *tag;
	const struct link *link;

	if (!cursor_take(cursor, sizeof(*link), (const void **)&link))
		return SLUICE_PASS_TRUNCATED_ETHERNET;
	*protocol = link->protocol;
	for (int tags = 0; tags < MAX_VLAN_TAGS && is_vlan(*protocol); tags++) {
		if (!cursor_take(cursor, sizeof(*tag), (const void **)&tag))
			return SLUICE_PASS_TRUNCATED_VLAN;
		*protocol = tag->protocol;
	}
	return SLUICE_PASS_DEFAULT;
}

static __always_inline enum sluice_reason parse_ipv4(struct cursor *cursor, struct packet *packet,
						     struct layout *layout)
{
	const struct iphdr *header;
	const void *options;
	__u32 size;

	if (!cursor_take(cursor, sizeof(*header), (const void **)&header))
		return SLUICE_PASS_TRUNCATED_IPV4;
	if (header->version != 4)
		return SLUICE_PASS_MALFORMED_IPV4;
	packet->family = SLUICE_IPV4;
	packet->source.high = join(header->saddr, 0);
	packet->protocol = header->protocol;
	size = header->ihl * 4;
	if (size < sizeof(*header) || bpf_ntohs(header->tot_len) < size)
		return SLUICE_PASS_MALFORMED_IPV4;
	if (!cursor_take(cursor, size - sizeof(*header), &options))
		return SLUICE_PASS_TRUNCATED_IPV4;
	layout->network_bytes = bpf_ntohs(header->tot_len);
	packet->later_fragment = header->frag_off & bpf_htons(0x1fff);
	return SLUICE_PASS_DEFAULT;
}

static __always_inline int is_extension(__u8 kind)
{
	return extension_kinds[kind].base != 0;
}

/* In bytes. The verifier, which looks at both masks by themselves, takes it for at most 8 + 12 * 255: eight
 * such headers stay within the largest offset that it lets a packet pointer have. */
static __always_inline __u32 extension_size(__u8 kind, const struct extension *header)
{
	const struct extension_kind *sizes = &extension_kinds[kind];

	return (sizes->base & 8) + (8 * header->length & sizes->eights) + (4 * header->length & sizes->fours);
}

/* Moves the cursor over the extension headers. packet->protocol is the kind of the first one before, and the
 * protocol of the payload afterwards. */
static __always_inline enum sluice_reason parse_extensions(struct cursor *cursor, struct packet *packet)
{
	const struct extension *header;
	const void *rest;

#pragma clang loop unroll(disable)
	for (int count = 0; count < MAX_EXTENSIONS && is_extension(packet->protocol); count++) {
		if (!cursor_peek(cursor, sizeof(*header), (const void **)&header) ||
		    !cursor_take(cursor, extension_size(packet->protocol, header), &rest))
			return SLUICE_PASS_TRUNCATED_EXTENSION;
		/* The fragment offset is the upper 13 bits of the third and fourth byte. Only payload follows
		 * the header of a later fragment. */
		if (packet->protocol == IPPROTO_FRAGMENT && (header->rest[0] || header->rest[1] & 0xf8)) {
			packet->later_fragment = 1;
			return SLUICE_PASS_DEFAULT;
		}
		packet->protocol = header->next;
	}
	return is_extension(packet->protocol) ? SLUICE_PASS_TOO_MANY_EXTENSIONS : SLUICE_PASS_DEFAULT;
}

static __always_inline enum sluice_reason parse_ipv6(struct cursor *cursor, struct packet *packet,
						     struct layout *layout)
{
	const struct ipv6hdr *header;

	if (!cursor_take(cursor, sizeof(*header), (const void **)&header))
		return SLUICE_PASS_TRUNCATED_IPV6;
	if (header->version != 6)
		return SLUICE_PASS_MALFORMED_IPV6;
	packet->family = SLUICE_IPV6;
	packet->source.high = join(header->saddr.in6_u.u6_addr32[0], header->saddr.in6_u.u6_addr32[1]);
	packet->source.low = join(header->saddr.in6_u.u6_addr32[2], header->saddr.in6_u.u6_addr32[3]);
	packet->protocol = header->nexthdr;
	/* A jumbogram has a length of 0, and so have segments that were merged into more than 64 KiB. */
	layout->network_bytes = header->payload_len ? sizeof(*header) + bpf_ntohs(header->payload_len) : ~0U;
	return parse_extensions(cursor, packet);
}

/* Whether this is an ICMP message that the host's own traffic needs. Such messages come from routers and
 * neighbours; they are small and rare. If a stranger sends a flood of them the network stack limits it. */
static __always_inline int is_control(const struct cursor *cursor, const struct packet *packet)
{
	const struct icmp *header;

	if (packet->later_fragment || !cursor_peek(cursor, sizeof(*header), (const void **)&header))
		return 0;
	if (packet->family == SLUICE_IPV4)
		return packet->protocol == IPPROTO_ICMP && header->type == ICMP4_UNREACHABLE &&
		       header->code == ICMP4_FRAGMENTATION_NEEDED;
	return packet->protocol == IPPROTO_ICMPV6 &&
	       (header->type == ICMP6_PACKET_TOO_BIG ||
		(header->type >= ICMP6_ROUTER_SOLICITATION && header->type <= ICMP6_REDIRECT));
}

/* Reads the ports first and the TCP flags only if they are there: the first fragment of a packet may hold no
 * more than the ports. */
static __always_inline enum sluice_reason parse_transport(struct cursor *cursor, struct packet *packet)
{
	const struct port_pair *ports;
	const __u8 *tcp;

	/* If the scope is the protected ports ICMP passes anyway. */
	if (config.scope == SLUICE_SCOPE_ALL)
		packet->control = is_control(cursor, packet);
	if (packet->later_fragment || (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP))
		return SLUICE_PASS_DEFAULT;
	if (!cursor_peek(cursor, sizeof(*ports), (const void **)&ports))
		return SLUICE_PASS_TRUNCATED_TRANSPORT;
	packet->port = bpf_ntohs(ports->destination);
	/* The flags are the fourteenth byte of the TCP header. */
	if (packet->protocol == IPPROTO_TCP && cursor_peek(cursor, 14, (const void **)&tcp))
		packet->tcp_flags = tcp[13];
	return SLUICE_PASS_DEFAULT;
}

/*
 * The length of a frame. A frame may span several buffers, and data_end is the end of the first one. Only a
 * helper knows the whole length, and calling it costs more than all the parsing. So it is called only if the
 * IP header says that the packet is longer than the first buffer, or does not say how long it is. Otherwise
 * the frame is "seen whole". If such a frame has further buffers they hold padding, which is not counted.
 */
static __always_inline __u64 seen_bytes(const struct xdp_md *context)
{
	return context->data_end - context->data;
}

static __always_inline int is_seen_whole(const struct xdp_md *context, const struct layout *layout)
{
	return layout->network_at + (__u64)layout->network_bytes <= seen_bytes(context);
}

static __always_inline __u64 frame_bytes(struct xdp_md *context, const struct layout *layout)
{
	return is_seen_whole(context, layout) ? seen_bytes(context) : bpf_xdp_get_buff_len(context);
}

static __always_inline struct cursor cursor_of(const struct xdp_md *context)
{
	return (struct cursor){(void *)(long)context->data, (void *)(long)context->data_end};
}

/* Where the cursor stands, in bytes from the start of the frame. */
static __always_inline __u32 position(const struct xdp_md *context, const struct cursor *cursor)
{
	return cursor->at - (void *)(long)context->data;
}

static __always_inline enum sluice_reason parse_network(struct cursor *cursor, enum sluice_family family,
							struct packet *packet, struct layout *layout)
{
	return family == SLUICE_IPV4 ? parse_ipv4(cursor, packet, layout)
				     : parse_ipv6(cursor, packet, layout);
}

/* Reads everything but the length of the frame. If the answer is not SLUICE_PASS_DEFAULT only the source is
 * meaningful, and only if family is not 0. */
static __always_inline enum sluice_reason parse_headers(struct xdp_md *context, struct packet *packet,
							struct layout *layout)
{
	struct cursor cursor = cursor_of(context);
	enum sluice_reason reason;
	__be16 protocol;

	reason = parse_link(&cursor, &protocol);
	if (reason != SLUICE_PASS_DEFAULT)
		return reason;
	layout->network_at = position(context, &cursor);
	if (protocol == bpf_htons(ETH_P_IP))
		reason = parse_network(&cursor, SLUICE_IPV4, packet, layout);
	else if (protocol == bpf_htons(ETH_P_IPV6))
		reason = parse_network(&cursor, SLUICE_IPV6, packet, layout);
	else
		reason = is_vlan(protocol) ? SLUICE_PASS_TOO_MANY_VLANS : SLUICE_PASS_NOT_IP;
	layout->transport_at = position(context, &cursor);
	return reason == SLUICE_PASS_DEFAULT ? parse_transport(&cursor, packet) : reason;
}

/* Reads everything. `packet` must be zero before. If the answer is not SLUICE_PASS_DEFAULT only `bytes` is
 * meaningful, and the source if family is not 0. */
static __always_inline enum sluice_reason parse(struct xdp_md *context, struct packet *packet)
{
	struct layout layout = {.network_bytes = ~0U};
	const enum sluice_reason reason = parse_headers(context, packet, &layout);

	packet->bytes = frame_bytes(context, &layout);
	return reason;
}

/* Where the headers of a packet are: network_at in the upper half, transport_at in the lower; 0 if they
 * cannot be read. It parses the packet a second time: few packets need this, and every packet would pay if
 * the first parsing kept it. */
__noinline __u64 locate(struct xdp_md *context)
{
	struct packet packet = {};
	struct layout layout = {};

	if (parse_headers(context, &packet, &layout) != SLUICE_PASS_DEFAULT)
		return 0;
	return (__u64)layout.network_at << 32 | layout.transport_at;
}

static __always_inline struct layout layout_of(struct xdp_md *context)
{
	const __u64 located = locate(context);

	return (struct layout){.network_at = located >> 32, .transport_at = (__u32)located};
}

#endif
