// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/request_line.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::intake {
namespace {

struct Case {
  std::string_view text;
  std::string_view method;
  std::string_view target;
  std::string_view protocol;
};

TEST(RequestLine, IsSplit) {
  for (const Case& c : {
           Case{"GET / HTTP/1.1", "GET", "/", "HTTP/1.1"},
           Case{"POST /a?b=c%20d HTTP/2.0", "POST", "/a?b=c%20d", "HTTP/2.0"},
           Case{"GET /a b  c HTTP/1.0", "GET", "/a b  c", "HTTP/1.0"},
           Case{"GET /people/1", "GET", "/people/1", ""},
           Case{"OPTIONS * HTTP/1.1", "OPTIONS", "*", "HTTP/1.1"},
           Case{"CONNECT a.example:443 HTTP/1.1", "CONNECT", "a.example:443", "HTTP/1.1"},
           Case{"GET http://a.example/people/1?x=/ HTTP/1.1", "GET", "/people/1?x=/", "HTTP/1.1"},
           Case{"GET HTTPS://a.example HTTP/1.1", "GET", "/", "HTTP/1.1"},
           Case{"GET http://a.example?q HTTP/1.1", "GET", "?q", "HTTP/1.1"},
           Case{"GET //a.example/x HTTP/1.1", "GET", "//a.example/x", "HTTP/1.1"},
       }) {
    detection::Request request;
    split_request_line(c.text, request);
    EXPECT_EQ(request.method, c.method) << c.text;
    EXPECT_EQ(request.target, c.target) << c.text;
    EXPECT_EQ(request.protocol, c.protocol) << c.text;
  }
}

TEST(RequestLine, ThatIsNotHttpIsKeptWhole) {
  for (const std::string_view text :
       {R"(\x16\x03\x01\x00t\x01)", "HELP", "GET", "GET ", "GET  HTTP/1.1", " / HTTP/1.1", "POST /x", "GET x",
        "G(T / HTTP/1.1", "SSH-2.0-Go banner", "lv|'|'|Win XP|'|'|No", "\x80 / HTTP/1.1",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1"}) {
    detection::Request request;
    request.method = "old";
    request.protocol = "old";
    split_request_line(text, request);
    EXPECT_EQ(request.method, "") << text;
    EXPECT_EQ(request.target, text);
    EXPECT_EQ(request.protocol, "") << text;
  }
}

TEST(RequestLine, ThatIsAbsentIsEmpty) {
  for (const std::string_view text : {"", "-"}) {
    detection::Request request;
    split_request_line(text, request);
    EXPECT_EQ(request.method, "");
    EXPECT_EQ(request.target, "");
  }
}

TEST(Status, IsThreeDigits) {
  EXPECT_EQ(parse_status("200"), 200);
  EXPECT_EQ(parse_status("599"), 599);
  EXPECT_EQ(parse_status("-"), 0);
  EXPECT_EQ(parse_status("000"), 0);
  EXPECT_EQ(parse_status("099"), 0);
  EXPECT_EQ(parse_status("600"), 0);
  for (const std::string_view text : {"", "20", "2000", "20x", "+20", "--"}) {
    EXPECT_FALSE(parse_status(text).has_value()) << text;
  }
}

TEST(Bytes, AreDecimal) {
  EXPECT_EQ(parse_bytes("0"), 0U);
  EXPECT_EQ(parse_bytes("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_bytes("-"), 0U);
  EXPECT_EQ(parse_bytes("+5120"), 5120U);
  for (const std::string_view text :
       {"", "18446744073709551616", "-1", "+", "++1", "+-1", "1.5", "0x10", " 1"}) {
    EXPECT_FALSE(parse_bytes(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sluice::intake
