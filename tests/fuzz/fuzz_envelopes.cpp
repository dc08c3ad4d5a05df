// SPDX-License-Identifier: Apache-2.0
// What stands around the lines of a log: any bytes, as lines of one log, whose envelopes are found or named.
// Cuts the stream into lines as the tail does.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/line_splitter.h"
#include "tests/fuzz/check_request.h"

namespace {

using namespace sluice::intake;

void read_log(const LogOptions& options, std::string_view text) {
  const auto parser = *make_parser(options);
  LineSplitter lines;
  const auto read = [&](std::string_view line) {
    if (const Parsed request = parser->parse(line)) check_request(*request);
    if (parser->found_envelopes().size() > 32) std::abort();
  };
  lines.feed(text, read);
  lines.finish(read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static EnvelopeOpener opener;
  for (const Envelope envelope : kAllEnvelopes) {
    const auto message = opener.open(envelope, text);
    if (message && message->text.size() > text.size()) std::abort();
  }
  read_log({}, text);
  read_log({.format = formats::kJson}, text);
  if (size > 0) read_log({.envelope = kAllEnvelopes[data[0] % std::size(kAllEnvelopes)]}, text);
  return 0;
}
