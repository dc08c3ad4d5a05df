// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/time_zone.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/file.h"
#include "daemon/base/text.h"
#include "daemon/intake/formats/posix_zone.h"

namespace sluice::intake {
namespace {

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr std::size_t kMaxFileBytes = std::size_t{256} * 1024;  // the largest of 2026 has 4 KiB
constexpr std::size_t kMaxZoneNameBytes = 64;
constexpr std::size_t kHeaderBytes = 44;
constexpr std::int64_t kDaySeconds = 86400;

// RFC 8536, 3.1: numbers of entries, in the order of the header.
struct Counts {
  std::uint32_t is_utc = 0, is_standard = 0, leaps = 0, transitions = 0, types = 0, letters = 0;

  // The size of the block behind the header. Each time in it has so many bytes.
  [[nodiscard]] std::uint64_t block_bytes(std::uint64_t time_bytes) const {
    return transitions * (time_bytes + 1) + std::uint64_t{types} * 6 + letters + leaps * (time_bytes + 4) +
           is_standard + is_utc;
  }
};

std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, width))
    value = value << 8U | static_cast<unsigned char>(c);
  return width == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
}

std::optional<Counts> take_header(std::string_view& bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  Counts counts;
  std::size_t at = 20;
  for (std::uint32_t* count : {&counts.is_utc, &counts.is_standard, &counts.leaps, &counts.transitions,
                               &counts.types, &counts.letters}) {
    *count = static_cast<std::uint32_t>(number_at(bytes, at, 4));
    at += 4;
  }
  bytes.remove_prefix(kHeaderBytes);
  return counts;
}

}  // namespace

struct TimeZone::Rules {
  std::vector<std::int64_t> transitions;  // seconds since 1970, in rising order
  std::vector<std::int32_t> offsets;      // in force from the transition of the same number on; seconds
  std::int32_t first_offset = 0;          // before the first one
  std::optional<PosixZone> later;         // after the last one

  [[nodiscard]] std::int64_t offset_at(std::int64_t utc) const {
    if (later && (transitions.empty() || utc >= transitions.back())) return later->offset_at(utc);
    const auto next = std::ranges::upper_bound(transitions, utc);
    if (next == transitions.begin()) return first_offset;
    return offsets[static_cast<std::size_t>(next - transitions.begin()) - 1];
  }
};

TimeZone TimeZone::host() {
  return TimeZone(Kind::host);
}
TimeZone TimeZone::utc() {
  return TimeZone(Kind::utc);
}

bool is_zone_name(std::string_view text) {
  const auto is_good = [](char c) {
    return is_alphanumeric(c) || c == '_' || c == '+' || c == '-' || c == '/';
  };
  return !text.empty() && text.size() <= kMaxZoneNameBytes && !text.starts_with('/') &&
         !text.ends_with('/') && std::ranges::all_of(text, is_good);
}

Result<TimeZone> TimeZone::named(std::string_view name) {
  const std::string_view shown = name.substr(0, kMaxZoneNameBytes);
  if (!is_zone_name(name))
    return Error(fmt::format("'{}' does not name a time zone; write it as Europe/Berlin or UTC", shown));
  if (name == "UTC") return utc();
  const auto bytes = read_file(std::string(kFolder) + std::string(name), kMaxFileBytes);
  if (!bytes) {
    return Error(
        fmt::format("this host does not know the time zone '{}' ({}); write it as Europe/Berlin, or "
                    "install the package tzdata",
                    shown, bytes.error().message()));
  }
  auto zone = from_tzif(*bytes);
  if (!zone) return zone.error().in(std::string(kFolder) + std::string(name));
  return zone;
}

Result<TimeZone> zone_or(std::string_view name, TimeZone usual) {
  if (name.empty()) return usual;
  auto zone = TimeZone::named(name);
  if (!zone) return Error(fmt::format("timezone {}", zone.error().message()));
  return zone;
}

Result<TimeZone> TimeZone::from_tzif(std::string_view bytes) {
  const Error bad("not a file of a time zone");
  const char version = bytes.size() > 4 ? bytes[4] : '\0';
  auto counts = take_header(bytes);
  if (!counts) return bad;
  std::size_t time_bytes = 4;
  if (version >= '2') {  // the first block has 32 bits for a time and is there for old readers
    if (counts->block_bytes(4) > bytes.size()) return bad;
    bytes.remove_prefix(counts->block_bytes(4));
    counts = take_header(bytes);
    if (!counts) return bad;
    time_bytes = 8;
  }
  const std::uint64_t size = counts->block_bytes(time_bytes);
  if (size > bytes.size() || counts->types == 0) return bad;

  auto rules = std::make_shared<Rules>();
  const std::size_t indices = counts->transitions * time_bytes;
  const std::size_t types = indices + counts->transitions;
  const auto offset_of = [&](std::size_t type) {
    return static_cast<std::int32_t>(number_at(bytes, types + type * 6, 4));
  };
  for (std::size_t i = 0; i < counts->transitions; ++i) {
    const auto type = static_cast<unsigned char>(bytes[indices + i]);
    const std::int64_t when = number_at(bytes, i * time_bytes, time_bytes);
    if (type >= counts->types || (i > 0 && when <= rules->transitions.back())) return bad;
    rules->transitions.push_back(when);
    rules->offsets.push_back(offset_of(type));
  }
  rules->first_offset = offset_of(0);
  std::string_view footer = bytes.substr(size);
  if (footer.size() >= 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    rules->later = PosixZone::parse(footer.substr(0, footer.find('\n')));
  }
  TimeZone zone(Kind::rules);
  zone.rules_ = std::move(rules);
  return zone;
}

WallTime TimeZone::to_utc(LocalSeconds local) const {
  const std::int64_t seconds = local.time_since_epoch().count();
  if (kind_ == Kind::utc) return WallTime(Seconds(seconds));
  if (kind_ == Kind::host) {
    const auto as_utc = static_cast<std::time_t>(seconds);
    std::tm fields{};
    if (gmtime_r(&as_utc, &fields) == nullptr) return WallTime(Seconds(seconds));
    fields.tm_isdst = -1;
    return WallTime(Seconds(std::mktime(&fields)));
  }
  // Zones are at most 26 hours apart, and none changes twice within two days.
  const std::int64_t before = rules_->offset_at(seconds - kDaySeconds);
  const std::int64_t after = rules_->offset_at(seconds + kDaySeconds);
  for (const std::int64_t offset : {std::max(before, after), std::min(before, after)}) {
    if (rules_->offset_at(seconds - offset) == offset) return WallTime(Seconds(seconds - offset));
  }
  return WallTime(Seconds(seconds - before));
}

}  // namespace sluice::intake
