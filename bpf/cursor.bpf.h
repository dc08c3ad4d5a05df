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

/*
 * The next `size` bytes, to be read and not advanced over, as *bytes; 0 where the packet ends before. An
 * answer beside the pointer and not a null one: nobody then asks it twice, which the compiler, that cannot
 * know where a packet stands, would not leave out.
 */
static __always_inline int cursor_peek(const struct cursor *cursor, __u32 size, const void **bytes)
{
	*bytes = cursor->at;
	return cursor->at + size <= cursor->end;
}

/* Likewise, and the cursor then stands behind them. `size` is at most a few KiB: the verifier follows the
 * sum. */
static __always_inline int cursor_take(struct cursor *cursor, __u32 size, const void **bytes)
{
	if (!cursor_peek(cursor, size, bytes))
		return 0;
	cursor->at += size;
	return 1;
}

#endif
