/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gives every packet another source: `rotate` writes the next of an array into the frame and goes on in the
 * program under measurement by a tail call, so that one frame of BPF_PROG_TEST_RUN is a million visitors, and
 * any program, ours or another's, can stand behind it unchanged. `generate` does the same and sends the frame
 * to an interface: a flood. Used by rotation.cpp. Run on one CPU at a time: `next` is shared.
 */
/* libbpf's header takes its types from the kernel's, which so comes first. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

struct bench_source {
  __be32 words[4]; /* IPv4 in the first */
};

/* Written through a mapping; how many there are says the loader. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct bench_source);
} bench_sources SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} bench_target SEC(".maps");

__u32 next_source = 0;
__u32 source_mask = 0;   /* a power of two less one: how many of the sources take turns */
__u32 flood_ifindex = 0; /* where `generate` sends to */

static __always_inline const struct bench_source* take_source(void) {
  const __u32 index = next_source & source_mask;

  next_source++;
  return bpf_map_lookup_elem(&bench_sources, &index);
}

SEC("xdp.frags")
int rotate(struct xdp_md* context) {
  void* const at = (void*)(long)context->data;
  const void* const end = (void*)(long)context->data_end;
  const struct bench_source* source = take_source();
  struct ethhdr* ethernet = at;
  struct ipv6hdr* ipv6 = (void*)(ethernet + 1);
  struct iphdr* ipv4 = (void*)(ethernet + 1);

  if (!source || (void*)(ipv6 + 1) > end) return XDP_ABORTED;
  if (ethernet->h_proto == bpf_htons(ETH_P_IP))
    ipv4->saddr = source->words[0];
  else
    __builtin_memcpy(&ipv6->saddr, source, sizeof(*source));
  bpf_tail_call(context, &bench_target, 0);
  return XDP_ABORTED;
}

/* IPv4 alone, and with its checksum: the stack's filters stand behind the check of it. The frame's own
 * checksum is that of a source of zero. */
SEC("xdp")
int generate(struct xdp_md* context) {
  void* const at = (void*)(long)context->data;
  const void* const end = (void*)(long)context->data_end;
  const struct bench_source* source = take_source();
  struct ethhdr* ethernet = at;
  struct iphdr* ipv4 = (void*)(ethernet + 1);
  __u32 sum;

  if (!source || (void*)(ipv4 + 1) > end) return XDP_ABORTED;
  /* Frames come round again with what was written into them: take the old source out of the sum, the new one
   * in (RFC 1624, equation 3). */
  sum = (__u16)~ipv4->check + (__u16) ~(ipv4->saddr & 0xffff) + (__u16) ~(ipv4->saddr >> 16);
  sum += (source->words[0] & 0xffff) + (source->words[0] >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  ipv4->check = ~sum;
  ipv4->saddr = source->words[0];
  return bpf_redirect(flood_ifindex, 0);
}

const char bench_license[] SEC("license") = "Dual BSD/GPL";
