// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolve/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/resolve/dns_server.h"

namespace sluice::resolve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace test;  // NOLINT(google-build-using-namespace): the server's small words

Bytes question() {
  Bytes bytes = labels("1.2.0.192.in-addr.arpa");
  put(bytes, 12, 2);
  put(bytes, 1, 2);
  return bytes;
}

TEST(Answer, NamesInLowerCaseAndTheShortestTime) {
  const auto answer = read_answer(
      reply(1, question(), 0,
            {{12, 600, labels("A.Crawl.Example")}, {12, 60, labels("b.example")}, {1, 500, {1, 2, 3, 4}}}),
      RecordType::ptr);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->names, ElementsAre("a.crawl.example", "b.example"));
  EXPECT_THAT(answer->addresses, IsEmpty());
  EXPECT_EQ(answer->time_to_live, Seconds(60));
}

TEST(Answer, Addresses) {
  const auto v4 = read_answer(reply(1, question(), 0, {{1, 9, {192, 0, 2, 1}}}), RecordType::a);
  ASSERT_TRUE(v4);
  EXPECT_THAT(v4->addresses, ElementsAre(Address::from_v4({192, 0, 2, 1})));
  Bytes six(16, 0);
  six[0] = 0x20;
  const auto v6 = read_answer(reply(1, question(), 0, {{28, 9, six}}), RecordType::aaaa);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->addresses.at(0).to_string(), "2000::");
}

TEST(Answer, NoRecords) {
  const auto answer = read_answer(reply(1, question(), 0, {}), RecordType::a);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->addresses, IsEmpty());
  EXPECT_EQ(answer->time_to_live, Seconds(0));
}

TEST(Answer, CharactersThatAreNoNamesAreEscaped) {
  const auto answer =
      read_answer(reply(1, question(), 0, {{12, 600, labels("a\nb c.example")}}), RecordType::ptr);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->names, ElementsAre(R"(a\010b\032c.example)"));
}

TEST(Answer, MalformedIsNoAnswer) {
  EXPECT_FALSE(read_answer({}, RecordType::a));
  EXPECT_FALSE(read_answer(reply(1, question(), 0, {{1, 9, {192, 0, 2}}}), RecordType::a));
  EXPECT_FALSE(read_answer(reply(1, question(), 0, {{28, 9, {192, 0, 2, 1}}}), RecordType::aaaa));
  EXPECT_FALSE(read_answer(reply(1, question(), 0, {{12, 9, {0xc0, 0xff}}}), RecordType::ptr));
  const Bytes whole = reply(1, question(), 0, {{12, 600, labels("a.example")}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_answer(std::span(whole).first(size), RecordType::ptr)) << size;
}

TEST(Answer, NotMoreThanThereIsRoomFor) {
  const auto answer =
      read_answer(reply(1, question(), 0, std::vector<Record>(90, {1, 9, {192, 0, 2, 1}})), RecordType::a);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->addresses.size(), Answer::kMaxRecords);
}

}  // namespace
}  // namespace sluice::resolve
