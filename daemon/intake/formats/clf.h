// SPDX-License-Identifier: Apache-2.0
// The Common Log Format of nginx and Apache, and "combined", which adds the referer and the user agent:
//   client ident user [time] "request" status bytes "referer" "user agent"
// and combined behind the name of the virtual host, as Debian's Apache writes it.
#pragma once

#include <array>

#include "daemon/intake/formats/clf_time.h"
#include "daemon/intake/formats/format.h"

namespace sluice::intake {

namespace formats {
extern const FormatSpec kCombined;
extern const FormatSpec kCommon;
extern const FormatSpec kVhostCombined;
}  // namespace formats

class ClfParser final : public LineParser {
 public:
  enum class Fields : std::uint8_t { common, combined, vhost_combined };

  explicit ClfParser(Fields fields) : fields_(fields) {}

  // What follows the last field after a space is ignored: many formats are combined with something added.
  [[nodiscard]] Parsed parse(std::string_view line) override;

 private:
  [[nodiscard]] Parsed parse_line(std::string_view line);
  std::optional<WallTime> time_of(std::string_view text);

  Fields fields_;
  // A busy log writes the same second many times over.
  std::array<char, kClfTimeBytes> last_text_{};
  std::optional<WallTime> last_time_;
};

}  // namespace sluice::intake
