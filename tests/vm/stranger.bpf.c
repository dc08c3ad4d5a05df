/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An XDP program that has nothing to do with Sluice: counts what it sees, passes it. stranger.py loads it. */
/* libbpf's header takes its types from the kernel's, which so comes first. */
/* clang-format off */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
/* clang-format on */

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} stranger_seen SEC(".maps");

SEC("xdp") int stranger(struct xdp_md* context) {
  const __u32 first = 0;
  __u64* seen = bpf_map_lookup_elem(&stranger_seen, &first);

  (void)context;
  if (seen) __sync_fetch_and_add(seen, 1);
  return XDP_PASS;
}

char stranger_license[] SEC("license") = "Dual BSD/GPL";
