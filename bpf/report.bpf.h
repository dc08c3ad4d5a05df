/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What each source does, summed and reported into the ring buffer at most once an interval. Used by
 * sluice.bpf.c. What could not be kept or sent is counted. Decides nothing.
 */
#ifndef SLUICE_REPORT_BPF_H
#define SLUICE_REPORT_BPF_H

#include "bpf/clock.bpf.h"
#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/source.bpf.h"
#include "bpf/stats.bpf.h"

static __always_inline struct sluice_source_key source_key(const struct packet *packet,
							   const struct sluice_source *source)
{
	const struct sluice_source_key key = {
	    .addr_be = {bpf_htonl(source->high >> 32), bpf_htonl(source->high), bpf_htonl(source->low >> 32),
			bpf_htonl(source->low)},
	    .family = packet->family,
	};

	return key;
}

/*
 * Sends the sums and starts new ones. One CPU wins the right to by moving since_tick; where the ring buffer
 * is full it puts it back, so that the next packet tries again and the record still says how long a time it
 * sums up. A packet that another CPU adds in between goes into this report or the next, never into both or
 * none.
 */
static __noinline void send_report(const struct packet *packet, struct sluice_source *source,
				   __u32 since_tick, __u32 now_tick)
{
	struct sluice_activity_record *record;
	__u64 packets;

	if (__sync_val_compare_and_swap(&source->since_tick, since_tick, now_tick) != since_tick)
		return;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_event(SLUICE_REPORTS_LOST);
		source->since_tick = since_tick;
		return;
	}
	record->head.type = SLUICE_RECORD_ACTIVITY;
	record->head.size = sizeof(*record);
	record->head.time_ns = bpf_ktime_get_ns();
	record->source = source_key(packet, source);
	record->reserved = 0;
	record->activity.since_ns = record->head.time_ns - (__u64)(now_tick - since_tick) * config.tick_ns;
	packets = __sync_lock_test_and_set(&source->packets, 0);
	record->activity.packets = (__u32)packets;
	record->activity.attempts = packets >> 32;
	record->activity.bytes = __sync_lock_test_and_set(&source->bytes, 0);
	bpf_ringbuf_submit(record, 0);
}

/* Ticks serve: one (1 to 10 ms) is small beside any interval worth having. Global: the verifier walks it
 * once. */
__noinline int report(const struct packet *packet)
{
	struct sluice_source *source;
	__u32 now_tick, since_tick;

	if (!packet)
		return 0;
	source = find_or_make_source(packet, SLUICE_ROLE_ACTIVITY);
	if (!source)
		return 0;
	now_tick = ticks();
	__sync_fetch_and_add(&source->packets, 1 + ((__u64)is_attempt(packet) << 32));
	__sync_fetch_and_add(&source->bytes, packet->bytes);
	since_tick = *(volatile __u32 *)&source->since_tick;
	/* The first of the ticks between may have lasted a moment only. */
	if ((__u64)(now_tick - since_tick) * config.tick_ns >= config.report_interval_ns + config.tick_ns)
		send_report(packet, source, since_tick, now_tick);
	return 0;
}

#endif
