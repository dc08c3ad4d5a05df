// SPDX-License-Identifier: Apache-2.0
// What the site's robots.txt asks of whom (RFC 9309), compiled once: which group speaks to a user agent, and
// whether it disallows a path. Reads no file. The detector asks it; nobody is ever held to what it was not
// told.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::detection {

class RobotsRules {
 public:
  static constexpr std::size_t kMaxBytes = 500 * 1024;  // RFC 9309, 2.5: read at least so much
  static constexpr std::size_t kMaxRules = 2'000;       // each page of a robot walks its group's
  static constexpr std::size_t kMaxPath = 2'000;        // bytes of a path or a pattern that are compared

  class Group {
   public:
    // `target` is a path with its query, as the request line has it. The longest rule that matches counts;
    // of equally long ones the one that allows.
    [[nodiscard]] bool disallows(std::string_view target) const;
    // Seconds between two requests (an extension that many robots follow); 0: none is asked for.
    [[nodiscard]] double crawl_delay() const { return crawl_delay_; }

   private:
    friend class RobotsRules;
    struct Rule {
      std::vector<std::string> parts;  // of the pattern, between its '*'
      std::size_t length = 0;          // of the pattern
      bool whole = false;              // the pattern ended in '$'
      bool allow = false;
    };
    [[nodiscard]] static bool matches(const Rule& rule, std::string_view target);

    std::string agent_;        // lower case; "*": whoever is not named
    std::vector<Rule> rules_;  // the longest first, of equally long ones those that allow
    double crawl_delay_ = 0;
  };

  RobotsRules() = default;
  // Any text is a robots.txt: what cannot be read is left out, as robots do. What the bounds leave out is
  // told in `faults`.
  [[nodiscard]] static RobotsRules parse(std::string_view text, std::vector<std::string>& faults);

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  // The group for a user agent: that of the longest product token which stands in it as a word; else that
  // for whoever is not named; null where there is neither, and then all is allowed.
  [[nodiscard]] const Group* group_for(std::string_view user_agent) const;

 private:
  [[nodiscard]] static Group::Rule read_rule(std::string_view pattern, bool allow);
  // The number of the group of an agent, made when there is none.
  [[nodiscard]] std::size_t open_group(std::string_view agent);

  std::vector<Group> groups_;  // one for each token
};

}  // namespace sluice::detection
