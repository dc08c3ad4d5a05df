// SPDX-License-Identifier: Apache-2.0
// How a log writes its times: the forms of nginx's variables and Apache's %t with a strftime format. Used by
// the formats whose times the operator describes; the form of the Common Log Format alone is clf_time.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/intake/formats/time_zone.h"

namespace sluice::intake {

class TimeFormat {
 public:
  [[nodiscard]] static TimeFormat common_log();  // 24/Nov/2026:08:07:24 +0200
  [[nodiscard]] static TimeFormat rfc3339();     // with or without a fraction
  [[nodiscard]] static TimeFormat seconds();     // since 1970: 1795500444.123

  struct Piece {
    bool is_literal = false;
    std::string text;
  };
  // Pieces that are not literal: "%d/%b/%Y:%H:%M:%S %z", or one of Apache's own words "sec", "msec", "usec",
  // "msec_frac", "usec_frac", with "begin:" or "end:" before it or not. The error says which conversion is
  // not read, or that the zone is missing: a time without %z is one of `zone` if there is one.
  [[nodiscard]] static Result<TimeFormat> from_strftime(const std::vector<Piece>& pieces,
                                                        const std::optional<TimeZone>& zone = {});

  // Characters that its texts may hold.
  [[nodiscard]] bool may_hold(char c) const;

  // Nothing for a text of another form or an impossible date. Remembers the last text: a busy log writes the
  // same second many times over.
  [[nodiscard]] std::optional<WallTime> parse(std::string_view text);

 private:
  enum class Kind : std::uint8_t { common_log, rfc3339, seconds, items };
  explicit TimeFormat(Kind kind) : kind_(kind) {}

  [[nodiscard]] std::optional<WallTime> read(std::string_view text) const;
  [[nodiscard]] std::optional<WallTime> read_items(std::string_view text) const;
  [[nodiscard]] Result<void> add(std::string_view format);
  [[nodiscard]] bool has(char conversion) const;

  Kind kind_;
  std::optional<TimeZone> zone_;  // of times that say none
  std::string items_;  // of Kind::items: literal characters, and conversions as '\1' and their letter
  std::string last_text_;
  std::optional<WallTime> last_time_;
};

}  // namespace sluice::intake
