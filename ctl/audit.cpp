// SPDX-License-Identifier: Apache-2.0
#include "ctl/audit.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "daemon/base/clock.h"
#include "daemon/base/printable.h"

namespace sluice::ctl {
namespace {

using control::AuditAnswer;
using control::AuditRequest;

Result<std::optional<WallTime>> since_of(const std::string& text, WallTime now) {
  if (text.empty()) return std::optional<WallTime>();
  const auto moment = parse_moment(text, now);
  if (!moment) return moment.error().in("--since");
  return std::optional(*moment);
}

bool is_hash(const std::string& text) {
  return text.size() == kAuditBegin.size() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string json_of(const AuditVerifier& verifier) {
  return fmt::format(R"({{"ok":{},"rows":{},"head_seq":{},"head_hash":"{}","fault":{}}})",
                     verifier.fault() ? "false" : "true", verifier.rows(), verifier.head_seq(),
                     verifier.head(), verifier.fault() ? control::to_json(*verifier.fault()) : "null");
}

int verdict(const Context& context, const AuditVerifier& verifier) {
  if (context.json) {
    fmt::print("{}\n", json_of(verifier));
  } else if (verifier.fault()) {
    return fail(kFailed, "the audit log is not whole: " + printable(*verifier.fault()));
  } else {
    fmt::print("{}: {} rows, the last is number {}\nhead {}\n", context.style.good("whole"),
               count(verifier.rows()), verifier.head_seq(), verifier.head());
  }
  return verifier.fault() ? kFailed : kOk;
}

}  // namespace

void AuditVerifier::begin(std::int64_t anchor_seq, std::string anchor_hash) {
  seq_ = anchor_seq;
  hash_ = std::move(anchor_hash);
  expected_seen_ = expect_.empty() || expect_ == hash_;
}

void AuditVerifier::take(const AuditRow& row) {
  ++rows_;
  if (row.seq != seq_ + 1)
    break_at(fmt::format("row {} is missing: row {} follows {}", seq_ + 1, row.seq, seq_));
  if (row.previous != hash_) break_at(fmt::format("row {} is not chained to the row before it", row.seq));
  const std::string hash = audit_hash(row.previous, row);
  if (hash != row.hash)
    break_at(fmt::format("row {} was changed: its hash is not that of its content", row.seq));
  seq_ = row.seq;
  hash_ = row.hash;
  if (hash_ == expect_) expected_seen_ = true;
}

void AuditVerifier::end(std::int64_t head_seq, const std::string& head_hash) {
  if (seq_ != head_seq || hash_ != head_hash) {
    break_at(fmt::format("it ends with row {}, and the daemon wrote row {} (hash {}) last", seq_, head_seq,
                         head_hash));
  }
  if (!expected_seen_)
    break_at(fmt::format("no row has the hash {}: rows were removed or replaced since", expect_));
}

std::string audit_line(const AuditRow& row, const Style& style) {
  std::string who = row.name;
  if (row.uid >= 0) who += fmt::format(" (uid {}, {})", row.uid, row.role);
  std::string text = fmt::format("{} {} {} {}", style.faint(fmt::format("{:>6}", row.seq)),
                                 local_time(row.time), printable(who), style.bold(printable(row.command)));
  if (!row.what.empty()) text += " " + printable(row.what);
  text += ": " + printable(row.outcome);
  if (!row.reason.empty()) text += " (" + printable(row.reason) + ")";
  return text + "\n";
}

int audit(const Context& context, const AuditArguments& arguments) {
  const auto since = since_of(arguments.since, wall_now());
  if (!since) return fail(kUsage, printable(since.error().message()));
  if (arguments.verify && *since) return fail(kUsage, "--verify takes the whole log: leave --since out");
  if (!arguments.expect.empty() && !arguments.verify) return fail(kUsage, "--expect belongs to --verify");
  if (!arguments.expect.empty() && !is_hash(arguments.expect))
    return fail(kUsage, "--expect: a hash has 64 hexadecimal digits; `audit --verify` prints it");

  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  AuditVerifier verifier(arguments.expect);
  AuditRequest request;
  request.since = *since;
  for (bool first = true;; first = false) {
    const auto answer = client->ask<AuditAnswer>(request);
    if (!answer) return fail(kFailed, answer.error().message());
    if (first) verifier.begin(answer->anchor_seq, answer->anchor_hash);
    for (const AuditRow& row : answer->rows) {
      request.after = row.seq;
      if (arguments.verify) {
        verifier.take(row);
      } else {
        fmt::print("{}", context.json ? control::to_json(row) + "\n" : audit_line(row, context.style));
      }
    }
    if (answer->more && !answer->rows.empty()) continue;
    if (!arguments.verify) return kOk;
    verifier.end(answer->head_seq, answer->head_hash);
    return verdict(context, verifier);
  }
}

void add_audit_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<AuditArguments>();
  CLI::App* command = app.add_subcommand("audit", "Who changed what");
  command->add_option("--since", arguments->since, "Not before: 2h, 7d, or an RFC 3339 time")
      ->type_name("TIME");
  command->add_flag("--verify", arguments->verify, "Say whether the log is whole, and its last hash");
  command->add_option("--expect", arguments->expect, "With --verify: a hash noted earlier must be in it")
      ->type_name("HASH");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return audit(context, *arguments); };
  });
}

}  // namespace sluice::ctl
