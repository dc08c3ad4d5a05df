/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one bounds check: every byte that the filter reads from a packet was handed out here. Used by
 * parse.bpf.h. Knows no protocol.
 */
#ifndef SLUICE_CURSOR_BPF_H
#define SLUICE_CURSOR_BPF_H

#include <linux/types.h>

#include <stddef.h>

/* The part of a packet that was not read yet: [at, end). */
struct cursor {
	void *at;
	void *end;
};

/* The next `size` bytes, to be read and not advanced over; NULL where the packet ends before. */
static __always_inline void *cursor_peek(const struct cursor *cursor, __u32 size)
{
	return cursor->at + size > cursor->end ? NULL : cursor->at;
}

/* Likewise, and the cursor then stands behind them. `size` is at most a few KiB: the verifier follows the
 * sum. */
static __always_inline void *cursor_take(struct cursor *cursor, __u32 size)
{
	void *taken = cursor_peek(cursor, size);

	if (taken)
		cursor->at += size;
	return taken;
}

#endif
