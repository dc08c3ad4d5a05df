// SPDX-License-Identifier: Apache-2.0
// What a TLS client says about itself in its first message (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2). Reads the
// bytes of a detection::Hello; ja4.h makes a fingerprint of the result, claim.h compares it with a user
// agent. Checks no cryptography and knows no QUIC. The bytes are a stranger's: every list has a fixed room,
// and nothing is allocated.
//
// To join it: parse_client_hello(hello.bytes) for each Hello; a fault is counted by its part and says nothing
// of the source. A ClientHello is plain data of about two kilobytes: keep the fingerprint, not the hello.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include <boost/container/static_vector.hpp>
#include <boost/system/result.hpp>

namespace sluice::detection {

// The parts of a hello, for its faults.
enum class HelloPart : std::uint8_t {
  record,
  handshake,
  version_and_random,
  session_id,
  ciphers,
  compression_methods,
  extensions,
  server_name,
  supported_groups,
  signature_algorithms,
  alpn,
  certificate_compression,
  record_size_limit,
  supported_versions,
  key_share,
  count,
};

struct HelloFault {
  enum class Kind : std::uint8_t {
    foreign,    // not what a ClientHello has there: other traffic on the port
    malformed,  // lengths that contradict each other, or a thing twice
    too_many,   // more than any client known sends, and than is kept
  };
  HelloPart part = HelloPart::record;
  Kind kind = Kind::foreign;

  bool operator==(const HelloFault&) const = default;
};

// "supported_groups"; "malformed".
[[nodiscard]] std::string_view to_text(HelloPart part);
[[nodiscard]] std::string_view to_text(HelloFault::Kind kind);

// boost::system::result calls this when value() is asked of a failure: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(const HelloFault&, const boost::source_location&) {
  std::abort();
}

// Values reserved so that nobody comes to depend on what is there: 0x0a0a, 0x1a1a to 0xfafa (RFC 8701).
[[nodiscard]] constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0f0fU) == 0x0a0aU && (value >> 8U) == (value & 0xffU);
}

// Numbers of extensions (IANA, TLS ExtensionType Values) that are looked at here or by claim.h.
namespace extension {
inline constexpr std::uint16_t kServerName = 0;
inline constexpr std::uint16_t kStatusRequest = 5;
inline constexpr std::uint16_t kSupportedGroups = 10;
inline constexpr std::uint16_t kSignatureAlgorithms = 13;
inline constexpr std::uint16_t kAlpn = 16;
inline constexpr std::uint16_t kSignedCertificateTimestamp = 18;
inline constexpr std::uint16_t kEncryptThenMac = 22;
inline constexpr std::uint16_t kExtendedMasterSecret = 23;
inline constexpr std::uint16_t kCompressCertificate = 27;
inline constexpr std::uint16_t kRecordSizeLimit = 28;
inline constexpr std::uint16_t kDelegatedCredential = 34;
inline constexpr std::uint16_t kSessionTicket = 35;
inline constexpr std::uint16_t kPreSharedKey = 41;
inline constexpr std::uint16_t kSupportedVersions = 43;
inline constexpr std::uint16_t kKeyShare = 51;
inline constexpr std::uint16_t kAlpsOld = 17'513;  // application_settings, draft-vvv-tls-alps
inline constexpr std::uint16_t kAlps = 17'613;     // its second number
inline constexpr std::uint16_t kEncryptedClientHello = 0xfe0d;
}  // namespace extension

struct ClientHello {
  template <class T, std::size_t kRoom>
  using List = boost::container::static_vector<T, kRoom>;

  bool whole = false;  // false: it goes on beyond the bytes given, and every list may lack its end

  std::uint16_t legacy_version = 0;   // 0x0303 since TLS 1.2
  std::uint16_t highest_version = 0;  // of supported_versions, GREASE left out; without them legacy_version
  // In the order sent, GREASE included.
  List<std::uint16_t, 192> ciphers;
  List<std::uint16_t, 96> extensions;  // each number at most once
  List<std::uint16_t, 64> groups;
  List<std::uint16_t, 64> signature_algorithms;
  List<std::uint16_t, 32> versions;
  List<std::uint16_t, 16> key_shares;  // their groups
  List<std::uint16_t, 8> certificate_compression;
  std::uint16_t record_size_limit = 0;  // 0: not sent

  List<char, 255> server_name;  // the first host name; empty when there is none
  List<char, 255> first_alpn;   // the protocol preferred; any bytes
  bool offers_h2 = false;
  bool offers_http1 = false;

  // A ticket, a pre-shared key, or before TLS 1.3 a session: the client has been here before, and this is no
  // new session.
  bool offers_resumption = false;

  bool grease_in_ciphers = false;
  bool grease_in_extensions = false;
  bool grease_in_groups = false;

  [[nodiscard]] bool has(std::uint16_t extension_number) const {
    return std::ranges::find(extensions, extension_number) != extensions.end();
  }
  [[nodiscard]] bool has_grease() const {
    return grease_in_ciphers || grease_in_extensions || grease_in_groups;
  }
};

using ParsedHello = boost::system::result<ClientHello, HelloFault>;

// From the header of the TLS record on; a hello in several records, and one cut off anywhere, is read as far
// as it goes. A hello of which not even the ciphers were begun is not a fault, but holds nothing.
[[nodiscard]] ParsedHello parse_client_hello(std::span<const std::uint8_t> bytes);

}  // namespace sluice::detection
