// SPDX-License-Identifier: Apache-2.0
// Remembers which lines of a log were delivered, so that a file that is rewritten with the end of its old
// content is not delivered again: tools that keep the last lines of a log do that, in place or by a rename.
// Used by the tail; reads no file itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::intake {

// Names a line in few bytes. Stored with positions: the hash must not change.
struct LineMark {
  std::uint64_t bytes = 0;  // its length
  std::uint64_t hash = 0;

  bool operator==(const LineMark&) const = default;
};
[[nodiscard]] LineMark mark_of(std::string_view line);

class DeliveredLines {
 public:
  // About 25 MB of a usual log, in 512 KiB of memory at most.
  static constexpr std::uint64_t kMaxLines = 131'072;

  explicit DeliveredLines(std::uint64_t max_lines = kMaxLines) : max_lines_(max_lines) {}

  // A line that was delivered, in their order.
  void note(std::string_view line);
  [[nodiscard]] std::optional<LineMark> last() const { return last_; }

  // From here on come the lines of a file from its start that may hold old lines.
  void begin_check();
  // What comes next was never delivered.
  void end_check();

  // Calls deliver(line) for what is new, and remembers it. During a check, lines that were delivered before
  // are passed over as long as they come in their old order; lines may be missing among them. One such line
  // alone may be chance: it is held back until the next line, or flush(), tells.
  template <class Deliver>
  void take(std::string_view line, Deliver&& deliver) {
    if (is_checking_ && is_old(line)) return;
    flush(deliver);
    deliver(line);
    note(line);
  }

  // No further line is there now: a line that is held back is delivered, unless it is the last one of the old
  // content, which is what a file keeps that was cut to one line.
  template <class Deliver>
  void flush(Deliver&& deliver) {
    if (held_count_ == 0) return;
    const std::string line = std::exchange(held_, {});
    std::uint64_t count = std::exchange(held_count_, 0);
    if (mark_of(line) == last_at_check_) return;
    for (; count > 0; --count) {
      deliver(std::string_view(line));
      note(line);
    }
  }

 private:
  [[nodiscard]] std::uint64_t oldest() const { return total_ - lines_.size(); }
  // Where the line stands among those that were delivered, from the place on that the check has reached.
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint32_t hash) const;
  // Whether the line is to be passed over or held back; ends the check if it is new.
  bool is_old(std::string_view line);
  void hold(std::string_view line);

  std::uint64_t max_lines_;
  std::vector<std::uint32_t> lines_;  // hashes; line n stands at n % max_lines_
  std::uint64_t total_ = 0;           // lines noted since the start
  std::optional<LineMark> last_;

  bool is_checking_ = false;
  // Of the check: the line that would come next, and how many lines had been noted when it began.
  std::uint64_t next_ = 0;
  std::uint64_t check_end_ = 0;
  std::optional<LineMark> last_at_check_;
  std::optional<LineMark> first_old_;  // the first old line
  bool is_rewritten_ = false;          // another old line came behind it
  std::string held_;                   // the first old line while no other came
  std::uint64_t held_count_ = 0;       // how many times it came
};

}  // namespace sluice::intake
