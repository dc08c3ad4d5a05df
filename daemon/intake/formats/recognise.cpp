// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/recognise.h"

#include <cstdint>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/line_splitter.h"

namespace sluice::intake {

std::vector<LogOptions> candidates(const std::vector<LogOptions>& configured) {
  std::vector<LogOptions> candidates;
  for (const LogOptions& log : configured) {
    if (log.format->has_keys()) candidates.push_back(log);
  }
  for (const Format format : all_formats()) {
    if (format->guesses == nullptr) continue;
    for (LogOptions& guess : format->guesses())
      candidates.push_back(std::move(guess));
  }
  return candidates;
}

const LogOptions* recognise(std::string_view text, std::span<const LogOptions> formats) {
  const LogOptions* best = nullptr;
  std::uint64_t most = 0;
  for (const LogOptions& format : formats) {
    const auto parser = make_parser(format);
    if (!parser) continue;
    std::uint64_t readable = 0;
    const auto count = [&](std::string_view line) { readable += (*parser)->parse(line) ? 1U : 0U; };
    LineSplitter lines;
    lines.feed(text, count);
    if (lines.consumed() == 0) lines.finish(count);
    if (readable > most) {
      most = readable;
      best = &format;
    }
  }
  return best;
}

}  // namespace sluice::intake
