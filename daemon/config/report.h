// SPDX-License-Identifier: Apache-2.0
// What reading a file has found so far: its faults, and where each key stands. Filled by the values and the
// keys.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/config/fault.h"
#include "daemon/config/toml.h"

namespace sluice::config {

[[nodiscard]] inline unsigned line_of(const toml::node& node) {
  return node.source().begin.line;
}

class Report {
 public:
  explicit Report(std::string file) : file_(std::move(file)) {}

  void refuse(unsigned line, std::string_view key, std::string_view message) {
    faults_.push_back({file_, line, printable(key), printable(message)});
  }
  // Where the file sets a key.
  void note(std::string_view key, unsigned line) { lines_.insert_or_assign(std::string(key), line); }

  // 0 when the file leaves the key out.
  [[nodiscard]] unsigned line(std::string_view key) const {
    const auto at = lines_.find(key);
    return at == lines_.end() ? 0 : at->second;
  }
  [[nodiscard]] bool refused(std::string_view key) const {
    return std::ranges::find(faults_, key, &Fault::key) != faults_.end();
  }
  [[nodiscard]] bool clean() const { return faults_.empty(); }

  // In the order of the file.
  [[nodiscard]] Faults take() {
    std::ranges::stable_sort(faults_, {}, &Fault::line);
    return std::move(faults_);
  }

 private:
  // Keys and what libraries say hold bytes of the file: a terminal is to show them, not to obey them.
  static std::string printable(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return out;
  }

  std::string file_;
  Faults faults_;
  std::map<std::string, unsigned, std::less<>> lines_;
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
