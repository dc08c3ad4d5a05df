// SPDX-License-Identifier: Apache-2.0
// Folders and decisions for the tests of the store.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/store/state_store.h"

namespace sluice::store {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "sluice-store-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string database() const { return path_ / "state.db"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr std::uint64_t kMeaning = 0xfedcba9876543210;  // of what is remembered over weeks
inline constexpr KernelTime kTick{1'000'000'000};              // of a flush
inline constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} +
                               std::chrono::nanoseconds(123'456'789)};

inline Prefix source(unsigned number) {
  return {Address::from_v4({10, static_cast<std::uint8_t>(number >> 16U),
                            static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)}),
          32};
}

// What the defaults of the configuration keep.
inline StateStore::Oldest oldest(WallTime now, WallTime block = WallTime::min()) {
  return {block, now - std::chrono::days(365), now - std::chrono::days(28), now - std::chrono::days(730)};
}

// A detector's block with a proof of the usual size.
inline decisions::Decision block(const Prefix& source) {
  decisions::Decision decision;
  decision.source = source;
  decision.action = decisions::Action::block;
  decision.since = kNow;
  decision.until = kNow + std::chrono::hours(4);
  decision.reason =
      "asked for 31 identifiers with the constant stride 1; read 148 different people within an hour";
  decision.score = 6.1 + 0.2;  // 6.3 and a bit: no short decimal
  decision.signals = {
      {"enumeration",
       1.0 / 3,
       "asked for 31 identifiers with the constant stride 1",
       {{"subjects", 31}, {"regularity", 0.1 + 0.2}}},
      {"breadth",
       3.4,
       "read 148 different people within an hour",
       {{"subjects_per_hour", 148}, {"limit", 120}}},
  };
  decision.signals[0].cause = detection::Cause::order;
  decision.signals[0].counted = 1.0 / 3;
  decision.signals[1].counted = 0;
  decision.exposure = {412, 160, 148};
  return decision;
}

}  // namespace sluice::store
