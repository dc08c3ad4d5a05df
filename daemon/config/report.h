// SPDX-License-Identifier: Apache-2.0
// What reading a configuration has found so far: its faults, and where each key stands. Filled by the values
// and the keys, layer by layer.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/config/fault.h"
#include "daemon/config/toml.h"

namespace sluice::config {

[[nodiscard]] inline unsigned line_of(const toml::node& node) {
  return node.source().begin.line;
}

// The layers of a configuration: the program's defaults, the preset, the included files from kFirstInclude
// on, the file itself. What a later one says counts.
using Layer = std::size_t;
inline constexpr Layer kDefaults = 0;
inline constexpr Layer kPreset = 1;
inline constexpr Layer kFirstInclude = 2;
inline constexpr std::size_t kMaxIncludes = 16;
inline constexpr Layer kMainFile = kFirstInclude + kMaxIncludes;
// Files of ready-made sites. They set no key that the others have.
inline constexpr Layer kSoftware = kMainFile + 1;

// Where a key got its value: the later, the more it counts.
struct Origin {
  Layer layer = kDefaults;
  unsigned line = 0;  // from 1

  auto operator<=>(const Origin&) const = default;
};

class Report {
 public:
  // Keys and faults are of the main file until enter().
  explicit Report(std::string file) { enter(kMainFile, std::move(file)); }

  // From here on keys and faults are those of this layer; faults call it `file`.
  void enter(Layer layer, std::string file) {
    layer_ = layer;
    files_.insert_or_assign(layer, std::move(file));
  }
  [[nodiscard]] const std::string& file(Layer layer) const { return files_.at(layer); }

  void refuse(unsigned line, std::string_view key, std::string_view message) {
    refuse({layer_, line}, key, message);
  }
  // Refuses a key because of another one.
  void refuse(const Origin& at, std::string_view key, std::string_view message) {
    faults_.emplace_back(at, Fault{file(at.layer), at.line, printable(key), printable(message)});
  }
  // Where the layer sets a key.
  void note(std::string_view key, unsigned line) { origins_[std::string(key)].push_back({layer_, line}); }

  // Where the value in force comes from; kDefaults if no layer sets the key.
  [[nodiscard]] Origin origin(std::string_view key) const {
    const auto& all = origins(key);
    return all.empty() ? Origin{} : all.back();
  }
  // All layers that set it; the last one counts.
  [[nodiscard]] const std::vector<Origin>& origins(std::string_view key) const {
    static const std::vector<Origin> kNone;
    const auto at = origins_.find(key);
    return at == origins_.end() ? kNone : at->second;
  }
  [[nodiscard]] bool refused(std::string_view key) const {
    return std::ranges::any_of(faults_, [key](const auto& fault) { return fault.second.key == key; });
  }
  [[nodiscard]] bool clean() const { return faults_.empty(); }

  // The faults in the order of the layers, and of the lines in each.
  [[nodiscard]] Faults take() {
    std::ranges::stable_sort(faults_, {}, &std::pair<Origin, Fault>::first);
    Faults faults;
    for (auto& [origin, fault] : faults_)
      faults.push_back(std::move(fault));
    faults_.clear();
    return faults;
  }

 private:
  // Keys and messages of libraries hold bytes of the file. Control characters are escaped, so that a terminal
  // does not obey them.
  static std::string printable(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return out;
  }

  Layer layer_ = kMainFile;
  std::map<Layer, std::string> files_;
  std::vector<std::pair<Origin, Fault>> faults_;
  std::map<std::string, std::vector<Origin>, std::less<>> origins_;
};

// The key that is being read, and where to complain about it.
struct Place {
  Report& report;
  std::string key;

  void refuse(const toml::node& at, std::string message) const {
    report.refuse(line_of(at), key, std::move(message));
  }
};

}  // namespace sluice::config
