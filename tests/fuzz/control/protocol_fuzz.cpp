// SPDX-License-Identifier: Apache-2.0
// Feeds both parsers of the control protocol: what a peer may send to the daemon, and what a daemon may send
// to sluicectl. What is understood must be understood the same when it is written again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/control/protocol/codec.h"

using namespace sluice::control;  // NOLINT(google-build-using-namespace): the target is about it

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

template <class Answer>
void check_answer(std::string_view line) {
  const auto answer = parse_answer<Answer>(line);
  if (!answer) return;
  const std::string again = answer_message(*answer);
  const auto second = parse_answer<Answer>(again);
  require(second.has_value() && answer_message(*second) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto request = parse_request(line)) {
    const std::string again = request_message(*request);
    const auto second = parse_request(again);
    require(second.has_value() && request_message(*second) == again);
  } else {
    // What is wrong is said in one line, whatever was sent.
    const std::string error = error_message(request.error().message());
    require(error.find('\n') == error.size() - 1);
    require(!parse_answer<VersionAnswer>(error));
  }
  check_answer<ExplainAnswer>(line);
  check_answer<StatusAnswer>(line);
  check_answer<DecideAnswer>(line);
  check_answer<ImportAnswer>(line);
  check_answer<AuditAnswer>(line);
  if (const auto event = parse_event(line)) {
    const std::string again = event_message(*event);
    const auto second = parse_event(again);
    require(second.has_value() && event_message(*second) == again);
  }
  return 0;
}
