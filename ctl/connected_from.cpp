// SPDX-License-Identifier: Apache-2.0
#include "ctl/connected_from.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

namespace sluice::ctl {
namespace {

constexpr int kMaxAncestors = 64;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Both variables start with the client's address: "198.51.100.7 51234 ...", "fe80::1%eth0 51234 ...".
std::optional<Address> client_of(std::string_view value) {
  const auto address = Address::parse(value.substr(0, value.find_first_of(" %")));
  if (!address) return std::nullopt;
  return *address;
}

// environ is "NAME=value" after "NAME=value", each ended by a NUL.
std::optional<Address> client_in(std::string_view environment) {
  while (!environment.empty()) {
    const std::size_t end = environment.find('\0');
    const std::string_view entry = environment.substr(0, end);
    for (const std::string_view name : {"SSH_CONNECTION=", "SSH_CLIENT="}) {
      if (!entry.starts_with(name)) continue;
      if (auto client = client_of(entry.substr(name.size()))) return client;
    }
    if (end == std::string_view::npos) break;
    environment.remove_prefix(end + 1);
  }
  return std::nullopt;
}

// stat is "PID (NAME) STATE PPID ...", and a name may hold anything, parentheses too.
pid_t parent_of(pid_t pid) {
  const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  constexpr std::size_t kToParent = 4;  // ") S "
  if (name_end == std::string::npos || name_end + kToParent >= stat.size()) return 0;
  pid_t parent = 0;
  std::from_chars(stat.data() + name_end + kToParent, stat.data() + stat.size(), parent);
  return parent;
}

}  // namespace

control::OrEmpty<Address> connected_from() {
  pid_t pid = getpid();
  for (int i = 0; i < kMaxAncestors && pid > 1; ++i, pid = parent_of(pid)) {
    if (auto client = client_in(read_file(fmt::format("/proc/{}/environ", pid)))) return *client;
  }
  return {};
}

}  // namespace sluice::ctl
