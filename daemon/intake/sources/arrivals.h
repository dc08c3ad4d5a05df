// SPDX-License-Identifier: Apache-2.0
// The files that have stood at the followed path since it was last looked at, and what they are called now. A
// file can be rotated twice before the tail gets its turn; it is found because its renames are traced here.
// Names only: reads no events and opens nothing. Used by path_watch.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::intake {

class Arrivals {
 public:
  static constexpr std::size_t kMaxWaiting = 32;

  explicit Arrivals(std::string base) : base_(std::move(base)) {}

  // What happened in the directory, in its order. Names are those of directory entries; the cookie pairs the
  // two halves of a rename.
  void created(std::string_view name);
  void moved_from(std::string_view name, std::uint32_t cookie);
  void moved_to(std::string_view name, std::uint32_t cookie);
  void deleted(std::string_view name);

  // A file to look at that no event announced. One that waits already waits behind all others now.
  void add(std::string_view name);
  // Another name is followed from here on.
  void follow(std::string base) { base_ = std::move(base); }

  // The present names of the files not yet opened, in the order in which they came to the path.
  [[nodiscard]] std::vector<std::string> waiting() const;
  // All of them have been looked at: those go on waiting whose names are in `names`.
  void keep_only(const std::vector<std::string>& names);

  [[nodiscard]] const std::string& base() const { return base_; }
  // Files that went before they could be opened.
  [[nodiscard]] std::uint64_t missed() const { return missed_; }

 private:
  struct Waiting {
    std::string name;  // empty between the two halves of a rename
    std::uint32_t cookie = 0;
  };

  void forget(std::string_view name);

  std::string base_;
  std::vector<Waiting> waiting_;  // at most kMaxWaiting
  std::uint64_t missed_ = 0;
};

}  // namespace sluice::intake
