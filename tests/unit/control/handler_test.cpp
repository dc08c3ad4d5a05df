// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/handler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/memory_operations.h"

namespace sluice::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Peer kRoot{0, "root", {0}};
const Peer kAlice{1000, "alice", {1000, 77}};
const Peer kMallory{1001, "mallory", {1001}};
const Access kAccess{990, 77, "sluice"};

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
  const Access no_group{990, std::nullopt, "sluice"};
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
            "mallory may not use this socket: become root, or a member of group 'sluice'");
  EXPECT_THAT(operations.calls, IsEmpty());
}

TEST(Handler, AStrangerDoesNotEvenLearnWhetherHisRequestIsWellFormed) {
  MemoryOperations operations;
  EXPECT_THAT(only_message(handle("nonsense", kMallory, kAccess, operations)), HasSubstr("may not use"));
}

TEST(Handler, CarriesOutEachCommandInTheNameOfThePeer) {
  MemoryOperations operations;
  DecideRequest block;
  block.action = "block";
  block.addresses = {"192.0.2.7"};
  block.connected_from = "198.51.100.7";
  const auto ask = [&](const Request& request, const Peer& peer) {
    return only_message(handle(request_message(request), peer, kAccess, operations));
  };
  const auto decided = parse_answer<DecideAnswer>(ask(block, kAlice));
  ASSERT_TRUE(decided);
  EXPECT_EQ(decided->results[0].outcome, "added");
  const auto listed = parse_answer<ListAnswer>(ask(ListRequest{"192.0.2.0/24", "block", "operator"}, kAlice));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->decisions.at(0).actor, "operator alice");
  EXPECT_FALSE(listed->more);
  ASSERT_TRUE(parse_answer<ExplainAnswer>(ask(ExplainRequest{"192.0.2.7"}, kAlice)));
  ASSERT_TRUE(parse_answer<UnblockAnswer>(ask(UnblockRequest{{"192.0.2.7"}}, kRoot)));
  ASSERT_TRUE(parse_answer<StatusAnswer>(ask(StatusRequest{}, kRoot)));
  ASSERT_TRUE(parse_answer<ListsAnswer>(ask(ListsRequest{}, kRoot)));
  const auto refreshed = parse_answer<RefreshAnswer>(ask(RefreshRequest{{"drop"}, true}, kAlice));
  ASSERT_TRUE(refreshed);
  EXPECT_EQ(refreshed->results.at(0).name, "drop");
  EXPECT_EQ(refreshed->results.at(0).entries, 7U);
  const auto tested = parse_answer<TestListsAnswer>(ask(TestListsRequest{{"192.0.2.7"}}, kAlice));
  ASSERT_TRUE(tested);
  EXPECT_EQ(tested->results.at(0).address, "192.0.2.7");
  ASSERT_TRUE(parse_answer<ReloadAnswer>(ask(ReloadRequest{}, kRoot)));
  const auto version = parse_answer<VersionAnswer>(ask(VersionRequest{}, kRoot));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->version, SLUICE_VERSION);
  EXPECT_THAT(operations.calls,
              ElementsAre("block alice 192.0.2.7 from 198.51.100.7", "list 192.0.2.0/24,block,operator",
                          "explain 192.0.2.7", "unblock root 192.0.2.7", "status", "lists",
                          "refresh_lists force", "reload root"));
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
    row.source = fmt::format("10.0.{}.{}", i / 256, i % 256);
    row.reason.assign(i % 300, i % 2 == 0 ? 'x' : '\x1f');  // the second is written as six bytes
    operations.decisions[row.source] = row;
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
      sources.push_back(row.source);
  }
  ASSERT_EQ(sources.size(), kRows);
  std::size_t i = 0;
  for (const auto& [source, row] : operations.decisions)
    EXPECT_EQ(sources[i++], source);
}

TEST(Handler, AnAnswerBeyondTheLimitIsRefusedInWords) {
  MemoryOperations operations;
  operations.explain_answer.what_would_change.assign(1100, std::string(1000, 'x'));
  EXPECT_THAT(only_message(handle(request_message(ExplainRequest{"192.0.2.7"}), kRoot, kAccess, operations)),
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
