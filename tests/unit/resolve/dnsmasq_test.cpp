// SPDX-License-Identifier: Apache-2.0
// The resolver against a name server that others wrote: dnsmasq on loopback, for this test alone.
#include <array>
#include <csignal>
#include <filesystem>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include "daemon/resolve/resolver.h"

namespace sluice::resolve {
namespace {

using testing::ElementsAre;
using State = detection::NameOracle::State;

constexpr const char* kDnsmasq = "/usr/sbin/dnsmasq";

// A port that is free now.
std::string free_port(boost::asio::io_context& loop) {
  const boost::asio::ip::udp::socket socket(loop, {boost::asio::ip::address_v4::loopback(), 0});
  return std::to_string(socket.local_endpoint().port());
}

// Until somebody has the port, that is, the server listens.
bool wait_until_taken(boost::asio::io_context& loop, const std::string& port) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const boost::asio::ip::udp::endpoint endpoint(boost::asio::ip::address_v4::loopback(),
                                                static_cast<std::uint16_t>(std::stoi(port)));
  while (std::chrono::steady_clock::now() < deadline) {
    boost::asio::ip::udp::socket socket(loop, boost::asio::ip::udp::v4());
    boost::system::error_code error;
    socket.bind(endpoint, error);
    if (error == boost::asio::error::address_in_use) return true;
    socket.close();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

class Dnsmasq : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kDnsmasq)) GTEST_SKIP() << "no " << kDnsmasq << " (package dnsmasq-base)";
    const std::string port = free_port(loop_);
    std::vector<std::string> arguments = {kDnsmasq,
                                          "--keep-in-foreground",
                                          "--conf-file=/dev/null",
                                          "--no-resolv",
                                          "--no-hosts",
                                          "--pid-file=",
                                          "--user=root",
                                          "--bind-interfaces",
                                          "--listen-address=127.0.0.1",
                                          "--except-interface=none",
                                          "--local-ttl=77",
                                          "--local=/example/",
                                          "--local=/2.0.192.in-addr.arpa/",
                                          "--host-record=crawl-1.bot.example,192.0.2.1,2001:db8::1",
                                          "--ptr-record=9.2.0.192.in-addr.arpa,crawl-1.bot.example",
                                          "--port=" + port};
    std::vector<char*> pointers;
    for (std::string& argument : arguments)
      pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&process_, kDnsmasq, nullptr, nullptr, pointers.data(), environ), 0);
    ASSERT_TRUE(wait_until_taken(loop_, port)) << kDnsmasq << " does not listen";
    ResolverOptions options;
    options.servers = "127.0.0.1:" + port;
    resolver_ = Resolver::create(loop_.get_executor(), options).value();
  }
  void TearDown() override {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  // Asks until there is an answer.
  template <class Ask>
  auto answer_of(Ask&& ask) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto answer = ask();
    while (answer.state == State::pending && std::chrono::steady_clock::now() < deadline) {
      loop_.run_one_for(std::chrono::milliseconds(500));
      answer = ask();
    }
    return answer;
  }

  boost::asio::io_context loop_{1};
  std::unique_ptr<Resolver> resolver_;
  pid_t process_ = 0;
};

TEST_F(Dnsmasq, ThereAndBack) {
  const Address four = Address::parse("192.0.2.1").value();
  const auto names = answer_of([&] { return resolver_->names_of(four); });
  EXPECT_EQ(names.state, State::known);
  EXPECT_THAT(names.names, ElementsAre("crawl-1.bot.example"));
  const auto addresses =
      answer_of([&] { return resolver_->addresses_of("crawl-1.bot.example", Family::ipv4); });
  EXPECT_THAT(addresses.addresses, ElementsAre(four));
  const auto six = answer_of([&] { return resolver_->addresses_of("crawl-1.bot.example", Family::ipv6); });
  EXPECT_THAT(six.addresses, ElementsAre(Address::parse("2001:db8::1").value()));
  const auto none = answer_of([&] { return resolver_->names_of(Address::parse("192.0.2.77").value()); });
  EXPECT_EQ(none.state, State::known);
  EXPECT_TRUE(none.names.empty());
}

// An address whose owner gives it a crawler's name, which the name's owner does not confirm.
TEST_F(Dnsmasq, AnImpostorIsFound) {
  const detection::CrawlerDirectory directory({{"bot", "bot", {R"((^|\.)bot\.example$)"}, {}, false}});
  const auto verdict = [&](const char* from) {
    struct {
      State state;
      detection::CrawlerVerdict verdict;
    } answer{};
    return answer_of([&] {
             const auto check = detection::CrawlerDirectory::verify(*directory.find("bot"),
                                                                   Address::parse(from).value(), *resolver_);
             answer.verdict = check.verdict;
             answer.state =
                 check.verdict == detection::CrawlerVerdict::pending ? State::pending : State::known;
             return answer;
           })
        .verdict;
  };
  EXPECT_EQ(verdict("192.0.2.1"), detection::CrawlerVerdict::verified_by_name);
  EXPECT_EQ(verdict("192.0.2.9"), detection::CrawlerVerdict::contradicted);
  EXPECT_EQ(verdict("192.0.2.77"), detection::CrawlerVerdict::unknown);
}

}  // namespace
}  // namespace sluice::resolve
