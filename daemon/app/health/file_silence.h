// SPDX-License-Identifier: Apache-2.0
// Finds files of a pattern that have fallen silent while visitors still come: one live file does not hide a
// dead one. Each file is measured against its own past, so that a virtual host with few visitors is never
// taken for dead. Beside LogSilence, which is about a whole log. Owned by the log's entry in LogSet;
// Housekeeping feeds it. Reads nothing itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/base/hash.h"
#include "daemon/base/time.h"

namespace sluice::app {

class FileSilence {
 public:
  // A file of fewer lines has no past to be measured against.
  static constexpr std::uint64_t kEnoughLines = 100;
  static constexpr std::uint64_t kPackets = 1000;
  static constexpr Seconds kLong{300};
  // Ten times as long as ever before, once the past has a night in it. Within the first day a file is judged
  // only if it was busy, never silent for more than a minute, and then a hundred times as long counts.
  static constexpr std::uint64_t kTimesLongest = 10;
  static constexpr std::uint64_t kTimesLongestAtFirst = 100;
  static constexpr Seconds kDay{24 * 3600};
  static constexpr Seconds kBusy{60};
  // A server may write to the file of yesterday for so long after it has begun that of today.
  static constexpr Seconds kOverlap{3600};

  // `packets` that reached the web server unhindered, of all visitors, since the start. visit(note) calls
  // note(path, lines since the start) for each file.
  template <class Visit>
  void look(std::uint64_t packets, KernelTime now, Visit&& visit) {
    ++round_;
    visit([&](const std::string& path, std::uint64_t lines) {
      const auto [at, is_new] = files_.try_emplace(path);
      if (is_new) at->second = File::begin(path, lines, packets, now);
      at->second.look(lines, packets, now);
      at->second.round = round_;
    });
    std::erase_if(files_, [&](const auto& item) { return item.second.round != round_; });
    find(packets, now);
  }

  struct Silent {
    std::uint64_t files = 0;
    std::string path;  // of the one that is silent longest
    Seconds seconds{};
  };
  // As of the last look.
  [[nodiscard]] const Silent& found() const { return found_; }

 private:
  struct File {
    std::uint64_t shape = 0;  // a hash of the path without its digits
    KernelTime begun;
    KernelTime since;  // of its last line, or since it is followed
    std::uint64_t lines = 0;
    std::uint64_t packets = 0;  // at that time
    std::uint64_t longest_ns = 0;
    std::uint64_t longest_packets = 0;  // both without a line
    std::uint64_t round = 0;

    static File begin(std::string_view path, std::uint64_t lines, std::uint64_t packets, KernelTime now) {
      File file;
      file.shape = shape_of(path);
      file.begun = file.since = now;
      file.lines = lines;
      file.packets = packets;
      return file;
    }
    void look(std::uint64_t lines_now, std::uint64_t packets_now, KernelTime now) {
      if (lines_now == lines && packets_now >= packets) return;
      longest_ns = std::max(longest_ns, now.ns - since.ns);
      if (packets_now >= packets) longest_packets = std::max(longest_packets, packets_now - packets);
      lines = lines_now;
      packets = packets_now;
      since = now;
    }
    [[nodiscard]] bool is_suspicious(std::uint64_t packets_now, KernelTime now) const {
      const bool is_young = since.ns - begun.ns < ns_of(kDay);
      if (lines < kEnoughLines || (is_young && longest_ns > ns_of(kBusy))) return false;
      const std::uint64_t times = is_young ? kTimesLongestAtFirst : kTimesLongest;
      return now.ns - since.ns >= std::max(ns_of(kLong), times * longest_ns) &&
             packets_now - packets >= std::max(kPackets, times * longest_packets);
    }
  };

  static constexpr std::uint64_t ns_of(Seconds seconds) {
    return static_cast<std::uint64_t>(Nanoseconds(seconds).count());
  }

  // "access.20261124.log" and "access.20261125.log" have one shape.
  static std::uint64_t shape_of(std::string_view path) {
    std::uint64_t hash = 0;
    for (const char c : path) {
      if (c < '0' || c > '9') hash = mix_bits(hash + static_cast<unsigned char>(c) + 1);
    }
    return hash;
  }

  void find(std::uint64_t packets, KernelTime now) {
    found_ = {};
    std::unordered_map<std::uint64_t, std::uint64_t> begun;  // the newest file of a suspicious one's shape
    for (const auto& [path, file] : files_) {
      if (file.is_suspicious(packets, now)) begun.emplace(file.shape, 0);
    }
    if (begun.empty()) return;
    for (const auto& [path, file] : files_) {
      const auto newest = begun.find(file.shape);
      if (newest != begun.end() && file.lines > 0) newest->second = std::max(newest->second, file.begun.ns);
    }
    for (const auto& [path, file] : files_) {
      if (!file.is_suspicious(packets, now)) continue;
      // A server that writes a file a day has left it.
      const std::uint64_t newest = begun[file.shape];
      if (newest > file.begun.ns && newest + ns_of(kOverlap) > file.since.ns) continue;
      ++found_.files;
      const auto seconds =
          std::chrono::duration_cast<Seconds>(Nanoseconds(static_cast<std::int64_t>(now.ns - file.since.ns)));
      if (seconds <= found_.seconds) continue;
      found_.path = path;
      found_.seconds = seconds;
    }
  }

  std::map<std::string, File> files_;  // as many as the log has
  std::uint64_t round_ = 0;
  Silent found_;
};

}  // namespace sluice::app
