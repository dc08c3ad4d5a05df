/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that the filter is set against, each the least that its kind of table asks for: no table at
 * all, the kernel's LPM trie, the kernel's hash. They parse as the filter does. Used by peers.cpp, which
 * sizes and fills the tables.
 */
/* libbpf's header takes its types from the kernel's, which so comes first. */
/* clang-format off */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/parse.bpf.h"
/* clang-format on */

struct bench_key_v4 {
  __u32 length;
  __be32 words[1];
};

struct bench_key_v6 {
  __u32 length;
  __be32 words[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct bench_key_v4);
  __type(value, __u32);
} trie_v4 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct bench_key_v6);
  __type(value, __u32);
} trie_v6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __be32);
  __type(value, __u32);
} exact_v4 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __be32[4]);
  __type(value, __u32);
} exact_v6 SEC(".maps");

/* What was parsed goes here, lest the compiler leave the parsing out. */
volatile __u64 sink = 0;

static __always_inline struct bench_key_v6 key_of(const struct packet* packet) {
  const struct bench_key_v6 key = {
      .length = packet->family == SLUICE_IPV4 ? 32 : 128,
      .words = {bpf_htonl(packet->source.high >> 32), bpf_htonl(packet->source.high),
                bpf_htonl(packet->source.low >> 32), bpf_htonl(packet->source.low)},
  };

  return key;
}

SEC("xdp.frags")
int nothing(struct xdp_md* context) {
  (void)context;
  return XDP_PASS;
}

SEC("xdp.frags")
int drop_all(struct xdp_md* context) {
  (void)context;
  return XDP_DROP;
}

SEC("xdp.frags")
int parse_only(struct xdp_md* context) {
  struct packet packet = {};

  if (parse(context, &packet) == SLUICE_PASS_DEFAULT) sink = packet.source.high ^ packet.source.low;
  return XDP_PASS;
}

SEC("xdp.frags")
int trie(struct xdp_md* context) {
  struct packet packet = {};
  struct bench_key_v6 key;
  const __u32* found;

  if (parse(context, &packet) != SLUICE_PASS_DEFAULT) return XDP_PASS;
  key = key_of(&packet);
  if (packet.family == SLUICE_IPV4)
    found = bpf_map_lookup_elem(&trie_v4, &key);
  else
    found = bpf_map_lookup_elem(&trie_v6, &key);
  return found ? XDP_DROP : XDP_PASS;
}

SEC("xdp.frags")
int exact(struct xdp_md* context) {
  struct packet packet = {};
  struct bench_key_v6 key;
  const __u32* found;

  if (parse(context, &packet) != SLUICE_PASS_DEFAULT) return XDP_PASS;
  key = key_of(&packet);
  if (packet.family == SLUICE_IPV4)
    found = bpf_map_lookup_elem(&exact_v4, key.words);
  else
    found = bpf_map_lookup_elem(&exact_v6, key.words);
  return found ? XDP_DROP : XDP_PASS;
}

const char structures_license[] SEC("license") = "Dual BSD/GPL";
