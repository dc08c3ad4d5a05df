// SPDX-License-Identifier: Apache-2.0
// A file that anybody may have written, read as each format: every entry is one that the daemon takes, every
// remark is one short line, and an export of what was read is read the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "ctl/export.h"
#include "ctl/import.h"
#include "ctl/import_formats.h"
#include "daemon/base/address.h"

namespace {

using namespace sluice;
using namespace sluice::ctl;

const WallTime kNow{Seconds(1'790'000'000)};

void require(bool condition) {
  if (!condition) std::abort();
}

std::optional<WallTime> hour_from_now(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  return kNow + Seconds(3600);
}

void check(const ImportText& text) {
  require(text.entries.size() <= kMaxImportEntries);
  require(text.faults.size() <= kMaxRemarks && text.left_out.size() <= kMaxRemarks);
  for (const auto* remarks : {&text.faults, &text.left_out}) {
    for (const ImportRemark& remark : *remarks)
      require(remark.line > 0 && remark.text.size() < 1000 && remark.text.find('\n') == std::string::npos);
  }
  for (const ImportEntry& entry : text.entries) {
    const auto row = import_row(entry, {}, std::nullopt);
    if (!row) continue;
    // What is sent is understood by the daemon.
    const auto request =
        control::parse_request(control::request_message(control::ImportRequest{{*row}, false, {}}));
    require(request.has_value());
    control::DecisionRow decision;
    decision.source = *row->source;
    decision.action = row->action;
    decision.until = row->until.value_or(kNow + Seconds(60));
    decision.since = kNow;
    decision.reason = std::get<control::ImportRequest>(*request).decisions[0].reason;
    decision.actor = {control::ActorKind::operator_, "root"};
    decision.rate = row->rate.value_or(0);
    decision.burst = row->burst.value_or(0);
    for (const ExportFormat format : {ExportFormat::json, ExportFormat::csv}) {
      const ImportText again = read_import(
          export_header(format) + export_line(decision, format),
          format == ExportFormat::json ? ImportFormat::json : ImportFormat::csv, kNow, hour_from_now);
      require(again.fault_count == 0 && again.entries.size() == 1);
      require(again.entries[0].action == decision.action && again.entries[0].reason == decision.reason);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const ImportFormat format : {ImportFormat::automatic, ImportFormat::json, ImportFormat::csv,
                                    ImportFormat::plain, ImportFormat::fail2ban, ImportFormat::crowdsec}) {
    check(read_import(text, format, kNow, hour_from_now));
  }
  return 0;
}
