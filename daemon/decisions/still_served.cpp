// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/still_served.h"

#include <chrono>

namespace sluice::decisions {
namespace {

// Lines of requests that were under way come late, and so does the log.
constexpr auto kGrace = std::chrono::seconds(30);
constexpr int kRefused = 400;  // from this status on the web server turned it away

}  // namespace

void StillServed::note(const Decision& block, const Answered& request) {
  if (request.time < block.since + kGrace || request.status >= kRefused) return;
  Source& source = sources_.touch_or_add(block.source).value;
  if (source.requests == 0 || source.since != block.since) {
    source = Source();
    source.since = block.since;
    source.first = request.time;
  }
  source.client = request.client;
  source.forwarded = request.forwarded;
  source.last = request.time;
  ++source.requests;
}

const StillServed::Source* StillServed::find(const Decision& block) const {
  const Source* source = sources_.find(block.source);
  return source != nullptr && source->since == block.since && source->is_certain() ? source : nullptr;
}

}  // namespace sluice::decisions
