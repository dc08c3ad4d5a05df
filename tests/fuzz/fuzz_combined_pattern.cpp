// SPDX-License-Identifier: Apache-2.0
// Lines in the formats that most servers write, read by a pattern: whatever it reads, the parser that was
// made for combined reads too, and as the same visitor, time and status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/pattern_parser.h"
#include "tests/fuzz/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  static const auto pattern = make_pattern_parser(
      compile_apache(R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")", {}).value());
  static ClfParser combined(ClfParser::Fields::combined);
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const Parsed request = pattern->parse(line);
  if (!request) return 0;
  check_request(*request);
  const Parsed other = combined.parse(line);
  // Combined refuses a second address where the identity stands, a blank before the client, and a status or
  // size that is empty, which is how some servers write none.
  if (!other) {
    const bool is_known = other.error() == ParseFault::bad_client ||
                          (other.error() == ParseFault::no_client && (line[0] == ' ' || line[0] == '\t')) ||
                          (other.error() == ParseFault::bad_status && request->status == 0) ||
                          (other.error() == ParseFault::bad_bytes && request->bytes == 0);
    if (!is_known) std::abort();
    return 0;
  }
  if (other->client != request->client || other->time != request->time || other->status != request->status)
    std::abort();
  return 0;
}
