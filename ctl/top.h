// SPDX-License-Identifier: Apache-2.0
// top: what is going on, on one screen that is drawn anew every few seconds: traffic by verdict, sources by
// score, decisions, lists, health.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

struct TopArguments {
  std::string interval = "2s";  // 1s to 1m
  bool once = false;  // one screen, as text, after one interval, and an end: for scripts and reports
};

[[nodiscard]] int top(const Context& context, const TopArguments& arguments);

// What a screen is made of. Filled by top(), and by its tests.
class TopBoard {
 public:
  // The state of the daemon at a moment; rates are those since the one before.
  void see(control::StatusAnswer status, control::ListsAnswer lists, KernelTime now);
  void see(const control::Event& event);
  // The decisions in force: those of the detector are sources with a score, whenever they were made.
  void see(const std::vector<control::DecisionRow>& decisions);
  void lose(std::string why);  // nobody answers

  // At most `rows` lines of at most `columns` characters each, each with its newline.
  [[nodiscard]] std::string text(std::size_t columns, std::size_t rows, const Style& style,
                                 WallTime now) const;

 private:
  static constexpr std::size_t kMaxSources = 500;  // that are remembered; the lowest scores give way
  static constexpr std::size_t kMaxDecisions = 50;

  struct Counted {
    control::StatusAnswer status;
    control::ListsAnswer lists;
    KernelTime at;
  };
  struct Source {
    double score = 0;
    std::string reason;
    WallTime seen{};
  };

  std::optional<Counted> now_;
  std::optional<Counted> before_;
  std::map<Prefix, Source> sources_;
  std::vector<control::Event> decisions_;  // latest last
  std::string lost_;
};

}  // namespace sluice::ctl
