/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the lowest set bit of a word. Used by verdict.bpf.h and list.bpf.h.
 */
#ifndef SLUICE_BITS_BPF_H
#define SLUICE_BITS_BPF_H

#include <linux/types.h>

/*
 * The place of the lowest set bit, 0 to 63. `bits & -bits` is that bit alone. Multiplying by it shifts a de
 * Bruijn sequence by its place. All 64 windows of six bits in that sequence differ, so the upper six bits of
 * the product identify the place. (__builtin_ctzll would do it, but crashes clang 14 for this target.)
 */
static const __u8 place_of_window[64] = {
    0,  1,  48, 2,  57, 49, 28, 3,  61, 58, 50, 42, 38, 29, 17, 4,  62, 55, 59, 36, 53, 51,
    43, 22, 45, 39, 33, 30, 24, 18, 12, 5,  63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
    44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,  13, 8,  7,  6,
};

static __always_inline __u32 lowest_bit(__u64 bits)
{
	return place_of_window[((bits & -bits) * 0x03f79d71b4cb0a89ULL) >> 58] & 63;
}

#endif
