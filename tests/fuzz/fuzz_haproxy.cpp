// SPDX-License-Identifier: Apache-2.0
// HAProxy's lines, with and without a list of captured headers.
#include <cstddef>
#include <cstdint>

#include "daemon/intake/formats/haproxy.h"
#include "tests/fuzz/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  static const auto plain = make_haproxy_parser({}, {}).value();
  static const auto captured = make_haproxy_parser({"host", "user-agent", "x-user"}, {"x-user", "", ""},
                                                   {"content-type", "x-sluice-subjects"})
                                   .value();
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const auto* parser : {&plain, &captured}) {
    const Parsed request = (*parser)->parse(line);
    if (request) check_request(*request);
    check_same(request, (*parser)->parse(line));
  }
  return 0;
}
