// SPDX-License-Identifier: Apache-2.0
// The forms of time that logs and people write, and files of time zones.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/base/time.h"
#include "daemon/intake/formats/any_time.h"
#include "daemon/intake/formats/clf_time.h"
#include "daemon/intake/formats/posix_zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto round_trip = [](WallTime time) {
    if (parse_time(format_time(time)).value() != std::chrono::floor<Seconds>(time)) std::abort();
  };
  // At the edges an offset leads into a year that is not read any more.
  const auto is_inner = [](WallTime time) {
    return time > WallTime(Seconds(-8'520'249'600)) && time < WallTime(Seconds(7'289'568'000));
  };
  if (const auto time = parse_time(text); time && is_inner(*time)) round_trip(*time);
  if (const auto time = intake::parse_clf_time(text)) {
    if (*time < WallTime(Seconds(-86400)) || *time > WallTime(Seconds(7'289'740'800))) std::abort();
    if (is_inner(*time)) round_trip(*time);
  }
  const auto is_early_or_late = [](WallTime time) {
    return time < WallTime(Seconds(-86400)) || time > WallTime(Seconds(7'289'740'800));
  };
  if (const auto time = intake::any_time(text, intake::TimeZone::utc()); time && is_early_or_late(*time))
    std::abort();
  if (const auto zone = intake::PosixZone::parse(text)) {
    for (const std::int64_t when : {std::int64_t{0}, std::int64_t{1'795'500'444}})
      (void)zone->offset_at(when);
  }
  if (const auto zone = intake::TimeZone::from_tzif(text))
    (void)zone->to_utc(intake::LocalSeconds(Seconds(1'795'500'444)));
  if (const auto duration = parse_duration(text)) {
    if (*duration < Seconds(0) || parse_duration(format_duration(*duration)).value() != *duration)
      std::abort();
  }
  return 0;
}
