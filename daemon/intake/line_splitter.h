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
  // Hands every line that ends in `chunk` to sink(std::string_view), without its newline. The piece after the
  // last newline is kept until the rest comes. A line longer than kMaxLineBytes is cut to kMaxLineBytes + 1
  // bytes: parsers refuse it as too_long, so that it is counted and shown like every line they cannot read.
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
      if (pending_ > 0) {
        keep(line);
        line = kept_;
      }
      if (!skipping_) sink(line.substr(0, kMaxLineBytes + 1));
      skipping_ = false;
      consumed_ += size;
      pending_ = 0;
      kept_.clear();
    }
  }

  // The last piece, when no newline will come any more.
  template <class Sink>
  void finish(Sink&& sink) {
    if (pending_ > 0 && !skipping_) sink(std::string_view(kept_));
    consumed_ += pending_;
    pending_ = 0;
    kept_.clear();
  }

  // The stream starts inside a line, whose rest is to be passed over.
  void skip_to_newline() { skipping_ = true; }

  // Bytes of the lines whose sink has returned, newlines included: during a call the line in hand is not
  // among them.
  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }
  // Bytes after the last newline.
  [[nodiscard]] std::uint64_t pending() const { return pending_; }

 private:
  void keep(std::string_view piece) {
    pending_ += piece.size();
    kept_.append(piece.substr(0, kMaxLineBytes + 1 - kept_.size()));
  }

  std::string kept_;  // at most kMaxLineBytes + 1 bytes
  std::uint64_t pending_ = 0;
  std::uint64_t consumed_ = 0;
  bool skipping_ = false;
};

}  // namespace sluice::intake
