// SPDX-License-Identifier: Apache-2.0
// What is kept of one source: small, bounded, updated in constant time a request. Windows are made of
// buckets, so a count over a window leaves out up to one bucket of its oldest part. Late lines count in the
// bucket they belong to.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/pipeline/routes.h"

namespace sluice::pipeline {

// Seconds since 1970; what the windows below count in.
using LogSecond = std::int64_t;

[[nodiscard]] inline LogSecond log_second(WallTime time) {
  return std::chrono::floor<Seconds>(time).time_since_epoch().count();
}

// Events in the last minute, in buckets of ten seconds.
class MinuteCount {
 public:
  void add(LogSecond second);
  [[nodiscard]] std::uint32_t last_minute(LogSecond now) const;

 private:
  static constexpr LogSecond kBucketSeconds = 10;
  static constexpr LogSecond kBuckets = 6;

  std::array<std::uint16_t, kBuckets> counts_{};  // by number of the bucket since 1970, modulo kBuckets
  LogSecond newest_ = 0;                          // number of the newest bucket
};

// Different subjects served: in the last hour (buckets of five minutes), in the last day (buckets of an
// hour), ever. A subject is kept as a 32-bit hash: among 16,384 of them about 0.03 coincide by chance.
class SubjectSet {
 public:
  static constexpr std::uint32_t kMaxSubjects = 16'384;  // of one source; beyond it counts are "at least"

  SubjectSet();
  SubjectSet(SubjectSet&&) noexcept;
  SubjectSet& operator=(SubjectSet&&) noexcept;
  ~SubjectSet();

  // False when the subject is new and was not kept: the set is full, or would have to grow and may not.
  bool add(std::uint32_t hash, Sensitivity sensitivity, LogSecond second, bool may_grow);

  struct Count {
    std::uint32_t subjects = 0;
    double weighted = 0;  // by sensitivity
  };
  [[nodiscard]] Count last_hour(LogSecond now) const;
  [[nodiscard]] Count last_day(LogSecond now) const;
  [[nodiscard]] std::uint32_t ever() const { return size_; }
  [[nodiscard]] bool saturated() const { return size_ >= kMaxSubjects; }
  [[nodiscard]] std::size_t slots() const { return slots_.size(); }  // 8 bytes each

 private:
  // An open-addressing table at most three quarters full, empty until the first subject.
  struct Slot {
    std::uint32_t hash = 0;           // 0: free
    std::uint32_t four_seconds : 30;  // last seen, in units of four seconds since 1970 (until 2106)
    std::uint32_t sensitivity : 2;
    [[nodiscard]] LogSecond second() const { return LogSecond{four_seconds} * 4; }
  };
  static_assert(sizeof(Slot) == 8);
  struct Windows;

  [[nodiscard]] Slot& locate(std::uint32_t hash);
  void grow();
  [[nodiscard]] Count scan(LogSecond since) const;

  std::vector<Slot> slots_;
  std::unique_ptr<Windows>
      windows_;  // from the 33rd subject on; below that a scan is cheaper than the memory
  std::uint32_t size_ = 0;
};

// The identifiers that a source asked for on one route, in order, whether they exist or not.
class IdentifierTrail {
 public:
  static constexpr std::size_t kLength = 64;
  static constexpr LogSecond kWindowSeconds = 86'400;  // older ones no longer speak

  struct Step {
    std::uint64_t identifier = 0;
    std::uint32_t second = 0;
    bool found = false;  // answered otherwise than 404 or 410
  };

  explicit IdentifierTrail(int route) : route_(route) {}

  void add(std::uint64_t identifier, LogSecond second, bool found);
  [[nodiscard]] int route() const { return route_; }
  // The steps of the last day, oldest first; at most kLength.
  [[nodiscard]] std::vector<Step> steps(LogSecond now) const;

 private:
  int route_;
  std::uint32_t oldest_ = 0;
  std::vector<Step> ring_;
};

struct Features {
  WallTime first_seen;
  WallTime last_seen;
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;  // not assets
  std::uint64_t bytes = 0;  // of response bodies
  std::uint64_t not_found = 0;
  MinuteCount pages_by_minute;
  SubjectSet subjects;
  static constexpr std::size_t kMaxTrails =
      4;  // routes with numbered subjects that are followed for one source
  std::vector<IdentifierTrail> trails;
  std::uint32_t decoys = 0;            // decoy requests
  std::unique_ptr<std::string> decoy;  // the last decoy path, where there was one
  LogSecond last_decoy = 0;
  // From the kernel, since the source was first seen there.
  std::uint64_t packets = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t attempts = 0;
  // The score that was last told to the witness; the next telling needs a whole point more.
  float told_score = 0;
};

// One request of a source, as the routes understand it.
struct PageView {
  RouteMatch match;
  LogSecond second = 0;
  std::uint16_t status = 0;
  Sensitivity sensitivity = Sensitivity::normal;
};

// Updates what the heuristics read. `may_grow` is false when the memory set aside for subjects is used up;
// returns false when a subject was not kept.
bool note(Features& features, const PageView& view, bool may_grow);

// Whether a response carried the subject's data: it was sent, or the client was told that its copy is still
// good.
[[nodiscard]] inline bool is_served(std::uint16_t status) {
  return (status >= 200 && status < 300) || status == 304;
}

// Tells the subjects of all routes apart.
[[nodiscard]] std::uint64_t hash_subject(int route, std::string_view subject);

// The number in a subject: its last run of 1 to 18 digits ("anna-0042.html" is 42).
[[nodiscard]] bool identifier_of(std::string_view subject, std::uint64_t& identifier);

// What a heuristic is shown.
struct Evidence {
  const Features& features;
  const std::vector<RouteOptions>& routes;
  LogSecond now = 0;
};

}  // namespace sluice::pipeline
