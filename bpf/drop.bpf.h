/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happens to a frame that is not to pass: shown to whoever watches, answered with a reset where that is
 * wanted, dropped. Used by sluice.bpf.c.
 */
#ifndef SLUICE_DROP_BPF_H
#define SLUICE_DROP_BPF_H

#include "bpf/frame.bpf.h"
#include "bpf/reset.bpf.h"

/* How a packet came here. Only what was read and seen whole is answered. */
enum way { WAY_USUAL, WAY_ANY };

__noinline int show(struct xdp_md *context, __u32 reason, __u32 frame_bytes)
{
	struct sluice_watch *credits = frame_credits();

	if (!credits)
		return 0;
	if (take_credit(&credits->captures))
		send_frame(context, (struct frame_kind){SLUICE_RECORD_CAPTURE, reason, 0}, frame_bytes,
			   SLUICE_FRAME_BYTES);
	else if (take_credit(&credits->samples))
		send_frame(context, (struct frame_kind){SLUICE_RECORD_SAMPLE, reason, 0}, frame_bytes,
			   SLUICE_SAMPLE_BYTES);
	return 0;
}

/* The XDP action. */
static __always_inline int drop(struct xdp_md *context, const struct packet *packet,
				enum sluice_reason reason, const enum way way)
{
	const struct sluice_watch *credits = frame_credits();
	struct layout layout;

	if (credits && (credits->captures > 0 || credits->samples > 0))
		show(context, reason, packet->bytes);
	if (!config.reject || way != WAY_USUAL || !is_attempt(packet))
		return XDP_DROP;
	layout = layout_of(context);
	if (!turn_into_reset(context, packet->family, layout.network_at, layout.transport_at))
		return XDP_DROP;
	count_event(SLUICE_RESETS_SENT);
	return XDP_TX;
}

#endif
