/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies frames into the ring buffer `frames`, if the daemon gave credit for them. Used by drop.bpf.h and
 * hello.bpf.h. A copy that finds no room is counted.
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

/* Takes one credit. Returns 0 if there is none. If CPUs race each may take one too many. */
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

/* Copies the first `room` bytes of the frame, or the whole frame if it is shorter. `room` is a constant. */
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
	/* The helper takes 1 to `room` bytes. With one subtracted, a single comparison checks both ends. Two
	 * comparisons would not do: clang folds them into one, and the verifiers of 6.1 and 6.12 then lose
	 * the lower bound. */
	captured -= 1;
	asm volatile("" : "+r"(captured));
	if (captured >= room || bpf_xdp_load_bytes(context, 0, record + 1, captured + 1)) {
		bpf_ringbuf_discard(record, 0);
		count_event(SLUICE_FRAMES_LOST);
		return;
	}
	record->captured = captured + 1;
	bpf_ringbuf_submit(record, 0);
}

#endif
