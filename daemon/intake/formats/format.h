// SPDX-License-Identifier: Apache-2.0
// What a format of access logs says of itself, and the value that names one. all.h has the table of them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/line_parser.h"

namespace sluice::intake {

struct LogOptions;

// One row of the table. Each format declares its own in its header, in the namespace formats.
struct FormatSpec {
  std::string_view name;  // in the configuration, the command line and messages
  // The keys of a [[log]] that it reads beside those of every log.
  bool has_pattern = false;       // and cannot do without
  bool may_have_pattern = false;  // but can do without
  bool has_headers = false;
  bool has_fields = false;  // with account, credential and fingerprint among them
  bool has_zone = false;    // lines may name no time zone
  // Fails where the options do; the error begins with the key at fault and says the remedy.
  Result<std::unique_ptr<LineParser>> (*make_parser)(const LogOptions& options) = nullptr;
  // The options by which a log is tried of which nobody says anything; null: it is read only by options that
  // somebody wrote.
  std::vector<LogOptions> (*guesses)() = nullptr;

  [[nodiscard]] constexpr bool takes_pattern() const { return has_pattern || may_have_pattern; }
  // Whether account, credential, fingerprint and the like are keys of the [[log]] itself.
  [[nodiscard]] constexpr bool names_variables() const { return takes_pattern() || has_headers; }
  // Whether options can say more than the format.
  [[nodiscard]] constexpr bool has_keys() const { return names_variables() || has_fields; }
};

namespace formats {
extern const FormatSpec kCombined;
}

// A format of the table. A value.
class Format {
 public:
  Format() : Format(formats::kCombined) {}
  Format(const FormatSpec& spec) : spec_(&spec) {}  // NOLINT(google-explicit-constructor): a row is a format

  Format(const FormatSpec&&) = delete;  // a row lives as long as the program

  const FormatSpec* operator->() const { return spec_; }
  friend bool operator==(Format, Format) = default;

 private:
  const FormatSpec* spec_;
};

[[nodiscard]] inline std::string_view to_string(Format format) {
  return format->name;
}

}  // namespace sluice::intake
