/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sums up what each source does and sends it into the ring buffer `records`, at most once an interval for
 * each source. Used by sluice.bpf.c. A report that cannot be sent is counted. Decides nothing.
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
 * Sends the sums and starts new ones. The CPU that moves since_tick wins the right to send. If the ring
 * buffer is full it puts since_tick back: the next packet tries again, and its record then covers the whole
 * time. A packet that another CPU adds meanwhile goes into this report or the next one, never into both or
 * neither.
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

/* Counts the packet for its source, and sends a report if one is due. The clock is the tick count: one tick
 * (1 to 10 ms) is short beside any useful interval. Global: the verifier checks it once. */
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
	/* One tick more than the interval: the first of the ticks between may have been nearly over. */
	if ((__u64)(now_tick - since_tick) * config.tick_ns >= config.report_interval_ns + config.tick_ns)
		send_report(packet, source, since_tick, now_tick);
	return 0;
}

#endif
