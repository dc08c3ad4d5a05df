// SPDX-License-Identifier: Apache-2.0
// The Common Log Format of nginx and Apache, and "combined", which adds the referer and the user agent:
//   client ident user [time] "request" status bytes "referer" "user agent"
// and both behind the name of the virtual host, as Debian's Apache writes it.
#pragma once

#include <array>

#include "daemon/intake/formats/clf_time.h"
#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/formats/format.h"

namespace sluice::intake {

namespace formats {
extern const FormatSpec kCombined;
extern const FormatSpec kCommon;
extern const FormatSpec kVhostCombined;
extern const FormatSpec kVhostCommon;
}  // namespace formats

class ClfParser final : public LineParser {
 public:
  enum class Fields : std::uint8_t { common, combined, vhost_combined, vhost_common };

  explicit ClfParser(Fields fields) : fields_(fields) {}

  // What follows the last field after a blank is ignored: many formats are combined with something added. A
  // list of addresses where the client stands is what proxies say, as X-Forwarded-For holds it; the first
  // address counts until proxies.h has looked at it. Fields may be parted by tabs. The escapes of Apache are
  // undone, among which nginx's are.
  [[nodiscard]] Parsed parse(std::string_view line) override;
  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override;
  [[nodiscard]] Failure failure(ParseFault fault) const override {
    return has_request_ ? usual_failure(fault) : Failure{"the request", 0};
  }
  [[nodiscard]] ForwardingHeaders forwarding_headers() const override { return forwarding_; }

 private:
  [[nodiscard]] Parsed parse_line(std::string_view line);
  [[nodiscard]] Parsed parse_answer(std::string_view line, std::string_view back,
                                    detection::Request& request);
  [[nodiscard]] std::string_view unescape(std::string_view text) {
    return escaped_ ? unescaper_.undo(text, Escape::c) : text;
  }
  [[nodiscard]] std::optional<ParseFault> take_who(std::string_view who, detection::Request& request);
  [[nodiscard]] std::optional<ParseFault> take_client(std::string_view& front, detection::Request& request);
  std::optional<WallTime> time_of(std::string_view text);
  [[nodiscard]] bool has_host() const {
    return fields_ == Fields::vhost_combined || fields_ == Fields::vhost_common;
  }
  [[nodiscard]] bool ends_with_bytes() const {
    return fields_ == Fields::common || fields_ == Fields::vhost_common;
  }

  Fields fields_;
  ForwardingHeaders forwarding_;
  bool has_request_ = false;  // a quote begins what may be one
  bool escaped_ = false;      // the line holds what may be an escape
  bool may_be_cut_ = false;   // as parse_cut() takes it
  Unescaper unescaper_;
  // A busy log writes the same second many times over.
  std::array<char, kClfTimeBytes> last_text_{};
  std::optional<WallTime> last_time_;
};

}  // namespace sluice::intake
