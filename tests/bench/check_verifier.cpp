// SPDX-License-Identifier: Apache-2.0
// Loads the filter as attach loads it, with every setting on that adds code paths, and prints what this
// kernel's verifier made of it, one `name: value` a line; status 1 and the end of the verifier's log where it
// refuses. Pins and attaches nothing. Built with its libraries in it, so that it runs in a machine that has
// nothing but a kernel: scripts/check-verifier takes it there.
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include "bpf/wire.h"
#include "sluice.skel.h"

namespace {

constexpr std::size_t kLogBytes = 16U << 20U;
constexpr std::uint32_t kInstructions = 1;  // BPF_LOG_LEVEL1: every instruction walked
constexpr std::uint32_t kStatistics = 4;    // BPF_LOG_STATS of linux/bpf_verifier.h: a summary at the end

struct Destroy {
  void operator()(sluice_bpf* skeleton) const { sluice_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<sluice_bpf, Destroy>;

// Nothing that the verifier could take for switched off.
void set_everything(sluice_bpf& skeleton) {
  auto& config = skeleton.rodata->config;
  config.scope = SLUICE_SCOPE_PORTS;
  config.ipv6_source_length = 64;
  config.report_interval_ns = 1'000'000'000;
  config.seed = 1;
  config.tick_ns = 4'000'000;
  config.reject = 1;
  config.hellos = 1;
  config.hello_rate = {1'000'000'000, 1'000'000'000};
  config.limit_count = SLUICE_MAX_LIMITS;
  for (auto& limit : config.limits)
    limit = {.port = 80,
             .reserved = 0,
             .packets = {1'000'000, 1'000'000'000},
             .bytes = {1'000, 1'000'000'000},
             .attempts = {1'000'000, 1'000'000'000}};
  config.limits[SLUICE_MAX_LIMITS - 1].port = 0;
  skeleton.rodata->protected_ports[80 / 64] |= 1ULL << 80 % 64;
}

// The number behind `name` in the log's summary.
std::optional<std::uint64_t> number_after(std::string_view log, std::string_view name) {
  const std::size_t at = log.rfind(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const char* const begin = log.data() + at + name.size();
  if (std::from_chars(begin, log.data() + log.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

// "stack depth 96+128+0+64": of the main program and of each function that is no part of it. The deepest
// chain of calls is at most their sum; the kernel's limit, of the chain, is 512.
std::string stack_depth(std::string_view log) {
  constexpr std::string_view kName = "stack depth ";
  const std::size_t at = log.rfind(kName);
  if (at == std::string_view::npos) return "not told";
  const std::string_view rest = log.substr(at + kName.size());
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789+")));
}

void print_verdict(std::string_view verdict) {
  utsname system{};
  uname(&system);
  fmt::print("kernel: {}\nverdict: {}\n", system.release, verdict);
}

int refuse(std::string_view log, int error) {
  constexpr std::size_t kShown = 4000;
  print_verdict("refused");
  fmt::print(stderr, "check_verifier: {}\n{}\n", std::strerror(error),
             log.substr(log.size() > kShown ? log.size() - kShown : 0));
  return 1;
}

// Loads a filter; gives the error, or 0.
int load(const Skeleton& skeleton, std::vector<char>& log, std::uint32_t level) {
  set_everything(*skeleton);
  bpf_program__set_log_buf(skeleton->progs.sluice, log.data(), log.size());
  bpf_program__set_log_level(skeleton->progs.sluice, level);
  return -sluice_bpf::load(skeleton.get());
}

int check() {
  libbpf_set_print(nullptr);
  std::vector<char> buffer(kLogBytes);
  const Skeleton skeleton(sluice_bpf::open());
  if (!skeleton) return refuse("", errno);
  if (load(skeleton, buffer, kStatistics) != 0) {
    // Once more, with the instructions that led to the refusal.
    const Skeleton again(sluice_bpf::open());
    const int error = again ? load(again, buffer, kStatistics | kInstructions) : errno;
    return refuse(buffer.data(), error);
  }
  const std::string_view log(buffer.data());
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(skeleton->progs.sluice), &info, &size) != 0)
    return refuse(log, errno);
  print_verdict("accepted");
  fmt::print("verified instructions: {}\ninstructions: {}\nstack depth: {}\nnative bytes: {}\n",
             number_after(log, "processed ").value_or(info.verified_insns),
             info.xlated_prog_len / sizeof(bpf_insn), stack_depth(log), info.jited_prog_len);
  return 0;
}

}  // namespace

int main() {
  return check();
}
