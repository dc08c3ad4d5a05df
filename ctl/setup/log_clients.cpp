// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/log_clients.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "daemon/base/address.h"

namespace sluice::ctl {
namespace {

constexpr std::uint64_t kFewestLines = 50;
constexpr std::size_t kFew = 3;
constexpr std::size_t kMostAddresses = 10'000;
constexpr std::size_t kMostOfLine = 512;  // within which the client is named

std::optional<Address> first_address(std::string_view line) {
  line = line.substr(0, kMostOfLine);
  constexpr std::string_view kBetween = " \t\"'[](),={}";
  while (!line.empty()) {
    const std::size_t begin = std::min(line.find_first_not_of(kBetween), line.size());
    const std::size_t end = std::min(line.find_first_of(kBetween, begin), line.size());
    std::string_view word = line.substr(begin, end - begin);
    if (const auto address = Address::parse(word)) return *address;
    // HAProxy writes the port behind it.
    if (const auto colon = word.rfind(':'); colon != std::string_view::npos) {
      if (const auto address = Address::parse(word.substr(0, colon))) return *address;
    }
    line.remove_prefix(end);
  }
  return std::nullopt;
}

}  // namespace

LogClients clients_in(std::string_view text) {
  LogClients clients;
  std::map<Address, std::uint64_t> counts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto address = first_address(text.substr(0, end))) {
      ++clients.lines;
      if (counts.size() < kMostAddresses || counts.contains(*address)) ++counts[*address];
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (clients.lines < kFewestLines) return clients;
  std::vector<std::pair<std::uint64_t, Address>> most;
  most.reserve(counts.size());
  for (const auto& [address, count] : counts)
    most.emplace_back(count, address);
  std::ranges::sort(most, std::greater());
  std::uint64_t theirs = 0;
  for (std::size_t i = 0; i < std::min(kFew, most.size()); ++i) {
    theirs += most[i].first;
    clients.few.push_back(most[i].second.to_string());
    if (theirs * 100 >= clients.lines * 95) return clients;
  }
  clients.few.clear();
  return clients;
}

bool is_private(std::string_view address) {
  constexpr std::array<std::string_view, 7> kPrivate = {
      "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1"};
  const auto parsed = Address::parse(address);
  return parsed && std::ranges::any_of(kPrivate, [&](std::string_view network) {
           return Prefix::parse(network).value().contains(*parsed);
         });
}

}  // namespace sluice::ctl
