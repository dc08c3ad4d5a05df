// SPDX-License-Identifier: Apache-2.0
#include "ctl/import.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/connected_from.h"
#include "ctl/options.h"
#include "daemon/base/clock.h"
#include "daemon/base/printable.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::ImportAnswer;
using control::ImportRequest;
using control::ImportRow;

// Of one request: its rows are bounded by their number, and a byte of a reason may be written as six.
constexpr std::size_t kBatchBytes = control::kMaxMessage / 8;

struct Row {
  std::size_t line = 0;
  ImportRow decision;
};

Result<std::string> read_all(const std::string& file, std::istream& input) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return Error::system(file, errno);
  }
  std::istream& from = file == "-" ? input : opened;
  std::string text;
  std::string chunk(std::size_t{256} * 1024, '\0');
  while (from.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || from.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(from.gcount()));
    if (text.size() > kMaxImportBytes)
      return Error(fmt::format("{}: at most {} bytes in one import: divide it", file, kMaxImportBytes));
  }
  if (from.bad()) return Error::system(file, errno);
  return {boost::system::in_place_value, std::move(text)};
}

std::string place(const ImportText& text, std::size_t line) {
  return fmt::format("{} {}", text.by_element ? "element" : "line", line);
}

void tell(const ImportText& text, const std::vector<ImportRemark>& remarks, std::size_t count,
          std::string_view what) {
  for (const ImportRemark& remark : remarks)
    fmt::print(stderr, "sluicectl: {}: {}{}\n", place(text, remark.line), what, printable(remark.text));
  if (count > remarks.size())
    fmt::print(stderr, "sluicectl: and {} more like these\n", count - remarks.size());
}

// What the arguments alone can be wrong with.
std::vector<std::string> faults_of(const ImportArguments& arguments) {
  std::vector<std::string> faults;
  if (const auto format = parse_import_format(arguments.format); !format)
    faults.push_back("--format: " + format.error().message());
  if (!arguments.duration.empty()) {
    if (const auto duration = parse_duration(arguments.duration); !duration) {
      faults.push_back("--for: " + duration.error().message());
    } else if (*duration < Seconds(1) || duration->count() > control::kMaxForSeconds) {
      faults.emplace_back("--for: must be from a second to ten years");
    }
  }
  if (arguments.reason.size() > control::kMaxReason)
    faults.push_back(fmt::format("--reason: has {} bytes, at most {} are kept", arguments.reason.size(),
                                 control::kMaxReason));
  if (printable(arguments.reason) != arguments.reason)
    faults.emplace_back("--reason: holds control characters");
  return faults;
}

// Sends the rows in batches and adds the answers up; `number` of each note becomes the line of the text.
std::optional<Error> send_all(const Context& context, std::vector<Row>& rows, bool dry_run,
                              ImportAnswer& sum) {
  auto client = Client::connect(context.socket);
  if (!client) return client.error();
  const control::OrEmpty<Address> from = connected_from();
  for (std::size_t sent = 0; sent < rows.size();) {
    ImportRequest request;
    request.dry_run = dry_run;
    request.connected_from = from;
    std::size_t bytes = 0;
    const std::size_t first = sent;
    while (sent < rows.size() && request.decisions.size() < control::kMaxAddresses && bytes < kBatchBytes) {
      bytes += rows[sent].decision.reason.size() + 200;
      request.decisions.push_back(std::move(rows[sent++].decision));
    }
    const auto answer = client->ask<ImportAnswer>(std::move(request));
    if (!answer) {
      if (first == 0) return answer.error();
      return answer.error().in(fmt::format("after {} of {} decisions", first, rows.size()));
    }
    sum.added += answer->added;
    sum.replaced += answer->replaced;
    sum.kept += answer->kept;
    sum.overruled += answer->overruled;
    sum.refused += answer->refused;
    for (control::ImportNote note : answer->notes) {
      const std::size_t row = first + static_cast<std::size_t>(std::max<std::int64_t>(note.number, 0));
      note.number = row < rows.size() ? static_cast<std::int64_t>(rows[row].line) : 0;
      if (sum.notes.size() < kMaxRemarks) sum.notes.push_back(std::move(note));
    }
  }
  return std::nullopt;
}

std::string summary(const ImportAnswer& sum, std::size_t left_out, bool dry_run, const Style& style) {
  std::string text =
      fmt::format("{}{} added, {} replaced, {} kept", dry_run ? "nothing was done; would be: " : "",
                  count(sum.added), count(sum.replaced), count(sum.kept));
  if (sum.overruled > 0) text += fmt::format(", {} recorded without effect", count(sum.overruled));
  if (sum.refused > 0) text += ", " + style.bad(fmt::format("{} refused", count(sum.refused)));
  if (left_out > 0) text += fmt::format(", {} left out", count(left_out));
  return text + "\n";
}

}  // namespace

std::string imported_reason(std::string_view reason, std::string_view actor) {
  constexpr std::string_view kMention = " (decided by ";
  std::string mention;
  if (!actor.empty() && reason.find(kMention) == std::string_view::npos)
    mention = fmt::format("{}{})", kMention, actor.substr(0, 100));
  std::string text(reason);
  if (text.size() + mention.size() > control::kMaxReason) {
    text.resize(control::kMaxReason - std::min(control::kMaxReason, mention.size() + 3));
    // Not within a character.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U)
      text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0U) text.pop_back();
    text += "...";
  }
  return text + mention;
}

Result<ImportRow> import_row(const ImportEntry& entry, const ImportArguments& arguments,
                             std::optional<WallTime> until) {
  ImportRow row;
  row.source = entry.source;
  row.action = entry.action == Action::unset ? Action::block : entry.action;
  if (arguments.action != Action::unset) {
    const bool was_allow = entry.action == Action::allow;
    const bool is_allow = arguments.action == Action::allow;
    if (entry.action != Action::unset && was_allow != is_allow) {
      return Error(fmt::format("{} is {} there: --action {} would turn that round; take the line out",
                               entry.source.to_string(), was_allow ? "allowed" : "denied",
                               to_text(arguments.action)));
    }
    row.action = arguments.action;
  }
  row.until = until ? until : entry.until;
  if (row.until == kForever && row.action != Action::allow)
    return Error(fmt::format("{} has no end there, and a {} needs one: say --for", entry.source.to_string(),
                             to_text(row.action)));
  row.reason = imported_reason(arguments.reason.empty() ? entry.reason : arguments.reason, entry.actor);
  if (row.action == Action::throttle) {
    if (entry.rate) row.rate = std::min(*entry.rate, control::kMaxRate);
    if (entry.burst) row.burst = std::min(*entry.burst, control::kMaxRate);
  }
  return row;
}

int import_decisions(const Context& context, const ImportArguments& arguments, std::istream& input) {
  const std::vector<std::string> faults = faults_of(arguments);
  for (const std::string& fault : faults)
    fail(kUsage, printable(fault));
  if (!faults.empty()) return fail(kUsage, "nothing was sent");
  const auto content = read_all(arguments.file, input);
  if (!content) return fail(kUsage, content.error().message());

  const WallTime now = wall_now();
  ImportText text = read_import(*content, *parse_import_format(arguments.format), now, local_time_point);
  std::optional<WallTime> until;
  if (!arguments.duration.empty()) until = now + *parse_duration(arguments.duration);
  std::vector<Row> rows;
  rows.reserve(text.entries.size());
  for (const ImportEntry& entry : text.entries) {
    auto row = import_row(entry, arguments, until);
    if (row) {
      rows.push_back({entry.line, *std::move(row)});
    } else if (++text.fault_count; text.faults.size() < kMaxRemarks) {
      text.faults.push_back({entry.line, row.error().message()});
    }
  }
  tell(text, text.left_out, text.left_out_count, "left out: ");
  tell(text, text.faults, text.fault_count, "");
  if (text.fault_count > 0) {
    return fail(kUsage, fmt::format("{} of these cannot be read or imported, and nothing was sent",
                                    plural(text.fault_count, "line")));
  }
  if (rows.empty() && text.left_out_count == 0) return fail(kUsage, "there is nothing to import");

  ImportAnswer sum;
  std::optional<Error> error;
  if (!rows.empty()) error = send_all(context, rows, arguments.dry_run, sum);
  if (context.json) {
    fmt::print("{}\n", control::to_json(sum));
  } else {
    for (const control::ImportNote& note : sum.notes)
      fmt::print("{}: {}: {}: {}\n", place(text, static_cast<std::size_t>(note.number)),
                 context.style.bold(note.address.to_string()), to_text(note.outcome), printable(note.note));
    if (!error || sum.added + sum.replaced + sum.kept + sum.overruled + sum.refused > 0)
      fmt::print("{}", summary(sum, text.left_out_count, arguments.dry_run, context.style));
  }
  if (error) return fail(kFailed, error->message());
  return sum.refused + sum.overruled == 0 ? kOk : kFailed;
}

void add_import_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = app.add_subcommand("import", "Decisions that were made elsewhere");
  command->add_option("FILE", arguments->file, "An export, or addresses; - is standard input")
      ->capture_default_str();
  command->add_option("--format", arguments->format, "auto, json, csv, plain, fail2ban, crowdsec")
      ->capture_default_str()
      ->type_name("FORMAT");
  add_action_option(*command, arguments->action, {"block", "throttle", "allow"},
                    "Decide this, whatever denial the text says");
  command->add_option("--for", arguments->duration, "How long, whatever the text says: 15m, 4h, 7d")
      ->type_name("DURATION");
  command->add_option("--reason", arguments->reason, "Why, whatever the text says")->type_name("TEXT");
  command->add_flag("--dry-run", arguments->dry_run, "Say what would become of it, and do nothing");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return import_decisions(context, *arguments, std::cin); };
  });
}

}  // namespace sluice::ctl
