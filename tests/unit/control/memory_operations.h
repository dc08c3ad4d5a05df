// SPDX-License-Identifier: Apache-2.0
// Operations over a map, for the tests of the control socket and of sluicectl: remembers what it was asked,
// by whom. Refuses kRefused, and blocks in observe mode, as the daemon does. A command that it does not know
// is refused in words, so that a new one need not be added here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/control/operations.h"

namespace sluice::control {

// Operations that refuse every command.
template <class... Rows>
struct Refusing;
template <>
struct Refusing<> : Operations {
  using Operations::carry_out;
};
template <class Row, class... Rows>
struct Refusing<Row, Rows...> : Refusing<Rows...> {
  using Refusing<Rows...>::carry_out;
  Result<typename Row::Answer> carry_out(const typename Row::Request& /*request*/,
                                         const Caller& /*caller*/) override {
    return Error("the test does not do this");
  }
};
template <class Row, class... Rows>
requires(Row::kCarriedOut == CarriedOut::later) struct Refusing<Row, Rows...> : Refusing<Rows...> {
  using Refusing<Rows...>::carry_out;
  void carry_out(const typename Row::Request& /*request*/, const Caller& /*caller*/,
                 typename Operation<Row>::Done done) override {
    done({});
  }
};

class MemoryOperations : public boost::mp11::mp_apply<Refusing, OperationRows> {
 public:
  using boost::mp11::mp_apply<Refusing, OperationRows>::carry_out;

  static constexpr std::string_view kRefused = "127.0.0.1";

  Mode mode = Mode::enforce;
  WallTime now{Seconds(1'800'000'000)};
  std::map<std::string, DecisionRow> decisions;  // by source, as text
  StatusAnswer status_answer;
  ExplainAnswer explain_answer;
  ListsAnswer lists_answer;
  ReloadAnswer reload_answer{true, {}, {}};
  bool hold_reload = false;  // then whoever calls held_reload answers
  ReloadDone held_reload;
  std::vector<std::string> calls;  // "block alice 192.0.2.1 from 198.51.100.7"

  Result<StatusAnswer> carry_out(const StatusRequest& /*request*/, const Caller& /*caller*/) override {
    calls.emplace_back("status");
    return status_answer;
  }

  Result<DecideAnswer> carry_out(const DecideRequest& request, const Caller& caller) override {
    DecideAnswer answer;
    for (const WrittenPrefix& address : request.addresses) {
      calls.push_back(std::string(to_text(request.action)) + " " + caller.name + " " + address.to_string() +
                      " from " + request.connected_from.to_string());
      AddressResult result;
      result.address = address.prefix();
      const std::string text = result.address.to_string();
      if (text == kRefused || text == request.connected_from.to_string()) {
        result.outcome = Outcome::refused;
        result.note = "it is this host's own address";
      } else if (mode == Mode::observe && request.action != Action::allow) {
        result.outcome = Outcome::refused;
        result.note = "the mode is observe: nothing is armed";
      } else {
        DecisionRow row;
        row.source = result.address;
        row.action = request.action;
        row.armed = true;
        row.since = now;
        row.until = request.for_seconds ? now + Seconds(*request.for_seconds) : kForever;
        row.reason = request.reason;
        row.actor = {ActorKind::operator_, caller.name};
        row.rate = request.rate.value_or(0);
        row.burst = request.burst.value_or(0);
        result.outcome = decisions.insert_or_assign(text, row).second ? Outcome::added : Outcome::replaced;
        result.armed = true;
        result.until = row.until;
      }
      answer.results.push_back(result);
    }
    return answer;
  }

  Result<UnblockAnswer> carry_out(const UnblockRequest& request, const Caller& caller) override {
    UnblockAnswer answer;
    const bool allows = request.ends == Ends::allows;
    for (const WrittenPrefix& address : request.addresses) {
      calls.push_back(std::string(commands::Unblock::name_of(request)) + " " + caller.name + " " +
                      address.to_string());
      UnblockResult result;
      result.address = address.prefix();
      const auto found = decisions.find(result.address.to_string());
      if (found != decisions.end() && (found->second.action == Action::allow) == allows) {
        result.ended.push_back(std::string(to_text(found->second.action)) + " by " +
                               found->second.actor.to_string());
        decisions.erase(found);
      } else {
        result.note = "no decision stood for it";
      }
      answer.ended += result.ended.size();
      answer.results.push_back(result);
    }
    return answer;
  }

  Result<ImportAnswer> carry_out(const ImportRequest& request, const Caller& caller) override {
    ImportAnswer answer;
    for (std::size_t i = 0; i < request.decisions.size(); ++i) {
      const ImportRow& asked = request.decisions[i];
      calls.push_back((request.dry_run ? "dry import " : "import ") + caller.name + " " +
                      std::string(to_text(asked.action)) + " " + asked.source.to_string());
      if (asked.source.to_string() == kRefused) {
        ++answer.refused;
        answer.notes.push_back({static_cast<std::int64_t>(i), asked.source->prefix(), Outcome::refused,
                                "it is this host's own address"});
        continue;
      }
      DecisionRow row;
      row.source = asked.source->prefix();
      row.action = asked.action;
      row.armed = true;
      row.since = now;
      row.until = asked.until.value_or(now + Seconds(14'400));
      row.reason = asked.reason;
      row.actor = {ActorKind::operator_, caller.name};
      row.rate = asked.rate.value_or(0);
      row.burst = asked.burst.value_or(0);
      const std::string source = row.source.to_string();
      const bool is_new = !decisions.contains(source);
      if (!request.dry_run) decisions.insert_or_assign(source, row);
      ++(is_new ? answer.added : answer.replaced);
    }
    return answer;
  }

  // The audit log: what was begun and what became of it. A full disk refuses what undoes nothing.
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
    if (audit_fails && !change.undoes) return Error("SQLite: database or disk is full");
    for (const std::string& what : change.what)
      record(change, what, "asked");
    return {};
  }
  void end_change(const Change& change, std::string_view outcome) override { record(change, "", outcome); }

  std::size_t audit_page = 2;  // rows of a page
  Result<AuditAnswer> carry_out(const AuditRequest& request, const Caller& /*caller*/) override {
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

  Result<ListAnswer> carry_out(const ListRequest& request, const Caller& /*caller*/) override {
    calls.push_back("list " + request.source.to_string() + "," + std::string(to_text(request.action)) + "," +
                    request.actor.to_string());
    ListAnswer answer;
    for (const auto& [source, row] : decisions)
      answer.decisions.push_back(row);
    return answer;
  }

  Result<ExplainAnswer> carry_out(const ExplainRequest& request, const Caller& /*caller*/) override {
    calls.push_back("explain " + request.address.to_string());
    return explain_answer;
  }

  Result<ListsAnswer> carry_out(const ListsRequest& /*request*/, const Caller& /*caller*/) override {
    calls.emplace_back("lists");
    return lists_answer;
  }

  void carry_out(const RefreshRequest& request, const Caller& /*caller*/, RefreshDone done) override {
    calls.push_back("refresh_lists" + std::string(request.force ? " force" : ""));
    RefreshAnswer answer;
    for (const std::string& name : request.names)
      answer.results.push_back({name, RefreshOutcome::updated, "", 7});
    done(answer);
  }

  Result<TestListsAnswer> carry_out(const TestListsRequest& request, const Caller& /*caller*/) override {
    TestListsAnswer answer;
    for (const WrittenPrefix& address : request.addresses)
      answer.results.push_back({address.prefix(), {}});
    return answer;
  }

  void carry_out(const ReloadRequest& /*request*/, const Caller& caller, ReloadDone done) override {
    calls.push_back("reload " + caller.name);
    if (hold_reload) {
      held_reload = std::move(done);
    } else {
      done(reload_answer);
    }
  }
};

}  // namespace sluice::control
