// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/tls/ja4.h"

#include <array>
#include <cassert>
#include <iterator>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace sluice::detection {
namespace {

// Of supported_versions; drafts of TLS 1.3 and whatever else comes are "00".
std::string_view version_text(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// First and last character of the protocol preferred; of its hexadecimal digits where one is not
// alphanumeric.
std::string alpn_text(const ClientHello& hello) {
  if (hello.first_alpn.empty()) return "00";
  const char first = hello.first_alpn.front();
  const char last = hello.first_alpn.back();
  if (is_alphanumeric(first) && is_alphanumeric(last)) return {first, last};
  return fmt::format("{:x}{:x}", static_cast<unsigned char>(first) >> 4U,
                     static_cast<unsigned char>(last) & 0x0fU);
}

// "1301,1302"; in the order given.
template <class List>
std::string hex_list(const List& numbers) {
  std::string text;
  for (const std::uint16_t number : numbers)
    fmt::format_to(std::back_inserter(text), "{}{:04x}", text.empty() ? "" : ",", number);
  return text;
}

// Without GREASE.
template <class List>
List plain(List numbers) {
  numbers.erase(std::remove_if(numbers.begin(), numbers.end(), is_grease), numbers.end());
  return numbers;
}

struct Parts {
  std::string counts;      // a
  std::string ciphers;     // b
  std::string extensions;  // c, both halves
};

Parts parts_of(const ClientHello& hello) {
  assert(hello.whole);
  auto ciphers = plain(hello.ciphers);
  auto extensions = plain(hello.extensions);
  Parts parts;
  parts.counts =
      fmt::format("t{}{}{:02}{:02}{}", version_text(hello.highest_version),
                  hello.has(extension::kServerName) ? 'd' : 'i', std::min<std::size_t>(ciphers.size(), 99),
                  std::min<std::size_t>(extensions.size(), 99), alpn_text(hello));
  std::ranges::sort(ciphers);
  parts.ciphers = hex_list(ciphers);
  // Counted above, but not listed: they depend on the site more than on the client.
  const auto is_of_the_site = [](std::uint16_t number) {
    return number == extension::kServerName || number == extension::kAlpn;
  };
  extensions.erase(std::remove_if(extensions.begin(), extensions.end(), is_of_the_site), extensions.end());
  std::ranges::sort(extensions);
  parts.extensions = hex_list(extensions);
  const auto algorithms = plain(hello.signature_algorithms);
  if (!algorithms.empty()) parts.extensions += "_" + hex_list(algorithms);
  return parts;
}

// Twelve digits; of nothing, zeros.
std::string digest(const std::string& text) {
  if (text.empty()) return "000000000000";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  assert(done == 1 && size == 32);
  static_cast<void>(done);
  return fmt::format("{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                     bytes[5]);
}

}  // namespace

std::string ja4(const ClientHello& hello) {
  const Parts parts = parts_of(hello);
  return fmt::format("{}_{}_{}", parts.counts, digest(parts.ciphers), digest(parts.extensions));
}

std::string ja4_raw(const ClientHello& hello) {
  const Parts parts = parts_of(hello);
  return fmt::format("{}_{}_{}", parts.counts, parts.ciphers, parts.extensions);
}

}  // namespace sluice::detection
