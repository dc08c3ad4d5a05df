/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one bounds check: every pointer into a packet that the filter reads through comes from here. Used by
 * parse.bpf.h. Knows no protocol.
 */
#ifndef SLUICE_CURSOR_BPF_H
#define SLUICE_CURSOR_BPF_H

#include <linux/types.h>

#include <stddef.h>

/* The part of a packet that was not read yet: from `at` up to, but not including, `end`. */
struct cursor {
	void *at;
	void *end;
};

/*
 * Sets *bytes to the next `size` bytes and leaves the cursor where it is. Returns 0 if the packet ends first;
 * then *bytes must not be read.
 *
 * It does not return the pointer, with NULL for "ends first": the caller would test that pointer again, and
 * clang, which cannot know that a packet never lies at address 0, would keep the second test.
 */
static __always_inline int cursor_peek(const struct cursor *cursor, __u32 size, const void **bytes)
{
	*bytes = cursor->at;
	return cursor->at + size <= cursor->end;
}

/* Does the same, and moves the cursor behind those bytes. `size` is at most a few KiB, so that the verifier
 * can follow the sum of all moves. */
static __always_inline int cursor_take(struct cursor *cursor, __u32 size, const void **bytes)
{
	if (!cursor_peek(cursor, size, bytes))
		return 0;
	cursor->at += size;
	return 1;
}

#endif
