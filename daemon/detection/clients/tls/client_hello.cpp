// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/tls/client_hello.h"

#include <array>
#include <optional>

#include "daemon/base/byte_cursor.h"

namespace sluice::detection {
namespace {

using Kind = HelloFault::Kind;
using Bytes = std::span<const std::uint8_t>;
using Cursor = ByteCursor;

constexpr std::size_t kRecordHeader = 5;     // type, version, length
constexpr std::size_t kHandshakeHeader = 4;  // type, length
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloType = 1;
constexpr std::size_t kMaxRecord = 1U << 14U;  // RFC 8446, 5.1
// Four times the largest seen (post-quantum key shares and a ticket make 2 kilobytes). What is longer is read
// as if it were cut off there.
constexpr std::size_t kMaxBytes = 8192;

// The handshake bytes of the records, joined.
class Records {
 public:
  std::optional<HelloFault> read(Bytes bytes) {
    while (!bytes.empty()) {
      if (bytes[0] != kHandshakeRecord) return HelloFault{HelloPart::record, Kind::foreign};
      if (bytes.size() >= 2 && bytes[1] != 3) return HelloFault{HelloPart::record, Kind::foreign};
      if (bytes.size() < kRecordHeader) return std::nullopt;
      const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
      if (length == 0 || length > kMaxRecord) return HelloFault{HelloPart::record, Kind::malformed};
      bytes = bytes.subspan(kRecordHeader);
      const Bytes inside = bytes.first(std::min(length, bytes.size()));
      const std::size_t kept = std::min(inside.size(), joined_.size() - size_);
      std::ranges::copy(inside.first(kept), joined_.begin() + size_);
      size_ += kept;
      bytes = bytes.subspan(inside.size());
      if (is_enough()) return std::nullopt;
    }
    return std::nullopt;
  }
  [[nodiscard]] Bytes joined() const { return Bytes(joined_).first(size_); }

 private:
  // What follows the hello is of no concern: early data, other records.
  [[nodiscard]] bool is_enough() const {
    if (size_ == joined_.size()) return true;
    if (size_ < kHandshakeHeader) return false;
    const std::size_t length =
        static_cast<std::size_t>(joined_[1]) << 16U | static_cast<std::size_t>(joined_[2]) << 8U | joined_[3];
    return size_ >= kHandshakeHeader + length;
  }

  std::array<std::uint8_t, kMaxBytes> joined_;  // as far as size_
  std::size_t size_ = 0;
};

class Reader {
 public:
  ParsedHello read(Bytes handshake) {
    Cursor message(handshake, std::max(handshake.size(), kHandshakeHeader));
    const std::size_t type = message.number(1);
    const std::size_t length = message.number(3);
    if (!handshake.empty() && type != kClientHelloType)
      return HelloFault{HelloPart::handshake, Kind::foreign};
    if (message.cut()) return hello_;
    hello_.whole = handshake.size() >= kHandshakeHeader + length;
    Cursor body(handshake.subspan(kHandshakeHeader), length);
    fixed_part(body);
    if (!fault_ && body.more()) extensions(body);
    if (fault_) return *fault_;
    conclude();
    return hello_;
  }

 private:
  void fail(HelloPart part, Kind kind) {
    if (!fault_) fault_ = HelloFault{part, kind};
  }
  // Everything before the extensions.
  void fixed_part(Cursor& body) {
    hello_.legacy_version = body.u16();
    body.part(32);  // the random
    check(HelloPart::version_and_random, body);
    Cursor session = body.vector(1);
    session_id_ = session.declared() > 0;
    if (session.declared() > 32) fail(HelloPart::session_id, Kind::malformed);
    check(HelloPart::session_id, body);
    Cursor ciphers = body.vector(2);
    check(HelloPart::ciphers, body);
    numbers(HelloPart::ciphers, ciphers, hello_.ciphers);
    body.vector(1);
    check(HelloPart::compression_methods, body);
  }

  void extensions(Cursor& body) {
    Cursor all = body.vector(2);
    if (body.malformed() || body.more()) fail(HelloPart::extensions, Kind::malformed);
    while (!fault_ && all.more()) {
      const std::uint16_t number = all.u16();
      if (all.cut()) return;
      Cursor content = all.vector(2);
      check(HelloPart::extensions, all);
      if (fault_) return;
      if (hello_.has(number)) return fail(HelloPart::extensions, Kind::malformed);
      if (hello_.extensions.size() == hello_.extensions.capacity())
        return fail(HelloPart::extensions, Kind::too_many);
      hello_.extensions.push_back(number);
      if (!all.cut()) read_extension(number, content);
    }
    check(HelloPart::extensions, all);
  }

  void read_extension(std::uint16_t number, Cursor& content) {
    switch (number) {
      case extension::kServerName:
        return server_name(content);
      case extension::kSupportedGroups:
        return list_of_numbers(HelloPart::supported_groups, content, 2, hello_.groups);
      case extension::kSignatureAlgorithms:
        return list_of_numbers(HelloPart::signature_algorithms, content, 2, hello_.signature_algorithms);
      case extension::kAlpn:
        return alpn(content);
      case extension::kCompressCertificate:
        return list_of_numbers(HelloPart::certificate_compression, content, 1,
                               hello_.certificate_compression);
      case extension::kRecordSizeLimit:
        hello_.record_size_limit = content.u16();
        return close(HelloPart::record_size_limit, content);
      case extension::kSupportedVersions:
        return list_of_numbers(HelloPart::supported_versions, content, 1, hello_.versions);
      case extension::kKeyShare:
        return key_share(content);
      case extension::kSessionTicket:
        hello_.offers_resumption |= content.declared() > 0;
        return;
      case extension::kPreSharedKey:
        hello_.offers_resumption = true;
        return;
      default:
        return;
    }
  }

  void server_name(Cursor& content) {
    Cursor names = content.vector(2);
    close(HelloPart::server_name, content);
    while (!fault_ && names.more()) {
      const std::size_t type = names.number(1);
      const Cursor name = names.vector(2);
      check(HelloPart::server_name, names);
      if (type == 0 && hello_.server_name.empty()) keep_text(name.bytes(), hello_.server_name);
    }
  }

  void alpn(Cursor& content) {
    Cursor protocols = content.vector(2);
    close(HelloPart::alpn, content);
    for (bool first = true; !fault_ && protocols.more(); first = false) {
      const Cursor protocol = protocols.vector(1);
      check(HelloPart::alpn, protocols);
      if (fault_) return;
      if (!protocols.cut() && protocol.declared() == 0) return fail(HelloPart::alpn, Kind::malformed);
      if (protocol.bytes().size() < protocol.declared()) return;  // cut off inside
      const std::string_view text(reinterpret_cast<const char*>(protocol.bytes().data()),
                                  protocol.bytes().size());
      hello_.offers_h2 |= text == "h2";
      hello_.offers_http1 |= text == "http/1.1";
      if (first) keep_text(protocol.bytes(), hello_.first_alpn);
    }
  }

  void key_share(Cursor& content) {
    Cursor shares = content.vector(2);
    close(HelloPart::key_share, content);
    while (!fault_ && shares.more()) {
      const std::uint16_t group = shares.u16();
      if (shares.cut()) return;
      shares.vector(2);
      check(HelloPart::key_share, shares);
      keep(HelloPart::key_share, group, hello_.key_shares);
    }
  }

  template <class List>
  void list_of_numbers(HelloPart part, Cursor& content, std::size_t width, List& list) {
    Cursor items = content.vector(width);
    close(part, content);
    numbers(part, items, list);
  }

  template <class List>
  void numbers(HelloPart part, Cursor& items, List& list) {
    if (items.declared() % 2 != 0) fail(part, Kind::malformed);
    while (!fault_ && items.more()) {
      const std::uint16_t number = items.u16();
      if (!items.cut()) keep(part, number, list);
    }
  }

  template <class List>
  void keep(HelloPart part, std::uint16_t number, List& list) {
    if (list.size() == list.capacity()) return fail(part, Kind::too_many);
    list.push_back(number);
  }

  template <class List>
  static void keep_text(Bytes bytes, List& text) {
    const Bytes kept = bytes.first(std::min(bytes.size(), text.capacity()));
    text.assign(kept.begin(), kept.end());
  }

  void check(HelloPart part, const Cursor& cursor) {
    if (cursor.malformed()) fail(part, Kind::malformed);
  }
  // The content must end here.
  void close(HelloPart part, const Cursor& content) {
    if (content.malformed() || content.more()) fail(part, Kind::malformed);
  }

  void conclude() {
    hello_.highest_version = 0;
    for (const std::uint16_t version : hello_.versions) {
      if (!is_grease(version)) hello_.highest_version = std::max(hello_.highest_version, version);
    }
    if (hello_.highest_version == 0) hello_.highest_version = hello_.legacy_version;
    constexpr std::uint16_t kTls13 = 0x0304;
    if (hello_.highest_version < kTls13 && session_id_) hello_.offers_resumption = true;
    hello_.grease_in_ciphers = std::ranges::any_of(hello_.ciphers, is_grease);
    hello_.grease_in_extensions = std::ranges::any_of(hello_.extensions, is_grease);
    hello_.grease_in_groups = std::ranges::any_of(hello_.groups, is_grease);
  }

  ClientHello hello_;
  std::optional<HelloFault> fault_;
  bool session_id_ = false;
};

}  // namespace

std::string_view to_text(HelloPart part) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(HelloPart::count)> kNames = {
      "record",
      "handshake",
      "version_and_random",
      "session_id",
      "ciphers",
      "compression_methods",
      "extensions",
      "server_name",
      "supported_groups",
      "signature_algorithms",
      "alpn",
      "certificate_compression",
      "record_size_limit",
      "supported_versions",
      "key_share",
  };
  return kNames.at(static_cast<std::size_t>(part));
}

std::string_view to_text(HelloFault::Kind kind) {
  switch (kind) {
    case Kind::foreign:
      return "foreign";
    case Kind::malformed:
      return "malformed";
    case Kind::too_many:
      return "too_many";
  }
  std::abort();
}

ParsedHello parse_client_hello(std::span<const std::uint8_t> bytes) {
  Records records;
  if (const auto fault = records.read(bytes)) return *fault;
  return Reader().read(records.joined());
}

}  // namespace sluice::detection
