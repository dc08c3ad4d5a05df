// SPDX-License-Identifier: Apache-2.0
// A JSON text that anybody may have written, at the paths that are published and at such as reach everything.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/lists/formats/json_ranges.h"
#include "tests/fuzz/lists/check_entries.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::lists;
  static const std::vector<std::string> paths = {"prefixes.ipv4Prefix",
                                                 "values.properties.addressPrefixes",
                                                 "regions.cidrs.cidr",
                                                 "cidr",
                                                 "*",
                                                 "*.*",
                                                 "*.*.*"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Entries entries;
  check_entries(parse_json_ranges(text, paths, 1, entries, 1000), entries);
  return 0;
}
