// SPDX-License-Identifier: Apache-2.0
// One piece of a pattern of URLs, and what it captures of a piece of a URL: "profile-{subject}.html" of
// "profile-7.html". A piece is a segment of a path, the name of a host, or the value of a query key. Used by
// patterns of routes. Knows nothing of URLs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice::detection {

class Mask {
 public:
  // What may stand in a gap.
  enum class Gap : std::uint8_t {
    none,
    any,      // "*": any text, none too
    subject,  // "{subject}": any text of at least one byte
    number,   // "{subject:number}": digits alone
    uuid,     // "{subject:uuid}": 36 characters, hyphens in their places
    hex,      // "{subject:hex}": eight or more hexadecimal digits
  };

  // A text with at most one {subject} and one *, and something between the two. The message of an error
  // quotes the text.
  [[nodiscard]] static Result<Mask> parse(std::string_view text);

  // Whether the mask fits the whole text. `subject` is what stands for {subject}, and is left alone where the
  // mask has none. Where both gaps could share the text in several ways, {subject} takes the least.
  [[nodiscard]] bool fits(std::string_view text, std::string_view& subject) const;

  [[nodiscard]] bool is_literal() const { return first_ == Gap::none; }
  // The gap alone, without text around it.
  [[nodiscard]] bool is_any() const { return first_ == Gap::any && has_no_text(); }
  [[nodiscard]] bool is_subject() const { return first_ == Gap::subject && has_no_text(); }
  [[nodiscard]] bool has_subject() const { return first_ > Gap::any || second_ > Gap::any; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }  // the whole text of a literal
  [[nodiscard]] const std::string& suffix() const { return suffix_; }

  bool operator==(const Mask&) const = default;

 private:
  [[nodiscard]] bool has_no_text() const {
    return second_ == Gap::none && prefix_.empty() && suffix_.empty();
  }
  [[nodiscard]] bool fits_two(std::string_view inner, std::string_view& subject) const;

  // prefix, first gap, middle, second gap, suffix
  std::string prefix_;
  std::string middle_;
  std::string suffix_;
  Gap first_ = Gap::none;
  Gap second_ = Gap::none;
};

}  // namespace sluice::detection
