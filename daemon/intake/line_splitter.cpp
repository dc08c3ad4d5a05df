// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/line_splitter.h"

#include <algorithm>

namespace sluice::intake {
namespace {

// What is kept of the buffer between two lines: usual lines fit, and a long one does not hold its memory.
constexpr std::size_t kSpareBytes = std::size_t{128} * 1024;

// How many backslashes the text ends in.
std::size_t backslashes_at_end(std::string_view text) {
  const std::size_t other = text.find_last_not_of('\\');
  return other == std::string_view::npos ? text.size() : text.size() - other - 1;
}

// Where `head` ends if it may not end inside an escape: \\, \", \xHH or \uHHHH.
std::size_t end_outside_escape(std::string_view head) {
  constexpr std::size_t kLongestEscape = 6;
  const std::size_t from = head.size() - std::min(head.size(), kLongestEscape - 1);
  const std::size_t last = head.rfind('\\');
  if (last == std::string_view::npos || last < from) return head.size();
  // In an even run each backslash is half of an escape that is whole.
  return backslashes_at_end(head.substr(0, last + 1)) % 2 == 1 ? last : head.size();
}

}  // namespace

void LineSplitter::keep(std::string_view piece) {
  pending_ += piece.size();
  if (kept_.size() + piece.size() <= kMaxLineBytes) {
    kept_.append(piece);
    return;
  }
  if (kept_.size() < kHeadBytes) {
    const std::size_t missing = std::min(kHeadBytes - kept_.size(), piece.size());
    kept_.append(piece.substr(0, missing));
    piece.remove_prefix(missing);
  }
  if (piece.size() >= kTailBytes) {
    leave_out(std::string_view(kept_).substr(kHeadBytes));
    leave_out(piece.substr(0, piece.size() - kTailBytes));
    kept_.resize(kHeadBytes);
    piece.remove_prefix(piece.size() - kTailBytes);
  } else if (kept_.size() + piece.size() > kMaxLineBytes) {
    const std::size_t size = kept_.size() - kHeadBytes - kTailBytes;
    leave_out(std::string_view(kept_).substr(kHeadBytes, size));
    kept_.erase(kHeadBytes, size);
  }
  kept_.append(piece);
}

void LineSplitter::leave_out(std::string_view bytes) {
  if (!is_cut_) ends_escaping_ = backslashes_at_end(std::string_view(kept_).substr(0, kHeadBytes)) % 2 == 1;
  is_cut_ = true;
  const std::size_t run = backslashes_at_end(bytes);
  const bool goes_on = run == bytes.size() && ends_escaping_;
  ends_escaping_ = (run + (goes_on ? 1 : 0)) % 2 == 1;
}

std::string_view LineSplitter::kept_line() {
  if (!is_cut_) return kept_;
  ++shortened_;
  const std::string_view all = kept_;
  const std::size_t head = end_outside_escape(all.substr(0, kHeadBytes));
  kept_.erase(head, kHeadBytes + (ends_escaping_ ? 1 : 0) - head);
  return kept_;
}

void LineSplitter::let_go() {
  pending_ = 0;
  is_cut_ = false;
  if (kept_.capacity() > kSpareBytes) {
    kept_ = std::string();
  } else {
    kept_.clear();
  }
}

}  // namespace sluice::intake
