/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happens to a frame that the verdict drops. It is shown to whoever watches. A connection attempt is
 * answered with a reset if the settings say so. Everything else is dropped in silence. Used by sluice.bpf.c.
 */
#ifndef SLUICE_DROP_BPF_H
#define SLUICE_DROP_BPF_H

#include "bpf/frame.bpf.h"
#include "bpf/reset.bpf.h"

/* Which path of sluice.bpf.c a frame took. Only a frame of the fast path is answered: it was read whole. */
enum filter_path { FAST_PATH, SLOW_PATH };

/* Sends a copy of the frame to the daemon, if the daemon gave credit for one. */
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

/* Returns the XDP action. */
static __always_inline int drop(struct xdp_md *context, const struct packet *packet,
				enum sluice_reason reason, const enum filter_path path)
{
	const struct sluice_watch *credits = frame_credits();
	struct layout layout;

	if (credits && (credits->captures > 0 || credits->samples > 0))
		show(context, reason, packet->bytes);
	if (!config.reject || path != FAST_PATH || !is_attempt(packet))
		return XDP_DROP;
	layout = layout_of(context);
	if (!turn_into_reset(context, packet->family, layout.network_at, layout.transport_at))
		return XDP_DROP;
	count_event(SLUICE_RESETS_SENT);
	return XDP_TX;
}

#endif
