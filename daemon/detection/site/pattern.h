// SPDX-License-Identifier: Apache-2.0
// The pattern of a route: which URLs it means, and where the subject stands in them. Parsed once; RouteTable
// finds the patterns that a path may fit and asks them. Used by the route table and the configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/site/mask.h"

namespace sluice::detection {

// Adds one part to a subject: the parts of "/org/7/member/9" are "7/9".
void add_part(std::string& subject, std::string_view part);

// "/org/{subject}/**/photo-*.html?id={subject}&mode=view"
//   a segment       literal text, {subject}, *, or text with both (mask.h)
//   **              any number of segments, none too; once
//   ?key=value      keys in whatever order; other keys do not matter. The value of a key that stands several
//                   times is its last.
//   ?path           segments as above, of the first part of the query that has no '=':
//   "/showthread.php?7-title",
//                   "/index.php?/members/anna.7/". A '/' at its beginning or end does not matter. One at
//                   most, with a gap.
class PathPattern {
 public:
  [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

  // The segments before "**", or all of them.
  [[nodiscard]] const std::vector<Mask>& head() const { return head_; }
  [[nodiscard]] const std::vector<Mask>& tail() const { return tail_; }
  [[nodiscard]] bool has_rest() const { return has_rest_; }
  [[nodiscard]] bool has_query() const { return !query_.empty() || !keyless_.empty(); }
  [[nodiscard]] bool has_subject() const;

  // Whether a normalised path without a closing '/' fits. Adds the parts of the subject in it to `subject`,
  // some of them also where the path does not fit.
  [[nodiscard]] bool fits_path(std::string_view path, std::string& subject) const;
  // The same of the query.
  [[nodiscard]] bool fits_query(std::string_view query, std::string& subject) const;

  bool operator==(const PathPattern&) const = default;

 private:
  struct Key {
    std::string name;
    Mask value;
    bool operator==(const Key&) const = default;
  };

  std::vector<Mask> head_;
  std::vector<Mask> tail_;
  bool has_rest_ = false;
  // Whether the part of the query without a key fits, which may be missing.
  [[nodiscard]] bool fits_keyless(std::string_view query, std::string& subject) const;

  std::vector<Key> query_;
  std::vector<PathPattern> keyless_;  // none or one, and that has no query
};

// Cuts the next segment off a path that starts with '/'.
[[nodiscard]] constexpr std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace sluice::detection
