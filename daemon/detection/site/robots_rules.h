// SPDX-License-Identifier: Apache-2.0
// The rules of the site's robots.txt (RFC 9309), compiled once: which group applies to a user agent, and
// whether it disallows a path. Used by the detector. Reads no file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::detection {

class RobotsRules {
 public:
  static constexpr std::size_t kMaxBytes = 500 * 1024;  // RFC 9309, 2.5: read at least so much
  static constexpr std::size_t kMaxRules = 2'000;       // each page of a robot walks the rules of its group
  static constexpr std::size_t kMaxPath = 2'000;        // bytes of a path or a pattern that are compared

  class Group {
   public:
    // `target` is a normalised path with its query behind it, as sent. The longest rule that matches counts;
    // among equally long rules one that allows wins.
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

    std::string agent_;        // lower case; "*": every other robot
    std::vector<Rule> rules_;  // the longest first; among equally long rules those that allow first
    double crawl_delay_ = 0;
  };

  RobotsRules() = default;
  // Takes any text: lines that cannot be read are left out, as robots do. `faults` says what the bounds left
  // out.
  [[nodiscard]] static RobotsRules parse(std::string_view text, std::vector<std::string>& faults);

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  // The group for a user agent: the group of the longest product token that the user agent has as a word,
  // else the group "*". Null: there is neither, and everything is allowed.
  [[nodiscard]] const Group* group_for(std::string_view user_agent) const;

 private:
  [[nodiscard]] static std::string read_part(std::string_view part, bool& in_query);
  [[nodiscard]] static Group::Rule read_rule(std::string_view pattern, bool allow);
  // The index of the group of an agent, made if it is missing.
  [[nodiscard]] std::size_t open_group(std::string_view agent);

  std::vector<Group> groups_;  // one for each token
};

}  // namespace sluice::detection
