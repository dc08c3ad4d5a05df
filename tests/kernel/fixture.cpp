// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/fixture.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

namespace sluice::test {

using decisions::Action;

void KernelTest::SetUp() {
  SLUICE_SKIP_UNLESS_ROOT();
  options_.interfaces = {"srv0"};
  options_.bpf_fs = "/sys/fs/bpf/sluice-test-" + std::to_string(getpid());
  options_.report_interval = std::chrono::milliseconds(10);
  options_.max_sources = 1024;
  server_ = std::make_unique<NetworkNamespace>();
  visitor_ = std::make_unique<NetworkNamespace>();
  join(*server_, "srv0", *visitor_, "vis0");
  server_->ip(std::string("addr add ") + kServerV4 + "/24 dev srv0");
  server_->ip(std::string("addr add ") + kServerV6 + "/16 dev srv0 nodad");
  for (const char* address : {kVisitorV4, kNeighbourV4}) {
    visitor_->ip(std::string("addr add ") + address + "/24 dev vis0");
  }
  for (const char* address : {kVisitorV6, kVisitorV6SameNetwork, kNeighbourV6}) {
    visitor_->ip(std::string("addr add ") + address + "/16 dev vis0 nodad");
  }
}

void KernelTest::without_ipv6() const {
  visitor_->run([] {
    std::ofstream file("/proc/sys/net/ipv6/conf/all/disable_ipv6");
    file << 1 << std::flush;
    ASSERT_TRUE(file);
  });
}

void KernelTest::TearDown() {
  if (!server_) return;
  const auto detached = detach();
  EXPECT_TRUE(detached) << detached.error().message();
  EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << "left behind: " << options_.bpf_fs;
}

Result<kernel::AttachReport> KernelTest::attach() const {
  return server_->run([&] { return kernel::attach(options_); });
}

Result<kernel::DetachReport> KernelTest::detach() const {
  return server_->run([&] { return kernel::detach(options_.bpf_fs); });
}

std::vector<kernel::InterfaceState> KernelTest::inspect() const {
  const auto states = server_->run([&] { return kernel::inspect(options_.bpf_fs); });
  EXPECT_TRUE(states) << states.error().message();
  return states ? *states : std::vector<kernel::InterfaceState>();
}

kernel::AttachReport KernelTest::must_attach() const {
  auto report = attach();
  if (!report) throw std::runtime_error(report.error().message());
  return *std::move(report);
}

kernel::FilterMaps KernelTest::open_maps() const {
  auto maps = kernel::FilterMaps::open(options_.bpf_fs);
  if (!maps) throw std::runtime_error(maps.error().message());
  return *std::move(maps);
}

std::string KernelTest::send(const std::string& from) const {
  const bool v4 = from.find(':') == std::string::npos;
  const char* to = v4 ? kServerV4 : kServerV6;
  const kernel::FilterMaps maps = open_maps();
  const auto dropped = [&] { return kernel::read_counters(maps)->dropped().packets; };
  const auto before = dropped();
  const UdpSocket server = server_->run([&] { return UdpSocket(to, kWebPort); });
  visitor_->run([&] { UdpSocket(from, 0).send_to(to, kWebPort, "hello"); });
  std::string outcome;
  const bool known = wait_until([&] {
    if (const auto datagram = server.receive(std::chrono::milliseconds(0))) outcome = datagram->text;
    if (outcome.empty() && dropped() > before) outcome = "nothing";
    return !outcome.empty();
  });
  return known ? outcome : "neither received nor counted as dropped";
}

void KernelTest::await_report_interval() {
  // Five times the interval of SetUp, because the kernel's coarse clock may lag by a tick of 10 ms.
  const KernelTime start = kernel_now();
  EXPECT_TRUE(wait_until([&] { return kernel_now().ns - start.ns > 50'000'000; }));
}

kernel::Clocks real_clocks() {
  return {wall_now, kernel_now};
}

decisions::Decision block(std::string_view source, Nanoseconds duration) {
  decisions::Decision decision;
  decision.source = *Prefix::parse(source);
  decision.action = Action::block;
  decision.since = wall_now();
  decision.until = decision.since + duration;
  return decision;
}

decisions::Decision throttle(std::string_view source, decisions::Rate rate) {
  decisions::Decision decision = block(source);
  decision.action = Action::throttle;
  decision.rate = rate;
  return decision;
}

decisions::Decision allow(std::string_view source) {
  decisions::Decision decision = block(source);
  decision.action = Action::allow;
  decision.until = kForever;
  return decision;
}

Stranger::Stranger(const std::string& interface) : index_(if_nametoindex(interface.c_str())) {
  // r0 = XDP_PASS; exit
  const std::array<bpf_insn, 2> pass = {
      {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
       {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}}};
  program_ = UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, "stranger", "GPL", pass.data(), pass.size(), nullptr));
  if (!program_ ||
      bpf_xdp_attach(static_cast<int>(index_), program_.get(), XDP_FLAGS_DRV_MODE, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "attaching a stranger's program to " + interface);
  }
}

std::uint32_t Stranger::id() const {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program_.get(), &info, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "describing the stranger's program");
  }
  return info.id;
}

bool Stranger::is_attached() const {
  std::uint32_t id_there = 0;
  return bpf_xdp_query_id(static_cast<int>(index_), XDP_FLAGS_DRV_MODE, &id_there) == 0 && id_there == id();
}

}  // namespace sluice::test
