// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/envelopes/envelope_parser.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/w3c.h"

namespace sluice::intake {
namespace {

std::string clf(std::string_view client = "192.0.2.7", std::string_view agent = "a") {
  return fmt::format(R"({} - - [24/Nov/2026:08:07:24 +0200] "GET /people/1 HTTP/1.1" 200 1 "-" "{}")", client,
                     agent);
}

std::string json(std::string_view client = "192.0.2.7") {
  return fmt::format(
      R"({{"time":"2026-11-24T08:07:24Z","remote_addr":"{}","uri":"/people/1","http_user_agent":"é \"x\""}})",
      client);
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string docker(std::string_view line, std::string_view end = "\n", std::string_view stream = "stdout") {
  return fmt::format(R"({{"log":{},"stream":"{}","time":"2026-11-30T11:00:00.123456789Z"}})",
                     in_quotes(std::string(line) + std::string(end)), stream);
}

class Enveloped : public testing::Test {
 protected:
  void read_as(LogOptions options) { parser_ = *make_parser(options); }
  // The client, or the fault.
  std::string read(std::string_view line) {
    const Parsed request = parser_->parse(line);
    return request ? request->client.to_string() : std::string(to_string(request.error()));
  }

  std::unique_ptr<LineParser> parser_ = *make_parser(LogOptions());
};

struct Wrapping {
  std::string_view name;
  std::string (*wrap)(const std::string& line);
};
const std::vector<Wrapping> kCases = {
    {"syslog", [](const std::string& line) { return "Nov 30 11:00:00 host nginx: " + line; }},
    {"syslog",
     [](const std::string& line) { return "2026-11-30T11:00:00.123456+01:00 host nginx[1]: " + line; }},
    {"syslog",
     [](const std::string& line) { return "Mon 2026-11-30 11:00:00 CET host nginx.service[1]: " + line; }},
    {"syslog",
     [](const std::string& line) { return "<190>1 2026-11-30T11:00:00Z host nginx 1 - - " + line; }},
    {"cri", [](const std::string& line) { return "2026-11-30T11:00:00.123456789Z stdout F " + line; }},
    {"compose", [](const std::string& line) { return "\x1b[36mweb-1  | \x1b[0m" + line; }},
    {"docker", [](const std::string& line) { return docker(line); }},
    {"journal",
     [](const std::string& line) { return "{\"_PID\":\"1\",\"MESSAGE\":" + in_quotes(line) + "}"; }},
    {"json", [](const std::string& line) { return "{\"message\":" + in_quotes(line) + "}"; }},
    {"docker, syslog", [](const std::string& line) { return docker("Nov 30 11:00:00 host nginx: " + line); }},
    {"compose, docker", [](const std::string& line) { return "web-1  | " + docker(line); }},
    {"cri, json",
     [](const std::string& line) {
       return "2026-11-30T11:00:00Z stdout F {\"message\":" + in_quotes(line) + "}";
     }},
};

TEST_F(Enveloped, LinesAreReadByThemselvesInEveryFormat) {
  for (const Wrapping& each : kCases) {
    for (const bool is_json : {false, true}) {
      read_as({.format = is_json ? formats::kJson : formats::kCombined});
      for (int i = 1; i < 40; ++i) {
        const std::string client = fmt::format("192.0.2.{}", i);
        ASSERT_EQ(read(each.wrap(is_json ? json(client) : clf(client))), client) << each.name;
      }
      EXPECT_EQ(parser_->found_envelopes(), each.name);
    }
  }
}

TEST_F(Enveloped, LinesThatStandAloneStayAsTheyAre) {
  EXPECT_EQ(read(clf()), "192.0.2.7");
  EXPECT_EQ(parser_->found_envelopes(), "");
  EXPECT_EQ(read(docker(clf("192.0.2.8"))), "no_time") << "a visitor may have written it";
  EXPECT_EQ(read(clf()), "192.0.2.7");
}

TEST_F(Enveloped, ALogThatBecomesAnotherIsFoundOut) {
  EXPECT_EQ(read(clf()), "192.0.2.7");
  int unread = 0;
  while (read(docker(clf("192.0.2.8"))) != "192.0.2.8")
    ASSERT_LT(++unread, 16);
  EXPECT_EQ(parser_->found_envelopes(), "docker");
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(read(clf()), "192.0.2.7");
  EXPECT_EQ(parser_->found_envelopes(), "");
}

TEST_F(Enveloped, AnEnvelopeCanBeNamed) {
  for (const Envelope envelope : kAllEnvelopes) {
    read_as({.envelope = envelope});
    for (const Wrapping& each : kCases) {
      if (each.name == to_string(envelope)) {
        EXPECT_EQ(read(each.wrap(clf())), "192.0.2.7") << each.name;
      }
    }
    EXPECT_EQ(read(clf("192.0.2.9")), "192.0.2.9") << "a line without it";
  }
  read_as({.envelope = Envelope::none});
  EXPECT_EQ(read(docker(clf())), "no_time");
}

TEST_F(Enveloped, PartsAreJoinedByStream) {
  const std::string line = clf();
  EXPECT_EQ(read("2026-11-30T11:00:00Z stdout P " + line.substr(0, 20)), "part");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stderr F an error"), "no_request");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stderr P an "), "part");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stdout P " + line.substr(20, 20)), "part");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stdout F " + line.substr(40)), "192.0.2.7");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stdout F " + clf("192.0.2.8")), "192.0.2.8");
}

TEST_F(Enveloped, PartsOfDockerAreOf16KiB) {
  for (const bool is_json : {false, true}) {
    read_as({.format = is_json ? formats::kJson : formats::kCombined});
    for (const std::size_t size :
         {std::size_t{16'000}, std::size_t{16'384}, std::size_t{40'000}, std::size_t{200'000}}) {
      const std::string agent(size, 'x');
      const std::string line =
          is_json ? fmt::format(R"({{"http_user_agent":"{}","time":1,"remote_addr":"192.0.2.7","uri":"/"}})",
                                agent)
                  : clf("192.0.2.7", agent);
      std::string got;
      for (std::size_t at = 0; at < line.size(); at += 16'384) {
        const bool is_last = at + 16'384 >= line.size();
        got = read(docker(line.substr(at, 16'384), is_last ? "\n" : ""));
        if (!is_last) {
          EXPECT_EQ(got, "part");
        }
      }
      EXPECT_EQ(got, "192.0.2.7") << size;
    }
  }
}

// Some programs take the newline off, and then a line of any length is whole.
TEST_F(Enveloped, ALongLineWithoutItsNewlineIsWholeIfItCanBeRead) {
  EXPECT_EQ(read(docker(clf("192.0.2.7", std::string(20'000, 'x')), "")), "192.0.2.7");
  EXPECT_EQ(read(docker(clf("192.0.2.8"), "")), "192.0.2.8");
}

TEST_F(Enveloped, PartsWithoutAnEndStayWithinALine) {
  const std::string part(60'000, 'x');
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(read("2026-11-30T11:00:00Z stdout P " + (i == 0 ? clf() : part)), "part");
  EXPECT_EQ(read("2026-11-30T11:00:00Z stdout F end"), "192.0.2.7");
}

TEST_F(Enveloped, LinesAboutTheLogAreRead) {
  LogOptions w3c;
  w3c.format = formats::kW3c;
  read_as(w3c);
  EXPECT_EQ(read("<190>1 2026-11-30T11:00:00Z h iis - - - #Fields: date time cs-method cs-uri-stem c-ip"),
            "directive");
  EXPECT_EQ(read("<190>1 2026-11-30T11:00:00Z h iis - - - 2026-11-30 11:00:00 GET /people/1 192.0.2.7"),
            "192.0.2.7");
  EXPECT_EQ(parser_->found_envelopes(), "syslog");
}

TEST_F(Enveloped, TheFieldThatFailsIsThatOfTheLineInside) {
  const std::string line = R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET /people/1 HTTP/1.1" 2xx 1)";
  const Parsed plain = parser_->parse(line);
  ASSERT_FALSE(plain);
  EXPECT_EQ(parser_->failure(plain.error()).field, "the status");
  const Parsed inside = parser_->parse(docker(line));
  ASSERT_FALSE(inside);
  EXPECT_EQ(parser_->failure(inside.error()).field, "the status");
  // Nothing of one line is said of the next.
  const Parsed other = parser_->parse("hello");
  ASSERT_FALSE(other);
  EXPECT_NE(parser_->failure(other.error()).field, "the status");
}

}  // namespace
}  // namespace sluice::intake
