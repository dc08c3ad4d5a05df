// SPDX-License-Identifier: Apache-2.0
// An answer of CrowdSec's local API that anybody may have written, then another as what changed. What is kept
// is within bounds, what is written is read again, and what has ended is gone.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/lists/content.h"
#include "daemon/lists/formats/crowdsec.h"
#include "tests/fuzz/lists/check_entries.h"

namespace {

using namespace sluice;
using namespace sluice::lists;

const WallTime kNow{Seconds(1'800'000'000)};
constexpr std::size_t kMost = 200;

void check(const CrowdsecDecisions& decisions) {
  if (decisions.size() > kMost) std::abort();
  if (const auto end = decisions.next_end(); end && (*end <= kNow || *end > WallTime(Seconds(7'258'118'400))))
    std::abort();
  const auto again = CrowdsecDecisions::read_text(decisions.text(), kNow, kMost);
  if (!again || again->text() != decisions.text()) std::abort();
  if (decisions.without_ended(WallTime(Seconds(7'258'118'400))).size() != 0) std::abort();
  ListOptions options;
  options.format = ListFormat::crowdsec;
  options.types = {"ban", "captcha"};
  const Content content = make_content(decisions, options, 1);
  if (content.report.not_for_packets.size() > 20 || content.report.faults.size() > ListReport::kMaxFaults)
    std::abort();
  for (const EntryV4 entry : content.entries.v4) {
    if (length_of(entry) < 8 || network_of(entry) >> 24U == 10 || network_of(entry) >> 24U == 127)
      std::abort();
  }
  // Whatever the filter would drop, `explain` can say by which decision.
  for (const Prefix& network : prefixes_of(content.entries)) {
    if (!decisions.find(network, options.types)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cut = text.find('\0');
  const auto all = CrowdsecDecisions::read_answer(text.substr(0, cut), false, {}, kNow, kMost);
  if (!all && all.error().message().size() > 1000) std::abort();
  if (all) check(*all);
  if (all && cut != std::string_view::npos) {
    const auto changed = CrowdsecDecisions::read_answer(text.substr(cut + 1), true, *all, kNow, kMost);
    if (changed) check(*changed);
  }
  (void)CrowdsecDecisions::read_text(text, kNow, kMost);
  return 0;
}
