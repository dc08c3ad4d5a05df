// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/provenance.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

Provenance of(std::string_view referer, std::string_view host = {}, std::string_view dest = {},
              const RefererHosts& own = {}) {
  Request request;
  request.referer = referer;
  request.host = host;
  request.fetch_dest = dest;
  return provenance_of(request, own);
}

TEST(ProvenanceTest, ReadsTheHostOfAUrl) {
  EXPECT_EQ(host_of_url("https://www.forum.example:8443/thread/7"), "forum.example");
  EXPECT_EQ(host_of_url("http://user:secret@forum.example?x"), "forum.example");
  EXPECT_EQ(host_of_url("https://[2001:db8::1]:444/"), "2001:db8::1");
  EXPECT_EQ(host_of_url("forum.example/thread"), "");
  EXPECT_EQ(host_of_url("https://"), "");
  EXPECT_EQ(host_of_url(""), "");
}

TEST(ProvenanceTest, ComparesTheRefererWithTheHost) {
  EXPECT_EQ(of("https://example.org/a", "example.org"), Provenance::own);
  EXPECT_EQ(of("https://WWW.Example.org:8443/a", "example.org:443"), Provenance::own);
  EXPECT_EQ(of("https://forum.example/a", "example.org"), Provenance::elsewhere);
  // No part of a name is the name.
  EXPECT_EQ(of("https://example.org.forum.example/a", "example.org"), Provenance::elsewhere);
  EXPECT_EQ(of("", "example.org"), Provenance::unknown);
  EXPECT_EQ(of("https://forum.example/a"), Provenance::unknown);
}

TEST(ProvenanceTest, BelievesWhatTheBrowserSaysOfItsReason) {
  EXPECT_EQ(of("https://example.org/a", "example.org", "image"), Provenance::elsewhere);
  EXPECT_EQ(of("", "example.org", "iframe"), Provenance::elsewhere);
  EXPECT_EQ(of("", "example.org", "document"), Provenance::unknown);
  EXPECT_EQ(of("https://example.org/a", "example.org", "document"), Provenance::own);
}

TEST(ProvenanceTest, LearnsTheOwnHostsFromWhatAssetsAreLoadedBy) {
  RefererHosts hosts;
  for (int i = 0; i < 100; ++i) {
    hosts.note("https://example.org/page/" + std::to_string(i));
    hosts.note(i % 2 == 0 ? "https://de.example.org/"
                          : "https://hotlinker" + std::to_string(i) + ".example/");
  }
  EXPECT_EQ(of("https://example.org/a", {}, {}, hosts), Provenance::own);
  EXPECT_EQ(of("https://de.example.org/a", {}, {}, hosts), Provenance::own);
  EXPECT_EQ(of("https://forum.example/a", {}, {}, hosts), Provenance::elsewhere);
  EXPECT_EQ(of("https://hotlinker1.example/a", {}, {}, hosts), Provenance::elsewhere);
}

TEST(ProvenanceTest, StaysSmallWhateverRefererStrangersSend) {
  RefererHosts hosts;
  for (int i = 0; i < 5'000; ++i) {
    hosts.note("https://" + std::string(10'000, 'a') + std::to_string(i) + "/");
    hosts.note("https://h" + std::to_string(i) + ".example/");
  }
  EXPECT_FALSE(hosts.has(std::string(10'000, 'a') + "1"));
  EXPECT_FALSE(hosts.has("h1.example"));
}

}  // namespace
}  // namespace sluice::detection
