// SPDX-License-Identifier: Apache-2.0
// Each envelope as the programs write it that make it, around a line of each kind of format.
#include "daemon/intake/envelopes/envelope.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

constexpr std::string_view kWrapped =
    R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET /people/1 HTTP/1.1" 200 1 "-" "a: b")";

std::string opened(Envelope envelope, std::string_view line) {
  EnvelopeOpener opener;
  const auto message = opener.open(envelope, line);
  return message ? std::string(message->text) : "(no envelope)";
}

std::string with_line(std::string_view before) {
  return std::string(before) + std::string(kWrapped);
}

TEST(Envelopes, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names = {to_string(Envelope::automatic), to_string(Envelope::none)};
  for (const Envelope envelope : kAllEnvelopes)
    names.insert(to_string(envelope));
  EXPECT_EQ(names.size(), std::size(kAllEnvelopes) + 2);
  EXPECT_EQ(to_string(Envelope::automatic), "auto");
  EXPECT_EQ(to_string(Envelope::json), "json");
}

TEST(Envelopes, OfSyslogInFiles) {
  for (const std::string_view header :
       {// rsyslog: traditional, its file format, and RFC 5424; syslog-ng with the year
        "Nov 30 11:00:00 host nginx: ", "Nov  3 11:00:00 host nginx[12]: ", "Nov 30 11:00:00 host nginx:  ",
        "2026-11-30T11:00:00.123456+01:00 host nginx: ", "2026-11-30T11:00:00Z host nginx[12]: ",
        "<190>1 2026-11-30T11:00:00.123456+01:00 host nginx 12 - - ",
        "1 2026-11-30T11:00:00.123456+01:00 host nginx 12 - [a@1 b=\"c ]\"] ",
        "Nov 30 2026 11:00:00 host nginx: ", "<190>Nov 30 11:00:00 host nginx: ",
        // BusyBox
        "Nov 30 11:00:00 host daemon.info nginx: ",
        // without a host, without a tag; `docker logs -t`
        "Nov 30 11:00:00 nginx: ", "2026-11-30T11:00:00.123456789Z ",
        // journalctl -o short, short-precise, short-iso, short-iso-precise, short-full, with-unit,
        // short-unix,
        // short-monotonic
        "Nov 30 11:00:00 host docker/web[1]: ", "Nov 30 11:00:00.123456 host nginx[12]: ",
        "2026-11-30T11:00:00+0100 host nginx[12]: ", "2026-11-30T11:00:00.123456+0100 host nginx[12]: ",
        "Mon 2026-11-30 11:00:00 CET host nginx[12]: ",
        "Mon 2026-11-30 11:00:00 CET host nginx.service[12]: ", "1764500000.123456 host nginx[12]: ",
        "[  123.456789] host nginx[12]: "}) {
    EXPECT_EQ(opened(Envelope::syslog, with_line(header)), kWrapped) << header;
  }
  EXPECT_EQ(opened(Envelope::syslog, R"(Nov 30 11:00:00 host nginx: {"a":1,"b": 2})"), R"({"a":1,"b": 2})");
  EXPECT_EQ(opened(Envelope::syslog, R"(Nov 30 11:00:00 {"a": 1})"), R"({"a": 1})");
  EXPECT_EQ(opened(Envelope::syslog, "Nov 30 11:00:00 host nginx: 2001:db8:: - -"), "2001:db8:: - -");
  EXPECT_EQ(opened(Envelope::syslog, "Nov 30 11:00:00 2001:db8:: - -"), "2001:db8:: - -");
}

TEST(Envelopes, OfTheContainerRuntimeInterface) {
  EXPECT_EQ(opened(Envelope::cri, with_line("2026-11-30T11:00:00.123456789Z stdout F ")), kWrapped);
  EXPECT_EQ(opened(Envelope::cri, with_line("2026-11-30T11:00:00.123456789+01:00 stderr F:tag ")), kWrapped);
  EXPECT_EQ(opened(Envelope::cri, with_line("2026-11-30T11:00:00Z stdout X ")), "(no envelope)");
  EXPECT_EQ(opened(Envelope::cri, with_line("2026-11-30T11:00:00Z host F ")), "(no envelope)");
  EXPECT_EQ(opened(Envelope::cri, "2026-11-30T11:00:00Z stdout F"), "");
  EnvelopeOpener opener;
  const auto part = opener.open(Envelope::cri, "2026-11-30T11:00:00Z stderr P 192.0.2");
  ASSERT_TRUE(part);
  EXPECT_EQ(part->extent, Message::Extent::part);
  EXPECT_TRUE(part->is_error_stream);
}

TEST(Envelopes, OfTheToolsOfContainers) {
  for (const std::string_view prefix :
       {"web-1  | ", "web-1 | ", "web_1        | ", "\x1b[36mweb-1  | \x1b[0m", "\x1b[36;1mweb_1  |\x1b[0m ",
        "web-1  | 2026-11-30T11:00:00.123456789Z ", "web.1.abc@node    | ", "[pod/web-0/nginx] "}) {
    EXPECT_EQ(opened(Envelope::compose, with_line(prefix)), kWrapped) << prefix;
  }
}

TEST(Envelopes, OfJsonObjects) {
  EXPECT_EQ(opened(Envelope::docker,
                   R"({"log":"a \"b\" \\x22\n","stream":"stdout","time":"2026-11-30T11:00:00Z"})"),
            R"(a "b" \x22)");
  EXPECT_EQ(opened(Envelope::docker, R"({"log":"a","kubernetes":{"pod":"x"}})"), "a");
  EXPECT_EQ(opened(Envelope::docker, R"({"log":{"remote_addr":"192.0.2.7","status":200}})"),
            R"({"remote_addr":"192.0.2.7","status":200})");
  EXPECT_EQ(opened(Envelope::journal, R"({"PRIORITY":"6","MESSAGE":"a","_PID":"1"})"), "a");
  EXPECT_EQ(opened(Envelope::journal, R"({"MESSAGE":[97,255,98]})"),
            "a\xff"
            "b");
  EXPECT_EQ(opened(Envelope::json, R"({"@timestamp":"x","message":"a"})"), "a");
  EXPECT_EQ(opened(Envelope::json, R"({"textPayload":"a"})"), "a");
  for (const std::string_view line : {R"({"log":null})", R"({"log":[256]})", R"({"log":7})", R"({"a":"log"})",
                                      "{\"log\":", R"(["log"])", R"("log")", "log", R"({"MESSAGE":null})"}) {
    EXPECT_EQ(opened(Envelope::docker, line), "(no envelope)") << line;
    EXPECT_EQ(opened(Envelope::journal, line), "(no envelope)") << line;
  }
}

// Such bytes come from visitors, and some programs write them as they are.
TEST(Envelopes, OfJsonMayHoldWhatJsonForbids) {
  EXPECT_EQ(opened(Envelope::json, "{\"message\":\"a \xff \\x22\"}"), "a ? \"");
}

TEST(Envelopes, AreNotSeenInPlainLines) {
  for (const std::string_view line :
       {kWrapped, std::string_view(""),
        std::string_view(R"({"time":1,"remote_addr":"192.0.2.1","uri":"/login"})"),
        std::string_view("example.org 192.0.2.7 - - [x] \"GET / HTTP/1.1\" 200 1"),
        std::string_view("1764500000.123 192.0.2.7 TCP_MISS/200"), std::string_view("Nov 30 nonsense"),
        std::string_view("2026-11-30 11:00:00 192.0.2.7 GET /"), std::string_view("\x1b["),
        std::string_view("[pod/")}) {
    for (const Envelope envelope : kAllEnvelopes)
      EXPECT_EQ(opened(envelope, line), "(no envelope)") << to_string(envelope) << ": " << line;
  }
}

}  // namespace
}  // namespace sluice::intake
