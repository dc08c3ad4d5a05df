/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter: parse, judge, count, report. It runs for every frame that an interface receives, whether the
 * daemon lives or not. daemon/kernel loads it and fills its maps. It passes whatever it cannot read or judge,
 * except what comes from a source that is denied.
 *
 * Nearly all frames take the fast path: one inlined function for each family, in which the packet stays in
 * registers. A frame that cannot be read, or that the first buffer does not hold whole, takes the slow path.
 * Both paths come to the same verdict (tests/bpf_run/path_test.cpp). Read sluice() at the end first.
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

/* Whether the packet counts as activity of its source. A decision or a list that drops packets counts them
 * itself. */
static __always_inline int is_reported(enum sluice_reason reason)
{
	return reason == SLUICE_PASS_DEFAULT || reason == SLUICE_PASS_WITHIN_RATE ||
	       reason >= SLUICE_DROP_LIMIT_PACKETS;
}

/* Counts and reports the packet, and returns the XDP action for it. */
static __always_inline int carry_out(struct xdp_md *context, const struct packet *packet,
				     struct packet *storage, enum sluice_reason reason,
				     const enum filter_path path)
{
	count_packet(reason, packet->bytes);
	if (config.report_interval_ns && is_reported(reason))
		report(store_packet(packet, storage));
	if (is_drop(reason))
		return drop(context, packet, reason, path);
	if (config.hellos)
		watch_for_hello(context, packet, storage);
	return XDP_PASS;
}

/* A function of its own, so that its stack is free again before the packet is judged. */
__noinline __u32 parse_slow(struct xdp_md *context, struct packet *packet)
{
	return packet ? parse(context, packet) : SLUICE_PASS_DEFAULT;
}

/* The slow path. It takes any frame: also one that cannot be read, or that spans several buffers. */
__noinline int filter_slow(struct xdp_md *context)
{
	struct packet packet = {};
	enum sluice_reason reason = parse_slow(context, &packet);
	enum sluice_reason verdict;

	packet.unread = reason != SLUICE_PASS_DEFAULT;
	if (packet.family) {
		verdict = judge(context, &packet, &packet);
		/* Nothing that is unreadable lets a denied source in. Everybody else's passes, and is counted
		 * as what it is, unless every packet is in scope: then the source is all that counts. */
		if (!packet.unread || config.scope == SLUICE_SCOPE_ALL || is_drop(verdict))
			reason = verdict;
	}
	return carry_out(context, &packet, &packet, reason, SLOW_PATH);
}

/*
 * The fast path, for one family. `family` is a constant: each of the two calls below becomes code of its own.
 * If the frame turns out not to fit, the slow path starts again from the first byte. So two states of the
 * packet never meet in one place (IPv4 and IPv6, read whole and read in part), and clang can keep every field
 * of the packet in a register.
 */
static __always_inline int filter_fast(struct xdp_md *context, struct cursor cursor,
				       const enum sluice_family family, struct packet *storage)
{
	struct layout layout = {.network_at = position(context, &cursor), .network_bytes = ~0U};
	struct packet packet = {};

	if (parse_network(&cursor, family, &packet, &layout) != SLUICE_PASS_DEFAULT ||
	    parse_transport(&cursor, &packet) != SLUICE_PASS_DEFAULT || !is_seen_whole(context, &layout))
		return filter_slow(context);
	packet.bytes = seen_bytes(context);
	return carry_out(context, &packet, storage, judge(context, &packet, storage), FAST_PATH);
}

static __always_inline int filter(struct xdp_md *context)
{
	struct cursor cursor = cursor_of(context);
	struct packet storage;
	__be16 protocol;

	if (parse_link(&cursor, &protocol) == SLUICE_PASS_DEFAULT) {
		if (protocol == bpf_htons(ETH_P_IP))
			return filter_fast(context, cursor, SLUICE_IPV4, &storage);
		if (protocol == bpf_htons(ETH_P_IPV6))
			return filter_fast(context, cursor, SLUICE_IPV6, &storage);
	}
	return filter_slow(context);
}

/* The entry point. "frags": the filter also takes frames that span several buffers. Their headers are in the
 * first one. */
SEC("xdp.frags")
int sluice(struct xdp_md *context)
{
	return filter(context);
}

const char sluice_license[] SEC("license") = "Dual BSD/GPL";
