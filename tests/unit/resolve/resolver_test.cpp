// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolve/resolver.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/resolve/dns_server.h"

namespace sluice::resolve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace test;  // NOLINT(google-build-using-namespace): the server's small words
using State = detection::NameOracle::State;

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() : server_(loop_) {}

  std::unique_ptr<Resolver> make(std::size_t max_entries = 100, std::size_t max_asking = 64) {
    ResolverOptions options;
    options.servers = server_.address();
    options.timeout = std::chrono::milliseconds(100);
    options.tries = 1;
    options.max_entries = max_entries;
    options.max_asking = max_asking;
    options.now = [this] { return now_; };
    auto resolver = Resolver::create(loop_.get_executor(), options);
    EXPECT_TRUE(resolver) << resolver.error().message();
    return std::move(*resolver);
  }
  // Runs the loop until so many questions have been answered or have failed.
  void run_until(const Resolver& resolver, std::uint64_t done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (resolver.counters().answered + resolver.counters().failed < done) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      loop_.run_one_for(std::chrono::seconds(1));
    }
  }
  void pass(Seconds time) { now_.ns += static_cast<std::uint64_t>(Nanoseconds(time).count()); }

  boost::asio::io_context loop_{1};
  DnsServer server_;
  KernelTime now_{1'000'000'000};
  Address four_ = Address::from_v4({192, 0, 2, 1});
};

TEST_F(ResolverTest, AsksInTheBackgroundAndRemembers) {
  server_.scripts["1.2.0.192.in-addr.arpa 12"] = {.records = {{12, 300, labels("A.crawl.example")}}};
  const auto resolver = make();
  EXPECT_EQ(resolver->names_of(four_).state, State::pending);
  EXPECT_EQ(resolver->names_of(four_).state, State::pending);
  run_until(*resolver, 1);
  const auto names = resolver->names_of(four_);
  EXPECT_EQ(names.state, State::known);
  EXPECT_THAT(names.names, ElementsAre("a.crawl.example"));
  EXPECT_EQ(server_.asked["1.2.0.192.in-addr.arpa 12"], 1);
  EXPECT_EQ(resolver->counters().asked, 1U);
  EXPECT_EQ(resolver->entries(), 1U);
}

TEST_F(ResolverTest, AnAnswerIsAskedForAgainAfterItsTime) {
  server_.scripts["1.2.0.192.in-addr.arpa 12"] = {.records = {{12, 300, labels("a.example")}}};
  const auto resolver = make();
  static_cast<void>(resolver->names_of(four_));
  run_until(*resolver, 1);
  pass(Seconds(299));
  EXPECT_EQ(resolver->names_of(four_).state, State::known);
  pass(Seconds(1));
  server_.scripts["1.2.0.192.in-addr.arpa 12"].records[0].data = labels("b.example");
  EXPECT_EQ(resolver->names_of(four_).state, State::pending);
  run_until(*resolver, 2);
  EXPECT_THAT(resolver->names_of(four_).names, ElementsAre("b.example"));
}

TEST_F(ResolverTest, TimesAreBounded) {
  server_.scripts["1.2.0.192.in-addr.arpa 12"] = {.records = {{12, 1, labels("a.example")}}};
  server_.scripts["long.example 1"] = {.records = {{1, 900'000, {192, 0, 2, 1}}}};
  const auto resolver = make();
  static_cast<void>(resolver->names_of(four_));
  static_cast<void>(resolver->addresses_of("long.example", Family::ipv4));
  run_until(*resolver, 2);
  pass(Resolver::kShortest - Seconds(1));
  EXPECT_EQ(resolver->names_of(four_).state, State::known);
  pass(Seconds(1));
  EXPECT_EQ(resolver->names_of(four_).state, State::pending);
  pass(Resolver::kLongest - Resolver::kShortest - Seconds(1));
  EXPECT_EQ(resolver->addresses_of("long.example", Family::ipv4).state, State::known);
  pass(Seconds(1));
  EXPECT_EQ(resolver->addresses_of("long.example", Family::ipv4).state, State::pending);
}

TEST_F(ResolverTest, BothFamiliesForward) {
  Bytes six(16, 0);
  six[0] = 0x20;
  server_.scripts["a.example 1"] = {.records = {{1, 300, {192, 0, 2, 1}}, {1, 300, {192, 0, 2, 2}}}};
  server_.scripts["a.example 28"] = {.records = {{28, 300, six}}};
  const auto resolver = make();
  static_cast<void>(resolver->addresses_of("a.example", Family::ipv4));
  static_cast<void>(resolver->addresses_of("a.example", Family::ipv6));
  run_until(*resolver, 2);
  EXPECT_EQ(resolver->addresses_of("a.example", Family::ipv4).addresses.size(), 2U);
  EXPECT_EQ(resolver->addresses_of("a.example", Family::ipv6).addresses.at(0).to_string(), "2000::");
}

TEST_F(ResolverTest, AnIpv6AddressIsAskedByItsNibbles) {
  const std::string name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 12";
  server_.scripts[name] = {.records = {{12, 300, labels("six.example")}}};
  const auto resolver = make();
  const Address six = Address::parse("2001:db8::1").value();
  static_cast<void>(resolver->names_of(six));
  run_until(*resolver, 1);
  EXPECT_THAT(resolver->names_of(six).names, ElementsAre("six.example"));
}

TEST_F(ResolverTest, ThatThereIsNoneIsAnAnswer) {
  server_.scripts["1.2.0.192.in-addr.arpa 12"] = {.code = 3};
  server_.scripts["a.example 1"] = {};
  const auto resolver = make();
  static_cast<void>(resolver->names_of(four_));
  static_cast<void>(resolver->addresses_of("a.example", Family::ipv4));
  run_until(*resolver, 2);
  EXPECT_EQ(resolver->names_of(four_).state, State::known);
  EXPECT_THAT(resolver->names_of(four_).names, IsEmpty());
  EXPECT_EQ(resolver->addresses_of("a.example", Family::ipv4).state, State::known);
  EXPECT_EQ(resolver->counters().failed, 0U);
}

TEST_F(ResolverTest, FailuresAreFailuresAndTriedAgainLater) {
  server_.scripts["refused.example 1"] = {.code = 2};
  server_.scripts["silent.example 1"] = {.silent = true};
  server_.scripts["garbage.example 1"] = {.garbage = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 0, 0, 200, 1}};
  const auto resolver = make();
  const std::vector<std::string> names = {"refused.example", "silent.example", "garbage.example",
                                          std::string(300, 'a')};
  for (const std::string& name : names)
    static_cast<void>(resolver->addresses_of(name, Family::ipv4));
  run_until(*resolver, names.size());
  for (const std::string& name : names)
    EXPECT_EQ(resolver->addresses_of(name, Family::ipv4).state, State::failed) << name;
  EXPECT_EQ(resolver->counters().failed, names.size());
  pass(Resolver::kFailure);
  server_.scripts["silent.example 1"] = {.records = {{1, 300, {192, 0, 2, 1}}}};
  EXPECT_EQ(resolver->addresses_of("silent.example", Family::ipv4).state, State::pending);
  run_until(*resolver, names.size() + 1);
  EXPECT_EQ(resolver->addresses_of("silent.example", Family::ipv4).state, State::known);
}

TEST_F(ResolverTest, QuestionsOnTheWayAreBounded) {
  const auto resolver = make(100, 2);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    server_.scripts[name + " 1"] = {.records = {{1, 300, {192, 0, 2, 1}}}};
    EXPECT_EQ(resolver->addresses_of(name, Family::ipv4).state, State::pending);
  }
  EXPECT_EQ(resolver->counters().asked, 2U);
  EXPECT_EQ(resolver->counters().deferred, 3U);
  run_until(*resolver, 2);
  static_cast<void>(resolver->addresses_of("n4.example", Family::ipv4));
  run_until(*resolver, 3);
  EXPECT_EQ(resolver->addresses_of("n4.example", Family::ipv4).state, State::known);
}

TEST_F(ResolverTest, TheTableIsBounded) {
  const auto resolver = make(10);
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    server_.scripts[name + " 1"] = {.records = {{1, 300, {192, 0, 2, 1}}}};
    static_cast<void>(resolver->addresses_of(name, Family::ipv4));
    run_until(*resolver, i + 1);
    EXPECT_LE(resolver->entries(), 10U);
  }
  EXPECT_EQ(resolver->counters().forgotten, 40U);
  EXPECT_EQ(resolver->addresses_of("n49.example", Family::ipv4).state, State::known);
}

TEST_F(ResolverTest, CanGoWhileItAsks) {
  server_.scripts["silent.example 1"] = {.silent = true};
  auto resolver = make();
  for (int i = 0; i < 10; ++i)
    static_cast<void>(resolver->addresses_of("n" + std::to_string(i) + ".example", Family::ipv4));
  loop_.poll();
  resolver.reset();
  loop_.poll();
  SUCCEED();  // nothing on the loop touches what is gone (the sanitizers see it)
}

TEST_F(ResolverTest, ServersThatAreNoneAreRefused) {
  ResolverOptions options;
  options.servers = "not a server";
  const auto resolver = Resolver::create(loop_.get_executor(), options);
  ASSERT_FALSE(resolver);
  EXPECT_THAT(resolver.error().message(), HasSubstr("'not a server': the DNS resolver: "));
}

// The whole way: a crawler verified against a server.
TEST_F(ResolverTest, VerifiesACrawler) {
  server_.scripts["1.2.0.192.in-addr.arpa 12"] = {.records = {{12, 300, labels("a.crawl.example")}}};
  server_.scripts["a.crawl.example 1"] = {.records = {{1, 300, {192, 0, 2, 1}}}};
  const auto resolver = make();
  const detection::CrawlerDirectory directory(
      {{"named", "namedbot", {R"((^|\.)crawl\.example$)"}, {}, false}});
  const auto verify = [&] {
    return detection::CrawlerDirectory::verify(*directory.find("namedbot/1"), four_, *resolver).verdict;
  };
  EXPECT_EQ(verify(), detection::CrawlerVerdict::pending);
  run_until(*resolver, 1);
  EXPECT_EQ(verify(), detection::CrawlerVerdict::pending);
  run_until(*resolver, 2);
  EXPECT_EQ(verify(), detection::CrawlerVerdict::verified_by_name);
}

}  // namespace
}  // namespace sluice::resolve
