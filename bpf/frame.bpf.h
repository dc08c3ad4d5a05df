/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies of frames into the ring buffer `frames`, as far as the daemon gave credit for them. Used by
 * drop.bpf.h and hello.bpf.h. A copy that finds no room is counted.
 */
#ifndef SLUICE_FRAME_BPF_H
#define SLUICE_FRAME_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/stats.bpf.h"

static __always_inline struct sluice_watch *frame_credits(void)
{
	const __u32 first = 0;

	return bpf_map_lookup_elem(&watch, &first);
}

/* 1: there was one, and it is taken. CPUs that race may take one too many each. */
static __always_inline int take_credit(__s64 *credits)
{
	if (*(volatile __s64 *)credits <= 0)
		return 0;
	__sync_fetch_and_add(credits, -1);
	return 1;
}

struct frame_kind {
	__u32 type;   /* enum sluice_record_type */
	__u32 reason; /* enum sluice_reason */
	__u32 payload_at;
};

/* Copies the first `room` bytes, a constant, of the frame, or all that there are. */
static __always_inline void send_frame(struct xdp_md *context, struct frame_kind kind, __u32 frame_bytes,
				       const __u32 room)
{
	const __u32 size = sizeof(struct sluice_frame_record) + room;
	struct sluice_frame_record *record = bpf_ringbuf_reserve(&frames, size, 0);
	__u32 captured = frame_bytes < room ? frame_bytes : room;

	if (!record) {
		count_event(SLUICE_FRAMES_LOST);
		return;
	}
	record->head.type = kind.type;
	record->head.size = size;
	record->head.time_ns = bpf_ktime_get_ns();
	record->reason = kind.reason;
	record->interface = context->ingress_ifindex;
	record->frame_bytes = frame_bytes;
	record->payload_at = kind.payload_at;
	record->reserved = 0;
	/* The verifier of 6.1 loses the bound that the comparison above has set. */
	asm volatile("" : "+r"(captured));
	if (captured < 1 || captured > room || bpf_xdp_load_bytes(context, 0, record + 1, captured)) {
		bpf_ringbuf_discard(record, 0);
		count_event(SLUICE_FRAMES_LOST);
		return;
	}
	record->captured = captured;
	bpf_ringbuf_submit(record, 0);
}

#endif
