// SPDX-License-Identifier: Apache-2.0
// The beginning of a log in which format ever: every format reads it, one is recognised, and what cannot be
// read is explained.
#include <cstddef>
#include <cstdint>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/recognise.h"
#include "tests/fuzz/check_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  static const auto formats = candidates({});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LogOptions* found = recognise(text, formats);
  const std::string words = explain_unreadable(text, formats);
  if (words.size() > 2000) std::abort();
  for (const char c : words) {
    if (c < 0x20 || c > 0x7e) std::abort();
  }
  for (const LogOptions& options : formats) {
    const auto parser = make_parser(options).value();
    const Parsed request = parser->parse(text.substr(0, text.find('\n')));
    if (request) {
      check_request(*request);
    } else {
      (void)parser->failure(request.error());
    }
  }
  // A line that nobody can read is never passed over in silence.
  const bool is_one_line = text.find('\n') == std::string_view::npos && text.size() < kMaxLineBytes;
  const bool is_blank = text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
  const bool is_directive = text.starts_with('#') || text.starts_with("\xef\xbb\xbf");
  if (found == nullptr && words.empty() && is_one_line && !is_blank && !is_directive) std::abort();
  return 0;
}
