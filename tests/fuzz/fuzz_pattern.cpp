// SPDX-License-Identifier: Apache-2.0
// Formats that an operator gives and lines that visitors make: the first line of the input is the pattern, in
// the notation its first byte says, the others are lines.
#include <cstddef>
#include <cstdint>

#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/pattern_parser.h"
#include "tests/fuzz/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  const bool nginx = text.front() == 'n';
  text.remove_prefix(1);
  const auto newline = text.find('\n');
  const std::string_view format = text.substr(0, newline);
  const auto compiled = nginx ? compile_nginx(format, {}) : compile_apache(format, {});
  if (!compiled || newline == std::string_view::npos) return 0;
  const auto parser = make_pattern_parser(*compiled);
  const auto fresh = make_pattern_parser(*compiled);
  for (std::string_view rest = text.substr(newline + 1); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    const Parsed request = parser->parse(line);
    if (request) check_request(*request);
    check_same(request, fresh->parse(line));
  }
  return 0;
}
