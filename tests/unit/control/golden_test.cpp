// SPDX-License-Identifier: Apache-2.0
// That the text of the protocol stays what it is: operators' scripts read `--json`, and a sluicectl of one
// release talks to a sluiced of another. Each line of tests/golden/protocol is one message. It is read into
// its type and written again, and must come out byte for byte as it was.
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/protocol/codec.h"

namespace sluice::control {
namespace {

using testing::HasSubstr;

const std::string kFolder = SLUICE_GOLDEN "/protocol/";

// The messages of a file, each with its newline.
std::vector<std::string> golden_messages(const std::string& name) {
  std::ifstream file(kFolder + name + ".jsonl");
  EXPECT_TRUE(file) << kFolder << name << ".jsonl cannot be read";
  std::vector<std::string> messages;
  for (std::string line; std::getline(file, line);)
    messages.push_back(line + "\n");
  EXPECT_FALSE(messages.empty()) << name;
  return messages;
}

// Reads and writes every message of a file of answers. Returns the answers.
template <class Answer>
std::vector<Answer> expect_answers_stay(const std::string& name) {
  std::vector<Answer> answers;
  for (const std::string& message : golden_messages(name)) {
    auto answer = parse_answer<Answer>(message);
    EXPECT_TRUE(answer) << name << ": " << message << answer.error().message();
    if (!answer) continue;
    EXPECT_EQ(answer_message(*answer), message);
    answers.push_back(*std::move(answer));
  }
  return answers;
}

// What `--json` prints of a whole answer is what stands in its message.
template <class Answer>
void expect_json_is_the_result(const std::vector<Answer>& answers) {
  for (const Answer& answer : answers)
    EXPECT_EQ("{\"v\":1,\"ok\":true,\"result\":" + to_json(answer) + "}\n", answer_message(answer));
}

// What `--json` prints row by row is what stands in the message of all.
template <class Answer, class Row>
void expect_json_of_rows(const std::vector<Answer>& answers, std::vector<Row> Answer::*rows) {
  std::size_t seen = 0;
  for (const Answer& answer : answers) {
    for (const Row& row : answer.*rows) {
      EXPECT_THAT(answer_message(answer), HasSubstr(to_json(row)));
      ++seen;
    }
  }
  EXPECT_GT(seen, 0U);
}

TEST(ProtocolGolden, RequestsStay) {
  std::vector<bool> seen(std::variant_size_v<Request>, false);
  for (const std::string& message : golden_messages("requests")) {
    const auto request = parse_request(message);
    ASSERT_TRUE(request) << message << request.error().message();
    EXPECT_EQ(request_message(*request), message);
    EXPECT_THAT(message, HasSubstr("\"command\":\"" + std::string(command_name(*request)) + "\""));
    seen[request->index()] = true;
  }
  EXPECT_THAT(seen, testing::Each(true)) << "a request has no line in requests.jsonl";
}

TEST(ProtocolGolden, AnswersStay) {
  expect_json_is_the_result(expect_answers_stay<DecideAnswer>("decide_answer"));
  expect_json_is_the_result(expect_answers_stay<UnblockAnswer>("unblock_answer"));
  expect_json_is_the_result(expect_answers_stay<PardonAnswer>("pardon_answer"));
  expect_json_is_the_result(expect_answers_stay<ImportAnswer>("import_answer"));
  expect_json_is_the_result(expect_answers_stay<ExplainAnswer>("explain_answer"));
  expect_json_is_the_result(expect_answers_stay<StatusAnswer>("status_answer"));
  expect_json_is_the_result(expect_answers_stay<ReloadAnswer>("reload_answer"));
  expect_json_is_the_result(expect_answers_stay<VersionAnswer>("version_answer"));
}

TEST(ProtocolGolden, AnswersOfRowsStay) {
  expect_json_of_rows(expect_answers_stay<AuditAnswer>("audit_answer"), &AuditAnswer::rows);
  expect_json_of_rows(expect_answers_stay<ListAnswer>("list_answer"), &ListAnswer::decisions);
  expect_json_of_rows(expect_answers_stay<HistoryAnswer>("history_answer"), &HistoryAnswer::rows);
  expect_json_of_rows(expect_answers_stay<ListsAnswer>("lists_answer"), &ListsAnswer::lists);
  expect_json_of_rows(expect_answers_stay<RefreshAnswer>("refresh_answer"), &RefreshAnswer::results);
  expect_json_of_rows(expect_answers_stay<TestListsAnswer>("test_lists_answer"), &TestListsAnswer::results);
  expect_json_of_rows(expect_answers_stay<StatusAnswer>("status_answer"), &StatusAnswer::checks);
}

TEST(ProtocolGolden, WhatAWatcherIsToldStays) {
  for (const std::string& message : golden_messages("events")) {
    const auto event = parse_event(message);
    ASSERT_TRUE(event) << message << event.error().message();
    EXPECT_EQ(event_message(*event), message);
    EXPECT_EQ("{\"v\":1,\"event\":" + to_json(*event) + "}\n", message);
    EXPECT_FALSE(is_frame_message(message));
  }
  for (const std::string& message : golden_messages("frames")) {
    const auto frame = parse_frame(message);
    ASSERT_TRUE(frame) << message << frame.error().message();
    EXPECT_EQ(frame_message(*frame), message);
    EXPECT_EQ("{\"v\":1,\"frame\":" + to_json(*frame) + "}\n", message);
    EXPECT_TRUE(is_frame_message(message));
  }
}

TEST(ProtocolGolden, ErrorsStay) {
  for (const std::string& message : golden_messages("error")) {
    const auto answer = parse_answer<VersionAnswer>(message);
    ASSERT_FALSE(answer);
    EXPECT_EQ(error_message(answer.error().message()), message);
  }
}

// What a message that says nothing is read as. Fields whose type has no empty value may change here.
template <class Answer>
std::string default_of(const std::string& name) {
  const auto answer = parse_answer<Answer>(R"({"v":1,"ok":true,"result":{}})");
  EXPECT_TRUE(answer);
  return name + " " + (answer ? answer_message(*answer) : "\n");
}

TEST(ProtocolGolden, DefaultsStay) {
  std::string written;
  for (const char* request :
       {R"("block","addresses":["192.0.2.7"])", R"("throttle","addresses":["192.0.2.7"])",
        R"("allow","addresses":["192.0.2.7"])", R"("unblock","addresses":["192.0.2.7"])",
        R"("disallow","addresses":["192.0.2.7"])", R"("pardon","addresses":["192.0.2.7"])",
        R"("import","decisions":[{"source":"192.0.2.7","action":"block"}])", R"("audit")", R"("list")",
        R"("history")", R"("explain","address":"192.0.2.7")", R"("status")", R"("lists")",
        R"("refresh_lists")", R"("test_lists","addresses":["192.0.2.7"])", R"("watch")", R"("reload")",
        R"("version")"}) {
    const auto read = parse_request(std::string(R"({"v":1,"command":)") + request + "}");
    ASSERT_TRUE(read) << request << read.error().message();
    written += "request " + request_message(*read);
  }
  written += default_of<DecideAnswer>("decide_answer");
  written += default_of<UnblockAnswer>("unblock_answer");
  written += default_of<PardonAnswer>("pardon_answer");
  written += default_of<ImportAnswer>("import_answer");
  written += default_of<AuditAnswer>("audit_answer");
  written += default_of<ListAnswer>("list_answer");
  written += default_of<HistoryAnswer>("history_answer");
  written += default_of<ExplainAnswer>("explain_answer");
  written += default_of<StatusAnswer>("status_answer");
  written += default_of<ListsAnswer>("lists_answer");
  written += default_of<RefreshAnswer>("refresh_answer");
  written += default_of<TestListsAnswer>("test_lists_answer");
  written += default_of<ReloadAnswer>("reload_answer");
  written += default_of<VersionAnswer>("version_answer");

  std::ifstream file(kFolder + "defaults.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(written, std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace
}  // namespace sluice::control
