// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/control/protocol/codec.h"
#include "tests/unit/control/values.h"

namespace sluice::control {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const WallTime kTime{Seconds(1'800'000'000)};  // 2027-01-15T08:00:00Z

std::string fault_of(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "" : request.error().message();
}

// What the daemon reads of what an operator's side wrote.
template <class T>
T read_back(const T& request) {
  const auto read = parse_request(request_message(request));
  EXPECT_TRUE(read) << read.error().message();
  return std::get<T>(*read);
}

TEST(Protocol, RequestsComeBackAsTheyWereWritten) {
  DecideRequest decide;
  decide.action = Action::throttle;
  decide.addresses = {written("192.0.2.7"), written("2001:db8::/48"), written("2001:db8::1"),
                      written("2001:db8::1/128"), written("192.0.2.7/32")};
  decide.for_seconds = 14400;
  decide.reason =
      "walks \"/people\" \\ n\xc3\xa4"
      "chtlich";
  decide.rate = 10;
  decide.burst = 30;
  decide.connected_from = address("198.51.100.7");
  const DecideRequest read = read_back(decide);
  EXPECT_EQ(read.action, Action::throttle);
  EXPECT_EQ(read.addresses, decide.addresses);
  EXPECT_EQ(read.for_seconds, 14400);
  EXPECT_EQ(read.reason, decide.reason);
  EXPECT_EQ(read.rate, 10);
  EXPECT_EQ(read.burst, 30);
  EXPECT_EQ(*read.connected_from, address("198.51.100.7"));

  EXPECT_THAT(read_back(UnblockRequest{{written("192.0.2.7")}}).addresses, ElementsAre(written("192.0.2.7")));
  EXPECT_EQ(*read_back(ExplainRequest{written("192.0.2.7")}).address, written("192.0.2.7"));
  const ListRequest list =
      read_back(ListRequest{written("192.0.2.0/24"), Action::block, actor("operator alice")});
  EXPECT_EQ(*list.source, written("192.0.2.0/24"));
  EXPECT_EQ(list.action, Action::block);
  EXPECT_EQ(list.actor, (Actor{ActorKind::operator_, "alice"}));
  EXPECT_FALSE(read_back(ListRequest{}).source);
  read_back(StatusRequest{});
  for (const FrameKind frames : {FrameKind::unset, FrameKind::samples, FrameKind::captures})
    EXPECT_EQ(read_back(WatchRequest{frames}).frames, frames);
  ImportRow row{written("192.0.2.9"), Action::throttle, kTime, "from \"elsewhere\"", 5, 6};
  const ImportRequest imported =
      read_back(ImportRequest{{row,
                               {written("2001:db8::/64"), Action::allow, kForever, "", {}, {}},
                               {written("192.0.2.10"), Action::block, {}, "", {}, {}}},
                              true,
                              address("198.51.100.7")});
  ASSERT_EQ(imported.decisions.size(), 3U);
  EXPECT_EQ(*imported.decisions[0].source, written("192.0.2.9"));
  EXPECT_EQ(imported.decisions[0].action, Action::throttle);
  EXPECT_EQ(imported.decisions[0].until, kTime);
  EXPECT_EQ(imported.decisions[0].reason, row.reason);
  EXPECT_EQ(imported.decisions[0].rate, 5);
  EXPECT_EQ(imported.decisions[0].burst, 6);
  EXPECT_EQ(imported.decisions[1].until, kForever);
  EXPECT_EQ(imported.decisions[2].until, std::nullopt);
  EXPECT_TRUE(imported.dry_run);
  EXPECT_EQ(*imported.connected_from, address("198.51.100.7"));
  EXPECT_EQ(read_back(AuditRequest{17, kTime}).after, 17);
  EXPECT_EQ(read_back(AuditRequest{17, kTime}).since, kTime);
  read_back(ReloadRequest{});
  read_back(VersionRequest{});
}

TEST(Protocol, WhatIsLeftOutOfARequestKeepsItsDefault) {
  const auto request = parse_request(R"({"v":1,"command":"block","addresses":["192.0.2.7"]})");
  ASSERT_TRUE(request);
  const auto& block = std::get<DecideRequest>(*request);
  EXPECT_EQ(block.for_seconds, std::nullopt);
  EXPECT_EQ(block.rate, std::nullopt);
  EXPECT_EQ(block.reason, "");
}

TEST(Protocol, NamesWhatIsWrongWithARequest) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "not JSON"},
      {"\n", "not JSON"},
      {"block 192.0.2.7", "not JSON"},
      {R"({"v":1,"command":"status"} {})", "not JSON"},
      {R"([1])", "must be a JSON object"},
      {R"("status")", "must be a JSON object"},
      {R"({"command":"status"})", "version is missing"},
      {R"({"v":2,"command":"status"})", "speaks version 1"},
      {R"({"v":"1","command":"status"})", "speaks version 1"},
      {R"({"v":1})", "command: '' is not one of"},
      {R"({"v":1,"command":7})", "command: must be a string"},
      {R"({"v":1,"command":"drop"})", "command: 'drop' is not one of"},
      {R"({"v":1,"command":"status","verbose":true})", "verbose: is not known"},
      {R"({"v":1,"command":"block"})", "addresses: at least one"},
      {R"({"v":1,"command":"block","addresses":[]})", "addresses: at least one"},
      {R"({"v":1,"command":"block","addresses":"192.0.2.7"})", "addresses: must be an array"},
      {R"({"v":1,"command":"block","addresses":[1]})", "addresses[0]: must be a string"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7","192.0.2.8/24"]})",
       "addresses[1]: '192.0.2.8/24' has"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":0})",
       "for_seconds: must be from 1 to"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":-1})",
       "for_seconds: must be from 1 to"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":1.5})",
       "for_seconds: must be a whole"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":1e30})",
       "for_seconds: must be a whole"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":99999999999})",
       "for_seconds: must be from"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":"4h"})",
       "for_seconds: must be a whole"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"rate":10})", "belong to throttle"},
      {R"({"v":1,"command":"allow","addresses":["192.0.2.7"],"burst":10})", "belong to throttle"},
      {R"({"v":1,"command":"throttle","addresses":["192.0.2.7"],"rate":0})", "rate: must be from 1 to"},
      {R"({"v":1,"command":"throttle","addresses":["192.0.2.7"],"burst":1000001})",
       "burst: must be from 1 to"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"reason":"a\nb"})",
       "reason: must hold no control"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"reason":"\u001b[2J"})",
       "reason: must hold no control"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"connected_from":"home"})",
       "connected_from: 'home'"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"connected_from":null})",
       "connected_from: must be"},
      {R"({"v":1,"command":"unblock","addresses":["localhost"]})", "addresses[0]: 'localhost'"},
      {R"({"v":1,"command":"unblock","addresses":["192.0.2.7"],"rate":1})", "rate: is not known"},
      {R"({"v":1,"command":"unblock","addresses":[]})", "addresses: at least one is needed"},
      {R"({"v":1,"command":"disallow","addresses":[],"all":true})", "addresses: at least one is needed"},
      {R"({"v":1,"command":"unblock","addresses":["192.0.2.7"],"by":"alice"})",
       "by: must be detector, operator, list or grant"},
      {R"({"v":1,"command":"block","addresses":["192.0.2.7"],"via":"a program"})", "via: at most 32 of a-z"},
      {R"({"v":1,"command":"list","source":"people"})", "source: 'people'"},
      {R"({"v":1,"command":"list","action":"drop"})", "action: must be allow, throttle, challenge or block"},
      {R"({"v":1,"command":"list","action":"none"})", "action: must be allow, throttle, challenge or block"},
      {R"({"v":1,"command":"list","actor":"alice"})", "actor: must be detector, operator, list or grant"},
      {R"({"v":1,"command":"import","decisions":[{"source":"192.0.2.7"}]})",
       "decisions[0].action: must be block, throttle or allow"},
      {R"({"v":1,"command":"import","decisions":[{"action":"block"}]})",
       "decisions[0].source: must be an IP"},
      {R"({"v":1,"command":"import","decisions":[{"source":"x","action":"block"}]})",
       "decisions[0].source: 'x' is not an IP address"},
      {R"({"v":1,"command":"watch","frames":"all"})", "frames: must be samples or captures"},
      {R"({"v":1,"command":"watch","frames":true})", "frames: must be a string"},
      {R"({"v":1,"command":"status","frames":"samples"})", "frames: is not known"},
      {R"({"v":1,"command":"explain"})", "address: '' is not an IP address"},
      {R"({"v":1,"command":"explain","address":{}})", "address: must be a string"},
      {R"({"v":1,"command":"status","x":{"a":{"b":{"c":{}}}}})", "not JSON"},
      {"{\"v\":1,\"command\":\"sta\xff\"}", "not JSON"},
  };
  for (const auto& [line, fault] : cases)
    EXPECT_THAT(fault_of(line), HasSubstr(fault)) << line;
}

TEST(Protocol, NamesEveryFaultAtOnce) {
  EXPECT_THAT(fault_of(R"({"v":1,"command":"block","addresses":["x","y"],"for_seconds":0,"rate":1})"),
              AllOf(HasSubstr("addresses[0]"), HasSubstr("addresses[1]"), HasSubstr("for_seconds"),
                    HasSubstr("rate")));
}

TEST(Protocol, KeepsALongListOfFaultsShort) {
  std::string addresses = R"("x")";
  for (std::size_t i = 1; i < kMaxAddresses; ++i)
    addresses += R"(,"x")";
  const std::string fault = fault_of(R"({"v":1,"command":"unblock","addresses":[)" + addresses + "]}");
  EXPECT_THAT(fault, HasSubstr("and 980 more"));
  EXPECT_LT(fault.size(), 2000U);
}

TEST(Protocol, CapsWhatARequestHolds) {
  UnblockRequest request;
  request.addresses.assign(kMaxAddresses, written("192.0.2.7"));
  EXPECT_EQ(fault_of(request_message(request)), "");
  request.addresses.push_back(written("192.0.2.7"));
  EXPECT_THAT(fault_of(request_message(request)), HasSubstr("at most 1000 in one request"));

  DecideRequest block;
  block.action = Action::block;
  block.addresses = {written("192.0.2.7")};
  block.reason.assign(kMaxReason, 'x');
  EXPECT_EQ(fault_of(request_message(block)), "");
  block.reason += 'x';
  EXPECT_THAT(fault_of(request_message(block)), HasSubstr("reason: at most 500 bytes"));
}

TEST(Protocol, RefusesEveryTruncationOfARequest) {
  const std::string whole =
      R"({"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":60,"reason":"r"})";
  ASSERT_EQ(fault_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(fault_of(whole.substr(0, size)), "") << size;
}

TEST(Protocol, AnswersComeBackAsTheyWereWritten) {
  ExplainAnswer explain;
  explain.address = prefix("192.0.2.7");
  explain.mode = Mode::enforce;
  explain.verdict = Verdict::drop;
  explain.block_score = 6.25;
  explain.in_force = {{{prefix("192.0.2.7"), Action::block, true, kTime, kForever, "because", detector(), 7.5,
                        0, 0, 18'446'744'073'709'551'615U, 3},
                       {{"breadth", "reach", 3.5, 3.5, "reads much", {{"subjects_per_hour", 130}}}},
                       1,
                       2,
                       3}};
  explain.known = SourceDetail{kTime,
                               kTime + Seconds(5),
                               10,
                               9,
                               8,
                               7,
                               "acmebot/1.0",
                               "crawler",
                               "AS64500 Example Ltd",
                               "t13d1516h2_8daaf6152771_02713d6af862",
                               "is acmebot",
                               "a verified crawler",
                               2.5,
                               {}};
  explain.what_would_change = {"sluicectl unblock 192.0.2.7"};
  const auto read = parse_answer<ExplainAnswer>(answer_message(explain));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(to_json(*read), to_json(explain));
  ASSERT_EQ(read->in_force.size(), 1U);
  EXPECT_EQ(read->in_force[0].decision.packets, 18'446'744'073'709'551'615U);
  EXPECT_EQ(read->in_force[0].decision.until, kForever);
  EXPECT_EQ(read->in_force[0].signals[0].numbers[0].value, 130);
  ASSERT_TRUE(read->known);
  EXPECT_EQ(read->known->last_seen, kTime + Seconds(5));
  EXPECT_EQ(read->known->pages_per_minute, 7U);

  StatusAnswer status;
  status.version = "1.2.3";
  status.ports = {80, 443};
  status.logs = {{"/a.log", LogState::following, 1, 2, 3, kTime, 4},
                 {"/b.log", StateOrFault<LogState>::fault("Permission denied"), 0, 0, 0, std::nullopt, 0}};
  status.control.cut_slow = 5;
  status.warnings = {"The mode is observe."};
  const auto status_read = parse_answer<StatusAnswer>(answer_message(status));
  ASSERT_TRUE(status_read) << status_read.error().message();
  EXPECT_EQ(to_json(*status_read), to_json(status));
  EXPECT_EQ(status_read->logs[1].last_line, std::nullopt);
  EXPECT_EQ(status_read->logs[0].state, LogState::following);
  EXPECT_EQ(status_read->logs[1].state.to_string(), "Permission denied");
  EXPECT_EQ(status_read->control.cut_slow, 5U);

  const auto decide = parse_answer<DecideAnswer>(
      answer_message(DecideAnswer{{{prefix("192.0.2.7"), Outcome::added, true, "note", kTime},
                                   {prefix("192.0.2.8"), Outcome::refused, false, "own", std::nullopt}}}));
  ASSERT_TRUE(decide);
  EXPECT_EQ(decide->results[0].until, kTime);
  EXPECT_EQ(decide->results[1].until, std::nullopt);
  const auto unblock =
      parse_answer<UnblockAnswer>(answer_message(UnblockAnswer{{{prefix("192.0.2.7"), {"a"}, {"b"}, "c"}}}));
  ASSERT_TRUE(unblock);
  EXPECT_THAT(unblock->results[0].still_covered, ElementsAre("b"));
  const auto reload = parse_answer<ReloadAnswer>(answer_message(ReloadAnswer{false, {"f:1: x"}, {}}));
  ASSERT_TRUE(reload);
  EXPECT_FALSE(reload->ok);
  EXPECT_THAT(reload->faults, ElementsAre("f:1: x"));
}

TEST(Protocol, EventsComeBackAsTheyWereWritten) {
  const Event event{
      kTime, EventKind::decision, prefix("192.0.2.7"), Action::block, true, kForever, detector(), "why",
      7.5,   "in words"};
  const auto read = parse_event(event_message(event));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(event));
  EXPECT_EQ(
      to_json(event),
      R"({"time":"2027-01-15T08:00:00Z","event":"decision","source":"192.0.2.7","action":"block","armed":true,)"
      R"("until":"never","actor":"detector","reason":"why","score":7.5,"text":"in words"})");
}

TEST(Protocol, FramesComeBackAsTheyWereWritten) {
  Frame frame{kTime,
              1'800'000'000'123'456'789,
              "eth0",
              "drop_listed",
              address("192.0.2.7"),
              address("198.51.100.1"),
              6,
              40000,
              443,
              1514,
              "00ff"};
  const std::string message = frame_message(frame);
  EXPECT_TRUE(is_frame_message(message));
  EXPECT_FALSE(parse_event(message));
  EXPECT_FALSE(is_frame_message(event_message(Event{})));
  EXPECT_FALSE(is_frame_message(error_message("\"frame\":")));
  EXPECT_FALSE(parse_frame(event_message(Event{})));
  const auto read = parse_frame(message);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->time_ns, frame.time_ns);
  EXPECT_EQ(
      to_json(*read),
      R"({"time":"2027-01-15T08:00:00Z","time_ns":1800000000123456789,"interface":"eth0","reason":"drop_listed",)"
      R"("source":"192.0.2.7","destination":"198.51.100.1","protocol":6,"source_port":40000,)"
      R"("destination_port":443,"bytes":1514,"data":"00ff"})");
  frame.source_port.reset();
  const auto without = parse_frame(frame_message(frame));
  ASSERT_TRUE(without);
  EXPECT_EQ(without->source_port, std::nullopt);
  EXPECT_EQ(without->destination_port, 443);
}

TEST(Protocol, AMessageIsOneLineWhateverIsInIt) {
  Event event;
  event.text = std::string("a\nb\r\x1b[2J\x7f\"\\\0", 12) + "\xff\xc0\xaf\xed\xa0\x80\xe4\xb8";
  const std::string message = event_message(event);
  EXPECT_EQ(message.find('\n'), message.size() - 1);
  const auto read = parse_event(message);
  ASSERT_TRUE(read) << read.error().message();
  const std::string replaced = "\xef\xbf\xbd";
  std::string expected = event.text.substr(0, 12);
  for (int i = 0; i < 8; ++i)
    expected += replaced;
  EXPECT_EQ(read->text, expected);
}

TEST(Protocol, KeepsCharactersOfEveryLength) {
  Event event;
  event.text = "a \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \xed\x9f\xbf";
  const auto read = parse_event(event_message(event));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, event.text);
}

TEST(Protocol, NumbersThatJsonCannotSayAreNull) {
  Event event;
  event.score = std::nan("");
  EXPECT_THAT(event_message(event), HasSubstr(R"("score":null)"));
  EXPECT_TRUE(parse_event(event_message(event)));
}

TEST(Protocol, RefusesANumberThatNoDoubleCanHold) {
  const auto event = parse_event(R"({"v":1,"event":{"event":"decision","score":1e2023}})");
  ASSERT_FALSE(event);
  EXPECT_THAT(event.error().message(), HasSubstr("score"));
  EXPECT_THAT(event.error().message(), HasSubstr("must be a number that a double can hold"));
}

TEST(Protocol, AnOddNumberIsWrittenAgainAsItWasRead) {
  const std::pair<std::string, std::string> odd[] = {{"71446744073702241714", "7.14467440737e+19"},
                                                     {"-0e3", "0"},
                                                     {"-0.0", "0"},
                                                     {"4.9e-324", "0"},
                                                     {"1e-310", "0"},
                                                     {"1.7976931348623157e308", "1.79769313486e+308"},
                                                     {"0.1234567890123456789", "0.123456789012"}};
  for (const auto& [read, written] : odd) {
    const auto event = parse_event(R"({"v":1,"event":{"event":"decision","score":)" + read + "}}");
    ASSERT_TRUE(event) << read;
    const auto again = parse_event(event_message(*event));
    ASSERT_TRUE(again) << read;
    EXPECT_EQ(event_message(*again), event_message(*event)) << read;
    EXPECT_THAT(event_message(*event), HasSubstr(R"("score":)" + written)) << read;
  }
}

TEST(Protocol, AnErrorIsTheAnswersError) {
  const auto answer = parse_answer<VersionAnswer>(error_message("no \"way\""));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "no \"way\"");
  const auto event = parse_event(error_message("cut"));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().message(), "cut");
}

TEST(Protocol, AnOperatorUnderstandsANewerDaemon) {
  const auto answer =
      parse_answer<VersionAnswer>(R"({"v":1,"ok":true,"new":[],"result":{"version":"9","more":{}}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->version, "9");
}

TEST(Protocol, AWordOfANewerDaemonIsUnset) {
  const auto decide = parse_answer<DecideAnswer>(
      R"({"v":1,"ok":true,"result":{"results":[{"address":"192.0.2.7","outcome":"postponed"}]}})");
  ASSERT_TRUE(decide) << decide.error().message();
  EXPECT_EQ(decide->results[0].outcome, Outcome::unset);
  const auto event = parse_event(R"({"v":1,"event":{"event":"eclipse","actor":"fleet host9"}})");
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(event->event, EventKind::unset);
  EXPECT_EQ(event->actor.kind, ActorKind::unset);
  EXPECT_EQ(event->actor.to_string(), "fleet host9");
}

TEST(Protocol, AnUnknownCommandIsToldAllThatThereAre) {
  EXPECT_EQ(
      fault_of(R"({"v":1,"command":"drop"})"),
      "command: 'drop' is not one of status, block, throttle, allow, unblock, disallow, pardon, "
      "import, list, history, explain, lists, refresh_lists, test_lists, watch, audit, reload, version");
}

TEST(Values, AWrittenPrefixKeepsWhetherItHadItsLength) {
  EXPECT_FALSE(written("2001:db8::1").has_length());
  EXPECT_TRUE(written("2001:db8::1/128").has_length());
  EXPECT_EQ(written("2001:db8::1").prefix(), written("2001:db8::1/128").prefix());
  for (const char* text : {"192.0.2.7", "192.0.2.7/32", "192.0.2.0/24", "2001:db8::1", "2001:db8::1/128"})
    EXPECT_EQ(written(text).to_string(), text);
}

TEST(Values, AnActorCoversItsKindOrItsName) {
  EXPECT_TRUE(actor("operator").covers(actor("operator alice")));
  EXPECT_TRUE(actor("operator alice").covers(actor("operator alice")));
  EXPECT_FALSE(actor("operator al").covers(actor("operator alice")));
  EXPECT_TRUE(actor("operator uid").covers(actor("operator uid 1234")));
  EXPECT_FALSE(actor("detector").covers(actor("operator alice")));
  for (const char* text : {"", "detector", "operator", "operator uid 1234", "list protected", "fleet host9"})
    EXPECT_EQ(actor(text).to_string(), text);
}

TEST(Values, AStateIsOneTextWithWhatIsWrong) {
  using Store = StateOrFault<StoreState>;
  EXPECT_EQ(Store(StoreState::ok).to_string(), "ok");
  EXPECT_EQ(Store::parse("ok").value(), StoreState::ok);
  EXPECT_EQ(Store::parse("disk full").value(), Store::fault("disk full"));
  EXPECT_NE(Store::parse("disk full").value(), StoreState::ok);
  EXPECT_EQ(Store::parse("").value(), Store());
}

TEST(Protocol, NamesWhatIsWrongWithAnAnswer) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "not JSON"},
      {R"({"v":2,"ok":true,"result":{"version":"9"}})", "speaks version 1"},
      {R"({"v":1,"ok":true})", "has no result"},
      {R"({"v":1,"ok":true,"result":[]})", "result: must be an object"},
      {R"({"v":1,"ok":true,"result":{"version":9}})", "result.version: must be a string"},
      {R"({"v":1,"ok":false,"error":9})", "error: must be a string"},
  };
  for (const auto& [line, fault] : cases) {
    const auto answer = parse_answer<VersionAnswer>(line);
    ASSERT_FALSE(answer) << line;
    EXPECT_THAT(answer.error().message(), HasSubstr(fault)) << line;
  }
  const auto list = parse_answer<ListAnswer>(R"({"v":1,"ok":true,"result":{"decisions":[{"since":"now"}]}})");
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message(), HasSubstr("result.decisions[0].since: must be an RFC 3339 time"));
}

}  // namespace
}  // namespace sluice::control
