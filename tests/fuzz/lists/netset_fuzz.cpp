// SPDX-License-Identifier: Apache-2.0
// A list that anybody may have written: it is read within bounds, every entry is a network, and what comes of
// it compiles into an image that holds the first address of each.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "daemon/lists/formats/netset.h"
#include "daemon/lists/image/compile.h"
#include "daemon/lists/image/lookup.h"

namespace {

using namespace sluice;
using namespace sluice::lists;

Address address_of(EntryV4 entry) {
  const std::uint32_t n = network_of(entry);
  return Address::from_v4({static_cast<std::uint8_t>(n >> 24U), static_cast<std::uint8_t>(n >> 16U),
                           static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n)});
}
Address address_of(const EntryV6& entry) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 16; ++i)
    bytes[i] = static_cast<std::uint8_t>((i < 8 ? entry.high : entry.low) >> (56 - 8 * (i % 8)));
  return Address::from_v6(bytes);
}

void check(const Entries& entries) {
  for (const EntryV4 entry : entries.v4) {
    if (length_of(entry) > 32 || (network_of(entry) & ~mask_v4(length_of(entry))) != 0) std::abort();
  }
  for (const EntryV6& entry : entries.v6) {
    if (entry.length > 128 || (entry.high & ~mask_high(entry.length)) != 0 ||
        (entry.low & ~mask_low(entry.length)) != 0) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Entries entries;
  const auto report = parse_netset({reinterpret_cast<const char*>(data), size}, 1, entries);
  if (!report) {
    if (entries.size() != 0 || report.error().message().size() > 1000) std::abort();
    return 0;
  }
  if (report->entries_v4 != entries.v4.size() || report->entries_v6 != entries.v6.size()) std::abort();
  check(entries);
  if (!entries.v4.empty() && size % 64 != 0) return 0;  // its first level takes 6 MiB: not each time
  const Rule rule{1, SLUICE_DROP, 0, 0};
  const Compilation compilation(entries, std::span(&rule, 1));
  std::vector<sluice_list_line> image(compilation.lines() * 2 + 64);
  if (!compilation.build(size, image)) std::abort();
  for (const EntryV4 entry : entries.v4) {
    if (find_list(image, address_of(entry)) != ListNumber{1}) std::abort();
  }
  for (const EntryV6& entry : entries.v6) {
    if (find_list(image, address_of(entry)) != ListNumber{1}) std::abort();
  }
  return 0;
}
