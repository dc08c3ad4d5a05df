// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/json.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/intake/formats/times.h"

namespace sluice::intake {
namespace {

class Json : public testing::Test {
 protected:
  Parsed parse(std::string_view line) {
    line_ = line;
    return parser_->parse(line_);
  }
  // A line with nothing but what must be there, and `more`.
  Parsed with(std::string_view more) {
    return parse(R"({"time":"2026-11-24T06:07:24Z","remote_addr":"192.0.2.7","uri":"/")" + std::string(more) +
                 "}");
  }
  Parsed at_time(std::string_view time) {
    return parse(R"({"remote_addr":"192.0.2.7","uri":"/","time":)" + std::string(time) + "}");
  }

  std::unique_ptr<LineParser> parser_ = make_json_parser({});
  std::string line_;
};

TEST_F(Json, IsRead) {
  const auto request = parse(
      R"({"time":"2026-11-24T08:07:24.5+02:00","remote_addr":"::ffff:192.0.2.7","method":"GET","uri":"/people/1?a=\"b\"",)"
      R"("protocol":"HTTP/1.1","status":200,"body_bytes_sent":5120,"http_referer":"-","http_user_agent":"M\u00e9",)"
      R"("remote_user":"alice","other":[1,{"uri":"/no"}]})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24.5Z"));
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, R"(/people/1?a="b")");
  EXPECT_EQ(request->protocol, "HTTP/1.1");
  EXPECT_EQ(request->status, 200);
  EXPECT_EQ(request->bytes, 5120U);
  EXPECT_EQ(request->referer, "");
  EXPECT_EQ(request->user_agent, "M\u00e9");
  EXPECT_EQ(request->user, "alice");
}

TEST_F(Json, TheWholeRequestLineWillDo) {
  const auto request =
      parse(R"({"time":1,"remote_addr":"192.0.2.7","request":"GET http://a.example/x y HTTP/1.1"})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, "/x y");
  EXPECT_EQ(request->protocol, "HTTP/1.1");
  const auto probe = parse(R"({"time":1,"remote_addr":"192.0.2.7","request":"\u0016\u0003\u0001"})");
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->method, "");
  EXPECT_EQ(probe->target, "\x16\x03\x01");
}

TEST_F(Json, TimesAreTextOrSeconds) {
  EXPECT_EQ(at_time("1795500444")->time, at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(at_time("1795500444.123")->time, at("2026-11-24T06:07:24.123Z"));
  EXPECT_EQ(at_time(R"("1795500444.123456")")->time, at("2026-11-24T06:07:24.123456Z"));
  EXPECT_EQ(at_time("0")->time, at("1970-01-01T00:00:00Z"));
  EXPECT_EQ(at_time(R"("2026-11-24T06:07:24+0000")")->time, at("2026-11-24T06:07:24Z"));
  for (const std::string_view time :
       {"-1", "1e300", "7258118400", R"("")", R"("yesterday")", R"("2026-02-30T00:00:00Z")", R"("nan")",
        R"("inf")", "[]", "true", R"("1795500444 ")"}) {
    EXPECT_EQ(at_time(time).error(), ParseFault::bad_time) << time;
  }
  EXPECT_EQ(at_time("null").error(), ParseFault::no_time);
}

TEST_F(Json, NumbersMayBeText) {
  const auto request = with(R"(,"status":"404","body_bytes_sent":"12")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->status, 404);
  EXPECT_EQ(request->bytes, 12U);
  const auto absent = with(R"(,"status":"-","body_bytes_sent":null)");
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->status, 0);
  EXPECT_EQ(absent->bytes, 0U);
  EXPECT_EQ(with(R"(,"status":999)")->status, 0);
  EXPECT_EQ(with(R"(,"status":"")")->status, 0);
  EXPECT_EQ(with(R"(,"status":"4o4")").error(), ParseFault::bad_status);
  EXPECT_EQ(with(R"(,"status":-200)").error(), ParseFault::bad_status);
  EXPECT_EQ(with(R"(,"status":{})").error(), ParseFault::bad_status);
  EXPECT_EQ(with(R"(,"body_bytes_sent":1.5)").error(), ParseFault::bad_bytes);
  EXPECT_EQ(with(R"(,"body_bytes_sent":"18446744073709551616")").error(), ParseFault::bad_bytes);
}

TEST_F(Json, NamesReachIntoObjects) {
  FieldMap fields;
  fields.client = "source.ip";
  fields.target = "http.request.target";
  fields.user_agent = "http.user.agent";
  const auto parser = make_json_parser(fields);
  const std::string line =
      R"({"time":1,"source":{"ip":"192.0.2.7","port":1},"http":{"request":{"target":"/a"},"user.agent":"x"}})";
  const auto request = parser->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(request->target, "/a");
  EXPECT_EQ(request->user_agent, "x");
  const std::string flat = R"({"time":1,"source.ip":"192.0.2.8","http.request.target":"/b","http":5})";
  const auto second = parser->parse(flat);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->client.to_string(), "192.0.2.8");
  EXPECT_EQ(second->target, "/b");
  EXPECT_EQ(second->user_agent, "");  // nothing is left of the line before
}

TEST_F(Json, CaddysPreset) {
  const auto parser = make_json_parser(preset_fields(JsonPreset::caddy));
  const std::string line =
      R"({"level":"info","ts":1795500444.5241,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"10.0.0.1",)"
      R"("remote_port":"41342","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/people/1?a=1",)"
      R"("headers":{"User-Agent":["curl/7.82.0","second"],"Accept-Encoding":["gzip, br"],"X-Forwarded-For":["192.0.2.7"]},)"
      R"("tls":{"resumed":false,"version":772}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{}})";
  const auto request = parser->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24.5241Z"));
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(parser->forwarding_headers().peer->to_string(), "10.0.0.1");
  EXPECT_EQ(parser->forwarding_headers().forwarded_for, "192.0.2.7");
  EXPECT_EQ(request->target, "/people/1?a=1");
  EXPECT_EQ(request->user_agent, "curl/7.82.0");
  EXPECT_EQ(request->accept_encoding, "gzip, br");
  EXPECT_EQ(request->host, "example.org");
  EXPECT_EQ(request->bytes, 10900U);
  EXPECT_EQ(request->duration_us, 929U);
  EXPECT_TRUE(request->fields.has(detection::LogField::duration));
  const std::string before_2_7 =
      R"({"ts":1,"request":{"remote_ip":"192.0.2.8","method":"GET","uri":"/","headers":{}},"status":200})";
  EXPECT_EQ(parser->parse(before_2_7)->client.to_string(), "192.0.2.8");
}

TEST_F(Json, OfSeveralForwardingHeadersTheLastIsTheNearestProxys) {
  const auto parser = make_json_parser(preset_fields(JsonPreset::caddy));
  ASSERT_TRUE(parser->parse(
      R"({"ts":1795500444,"request":{"remote_ip":"10.0.0.1","client_ip":"10.0.0.1","proto":"HTTP/2.0","method":"GET",)"
      R"("uri":"/","headers":{"X-Forwarded-For":["6.6.6.6","203.0.113.9"]}},"size":1,"status":200})"));
  EXPECT_EQ(parser->forwarding_headers().forwarded_for, "6.6.6.6, 203.0.113.9")
      << "the visitor's own comes first";
}

TEST_F(Json, NobodyIsNull) {
  const auto parser = make_json_parser({});
  const auto request = parser->parse(
      R"({"time":1795500444,"remote_addr":null,"method":"GET","uri":"/","status":200,"body_bytes_sent":1})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(), ParseFault::no_client);
}

TEST_F(Json, TraefiksPreset) {
  const auto parser = make_json_parser(preset_fields(JsonPreset::traefik));
  const std::string line =
      R"({"ClientAddr":"10.0.0.1:53412","ClientHost":"192.0.2.7","ClientPort":"53412","ClientUsername":"-","DownstreamContentSize":17,)"
      R"("DownstreamStatus":404,"Duration":123456789,"RequestHost":"example.org","RequestMethod":"GET","RequestPath":"/a?b=1",)"
      R"("RequestProtocol":"HTTP/1.1","StartUTC":"2026-11-24T06:07:24.108Z","request_User-Agent":"x","level":"info","time":"2026-11-24T06:07:25Z"})";
  const auto request = parser->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24.108Z"));
  EXPECT_EQ(request->client.to_string(), "10.0.0.1");
  EXPECT_EQ(parser->forwarding_headers().forwarded_for, "192.0.2.7");
  EXPECT_EQ(request->duration_us, 123'456U);
  EXPECT_EQ(request->status, 404);
  EXPECT_EQ(request->target, "/a?b=1");
  EXPECT_EQ(request->user_agent, "x");
  EXPECT_EQ(request->user, "");
}

TEST_F(Json, EnvoysPreset) {
  const auto parser = make_json_parser(preset_fields(JsonPreset::envoy));
  const std::string line =
      R"({"start_time":"2026-11-24T06:07:24.108Z","method":"GET","path":"/a","protocol":"HTTP/2","response_code":200,"bytes_sent":"9",)"
      R"("duration":12,"x_forwarded_for":"192.0.2.7,10.0.0.1","user_agent":"x","authority":"example.org",)"
      R"("downstream_remote_address":"[2001:db8::1]:5000","upstream_host":null})";
  const auto request = parser->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->client.to_string(), "2001:db8::1");
  EXPECT_EQ(parser->forwarding_headers().forwarded_for, "192.0.2.7,10.0.0.1");
  EXPECT_EQ(request->duration_us, 12'000U);
  EXPECT_EQ(request->bytes, 9U);
  EXPECT_EQ(request->host, "example.org");
}

TEST_F(Json, OneMemberMayBeTwoFields) {
  FieldMap fields;
  fields.account = "remote_user";
  fields.credential = "session.id";
  const auto parser = make_json_parser(fields);
  const std::string line =
      R"({"time":1,"remote_addr":"192.0.2.7","uri":"/","remote_user":"alice","session":{"id":5},"request_time":0.25})";
  const auto request = parser->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->user, "alice");
  EXPECT_EQ(request->account, "alice");
  EXPECT_EQ(request->duration_us, 250'000U);
  EXPECT_EQ(request->credential, "") << "a number is no credential";
}

TEST_F(Json, TheApplicationNamesThePeopleOfItsAnswer) {
  FieldMap fields;
  fields.subjects = "people";
  fields.subject_count = "count";
  const auto parser = make_json_parser(fields);
  const auto subjects = [&](const std::string& people) {
    const std::string line = R"({"time":1,"remote_addr":"192.0.2.7","uri":"/","people":)" + people + "}";
    const auto request = parser->parse(line);
    return request ? std::string(request->subjects) : "unreadable";
  };
  EXPECT_EQ(subjects(R"("7,9,12")"), "7,9,12");
  EXPECT_EQ(subjects(R"([7,"nine",-1,null,{"a":1},"12"])"), "7,nine,-1,12");
  EXPECT_EQ(subjects("7"), "7");
  EXPECT_EQ(subjects("[]"), "");
  EXPECT_EQ(subjects("null"), "");
  EXPECT_EQ(subjects("{}"), "");
  const auto caddy = make_json_parser(preset_fields(JsonPreset::caddy));
  const std::string line =
      R"({"ts":1,"request":{"remote_ip":"192.0.2.8","method":"GET","uri":"/","headers":{"Sec-Fetch-Mode":["cors"],"Sec-Fetch-Dest":["empty"]}},)"
      R"("status":200,"resp_headers":{"X-Sluice-Subjects":["7,9"],"X-Sluice-Subject-Count":["2"],"Content-Type":["text/html"]}})";
  const auto request = caddy->parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->subjects, "7,9");
  EXPECT_EQ(request->subject_count, 2U);
  EXPECT_EQ(request->fetch_mode, "cors");
  EXPECT_EQ(request->fetch_dest, "empty");
  EXPECT_EQ(request->content_type, "text/html");
}

TEST_F(Json, TheFirstOfTwoMembersCounts) {
  const auto request = with(R"(,"uri":"/second","remote_addr":"192.0.2.8")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, "/");
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
}

TEST_F(Json, AVisitorCannotBecomeInvisible) {
  // nginx passes bytes that are not UTF-8 through, and without escape=json writes \xHH.
  EXPECT_EQ(with(",\"http_user_agent\":\"a\xff\xc0\x80"
                 "b\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80\"")
                ->user_agent,
            "a???b\u20ac\U0001f600???");
  EXPECT_EQ(with(R"(,"http_user_agent":"a\x22b\x5Cc")")->user_agent, R"(a"b\c)");
  EXPECT_EQ(with(std::string(",\"http_user_agent\":\"a\0\x1f\tb\"", 26))->user_agent, "a   b");
  EXPECT_EQ(with(",\"http_user_agent\":\"a\xff\\\\x22\"")->user_agent, R"(a?\x22)");
  const std::string longest = R"(,"http_user_agent":")" + [] {
    std::string text;
    while (text.size() < 65000)
      text += R"(\xff)";
    return text;
  }() + "\"";
  ASSERT_TRUE(with(longest));
  EXPECT_EQ(with(longest)->user_agent.size(), 32500U);  // each one U+00FF, two bytes
}

TEST_F(Json, EveryOtherLineIsAFault) {
  EXPECT_EQ(parse("").error(), ParseFault::empty);
  EXPECT_EQ(parse("\r").error(), ParseFault::empty);
  EXPECT_EQ(parse(std::string(kMaxLineBytes + 1, ' ')).error(), ParseFault::too_long);
  EXPECT_EQ(parse("[]").error(), ParseFault::not_an_object);
  EXPECT_EQ(parse("1").error(), ParseFault::not_an_object);
  for (const std::string_view line : {"{", "}", "nonsense", R"({"a":1} x)", R"({"a":"\q"})", R"({"a":1,})",
                                      "\xff", "{\"a", " ", R"({"a":"\x2")"}) {
    EXPECT_EQ(parse(line).error(), ParseFault::not_json) << line;
  }
  EXPECT_EQ(parse(std::string(60000, '[')).error(), ParseFault::not_json);
  EXPECT_EQ(parse("{}").error(), ParseFault::no_time);
  EXPECT_EQ(parse(R"({"time":1})").error(), ParseFault::no_client);
  EXPECT_EQ(parse(R"({"time":1,"remote_addr":7})").error(), ParseFault::no_client);
  EXPECT_EQ(parse(R"({"time":1,"remote_addr":"host"})").error(), ParseFault::bad_client);
  EXPECT_EQ(parse(R"({"time":1,"remote_addr":"192.0.2.7"})").error(), ParseFault::no_request);
  EXPECT_TRUE(with(""));  // after all of that the parser still reads
}

TEST_F(Json, EveryTruncationIsAFault) {
  const std::string line =
      R"({"time":1795500444.5,"remote_addr":"192.0.2.7","method":"GET","uri":"/a\n","status":200,"body_bytes_sent":1})";
  ASSERT_TRUE(parse(line));
  for (std::size_t size = 1; size < line.size(); ++size) {
    EXPECT_EQ(parse(line.substr(0, size)).error(), ParseFault::not_json) << line.substr(0, size);
  }
}

}  // namespace
}  // namespace sluice::intake
