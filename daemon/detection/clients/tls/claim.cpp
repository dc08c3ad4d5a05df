// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/tls/claim.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

constexpr std::uint16_t kTls13 = 0x0304;
constexpr std::uint16_t kEver = 0xffff;

// What the hello of an engine has in a span of its versions.
struct Rule {
  Engine engine;
  std::uint16_t since;    // engine_major
  std::uint16_t through;  // likewise; kEver where nothing is expected to change it
  bool (*holds)(const ClientHello& hello);
  std::string_view otherwise;  // "claims X, but its TLS hello ..."
};

bool has_grease(const ClientHello& hello) {
  return hello.has_grease();
}
bool has_no_grease(const ClientHello& hello) {
  return !hello.has_grease();
}
// Only TLS 1.3 has it: a user who switched that off does not send it.
bool compresses_certificates(const ClientHello& hello) {
  return hello.highest_version < kTls13 || hello.has(extension::kCompressCertificate);
}
bool limits_records(const ClientHello& hello) {
  return hello.record_size_limit != 0;
}
bool binds_its_secret(const ClientHello& hello) {
  return hello.has(extension::kExtendedMasterSecret);
}
bool has_no_encrypt_then_mac(const ClientHello& hello) {
  return !hello.has(extension::kEncryptThenMac);
}

constexpr std::string_view kNoEncryptThenMac =
    "offers encrypt_then_mac (RFC 7366), which no browser's TLS library has and OpenSSL and GnuTLS do";

// Not used, on purpose: "h2" in ALPN and ALPS (Chrome leaves both out on WebSockets), ECH, post-quantum key
// shares (policies switch them off), the order of extensions (permuted since Chrome 110), ciphers (users and
// policies disable single ones). Firefox on iOS and web views inside apps have no engine here, or are left
// out below.
constexpr std::array<Rule, 10> kRules = {{
    // chromestatus.com/feature/6475903378915328 "GREASE for TLS": on since Chrome 55; measured in 156.
    {Engine::blink, 55, kEver, has_grease,
     "has no GREASE values (RFC 8701), which Chrome has sent since version 55"},
    // chromestatus.com/feature/5696925844111360: certificate compression with Brotli since Chrome 69, on
    // desks
    // and Android; measured in 156.
    {Engine::blink, 69, kEver, compresses_certificates,
     "offers TLS 1.3 without certificate compression (RFC 8879), which Chrome has offered since version 69"},
    // BoringSSL has no such extension (ssl/extensions.cc, kExtensions).
    {Engine::blink, 55, kEver, has_no_encrypt_then_mac, kNoEncryptThenMac},
    // The hellos of Firefox 63 and 65 in github.com/refraction-networking/utls, u_parrots.go, with a margin
    // to the extended support release 68; measured in 153.
    {Engine::gecko, 68, kEver, limits_records,
     "has no record_size_limit (RFC 8449), which Firefox has sent since version 65"},
    // NSS can send GREASE and Firefox did not let it up to the newest measured, 153.
    {Engine::gecko, 68, 153, has_no_grease,
     "has GREASE values (RFC 8701), which Firefox does not send and Chrome and Safari do"},
    // All of Firefox 55 to 105 in u_parrots.go; measured in 153. GnuTLS as wget sets it up has none.
    {Engine::gecko, 68, kEver, binds_its_secret,
     "has no extended_master_secret (RFC 7627), which Firefox sends"},
    // NSS has no such extension (lib/ssl/sslt.h, SSLExtensionType).
    {Engine::gecko, 68, kEver, has_no_encrypt_then_mac, kNoEncryptThenMac},
    // Apple's library sends GREASE from iOS 14 and macOS 11 on (u_parrots.go, iOS 14 and Safari 16), and
    // Safari 16 runs on macOS 11 and later.
    {Engine::apple, 16, kEver, has_grease,
     "has no GREASE values (RFC 8701), which Apple's library has sent since iOS 14 and macOS 11"},
    // The hellos of Safari 16 there, and certificate compression with zlib.
    {Engine::apple, 17, kEver, compresses_certificates,
     "offers TLS 1.3 without certificate compression (RFC 8879), which Safari has offered since version 16"},
    {Engine::apple, 16, kEver, has_no_encrypt_then_mac, kNoEncryptThenMac},
}};

// Durumeric et al., "The Security Impact of HTTPS Interception" (NDSS 2017): 4 to 11 % of the connections to
// the services they watched were intercepted, and looked like the interceptor's library.
constexpr std::string_view kCaution =
    "Innocent causes are known: an antivirus product or a company's proxy that "
    "opens TLS connections on the way shows its own hello instead of the "
    "browser's, and a person may use an extension to name another browser";

std::string claimed(const Agent& agent) {
  const BrowserClaim& claim = agent.claim;
  if (claim.engine == Engine::apple && claim.system == System::ios)
    return fmt::format("{} on iOS {}", to_text(claim.browser), claim.engine_major);
  if (claim.engine == Engine::blink && claim.browser != Browser::chrome)
    return fmt::format("{} {} (Chrome {})", to_text(claim.browser), claim.major, claim.engine_major);
  return fmt::format("{} {}", to_text(claim.browser), claim.major);
}

}  // namespace

ClaimCheck check_claim(const Agent& agent, const ClientHello& hello) {
  ClaimCheck check;
  const BrowserClaim& claim = agent.claim;
  // An app may write a web view's user agent on connections that it makes with another library.
  if (!hello.whole || claim.engine == Engine::none || claim.web_view) return check;
  std::string reasons;
  for (const Rule& rule : kRules) {
    if (rule.engine != claim.engine || claim.engine_major < rule.since || claim.engine_major > rule.through)
      continue;
    ++check.rules;
    if (rule.holds(hello)) continue;
    ++check.broken;
    reasons += fmt::format("{}{}", reasons.empty() ? "" : "; it ", rule.otherwise);
  }
  if (check.rules == 0) return check;
  check.verdict = check.broken == 0 ? ClaimVerdict::consistent : ClaimVerdict::contradicts;
  if (check.broken > 0)
    check.text = fmt::format("claims {}, but its TLS hello {}. {}", claimed(agent), reasons, kCaution);
  return check;
}

}  // namespace sluice::detection
