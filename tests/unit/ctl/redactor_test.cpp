// SPDX-License-Identifier: Apache-2.0
// Pseudonyms of addresses keep networks and kinds; what identifies somebody leaves no text as it was.
#include "ctl/support/redactor.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/support/pseudonyms.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const Pseudonyms kPseudonyms({{1, 2}, {3, 4}});

std::string of(const std::string& address) {
  return kPseudonyms.of(*Address::parse(address)).to_string();
}

unsigned shared_bits(const Address& a, const Address& b) {
  unsigned bits = 0;
  while (bits < max_prefix_length(a.family()) && Prefix(a, bits + 1).contains(b))
    ++bits;
  return bits;
}

class Random {
 public:
  Address v4() { return Address::from_v4({byte(), byte(), byte(), byte()}); }
  Address v6() {
    std::array<std::uint8_t, 16> bytes{};
    std::ranges::generate(bytes, [this] { return byte(); });
    return Address::from_v6(bytes);
  }
  // Shares so many leading bits, and not the one behind.
  Address beside(const Address& address, unsigned bits) {
    std::array<std::uint8_t, 16> bytes{};
    std::ranges::copy(address.bytes(), bytes.begin());
    bytes.at(bits / 8) ^= static_cast<std::uint8_t>(0x80U >> bits % 8);
    return address.family() == Family::ipv6 ? Address::from_v6(bytes)
                                            : Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  }

 private:
  std::uint8_t byte() { return static_cast<std::uint8_t>(engine_()); }
  std::minstd_rand engine_{7};
};

TEST(PseudonymsTest, ShareAsManyBitsAsTheAddresses) {
  Random random;
  for (int i = 0; i < 50; ++i) {
    for (const Address& address : {random.v4(), random.v6()}) {
      if (*Prefix::parse("127.0.0.0/8") == Prefix(address, 8)) continue;
      for (unsigned bits = 0; bits < max_prefix_length(address.family()); bits += 5) {
        const Address other = random.beside(address, bits);
        EXPECT_EQ(shared_bits(kPseudonyms.of(address), kPseudonyms.of(other)), bits)
            << address.to_string() << " " << other.to_string();
      }
    }
  }
}

TEST(PseudonymsTest, KeepWhatKindOfAddressItIs) {
  for (const char* text : {"127.0.0.1", "127.8.9.1", "0.0.0.0", "255.255.255.255", "::", "::1"})
    EXPECT_EQ(of(text), Address::parse(text)->to_string());
  Random random;
  for (const char* kind : {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                           "224.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8", "2000::/3"}) {
    const Prefix prefix = *Prefix::parse(kind);
    int same = 0;
    for (int i = 0; i < 100; ++i) {
      Address address = prefix.family() == Family::ipv4 ? random.v4() : random.v6();
      for (unsigned bit = 0; bit < prefix.length(); ++bit) {
        if (shared_bits(address, prefix.address()) == bit) address = random.beside(address, bit);
      }
      ASSERT_TRUE(prefix.contains(address));
      EXPECT_TRUE(prefix.contains(kPseudonyms.of(address))) << address.to_string();
      if (kPseudonyms.of(address) == address) ++same;
    }
    EXPECT_EQ(same, 0) << kind;
  }
  for (int i = 0; i < 1000; ++i) {
    const Address address = random.v4();
    const Prefix private_network = *Prefix::parse("192.168.0.0/16");
    EXPECT_EQ(private_network.contains(address), private_network.contains(kPseudonyms.of(address)));
  }
}

TEST(PseudonymsTest, AreOneToOneAndOtherWithAnotherKey) {
  std::set<Address> made;
  for (int i = 0; i < 256; ++i)
    made.insert(kPseudonyms.of(Address::from_v4({203, 0, 113, static_cast<std::uint8_t>(i)})));
  EXPECT_EQ(made.size(), 256U);
  EXPECT_TRUE(kPseudonyms.of(*Prefix::parse("203.0.113.0/24")).contains(*made.begin()));
  EXPECT_NE(Pseudonyms({{1, 3}, {3, 4}}).of(*Address::parse("203.0.113.7")).to_string(), of("203.0.113.7"));
  EXPECT_NE(Pseudonyms({{1, 2}, {3, 5}}).word("user", "alice"), kPseudonyms.word("user", "alice"));
  EXPECT_NE(Pseudonyms::fresh().of(*Address::parse("2001:db8::1")),
            Pseudonyms::fresh().of(*Address::parse("2001:db8::1")));
}

class RedactorTest : public testing::Test {
 protected:
  RedactorTest() {
    redactor_.keep("people");
    redactor_.keep("filter.interfaces");
    redactor_.hide("alice", "user");
    redactor_.hide("web1", "host");
  }
  Redactor redactor_{kPseudonyms};
};

TEST_F(RedactorTest, ReplacesAddressesHoweverTheyStand) {
  const std::string v4 = of("203.0.113.7");
  const std::string v6 = of("2001:db8::1");
  std::string dashed = v4;
  std::ranges::replace(dashed, '.', '-');
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"203.0.113.7", v4},
      {"a 203.0.113.7, b", "a " + v4 + ", b"},
      {"203.0.113.7:443", v4 + ":443"},
      {"203.000.113.007", v4},
      {"client=203.0.113.7;", "client=" + v4 + ";"},
      {"x203.0.113.7y", "x" + v4 + "y"},
      {R"({"source":"203.0.113.7","n":1})", R"({"source":")" + v4 + R"(","n":1})"},
      {"[2001:db8::1]:443", "[" + v6 + "]:443"},
      {"2001:db8::1: blocked", v6 + ": blocked"},
      {"2001:0DB8:0:0:0:0:0:1", v6},
      {"for=\"[2001:db8::1]\"", "for=\"[" + v6 + "]\""},
      {"2001:db8::1%eth0", v6 + "%eth0"},
      {"::ffff:203.0.113.7", "::ffff:" + v4},
      {"::ffff:cb00:7107", "::ffff:" + v4},
      {"203-0-113-7", dashed},
      {"203.0.113.0/24", kPseudonyms.of(*Prefix::parse("203.0.113.0/24")).to_string()},
      {"203.0.113.7/24", v4 + "/24"},
      {"2001:db8::/48,", kPseudonyms.of(*Prefix::parse("2001:db8::/48")).to_string() + ","},
      {"http://203.0.113.7:80/", "http://" + v4 + ":80/"},
      {"http://[2001:db8::1]/people", "http://[" + v6 + "]/people"},
      {"203.0.113.7/people", v4 + "/people"},
      {"1.2.3.4.5", of("1.2.3.4") + ".x"},
      {"a=2001:db8::/48", "a=" + kPseudonyms.of(*Prefix::parse("2001:db8::/48")).to_string()},
      {"127.0.0.1:9798", "127.0.0.1:9798"},
      {"::1", "::1"},
  };
  for (const auto& [text, expected] : texts)
    EXPECT_EQ(redactor_.text(text), expected) << text;
}

TEST_F(RedactorTest, LeavesWhatIsNoAddress) {
  for (const char* text :
       {"2026-11-27T01:47:25Z", "[2026-11-27 01:47:25.123] [info]",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0", "6.18.5", "t13d1516h2_8daaf6152771_e5627efa2ab1",
        R"({"score":6.25,"armed":true,"n":[80,443]})", "filter.interfaces is \"auto\"", "300.1.1.1",
        "95 % of them", "", "/var/log/nginx/access.log: following", "/people/{subject}",
        "`systemctl status sluiced`", "eth0.100"})
    EXPECT_EQ(redactor_.text(text), text);
}

TEST_F(RedactorTest, ReplacesNamesAndWhatPathsAndUrlsSay) {
  EXPECT_THAT(redactor_.text("by Alice: on web1."), MatchesRegex("by user-[0-9a-f]+: on host-[0-9a-f]+\\."));
  EXPECT_THAT(redactor_.text("named ip-203-0-113-7.example.com in DNS"),
              MatchesRegex("named host-[0-9a-f]+ in DNS"));
  EXPECT_THAT(redactor_.text("jane@example.org"), MatchesRegex("mail-[0-9a-f]+"));
  EXPECT_THAT(redactor_.text("GET /people/jane?token=x,y HTTP/1.1"),
              MatchesRegex("GET /people/part-[0-9a-f]+\\?query-[0-9a-f]+ HTTP/1.1"));
  EXPECT_THAT(redactor_.text("from https://jane:pass@lists.example.org:8443/k3y/a.txt?key=1, later"),
              MatchesRegex(
                  "from https://host-[0-9a-f]+:8443/part-[0-9a-f]+/part-[0-9a-f]+\\?query-[0-9a-f]+, later"));
  EXPECT_THAT(redactor_.text("(+http://example.com/bot)"),
              MatchesRegex("\\(\\+http://host-[0-9a-f]+/part-[0-9a-f]+\\)"));
  EXPECT_THAT(redactor_.text("203%2E0%2E113%2E7"), MatchesRegex("encoded-[0-9a-f]+"));
  EXPECT_THAT(redactor_.text("52:54:00:12:34:56"), MatchesRegex("mac-[0-9a-f]+"));
  EXPECT_THAT(redactor_.text("people/jane"), MatchesRegex("people/part-[0-9a-f]+"));
  EXPECT_EQ(redactor_.text("/people/jane"), redactor_.text("/people/jane"));
  EXPECT_NE(redactor_.text("/people/jane"), redactor_.text("/people/john"));
  EXPECT_EQ(redactor_.text(std::string(5000, 'a')), "(5000 bytes left out)");
}

TEST_F(RedactorTest, LeavesOutOtherPeoplesWordsOfALogLine) {
  const std::string decided =
      redactor_.log_line("203.0.113.7 blocked until never by operator bob: Jane Doe of 5 Long Lane asked");
  EXPECT_THAT(decided, MatchesRegex("[0-9.]+ blocked until never by operator user-[0-9a-f]+: "
                                    "\\([0-9]+ bytes left out\\)"));
  const std::string unreadable = redactor_.log_line(
      "/var/log/nginx/access.log: unreadable line (no time; 3 more since the last one shown): jane - by "
      "operator x: y");
  EXPECT_EQ(unreadable,
            "/var/log/nginx/access.log: unreadable line (no time; 3 more since the last one shown): (23 "
            "bytes left out)");
  EXPECT_EQ(redactor_.log_line("ready: observe"), "ready: observe");
  EXPECT_THAT(redactor_.log_line("ended by operator bob"), Not(HasSubstr("bob")));
}

// Whatever stands around an address, it is not in what comes out.
TEST_F(RedactorTest, LetsNoAddressThrough) {
  const std::vector<std::string> addresses = {"203.0.113.7", "198.51.100.254", "2001:db8:1:2::3",
                                              "2a02:898::abcd:1"};
  const std::vector<std::string> around = {"",  " ", "\"", "'",    "(",       "[",  ":",        "/", "=",
                                           ",", ";", "x",  "_",    "-",       ".",  "@",        "%", "?",
                                           "&", "#", "//", "a.b/", "http://", "\\", "\xc3\xa9", "+"};
  for (const std::string& address : addresses) {
    for (const std::string& before : around) {
      for (const std::string& after : around) {
        const std::string text = before + address + after;
        EXPECT_THAT(redactor_.text(text), Not(HasSubstr(address))) << text;
        EXPECT_THAT(redactor_.log_line(text), Not(HasSubstr(address))) << text;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::ctl
