// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of bytes into lines, in bounded memory. Used by the tail and by the reading of whole files;
// opens and reads nothing itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/intake/line_parser.h"

namespace sluice::intake {

class LineSplitter {
 public:
  // What is left of a line that is longer than kMaxLineBytes: at least so much of its beginning and of its
  // end. The long field stands between them, so the fields before it and behind it can still be read.
  static constexpr std::size_t kHeadBytes = kMaxLineBytes / 2;
  static constexpr std::size_t kTailBytes = kMaxLineBytes / 4;

  // Hands every line that ends in `chunk` to sink(std::string_view), without its newline and at most
  // kMaxLineBytes long. The piece after the last newline is kept until the rest comes. A longer line loses
  // its middle and is counted; it is cut between two escapes of a server, so the cut makes no quote out of an
  // escaped one.
  template <class Sink>
  void feed(std::string_view chunk, Sink&& sink) {
    while (!chunk.empty()) {
      const auto newline = chunk.find('\n');
      if (newline == std::string_view::npos) {
        keep(chunk);
        return;
      }
      std::string_view line = chunk.substr(0, newline);
      chunk.remove_prefix(newline + 1);
      const std::uint64_t size = pending_ + newline + 1;
      if (pending_ > 0 || line.size() > kMaxLineBytes) {
        keep(line);
        line = kept_line();
      }
      if (!skipping_) sink(line);
      skipping_ = false;
      consumed_ += size;
      let_go();
    }
  }

  // The last piece, when no newline will come any more.
  template <class Sink>
  void finish(Sink&& sink) {
    if (pending_ > 0 && !skipping_) sink(kept_line());
    consumed_ += pending_;
    let_go();
  }

  // The stream starts inside a line, whose rest is to be passed over.
  void skip_to_newline() { skipping_ = true; }

  // Bytes of the lines whose sink has returned, newlines included: during a call the line in hand is not
  // among them.
  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }
  // Bytes after the last newline.
  [[nodiscard]] std::uint64_t pending() const { return pending_; }
  // Lines that lost their middle.
  [[nodiscard]] std::uint64_t shortened() const { return shortened_; }

 private:
  void keep(std::string_view piece);
  // Bytes that are left out, in their order.
  void leave_out(std::string_view bytes);
  // The line that was kept, without what was left out.
  std::string_view kept_line();
  void let_go();

  std::string kept_;  // at most kMaxLineBytes: the beginning of the line, and its end behind kHeadBytes
  std::uint64_t pending_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t shortened_ = 0;
  bool is_cut_ = false;         // something was left out at kHeadBytes
  bool ends_escaping_ = false;  // what was left out ends in a backslash that escapes what follows
  bool skipping_ = false;
};

}  // namespace sluice::intake
