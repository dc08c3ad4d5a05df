// SPDX-License-Identifier: Apache-2.0
// Combined and common: any bytes, as a file of lines.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/line_splitter.h"
#include "tests/fuzz/check_request.h"

namespace {

using namespace sluice::intake;

// A value is never longer than what the server wrote of it; an empty target is named by a constant of one
// byte.
void check_bound(std::string_view field, std::string_view line) {
  if (field != "/" && field.size() > line.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ClfParser combined(ClfParser::Fields::combined);
  static ClfParser common(ClfParser::Fields::common);
  const auto check = [](std::string_view line) {
    const Parsed long_form = combined.parse(line);
    const Parsed short_form = common.parse(line);
    check_same(long_form, ClfParser(ClfParser::Fields::combined).parse(line));
    for (const Parsed& request : {long_form, short_form}) {
      if (!request) continue;
      check_request(*request);
      for (const std::string_view field : {request->method, request->target, request->protocol,
                                           request->referer, request->user_agent, request->user}) {
        check_bound(field, line);
      }
    }
    // Whatever is combined is common as well.
    if (long_form && (!short_form || long_form->target != short_form->target)) std::abort();
  };
  LineSplitter lines;
  lines.feed({reinterpret_cast<const char*>(data), size}, check);
  lines.finish(check);
  if (lines.consumed() != size) std::abort();
  return 0;
}
