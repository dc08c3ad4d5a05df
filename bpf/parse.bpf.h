/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ethernet, VLAN tags, IPv4, IPv6 and its extension headers, TCP and UDP -> struct packet. Used by
 * sluice.bpf.c. Decides nothing: what cannot be read is named by its reason.
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
#define MAX_EXTENSIONS 8 /* RFC 8200 knows six and lets one of them come twice */

/* An IP address in host order, left aligned: an IPv4 address is the upper half of `high`. */
struct source {
	__u64 high;
	__u64 low;
};

/* No padding: a copy of it then is that of its fields. */
struct packet {
	struct source source;
	__u64 bytes;          /* of the whole frame */
	__u32 family;         /* enum sluice_family; 0 until the source is known */
	__u32 port;           /* destination, of TCP and UDP; otherwise 0 */
	__u32 later_fragment; /* not 0: not the first of its packet, so it has no ports */
	__u8 protocol;        /* IPPROTO_ of what follows the IP headers */
	__u8 tcp_flags;       /* 0 where it is not TCP, or ends before them */
	__u8 control;         /* 1: ICMP that neighbour discovery or path MTU discovery needs */
	__u8 reserved;
};

/* TCP with SYN and without ACK. */
static __always_inline int is_attempt(const struct packet *packet)
{
	return (packet->tcp_flags & 0x12) == 0x02; /* ACK is 0x10, SYN 0x02 */
}

/* Where in the frame, from its start, a packet's headers are. */
struct layout {
	__u32 network_at;    /* the IP header; 0 until it is known */
	__u32 network_bytes; /* of the IP packet as it says itself; ~0 until it is known */
	__u32 transport_at;  /* what follows the IP headers */
};

/* An Ethernet header; as linux/if_ether.h has it, packed, the compiler reads it by bytes. */
struct link {
	__u8 addresses[2 * ETH_ALEN];
	__be16 protocol;
};

/*
 * Writes the packet down for a function that is called and not inlined, and so takes it from memory. Whoever
 * calls hands a place of its own: that lets the packet stay in registers on every path that calls none.
 */
static __always_inline const struct packet *keep(const struct packet *packet, struct packet *kept)
{
	if (kept != packet)
		*kept = *packet;
	return kept;
}

struct vlan_tag {
	__be16 control;
	__be16 protocol; /* EtherType of what follows */
};

/* What all IPv6 extension headers start with. */
struct extension {
	__u8 next;
	__u8 length; /* beyond the first eight bytes or so, in units that differ: see extension_size */
	__u8 rest[6];
};

/*
 * The size of an extension header by its kind: base + (8 * length & eights) + (4 * length & fours); base is 0
 * where the kind is none. A table and not a switch: to the verifier its answers are all alike, so that the
 * paths through the loop below join again. Masks and not factors: the verifier of 6.1 cannot bound a product
 * of two unknowns.
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

/* Of IPv4 (RFC 792, RFC 1191) and IPv6 (RFC 4443, RFC 4861). */
#define ICMP4_UNREACHABLE          3
#define ICMP4_FRAGMENTATION_NEEDED 4 /* a code of the above */
#define ICMP6_PACKET_TOO_BIG       2
#define ICMP6_ROUTER_SOLICITATION  133 /* the first of the five messages of neighbour discovery */
#define ICMP6_REDIRECT             137 /* the last */

struct port_pair {
	__be16 source;
	__be16 destination;
};

/* A copy by its words: of a struct behind a pointer clang copies bytes. */
static __always_inline struct source source_of(const struct packet *packet)
{
	return (struct source){.high = packet->source.high, .low = packet->source.low};
}

/* The source with its bits beyond `length` cleared. */
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

/* All parse functions give SLUICE_PASS_DEFAULT where nothing stands against judging the packet, otherwise why
 * it cannot be read. This one does not mind what comes after as many tags as it knows. */
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
	size = header->ihl * 4;
	if (header->version != 4 || size < sizeof(*header) || bpf_ntohs(header->tot_len) < size)
		return SLUICE_PASS_MALFORMED_IPV4;
	if (!cursor_take(cursor, size - sizeof(*header), &options))
		return SLUICE_PASS_TRUNCATED_IPV4;
	packet->family = SLUICE_IPV4;
	packet->source.high = join(header->saddr, 0);
	packet->protocol = header->protocol;
	layout->network_bytes = bpf_ntohs(header->tot_len);
	packet->later_fragment = header->frag_off & bpf_htons(0x1fff);
	return SLUICE_PASS_DEFAULT;
}

static __always_inline int is_extension(__u8 kind)
{
	return extension_kinds[kind].base != 0;
}

/* Bytes, at most 8 + 12 * 255: eight of those are within the verifier's limit. */
static __always_inline __u32 extension_size(__u8 kind, const struct extension *header)
{
	const struct extension_kind *sizes = &extension_kinds[kind];

	return (sizes->base & 8) + (8 * header->length & sizes->eights) + (4 * header->length & sizes->fours);
}

/* Advances over the extension headers; packet->protocol is the first one's kind before, and the payload's
 * after. */
static __always_inline enum sluice_reason parse_extensions(struct cursor *cursor, struct packet *packet)
{
	const struct extension *header;
	const void *rest;

#pragma clang loop unroll(disable)
	for (int count = 0; count < MAX_EXTENSIONS && is_extension(packet->protocol); count++) {
		if (!cursor_peek(cursor, sizeof(*header), (const void **)&header) ||
		    !cursor_take(cursor, extension_size(packet->protocol, header), &rest))
			return SLUICE_PASS_TRUNCATED_EXTENSION;
		/* The offset is the upper 13 bits of the third and fourth byte. Behind it there is only
		 * payload. */
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
	/* A length of 0 is that of a jumbogram, or of segments that were merged into more than 64 KiB. */
	layout->network_bytes = header->payload_len ? sizeof(*header) + bpf_ntohs(header->payload_len) : ~0U;
	return parse_extensions(cursor, packet);
}

/* Whether it is a message that a host's own traffic would suffer without. They come from routers and
 * neighbours, and are small and rare; what a flood of them may cost the stack is for the stack to limit. */
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

/* Reads the ports by themselves: the first fragment of a packet may hold no more. */
static __always_inline enum sluice_reason parse_transport(struct cursor *cursor, struct packet *packet)
{
	const struct port_pair *ports;
	const __u8 *tcp;

	/* Where ports alone are judged, other protocols pass anyway. */
	if (config.scope == SLUICE_SCOPE_ALL)
		packet->control = is_control(cursor, packet);
	if (packet->later_fragment || (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP))
		return SLUICE_PASS_DEFAULT;
	if (!cursor_peek(cursor, sizeof(*ports), (const void **)&ports))
		return SLUICE_PASS_TRUNCATED_TRANSPORT;
	packet->port = bpf_ntohs(ports->destination);
	/* The flags are the fourteenth byte of TCP. */
	if (packet->protocol == IPPROTO_TCP && cursor_peek(cursor, 14, (const void **)&tcp))
		packet->tcp_flags = tcp[13];
	return SLUICE_PASS_DEFAULT;
}

/*
 * The size of the frame. What data_end leaves out, the parts of a frame that spans several buffers, only a
 * helper tells, which costs more than all the parsing: asked where the packet claims to be longer than what
 * can be seen, or makes no claim. One that spans buffers and claims to be shorter than the first has padding
 * there, which is not counted.
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

/* Bytes from the frame's start. */
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

/* All but the size. Where the answer is not SLUICE_PASS_DEFAULT, only the source, if family is not 0, is
 * meaningful. */
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

/* `packet` is zero before. Where the answer is not SLUICE_PASS_DEFAULT, only `bytes` and, if family is not 0,
 * the source are meaningful. */
static __always_inline enum sluice_reason parse(struct xdp_md *context, struct packet *packet)
{
	struct layout layout = {.network_bytes = ~0U};
	const enum sluice_reason reason = parse_headers(context, packet, &layout);

	packet->bytes = frame_bytes(context, &layout);
	return reason;
}

/* Where the headers of a packet are that was parsed before; all 0 where they cannot be read. Found again
 * rather than carried along: few packets need it, and all would pay for it. */
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
