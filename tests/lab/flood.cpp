// SPDX-License-Identifier: Apache-2.0
// Floods a veth pair from one source, as fast as one CPU can: frames that the kernel makes itself
// (BPF_F_TEST_XDP_LIVE_FRAMES) and redirects into the interface named. Used by lab/life.py; to be run in the
// namespace of that interface.
//
//   lab_flood INTERFACE PEER_MAC SOURCE DESTINATION     UDP to port 80, until SIGTERM
//
// Prints how many it made when it ends. The peer's ring may be full: what arrives is the peer's to count.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <bpf/bpf.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <sched.h>

#include "daemon/base/unique_fd.h"
#include "tests/support/packet.h"

namespace {

constexpr unsigned kBurst = 16384;  // frames a system call: a few milliseconds

volatile std::sig_atomic_t stop = 0;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// return bpf_redirect(index, 0)
sluice::UniqueFd redirect_to(unsigned index) {
  const std::array<bpf_insn, 4> program = {
      {{.code = BPF_ALU64 | BPF_MOV | BPF_K,
        .dst_reg = 1,
        .src_reg = 0,
        .off = 0,
        .imm = static_cast<int>(index)},
       {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .src_reg = 0, .off = 0, .imm = 0},
       {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_redirect},
       {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}}};
  sluice::UniqueFd fd(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "flood", "GPL", program.data(), program.size(), nullptr));
  if (!fd) fail("loading the generator");
  return fd;
}

sluice::test::Bytes frame(const char* peer, const char* source, const char* destination) {
  using namespace sluice::test;
  Bytes bytes = (Ethernet{} / Ipv4{.source = source, .destination = destination} / Udp{.dport = 80} /
                 Payload{Bytes(18)})
                    .bytes();
  const ether_addr* mac = ether_aton(peer);
  if (mac == nullptr) fail("the peer's MAC address");
  std::copy_n(mac->ether_addr_octet, 6, bytes.begin());
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: lab_flood INTERFACE PEER_MAC SOURCE DESTINATION\n", stderr);
    return 2;
  }
  const unsigned index = if_nametoindex(argv[1]);
  if (index == 0) fail(argv[1]);
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  if (sched_setaffinity(0, sizeof first, &first) != 0) fail("staying on the first CPU");
  for (const int signal : {SIGTERM, SIGINT})
    std::signal(signal, [](int) { stop = 1; });

  const sluice::UniqueFd program = redirect_to(index);
  const auto bytes = frame(argv[2], argv[3], argv[4]);
  xdp_md context{};
  context.data_end = static_cast<__u32>(bytes.size());
  unsigned long long sent = 0;
  while (stop == 0) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = bytes.data();
    options.data_size_in = static_cast<__u32>(bytes.size());
    options.ctx_in = &context;
    options.ctx_size_in = sizeof context;
    options.repeat = kBurst;
    options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    options.batch_size = 64;
    if (const int error = bpf_prog_test_run_opts(program.get(), &options); error != 0 && error != -EINTR)
      fail("sending");
    sent += kBurst;
  }
  std::printf("%llu\n", sent);
  return 0;
}
