/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What each source does, summed and reported into the ring buffer at most once an interval. Used by
 * sluice.bpf.c. What could not be kept or sent is counted. Decides nothing.
 */
#ifndef SLUICE_REPORT_BPF_H
#define SLUICE_REPORT_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"
#include "bpf/stats.bpf.h"

static __always_inline struct sluice_source_key source_key(const struct packet *packet)
{
	const __u32 length = packet->family == SLUICE_IPV4 ? 32 : config.ipv6_source_length;
	const struct source network = source_network(packet->source, length);
	const struct sluice_source_key key = {
	    .addr_be = {bpf_htonl(network.high >> 32), bpf_htonl(network.high), bpf_htonl(network.low >> 32),
			bpf_htonl(network.low)},
	    .family = packet->family,
	};

	return key;
}

/* The source's sums, new ones where there were none; NULL, and counted, where there is no room. */
static __always_inline struct sluice_activity *find_or_make_sums(const struct sluice_source_key *key,
								 __u64 now_ns)
{
	const struct sluice_activity fresh = {.since_ns = now_ns};
	struct sluice_activity *sums = bpf_map_lookup_elem(&activity, key);

	if (sums)
		return sums;
	/* Another CPU may make it at the same time: then it is there as well. */
	if (!bpf_map_update_elem(&activity, key, &fresh, BPF_NOEXIST))
		count_loss(SLUICE_SOURCES_SEEN);
	sums = bpf_map_lookup_elem(&activity, key);
	if (!sums)
		count_loss(SLUICE_LOSS_SOURCE);
	return sums;
}

/*
 * Sends the sums and starts new ones. One CPU wins the right to by moving since_ns; where the ring buffer is
 * full it puts it back, so that the next packet tries again and the record still says how long a time it sums
 * up. A packet that another CPU adds in between goes into this report or the next, never into both or none.
 */
static __always_inline void send_report(const struct sluice_source_key *key, struct sluice_activity *sums,
					__u64 since_ns, __u64 now_ns)
{
	struct sluice_activity_record *record;

	if (__sync_val_compare_and_swap(&sums->since_ns, since_ns, now_ns) != since_ns)
		return;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_loss(SLUICE_LOSS_REPORT);
		sums->since_ns = since_ns;
		return;
	}
	record->head.type = SLUICE_RECORD_ACTIVITY;
	record->head.size = sizeof(*record);
	record->head.time_ns = now_ns;
	record->source = *key;
	record->reserved = 0;
	record->activity.since_ns = since_ns;
	record->activity.packets = __sync_lock_test_and_set(&sums->packets, 0);
	record->activity.bytes = __sync_lock_test_and_set(&sums->bytes, 0);
	record->activity.attempts = __sync_lock_test_and_set(&sums->attempts, 0);
	bpf_ringbuf_submit(record, 0);
}

/* The coarse clock serves: it is cheaper, and a tick (1 to 10 ms) is small beside any interval worth having.
 */
static __always_inline void report(const struct packet *packet)
{
	struct sluice_source_key key;
	struct sluice_activity *sums;
	__u64 now_ns, since_ns;

	if (!config.report_interval_ns)
		return;
	key = source_key(packet);
	now_ns = bpf_ktime_get_coarse_ns();
	sums = find_or_make_sums(&key, now_ns);
	if (!sums)
		return;
	__sync_fetch_and_add(&sums->packets, 1);
	__sync_fetch_and_add(&sums->bytes, packet->bytes);
	if (packet->attempt)
		__sync_fetch_and_add(&sums->attempts, 1);
	since_ns = *(volatile __u64 *)&sums->since_ns;
	if (now_ns >= since_ns + config.report_interval_ns)
		send_report(&key, sums, since_ns, now_ns);
}

#endif
