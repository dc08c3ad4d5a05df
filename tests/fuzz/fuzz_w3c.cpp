// SPDX-License-Identifier: Apache-2.0
// Logs of W3C's format: lines that say what the others are, and lines of values. Two parsers that read the
// same lines agree.
#include <cstddef>
#include <cstdint>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/w3c.h"
#include "tests/fuzz/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  LogOptions options{.format = formats::kW3c};
  options.client = "x-visitor";
  const auto parser = make_parser(options).value();
  const auto other = make_parser(options).value();
  for (std::string_view rest(reinterpret_cast<const char*>(data), size); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    const Parsed request = parser->parse(line);
    if (request) {
      check_request(*request);
    } else if (parser->failure(request.error()).field.size() > size + 64) {
      std::abort();
    }
    check_same(request, other->parse(line));
  }
  return 0;
}
