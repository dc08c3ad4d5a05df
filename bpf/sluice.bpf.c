/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter: parse, judge, count, report. daemon/kernel loads it and fills its maps; it runs for every frame
 * that an interface receives, whether the daemon lives or not. It passes whatever it cannot read or judge.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/drop.bpf.h"
#include "bpf/hello.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/report.bpf.h"
#include "bpf/stats.bpf.h"
#include "bpf/verdict.bpf.h"

/* A source can be judged although its ports cannot be read where they do not matter. */
static __always_inline int is_judged(const struct packet *packet, enum sluice_reason unreadable)
{
	return unreadable == SLUICE_PASS_DEFAULT || (config.scope == SLUICE_SCOPE_ALL && packet->family);
}

/* What is dropped by a decision or a list is counted there, and nobody has to be told of it. */
static __always_inline int is_reported(enum sluice_reason reason)
{
	return reason == SLUICE_PASS_DEFAULT || reason == SLUICE_PASS_WITHIN_RATE ||
	       reason >= SLUICE_DROP_LIMIT_PACKETS;
}

/* What follows from the verdict. */
static __always_inline int carry_out(struct xdp_md *context, const struct packet *packet, struct packet *kept,
				     enum sluice_reason reason, const enum way way)
{
	count_packet(reason, packet->bytes);
	if (config.report_interval_ns && is_reported(reason))
		report(keep(packet, kept));
	if (is_drop(reason))
		return drop(context, packet, reason, way);
	if (config.hellos)
		watch_for_hello(context, packet, kept);
	return XDP_PASS;
}

/* A function of its own, so that its stack is given back before the packet is judged. */
__noinline __u32 parse_any(struct xdp_md *context, struct packet *packet)
{
	return packet ? parse(context, packet) : SLUICE_PASS_DEFAULT;
}

/* Any frame: what cannot be read, or not seen whole, and all that belongs to it. */
__noinline int filter_any(struct xdp_md *context)
{
	struct packet packet = {};
	enum sluice_reason reason = parse_any(context, &packet);

	if (is_judged(&packet, reason))
		reason = judge(&packet, &packet);
	return carry_out(context, &packet, &packet, reason, WAY_ANY);
}

/*
 * The packets that nearly all are, of one family, which is a constant here. Those that are not are begun
 * anew, so that what is known of a packet does not meet on any path with what is not known of others, or with
 * the other family: the compiler then keeps it in registers.
 */
static __always_inline int filter_usual(struct xdp_md *context, struct cursor cursor,
					const enum sluice_family family, struct packet *kept)
{
	struct layout layout = {.network_at = position(context, &cursor), .network_bytes = ~0U};
	struct packet packet = {};

	if (parse_network(&cursor, family, &packet, &layout) != SLUICE_PASS_DEFAULT ||
	    parse_transport(&cursor, &packet) != SLUICE_PASS_DEFAULT || !is_seen_whole(context, &layout))
		return filter_any(context);
	packet.bytes = seen_bytes(context);
	return carry_out(context, &packet, kept, judge(&packet, kept), WAY_USUAL);
}

static __always_inline int filter(struct xdp_md *context)
{
	struct cursor cursor = cursor_of(context);
	struct packet kept;
	__be16 protocol;

	if (parse_link(&cursor, &protocol) == SLUICE_PASS_DEFAULT) {
		if (protocol == bpf_htons(ETH_P_IP))
			return filter_usual(context, cursor, SLUICE_IPV4, &kept);
		if (protocol == bpf_htons(ETH_P_IPV6))
			return filter_usual(context, cursor, SLUICE_IPV6, &kept);
	}
	return filter_any(context);
}

/* With frags: frames that span several buffers are taken too; their headers are in the first. */
SEC("xdp.frags")
int sluice(struct xdp_md *context)
{
	return filter(context);
}

const char sluice_license[] SEC("license") = "Dual BSD/GPL";
