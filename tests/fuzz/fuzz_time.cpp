// SPDX-License-Identifier: Apache-2.0
// The three forms of time that logs and people write.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/base/time.h"
#include "daemon/intake/formats/clf_time.h"

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
  if (const auto duration = parse_duration(text)) {
    if (*duration < Seconds(0) || parse_duration(format_duration(*duration)).value() != *duration)
      std::abort();
  }
  return 0;
}
