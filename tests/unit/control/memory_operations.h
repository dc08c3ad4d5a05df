// SPDX-License-Identifier: Apache-2.0
// Operations over a map, for the tests of the control socket and of sluicectl: remembers what it was asked,
// by whom. Refuses kRefused, and blocks in observe mode, as the daemon does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/control/operations.h"

namespace sluice::control {

class MemoryOperations : public Operations {
 public:
  static constexpr std::string_view kRefused = "127.0.0.1";

  std::string mode = "enforce";
  WallTime now{Seconds(1'800'000'000)};
  std::map<std::string, DecisionRow> decisions;
  StatusAnswer status_answer;
  ExplainAnswer explain_answer;
  ListsAnswer lists_answer;
  ReloadAnswer reload_answer{true, {}, {}};
  bool hold_reload = false;  // then whoever calls held_reload answers
  ReloadDone held_reload;
  std::vector<std::string> calls;  // "block alice 192.0.2.1 from 198.51.100.7"

  StatusAnswer status() override {
    calls.emplace_back("status");
    return status_answer;
  }

  DecideAnswer decide(const DecideRequest& request, std::string_view operator_name) override {
    DecideAnswer answer;
    for (const std::string& text : request.addresses) {
      calls.push_back(request.action + " " + std::string(operator_name) + " " + text + " from " +
                      request.connected_from);
      AddressResult result;
      result.address = Prefix::parse(text)->to_string();
      if (text == kRefused || text == request.connected_from) {
        result.outcome = "refused";
        result.note = "it is this host's own address";
      } else if (mode == "observe" && request.action != "allow") {
        result.outcome = "refused";
        result.note = "the mode is observe: nothing is armed";
      } else {
        DecisionRow row;
        row.source = result.address;
        row.action = request.action;
        row.armed = true;
        row.since = now;
        row.until = request.for_seconds ? now + Seconds(*request.for_seconds) : kForever;
        row.reason = request.reason;
        row.actor = "operator " + std::string(operator_name);
        row.rate = request.rate.value_or(0);
        row.burst = request.burst.value_or(0);
        result.outcome = decisions.insert_or_assign(row.source, row).second ? "added" : "replaced";
        result.armed = true;
        result.until = row.until;
      }
      answer.results.push_back(result);
    }
    return answer;
  }

  UnblockAnswer unblock(const UnblockRequest& request, std::string_view operator_name) override {
    UnblockAnswer answer;
    for (const std::string& text : request.addresses) {
      calls.push_back("unblock " + std::string(operator_name) + " " + text);
      UnblockResult result;
      result.address = Prefix::parse(text)->to_string();
      if (const auto found = decisions.find(result.address); found != decisions.end()) {
        result.ended.push_back(found->second.action + " by " + found->second.actor);
        decisions.erase(found);
      } else {
        result.note = "no decision stood for it";
      }
      answer.results.push_back(result);
    }
    return answer;
  }

  ImportAnswer import_decisions(const ImportRequest& request, std::string_view operator_name) override {
    ImportAnswer answer;
    for (std::size_t i = 0; i < request.decisions.size(); ++i) {
      const ImportRow& asked = request.decisions[i];
      calls.push_back((request.dry_run ? "dry import " : "import ") + std::string(operator_name) + " " +
                      asked.action + " " + asked.source);
      if (asked.source == kRefused) {
        ++answer.refused;
        answer.notes.push_back(
            {static_cast<std::int64_t>(i), asked.source, "refused", "it is this host's own address"});
        continue;
      }
      DecisionRow row;
      row.source = Prefix::parse(asked.source)->to_string();
      row.action = asked.action;
      row.armed = true;
      row.since = now;
      row.until = asked.until.value_or(now + Seconds(14'400));
      row.reason = asked.reason;
      row.actor = "operator " + std::string(operator_name);
      row.rate = asked.rate.value_or(0);
      row.burst = asked.burst.value_or(0);
      const bool is_new = !decisions.contains(row.source);
      if (!request.dry_run) decisions.insert_or_assign(row.source, row);
      ++(is_new ? answer.added : answer.replaced);
    }
    return answer;
  }

  // The audit log: what was begun and what became of it. A full disk refuses.
  bool audit_fails = false;
  std::vector<AuditRow> audit_rows;
  void record(const Change& change, std::string_view what, std::string_view outcome) {
    AuditRow row;
    row.seq = static_cast<std::int64_t>(audit_rows.size()) + 1;
    row.time = now;
    row.uid = change.uid;
    row.name = change.name;
    row.role = change.role;
    row.command = change.command;
    row.what = what;
    row.reason = change.reason;
    row.outcome = outcome;
    row.previous = audit_rows.empty() ? std::string(kAuditBegin) : audit_rows.back().hash;
    row.hash = audit_hash(row.previous, row);
    audit_rows.push_back(row);
  }
  Result<void> begin_change(const Change& change) override {
    if (audit_fails) return Error("SQLite: database or disk is full");
    for (const std::string& what : change.what)
      record(change, what, "asked");
    return {};
  }
  void end_change(const Change& change, std::string_view outcome) override { record(change, "", outcome); }

  std::size_t audit_page = 2;  // rows of a page
  Result<AuditAnswer> audit(const AuditRequest& request) override {
    AuditAnswer answer;
    for (const AuditRow& row : audit_rows) {
      if (row.seq <= request.after || row.time < request.since.value_or(WallTime::min())) continue;
      answer.more = answer.rows.size() == audit_page;
      if (answer.more) break;
      answer.rows.push_back(row);
    }
    answer.head_seq = static_cast<std::int64_t>(audit_rows.size());
    answer.head_hash = audit_rows.empty() ? std::string(kAuditBegin) : audit_rows.back().hash;
    answer.anchor_hash = kAuditBegin;
    return answer;
  }

  ListAnswer list(const ListRequest& request) override {
    calls.push_back("list " + request.source + "," + request.action + "," + request.actor);
    ListAnswer answer;
    for (const auto& [source, row] : decisions)
      answer.decisions.push_back(row);
    return answer;
  }

  ExplainAnswer explain(const ExplainRequest& request) override {
    calls.push_back("explain " + request.address);
    return explain_answer;
  }

  ListsAnswer lists() override {
    calls.emplace_back("lists");
    return lists_answer;
  }

  void refresh_lists(const RefreshRequest& request, RefreshDone done) override {
    calls.push_back("refresh_lists" + std::string(request.force ? " force" : ""));
    RefreshAnswer answer;
    for (const std::string& name : request.names)
      answer.results.push_back({name, "updated", "", 7});
    done(answer);
  }

  TestListsAnswer test_lists(const TestListsRequest& request) override {
    TestListsAnswer answer;
    for (const std::string& address : request.addresses)
      answer.results.push_back({address, {}});
    return answer;
  }

  void reload(std::string_view operator_name, ReloadDone done) override {
    calls.push_back("reload " + std::string(operator_name));
    if (hold_reload) {
      held_reload = std::move(done);
    } else {
      done(reload_answer);
    }
  }
};

}  // namespace sluice::control
