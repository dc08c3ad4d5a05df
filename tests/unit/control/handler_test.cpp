// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/handler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/protocol/codec.h"
#include "tests/unit/control/memory_operations.h"
#include "tests/unit/control/values.h"

namespace sluice::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Peer kRoot{0, "root", {0}};
const Peer kAlice{1000, "alice", {1000, 77}};
const Peer kMallory{1001, "mallory", {1001}};
const Peer kOlga{1002, "olga", {1002, 78}};
const Peer kVera{1003, "vera", {1003, 79}};
const Access kAccess{990, RoleGroup{77, "sluice"}, RoleGroup{78, "sluice-operate"},
                     RoleGroup{79, "sluice-view"}};

std::vector<std::string> messages(Reply reply) {
  std::vector<std::string> all;
  if (reply.is_pending()) reply.begin([&](std::string message) { all.push_back(std::move(message)); });
  while (auto message = reply.next())
    all.push_back(*message);
  return all;
}

std::string only_message(Reply reply) {
  auto all = messages(std::move(reply));
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? "" : all.front();
}

TEST(Access, AdmitsRootTheDaemonsOwnUserAndTheGroup) {
  EXPECT_TRUE(kAccess.admits(kRoot));
  EXPECT_TRUE(kAccess.admits({990, "sluice", {990}}));
  EXPECT_TRUE(kAccess.admits(kAlice));
  EXPECT_FALSE(kAccess.admits(kMallory));
  const Access no_group{990, std::nullopt, std::nullopt, std::nullopt};
  EXPECT_TRUE(no_group.admits(kRoot));
  EXPECT_FALSE(no_group.admits(kAlice));
}

TEST(Handler, AStrangerIsRefusedInWordsAndNothingIsDone) {
  MemoryOperations operations;
  Reply reply = handle(request_message(StatusRequest{}), kMallory, kAccess, operations);
  EXPECT_EQ(reply.then(), Reply::Then::refused);
  const auto answer = parse_answer<StatusAnswer>(only_message(reply));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(),
            "mallory may not use this socket: become root, or a member "
            "of group 'sluice-view' or 'sluice-operate' or 'sluice'");
  EXPECT_THAT(operations.calls, IsEmpty());
}

TEST(Handler, AStrangerDoesNotEvenLearnWhetherHisRequestIsWellFormed) {
  MemoryOperations operations;
  EXPECT_THAT(only_message(handle("nonsense", kMallory, kAccess, operations)), HasSubstr("may not use"));
}

TEST(Handler, CarriesOutEachCommandInTheNameOfThePeer) {
  MemoryOperations operations;
  DecideRequest block;
  block.action = Action::block;
  block.addresses = {written("192.0.2.7")};
  block.connected_from = address("198.51.100.7");
  const auto ask = [&](const Request& request, const Peer& peer) {
    return only_message(handle(request_message(request), peer, kAccess, operations));
  };
  const auto decided = parse_answer<DecideAnswer>(ask(block, kAlice));
  ASSERT_TRUE(decided);
  EXPECT_EQ(decided->results[0].outcome, Outcome::added);
  const auto listed = parse_answer<ListAnswer>(
      ask(ListRequest{written("192.0.2.0/24"), Action::block, actor("operator")}, kAlice));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->decisions.at(0).actor, actor("operator alice"));
  EXPECT_FALSE(listed->more);
  ASSERT_TRUE(parse_answer<ExplainAnswer>(ask(ExplainRequest{written("192.0.2.7")}, kAlice)));
  ASSERT_TRUE(parse_answer<UnblockAnswer>(ask(UnblockRequest{{written("192.0.2.7")}}, kRoot)));
  ASSERT_TRUE(parse_answer<StatusAnswer>(ask(StatusRequest{}, kRoot)));
  ASSERT_TRUE(parse_answer<ListsAnswer>(ask(ListsRequest{}, kRoot)));
  const auto refreshed = parse_answer<RefreshAnswer>(ask(RefreshRequest{{"drop"}, true}, kAlice));
  ASSERT_TRUE(refreshed);
  EXPECT_EQ(refreshed->results.at(0).name, "drop");
  EXPECT_EQ(refreshed->results.at(0).entries, 7U);
  const auto tested = parse_answer<TestListsAnswer>(ask(TestListsRequest{{written("192.0.2.7")}}, kAlice));
  ASSERT_TRUE(tested);
  EXPECT_EQ(tested->results.at(0).address, prefix("192.0.2.7"));
  ASSERT_TRUE(parse_answer<ReloadAnswer>(ask(ReloadRequest{}, kRoot)));
  const auto version = parse_answer<VersionAnswer>(ask(VersionRequest{}, kRoot));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->version, SLUICE_VERSION);
  EXPECT_THAT(operations.calls,
              ElementsAre("block alice 192.0.2.7 from 198.51.100.7", "list 192.0.2.0/24,block,operator",
                          "explain 192.0.2.7", "unblock root 192.0.2.7", "status", "lists",
                          "refresh_lists force", "reload root"));
}

DecideRequest decide(Action action, std::optional<std::int64_t> for_seconds) {
  DecideRequest request;
  request.action = action;
  request.addresses = {written("192.0.2.7")};
  request.for_seconds = for_seconds;
  request.reason = "why";
  return request;
}

ImportRequest import_of(Action action, std::optional<WallTime> until) {
  ImportRow row;
  row.source = written("192.0.2.8");
  row.action = action;
  row.until = until;
  return {{row}, false, {}};
}

TEST(Access, TheBestGroupGivesTheRole) {
  EXPECT_EQ(kAccess.role_of(kRoot), Role::policy_owner);
  EXPECT_EQ(kAccess.role_of(kAlice), Role::policy_owner);
  EXPECT_EQ(kAccess.role_of(kOlga), Role::operator_);
  EXPECT_EQ(kAccess.role_of(kVera), Role::viewer);
  EXPECT_EQ(kAccess.role_of({1004, "both", {79, 78}}), Role::operator_);
  EXPECT_EQ(kAccess.role_of(kMallory), Role::none);
}

TEST(Handler, EachRoleMayWhatItMayAndNoMore) {
  const WallTime later = WallTime(Seconds(1'900'000'000));
  const std::vector<std::pair<Request, Role>> all = {
      {StatusRequest{}, Role::viewer},
      {ListRequest{}, Role::viewer},
      {ExplainRequest{written("192.0.2.7")}, Role::viewer},
      {ListsRequest{}, Role::viewer},
      {VersionRequest{}, Role::viewer},
      {AuditRequest{}, Role::viewer},
      {WatchRequest{}, Role::viewer},
      {WatchRequest{FrameKind::samples}, Role::viewer},
      {decide(Action::block, std::nullopt), Role::operator_},
      {decide(Action::throttle, 60), Role::operator_},
      {decide(Action::allow, 60), Role::operator_},
      {UnblockRequest{{written("192.0.2.7")}}, Role::operator_},
      {import_of(Action::block, later), Role::operator_},
      {import_of(Action::block, std::nullopt), Role::operator_},
      {import_of(Action::allow, later), Role::operator_},
      {import_of(Action::allow, std::nullopt), Role::policy_owner},
      {import_of(Action::allow, kForever), Role::policy_owner},
      {decide(Action::allow, std::nullopt), Role::policy_owner},
      {WatchRequest{FrameKind::captures}, Role::policy_owner},
      {ReloadRequest{}, Role::policy_owner},
  };
  for (const auto& [request, needed] : all) {
    for (const Peer* peer : {&kVera, &kOlga, &kAlice, &kRoot}) {
      MemoryOperations operations;
      const auto said = messages(handle(request_message(request), *peer, kAccess, operations));
      const bool served = said.at(0).find(R"("ok":true)") != std::string::npos;
      EXPECT_EQ(served, kAccess.role_of(*peer) >= needed) << peer->name << ": " << request_message(request);
      if (served) continue;
      EXPECT_THAT(operations.calls, IsEmpty());
      EXPECT_THAT(operations.audit_rows, IsEmpty());
    }
  }
}

TEST(Handler, ARefusalSaysWhichRoleIsNeededAndWhichGroupGivesIt) {
  MemoryOperations operations;
  const auto refused = [&](const Request& request, const Peer& peer) {
    Reply reply = handle(request_message(request), peer, kAccess, operations);
    EXPECT_EQ(reply.then(), Reply::Then::next_request);
    return parse_answer<StatusAnswer>(only_message(std::move(reply))).error().message();
  };
  EXPECT_EQ(refused(decide(Action::block, 60), kVera),
            "vera is a viewer, and block needs the role operator: become root, or a member of group "
            "'sluice-operate' or 'sluice'");
  EXPECT_EQ(refused(decide(Action::allow, std::nullopt), kOlga),
            "olga is an operator, and allow without end needs the role "
            "policy owner: become root, or a member of group 'sluice'");
  EXPECT_EQ(refused(WatchRequest{FrameKind::captures}, kVera),
            "vera is a viewer, and capture needs the role policy "
            "owner: become root, or a member of group 'sluice'");
}

TEST(Handler, ACaptureIsInTheAuditLogUnderANameOfItsOwn) {
  MemoryOperations operations;
  (void)messages(handle(request_message(WatchRequest{FrameKind::captures}), kAlice, kAccess, operations));
  ASSERT_EQ(operations.audit_rows.size(), 1U);
  EXPECT_EQ(operations.audit_rows[0].command, "capture");
  EXPECT_EQ(operations.audit_rows[0].what, "dropped frames, whole");
  (void)messages(handle(request_message(WatchRequest{FrameKind::samples}), kAlice, kAccess, operations));
  EXPECT_EQ(operations.audit_rows.size(), 1U);
}

TEST(Handler, AChangeIsInTheAuditLogBeforeItIsMadeAndWithItsOutcome) {
  MemoryOperations operations;
  ASSERT_TRUE(parse_answer<DecideAnswer>(
      only_message(handle(request_message(decide(Action::block, 3600)), kOlga, kAccess, operations))));
  ASSERT_EQ(operations.audit_rows.size(), 2U);
  const AuditRow& asked = operations.audit_rows[0];
  EXPECT_EQ(asked.uid, 1002);
  EXPECT_EQ(asked.name, "olga");
  EXPECT_EQ(asked.role, "operator");
  EXPECT_EQ(asked.command, "block");
  EXPECT_EQ(asked.what, "192.0.2.7 for 1h");
  EXPECT_EQ(asked.reason, "why");
  EXPECT_EQ(asked.outcome, "asked");
  EXPECT_EQ(operations.audit_rows[1].outcome, "1 added, 0 replaced, 0 kept, 0 overruled, 0 refused");
  ASSERT_TRUE(parse_answer<ReloadAnswer>(
      only_message(handle(request_message(ReloadRequest{}), kAlice, kAccess, operations))));
  ASSERT_EQ(operations.audit_rows.size(), 4U);
  EXPECT_EQ(operations.audit_rows[3].outcome, "in force");
}

TEST(Handler, ManyAddressesAreAllInTheAuditLogAHundredARow) {
  MemoryOperations operations;
  UnblockRequest unblock;
  for (unsigned i = 0; i < 250; ++i)
    unblock.addresses.push_back(written(fmt::format("10.0.0.{}", i)));
  (void)messages(handle(request_message(unblock), kOlga, kAccess, operations));
  ASSERT_EQ(operations.audit_rows.size(), 4U);
  EXPECT_THAT(operations.audit_rows[0].what, testing::StartsWith("10.0.0.0 10.0.0.1 "));
  EXPECT_THAT(operations.audit_rows[2].what, testing::EndsWith(" 10.0.0.248 10.0.0.249"));
  EXPECT_EQ(operations.audit_rows[3].outcome, "0 ended, 250 unchanged");
}

TEST(Handler, AChangeThatTheAuditLogCannotTakeIsRefused) {
  MemoryOperations operations;
  operations.audit_fails = true;
  for (const Request& request :
       std::vector<Request>{decide(Action::block, 60), import_of(Action::block, std::nullopt),
                            ReloadRequest{}, WatchRequest{FrameKind::captures}}) {
    EXPECT_THAT(only_message(handle(request_message(request), kRoot, kAccess, operations)),
                testing::AllOf(HasSubstr("the audit log cannot be written"), HasSubstr("disk is full")));
  }
  EXPECT_THAT(operations.calls, IsEmpty());
  EXPECT_TRUE(parse_answer<StatusAnswer>(
      only_message(handle(request_message(StatusRequest{}), kRoot, kAccess, operations))));
}

TEST(Handler, WhatLetsSomebodyInIsDoneWithoutAnAuditLogToo) {
  MemoryOperations operations;
  operations.audit_fails = true;
  for (const Request& request :
       std::vector<Request>{UnblockRequest{{written("192.0.2.7")}}, decide(Action::allow, 60)}) {
    EXPECT_THAT(only_message(handle(request_message(request), kRoot, kAccess, operations)),
                HasSubstr("\"ok\":true"));
  }
  EXPECT_EQ(operations.calls.size(), 2U);
}

TEST(Handler, ADryImportChangesNothingAndIsNotInTheAuditLog) {
  MemoryOperations operations;
  ImportRequest request = import_of(Action::block, std::nullopt);
  request.dry_run = true;
  const auto answer =
      parse_answer<ImportAnswer>(only_message(handle(request_message(request), kOlga, kAccess, operations)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->added, 1U);
  EXPECT_THAT(operations.decisions, IsEmpty());
  EXPECT_THAT(operations.audit_rows, IsEmpty());
}

TEST(Handler, AFaultyRequestIsAnsweredAndNothingIsDone) {
  MemoryOperations operations;
  Reply reply =
      handle(R"({"v":1,"command":"block","addresses":["192.0.2.7","x"]})", kRoot, kAccess, operations);
  EXPECT_EQ(reply.then(), Reply::Then::next_request);
  EXPECT_THAT(only_message(reply), HasSubstr("addresses[1]: 'x' is not an IP address"));
  EXPECT_THAT(operations.calls, IsEmpty());
}

TEST(Handler, WatchIsAcknowledgedAndHandedOn) {
  MemoryOperations operations;
  Reply reply = handle(request_message(WatchRequest{}), kRoot, kAccess, operations);
  EXPECT_EQ(reply.then(), Reply::Then::watch);
  EXPECT_TRUE(parse_answer<VersionAnswer>(only_message(reply)));
}

TEST(Handler, AnEmptyListIsOneMessage) {
  MemoryOperations operations;
  const auto answer = parse_answer<ListAnswer>(
      only_message(handle(request_message(ListRequest{}), kRoot, kAccess, operations)));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->decisions, IsEmpty());
  EXPECT_FALSE(answer->more);
}

TEST(Handler, ALongListComesInMessagesWithinTheLimitAndWhole) {
  MemoryOperations operations;
  constexpr std::size_t kRows = 10'000;
  for (std::size_t i = 0; i < kRows; ++i) {
    DecisionRow row;
    const std::string source = fmt::format("10.0.{}.{}", i / 256, i % 256);
    row.source = written(source);
    row.reason.assign(i % 300, i % 2 == 0 ? 'x' : '\x1f');  // the second is written as six bytes
    operations.decisions[source] = row;
  }
  const auto all = messages(handle(request_message(ListRequest{}), kRoot, kAccess, operations));
  EXPECT_GT(all.size(), 2U);
  std::vector<std::string> sources;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_LE(all[i].size(), kMaxMessage);
    const auto page = parse_answer<ListAnswer>(all[i]);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(page->more, i + 1 < all.size());
    for (const DecisionRow& row : page->decisions)
      sources.push_back(row.source.to_string());
  }
  ASSERT_EQ(sources.size(), kRows);
  std::size_t i = 0;
  for (const auto& [source, row] : operations.decisions)
    EXPECT_EQ(sources[i++], source);
}

TEST(Handler, AnAnswerBeyondTheLimitIsRefusedInWords) {
  MemoryOperations operations;
  operations.explain_answer.what_would_change.assign(1100, std::string(1000, 'x'));
  EXPECT_THAT(
      only_message(handle(request_message(ExplainRequest{written("192.0.2.7")}), kRoot, kAccess, operations)),
      HasSubstr("more than the 1048576 of a message"));
}

TEST(Handler, ALongListOfFaultsIsCutShort) {
  MemoryOperations operations;
  operations.reload_answer = {false, std::vector<std::string>(250, "sluice.toml:1: x"), {}};
  const auto answer = parse_answer<ReloadAnswer>(
      only_message(handle(request_message(ReloadRequest{}), kRoot, kAccess, operations)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->faults.size(), 201U);
  EXPECT_EQ(answer->faults.back(), "and 50 more");
}

}  // namespace
}  // namespace sluice::control
