// SPDX-License-Identifier: Apache-2.0
// A list as the configuration names it ([[list]]). Plain values, light enough for config/ to include.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"

namespace sluice::lists {

// What becomes of those whom a list holds.
enum class ListAction : std::uint8_t {
  block,
  throttle,
  allow,
  verify_crawler,  // they are the crawler that their user agent says; nothing for packets
  trusted_proxy,   // they speak for others; nothing for packets
};

[[nodiscard]] constexpr std::string_view to_string(ListAction action) {
  switch (action) {
    case ListAction::block:
      return "block";
    case ListAction::throttle:
      return "throttle";
    case ListAction::allow:
      return "allow";
    case ListAction::verify_crawler:
      return "verify_crawler";
    case ListAction::trusted_proxy:
      return "trusted_proxy";
  }
  return "";
}

// Whether the kernel judges packets by it.
[[nodiscard]] constexpr bool is_for_packets(ListAction action) {
  return action == ListAction::block || action == ListAction::throttle || action == ListAction::allow;
}

// How the networks stand in the text (formats/).
enum class ListFormat : std::uint8_t {
  netset,
  csv,
  json,
  geofeed,
  aws,
  azure,
  cloudflare,
  fastly,
  google,
  oracle,
  crawlers,
  crowdsec,  // its source is a local API, and not one text (formats/crowdsec.h)
};

struct ListOptions {
  std::string name;
  std::string source;  // a file, a folder, or a URL: sync/source.h says which there are
  ListFormat format = ListFormat::netset;
  std::string column;              // csv: a number from 1 on, or what the first line calls it
  std::string last_column;         // csv: of the last address of a range, as `column`; empty: no ranges
  std::string separator = ",";     // csv: one character
  std::vector<std::string> paths;  // json: "prefixes.ipv4Prefix"
  ListAction action = ListAction::block;
  decisions::Rate rate;                   // of each source; throttle alone
  std::int32_t priority = 0;              // the greater counts before the lesser, after the allows
  std::string user_agent;                 // verify_crawler: the pattern of the crawler's; RE2 syntax
  bool complete = true;                   // verify_crawler: who is not on the list is not the crawler
  std::string key_file;                   // crowdsec: has the bouncer's key
  std::vector<std::string> types{"ban"};  // crowdsec: of the decisions that count

  Seconds every{6 * 3600};           // asked again after that
  Seconds timeout{120};              // of one fetch, from the look-up of the name to the last byte
  std::uint32_t max_size_mib = 128;  // of the text
  std::uint32_t max_entries = 5'000'000;
  double max_shrink = 0.5;  // the share of its entries that it may lose in one update
  // The share of the public addresses of a family, of the sources seen lately and of a crawler's ranges that
  // one update may newly cover.
  double max_growth = 0.1;
  std::string sha256;      // of the text, 64 hexadecimal digits; empty: whatever it is
  std::string public_key;  // a PEM file with an Ed25519 key that SOURCE.sig is to be verified by; empty: none
  std::string ca;          // a PEM file with the authorities to trust instead of the system's; empty: those

  [[nodiscard]] std::size_t max_bytes() const { return std::size_t{max_size_mib} << 20U; }
  bool operator==(const ListOptions&) const = default;
};

}  // namespace sluice::lists
