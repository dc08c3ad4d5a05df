// SPDX-License-Identifier: Apache-2.0
// A CSV text that anybody may have written; its first byte chooses the column and the separator.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/lists/formats/csv.h"
#include "daemon/lists/sanity.h"
#include "tests/fuzz/lists/check_entries.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::lists;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const char* const columns[] = {"1", "2", "ip", "network"};
  const char* const last_columns[] = {"", "2", "3", "last"};
  const char separators[] = {',', ';', '\t', '|'};
  Entries entries;
  const auto report =
      parse_csv(text, {columns[data[0] % 4], separators[data[0] / 4 % 4], last_columns[data[0] / 16 % 4]}, 1,
                entries, 1000);
  check_entries(report, entries);
  if (!report) return 0;
  ListReport guarded = *report;
  leave_out_unfit(ListAction::block, entries, guarded);
  for (const EntryV4 entry : entries.v4) {
    if (length_of(entry) < 8 || network_of(entry) >> 24U == 10 || network_of(entry) >> 24U == 127)
      std::abort();
  }
  return 0;
}
