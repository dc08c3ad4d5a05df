// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/delivered_lines.h"

#include <algorithm>
#include <cstring>

#include "daemon/base/hash.h"

namespace sluice::intake {

LineMark mark_of(std::string_view line) {
  // Eight bytes at a time: each line of a log comes through here.
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL ^ line.size();
  std::string_view rest = line;
  while (!rest.empty()) {
    std::uint64_t word = 0;
    std::memcpy(&word, rest.data(), std::min(rest.size(), sizeof(word)));
    rest.remove_prefix(std::min(rest.size(), sizeof(word)));
    hash = (hash ^ word) * 0xd6e8feb86659fd93ULL;
    hash ^= hash >> 32U;
  }
  return {line.size(), mix_bits(hash)};
}

void DeliveredLines::note(std::string_view line) {
  last_ = mark_of(line);
  const auto hash = static_cast<std::uint32_t>(last_->hash);
  if (lines_.size() < max_lines_) {
    lines_.push_back(hash);
  } else {
    lines_[total_ % max_lines_] = hash;
  }
  ++total_;
}

void DeliveredLines::begin_check() {
  end_check();
  is_checking_ = !lines_.empty();
  next_ = oldest();
  check_end_ = total_;
  last_at_check_ = last_;
}

void DeliveredLines::end_check() {
  is_checking_ = false;
  first_old_.reset();
  is_rewritten_ = false;
  held_count_ = 0;
  held_.clear();
}

std::optional<std::uint64_t> DeliveredLines::find(std::uint32_t hash) const {
  for (std::uint64_t at = std::max(next_, oldest()); at < check_end_; ++at) {
    if (lines_[at % max_lines_] == hash) return at;
  }
  return std::nullopt;
}

bool DeliveredLines::is_old(std::string_view line) {
  const LineMark mark = mark_of(line);
  const bool is_first_again = first_old_ && *first_old_ == mark;
  if (!is_rewritten_ && is_first_again) {
    hold(line);
    return true;
  }
  const auto at = find(static_cast<std::uint32_t>(mark.hash));
  if (!at) {
    is_checking_ = false;
    return false;
  }
  next_ = *at + 1;
  if (first_old_) {
    is_rewritten_ = true;
    held_count_ = 0;
  } else {
    first_old_ = mark;
    hold(line);
  }
  return true;
}

void DeliveredLines::hold(std::string_view line) {
  held_ = line;
  ++held_count_;
}

}  // namespace sluice::intake
