// SPDX-License-Identifier: Apache-2.0
// What may be in force of a list: the guard, checksums and signatures, folders, and which entries hold an
// address.
#include "daemon/lists/content.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "daemon/base/sha256.h"
#include "daemon/lists/sanity.h"
#include "daemon/lists/signature.h"
#include "daemon/lists/sync/source.h"
#include "tests/unit/lists/texts.h"

namespace sluice::lists {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

ListOptions options_of(ListAction action) {
  ListOptions options;
  options.name = "list";
  options.source = "/list";
  options.action = action;
  return options;
}

TEST(Guard, NearNetworksAreNeverDenied) {
  const char* text =
      "10.0.0.0/8\n10.1.2.3\n127.0.0.1\n169.254.1.0/24\n172.20.0.0/16\n192.168.1.1\n100.64.0.0/10\n"
      "::1\nfe80::/10\nfd00::/8\n203.0.113.7\n172.32.0.1\n2001:db8::1\n";
  for (const ListAction action : {ListAction::block, ListAction::throttle}) {
    const auto content = make_content(text, {}, options_of(action), 1);
    ASSERT_TRUE(content);
    EXPECT_THAT(texts(content->entries), ElementsAre("172.32.0.1", "203.0.113.7", "2001:db8::1"));
    EXPECT_EQ(content->report.spared, 10U);
  }
  const auto allow = make_content(text, {}, options_of(ListAction::allow), 1);
  ASSERT_TRUE(allow);
  EXPECT_EQ(allow->entries.size(), 13U);
}

TEST(Guard, AnEntryAroundANearNetworkIsCut) {
  const auto content = make_content("192.0.0.0/8\n", {}, options_of(ListAction::block), 1);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->report.spared, 1U);
  const auto holds = [&](const char* address) {
    return !entries_holding(content->entries, Prefix::parse(address).value()).empty();
  };
  for (const char* address : {"192.0.0.0", "192.0.2.1", "192.167.255.255", "192.169.0.0", "192.255.255.255"})
    EXPECT_TRUE(holds(address)) << address;
  for (const char* address : {"192.168.0.0", "192.168.255.255", "193.0.0.0", "191.255.255.255"})
    EXPECT_FALSE(holds(address)) << address;
  const auto v6 = make_content("::/16\n", {}, options_of(ListAction::block), 1);
  ASSERT_TRUE(v6);
  EXPECT_THAT(entries_holding(v6->entries, Prefix::parse("::1").value()), IsEmpty());
  EXPECT_EQ(entries_holding(v6->entries, Prefix::parse("::2").value()).size(), 1U);
  EXPECT_EQ(entries_holding(v6->entries, Prefix::parse("0:1::1").value()).size(), 1U);
}

TEST(Guard, NearlyEverybodyIsLeftOutWhateverTheAction) {
  for (const ListAction action : {ListAction::block, ListAction::allow, ListAction::trusted_proxy}) {
    const auto content =
        make_content("0.0.0.0/0\n8.0.0.0/7\n2000::/3\n203.0.113.7\n", {}, options_of(action), 1);
    ASSERT_TRUE(content);
    EXPECT_THAT(texts(content->entries), ElementsAre("203.0.113.7"));
    EXPECT_EQ(content->report.too_wide, 3U);
  }
  EXPECT_EQ(make_content("0.0.0.0/0\n10.0.0.0/8\n", {}, options_of(ListAction::block), 1).error().message(),
            "holds nothing that may be in force: 1 entries are of nearly everybody, 1 of private networks");
}

TEST(Guard, AListOfNobodyIsInForceUnlessItIsOfProxies) {
  for (const ListAction action : {ListAction::block, ListAction::throttle, ListAction::allow}) {
    const auto content = make_content("# none today\n", {}, options_of(action), 1);
    ASSERT_TRUE(content) << content.error().message();
    EXPECT_EQ(content->size(), 0U);
  }
  EXPECT_EQ(make_content("# none today\n", {}, options_of(ListAction::trusted_proxy), 1).error().message(),
            "names no proxy");
}

TEST(Guard, AListMayShrinkByItsShare) {
  EXPECT_FALSE(shrank(100, 100, 0.5));
  EXPECT_FALSE(shrank(100, 50, 0.5));
  EXPECT_TRUE(shrank(100, 49, 0.5));
  EXPECT_TRUE(shrank(20, 9, 0.5));
  EXPECT_FALSE(shrank(19, 1, 0.5));  // few
  EXPECT_FALSE(shrank(1000, 1, 1.0));
  EXPECT_TRUE(shrank(1000, 999, 0.0));
  EXPECT_FALSE(shrank(10, 1000, 0.0));
}

TEST(Holding, EveryNetworkOfAnyLengthWidestFirst) {
  const auto content = make_content(
      "203.0.113.0/24\n203.0.113.7\n203.0.0.0/16\n203.0.113.8\n2001:db8::/32\n2001:db8::1\n203.0.113.7\n", {},
      options_of(ListAction::block), 200);
  ASSERT_TRUE(content);
  const auto holding = [&](const char* prefix) {
    std::vector<std::string> all;
    for (const Prefix& found : entries_holding(content->entries, Prefix::parse(prefix).value()))
      all.push_back(found.to_string());
    return all;
  };
  EXPECT_THAT(holding("203.0.113.7"), ElementsAre("203.0.0.0/16", "203.0.113.0/24", "203.0.113.7"));
  EXPECT_THAT(holding("203.0.113.0/25"), ElementsAre("203.0.0.0/16", "203.0.113.0/24"));
  EXPECT_THAT(holding("203.0.0.0/15"), IsEmpty());
  EXPECT_THAT(holding("204.0.0.1"), IsEmpty());
  EXPECT_THAT(holding("2001:db8::1"), ElementsAre("2001:db8::/32", "2001:db8::1"));
  EXPECT_THAT(holding("2001:db9::1"), IsEmpty());
}

TEST(Crawler, AListOfRangesVerifiesTheOneThatItNames) {
  ListOptions options = options_of(ListAction::verify_crawler);
  options.format = ListFormat::google;
  options.user_agent = "examplebot";
  options.complete = false;
  const auto content = make_content(R"({"prefixes":[{"ipv4Prefix":"192.0.2.0/24"}]})", {}, options, 1);
  ASSERT_TRUE(content);
  ASSERT_EQ(content->crawlers.size(), 1U);
  EXPECT_EQ(content->crawlers[0].name, "list");
  EXPECT_EQ(content->crawlers[0].user_agent, "examplebot");
  EXPECT_EQ(content->crawlers[0].ranges.size(), 1U);
  EXPECT_FALSE(content->crawlers[0].ranges_complete);
  options.format = ListFormat::crawlers;
  const auto named = make_content(
      "# x\n{\"name\":\"a\",\"user_agent\":\"a\",\"ranges\":[\"192.0.2.0/24\"]}\nx\n", {}, options, 1);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size(), 1U);
  EXPECT_EQ(named->report.bad_lines, 1U);
  EXPECT_THAT(named->report.faults, ElementsAre(HasSubstr("line 3: ")));
  EXPECT_THAT(make_content("x\n", {}, options, 1).error().message(), HasSubstr("names no crawler: line 1: "));
}

TEST(Checksum, IsThatOfTheText) {
  // printf '192.0.2.1\n' | sha256sum
  ListOptions options = options_of(ListAction::block);
  options.sha256 = sha256("192.0.2.1\n");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
  EXPECT_TRUE(make_content("192.0.2.1\n", {}, options, 1));
  EXPECT_THAT(make_content("192.0.2.2\n", {}, options, 1).error().message(),
              HasSubstr("as the configuration wants"));
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "sluice-content-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

TEST_F(Files, AFolderIsItsFilesTogether) {
  write("b.txt", "192.0.2.2\nnobody\n");
  write("a.txt", "192.0.2.1\n");
  write(".hidden", "192.0.2.9\n");
  write("a.txt~", "192.0.2.9\n");
  std::filesystem::create_directory(folder_ / "inner");
  ListOptions options = options_of(ListAction::block);
  options.source = folder_;
  const auto content = read_content(options, 1);
  ASSERT_TRUE(content) << content.error().message();
  EXPECT_THAT(texts(content->entries), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(content->report.faults,
              ElementsAre((folder_ / "b.txt: line 2: 'nobody' is not an IP address").string()));
  const std::string digest = content->digest;
  EXPECT_EQ(read_content(options, 1)->digest, digest);
  write("b.txt", "<html>\n");
  EXPECT_THAT(read_content(options, 1).error().message(), HasSubstr("/b.txt: holds no address"));
  std::filesystem::remove(folder_ / "b.txt");
  EXPECT_NE(read_content(options, 1)->digest, digest);
  std::filesystem::remove(folder_ / "a.txt");
  EXPECT_THAT(read_content(options, 1).error().message(), EndsWith(": holds no file"));
}

TEST_F(Files, SizesAreBounded) {
  ListOptions options = options_of(ListAction::block);
  options.source = write("big", "192.0.2.1\n");
  options.max_size_mib = 1;
  EXPECT_TRUE(read_content(options, 1));
  std::filesystem::resize_file(options.source, (1U << 20U) + 1);
  EXPECT_THAT(read_content(options, 1).error().message(), EndsWith("/big: larger than 1 MiB"));
}

// A key pair of OpenSSL's own making, and what it signs.
class Signed : public Files {
 protected:
  void SetUp() override {
    Files::SetUp();
    key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    ASSERT_NE(key_, nullptr);
    std::FILE* file = std::fopen((folder_ / "key.pem").c_str(), "w");
    ASSERT_EQ(PEM_write_PUBKEY(file, key_.get()), 1);
    std::fclose(file);
  }
  [[nodiscard]] std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(text.data()), text.size()),
              1);
    return signature;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
};

TEST_F(Signed, OnlyWhatTheKeySignedIsTaken) {
  const std::string key = folder_ / "key.pem";
  const std::string text = "192.0.2.1\n";
  const std::string signature = sign(text);
  EXPECT_TRUE(verify_signature(text, signature, key));
  std::array<unsigned char, 89> base64{};
  EVP_EncodeBlock(base64.data(), reinterpret_cast<const unsigned char*>(signature.data()), 64);
  EXPECT_TRUE(verify_signature(text, std::string(reinterpret_cast<char*>(base64.data())) + "\n", key));
  EXPECT_THAT(verify_signature(text + "192.0.2.2\n", signature, key).error().message(),
              HasSubstr("is not that of the key"));
  EXPECT_THAT(verify_signature(text, "x", key).error().message(), HasSubstr("neither 64 bytes"));
  EXPECT_THAT(verify_signature(text, std::string(88, '!'), key).error().message(),
              HasSubstr("neither 64 bytes"));
  EXPECT_THAT(verify_signature(text, signature, write("none.pem", "x")).error().message(),
              HasSubstr("holds no Ed25519 public key"));
}

TEST_F(Signed, AFileHasItsSignatureBesideIt) {
  ListOptions options = options_of(ListAction::block);
  options.source = write("list", "192.0.2.1\n");
  options.public_key = folder_ / "key.pem";
  EXPECT_THAT(read_content(options, 1).error().message(), HasSubstr("/list.sig: No such file"));
  write("list.sig", sign("192.0.2.1\n"));
  EXPECT_TRUE(read_content(options, 1));
  write("list", "192.0.2.2\n");
  EXPECT_THAT(read_content(options, 1).error().message(), HasSubstr("is not that of the key"));
}

TEST(Source, WhatMayBeFetched) {
  for (const char* source : {"/etc/sluice/list.txt", "/etc/sluice/lists/", "https://example.org/a?b=c",
                             "https://[2001:db8::1]:8443/x", "http://127.0.0.1/list",
                             "http://127.1.2.3:8080/list", "http://[::1]/x", "http://localhost:80/x"})
    EXPECT_TRUE(check_source(source)) << source;
  for (const char* source :
       {"list.txt", "", "ftp://example.org/x", "file:///etc/passwd", "http://example.org/x", "https://",
        "https:///x", "https://user:word@example.org/", "https://example.org/#x", "https://example.org/a b",
        "http://127.0.0.1.example.org/x", "http://localhost.example.org/", "http://127.0.0.1@example.org/",
        "https://example.org/\xc3\xa9"})
    EXPECT_FALSE(check_source(source)) << source;
}

}  // namespace
}  // namespace sluice::lists
