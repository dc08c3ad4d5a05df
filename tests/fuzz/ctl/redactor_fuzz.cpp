// SPDX-License-Identifier: Apache-2.0
// What `sluicectl support` replaces: no word that is an address comes out as it went in, whatever is around
// it, and what comes out is not much longer.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "ctl/support/pseudonyms.h"
#include "ctl/support/redactor.h"
#include "daemon/base/address.h"

namespace {

std::set<std::string_view> words_of(std::string_view text) {
  std::set<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\""), text.size());
    words.insert(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ctl::Pseudonyms pseudonyms({{1, 2}, {3, 4}});
  ctl::Redactor redactor(pseudonyms);
  redactor.keep("people");
  redactor.hide("alice", "user");
  const std::string made = redactor.text(text);
  // "::" is its own pseudonym; a short word becomes "encoded-" and eight digits.
  if (made.size() > 24 * (text.size() + 1)) std::abort();
  const auto after = words_of(made);
  if (after.contains("alice")) std::abort();
  for (const std::string_view word : words_of(text)) {
    const auto address = Address::parse(word);
    if (!address || pseudonyms.of(*address) == *address) continue;
    const auto bytes = address->bytes();
    const bool is_version = bytes.size() == 4 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 0;
    if (!is_version && after.contains(word)) std::abort();
  }
  (void)redactor.log_line(text);
  return 0;
}
