// SPDX-License-Identifier: Apache-2.0
// The property that the tail exists for: whatever is done to a log, every line comes exactly once and in
// order.
#include <algorithm>
#include <memory>
#include <random>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

constexpr int kKeep = 8;  // rotated files

// A web server and its log rotation, and the tail that watches them.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    if (!follower_.start(Start::beginning)) std::abort();
    reopen();
  }

  void step() {
    const int dice = below(100);
    if (dice < 45) {
      write_lines();
    } else if (dice < 52) {
      write_part_of_line();
    } else if (dice < 72) {
      look();
    } else if (dice < 82) {
      rotate_by_rename();
    } else if (dice < 88) {
      rotate_by_copy();
    } else if (dice < 90) {
      remove();
    } else if (dice < 94) {
      trim();
    } else {
      restart();
    }
  }

  void finish() {
    finish_line();
    reopen();
    write_lines();
    look();
  }

  [[nodiscard]] const std::vector<std::string>& written() const { return written_; }
  [[nodiscard]] const std::vector<std::string>& received() const { return received_; }
  [[nodiscard]] const std::string& history() const { return history_; }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  void note(std::string_view what) { history_ += fmt::format("{} ", what); }

  void put(std::string_view text) {
    server_->write(text);
    stamp(*server_);
  }

  // Rotations of real logs are minutes apart; here each change gets a second of its own.
  void stamp(const Appender& file) {
    const timespec times[2] = {{++clock_, 0}, {clock_, 0}};
    ASSERT_EQ(futimens(file.fd(), times), 0);
  }

  void write_lines() {
    note(fmt::format("write-from-{}", written_.size()));
    finish_line();
    std::string text;
    for (int i = below(20); i >= 0; --i) {
      written_.push_back(fmt::format("line {:06} {}", written_.size(), std::string(below(300), 'x')));
      text += written_.back() + "\n";
    }
    if (below(40) == 0) {
      for (int i = 0; i < 2000; ++i) {  // more than one turn takes
        written_.push_back(fmt::format("line {:06} {}", written_.size(), std::string(200, 'y')));
        text += written_.back() + "\n";
      }
    }
    put(text);
  }

  void write_part_of_line() {
    note("part");
    finish_line();
    written_.push_back(fmt::format("line {:06} {}", written_.size(), std::string(50, 'p')));
    // Past the number: a start that all lines share cannot tell two contents apart.
    const std::size_t cut =
        11 + static_cast<std::size_t>(below(static_cast<int>(written_.back().size()) - 10));
    put(std::string_view(written_.back()).substr(0, cut));
    rest_ = written_.back().substr(cut) + "\n";
  }

  void finish_line() {
    if (!rest_.empty()) put(rest_);
    rest_.clear();
  }

  void look() {
    note("look");
    for (std::string& line : follower_.take())
      received_.push_back(std::move(line));
    rotations_unseen_ = 0;
    struct stat status {};
    seen_ = stat((folder_ / "access.log").c_str(), &status) == 0 && status.st_size > 0;
  }

  void shift() {
    for (int i = kKeep - 1; i >= 1; --i) {
      const std::string from = fmt::format("access.log.{}", i);
      if (std::filesystem::exists(folder_ / from)) folder_.rename(from, fmt::format("access.log.{}", i + 1));
    }
    ++rotations_unseen_;
  }

  void reopen() {
    if (std::filesystem::exists(folder_ / "access.log")) {
      struct stat by_name {};
      struct stat by_fd {};
      if (server_ && stat((folder_ / "access.log").c_str(), &by_name) == 0 &&
          fstat(server_->fd(), &by_fd) == 0 && by_name.st_ino == by_fd.st_ino) {
        return;
      }
    }
    server_ = std::make_unique<Appender>(folder_ / "access.log");
    stamp(*server_);
    seen_ = false;
  }

  // What the server writes until it reopens its log goes to the old file.
  void write_late() {
    if (below(2) == 0) write_lines();
    if (below(2) == 0 && !down_) look();
    if (below(3) == 0) write_part_of_line();
    finish_line();
  }

  void rotate_by_rename() {
    if (rotations_unseen_ >= kKeep - 2) return;
    note("rename");
    shift();
    folder_.rename("access.log", "access.log.1");
    if (below(2) == 0) {  // logrotate's `create`
      stamp(Appender(folder_ / "access.log"));
    }
    write_late();
    reopen();
    if (below(2) == 0) write_lines();
    seen_ = false;
  }

  void rotate_by_copy() {
    // What was truncated before the tail had read a byte of it cannot be told from a fresh file.
    if (!seen_ || rotations_unseen_ >= kKeep - 2) return;
    note("copy");
    finish_line();
    shift();
    folder_.copy("access.log", "access.log.1");
    folder_.set_modified("access.log.1", ++clock_);
    folder_.truncate("access.log");
    folder_.set_modified("access.log", ++clock_);
    if (below(2) == 0) write_lines();
    seen_ = false;
  }

  // A tool keeps the last lines of the log: it writes them to the same file, in one piece or in two, or puts
  // another file in its place.
  void trim() {
    if (!seen_) return;
    finish_line();
    const std::vector<std::string> lines = lines_of_log();
    // What was not read yet is kept, with two lines that were.
    const std::size_t least = written_.size() - received_.size() + 2;
    if (lines.size() < least) return;
    // The second piece begins where two lines at least are there: one alone may be a new content that begins
    // alike.
    const std::size_t kept =
        least + static_cast<std::size_t>(below(static_cast<int>(lines.size() - least) + 1));
    const std::size_t first = 2 + static_cast<std::size_t>(below(static_cast<int>(kept) - 1));
    const auto begin = lines.end() - static_cast<std::ptrdiff_t>(kept);
    const auto middle = begin + static_cast<std::ptrdiff_t>(first);
    const int way = below(3);
    note(way == 0 ? "trim-by-rename" : way == 1 ? "trim" : "trim-in-pieces");
    if (way == 0) {
      folder_.append("new", joined(begin, lines.end()));
      folder_.set_modified("new", ++clock_);
      folder_.rename("new", "access.log");
      server_ = std::make_unique<Appender>(folder_ / "access.log");
      seen_ = false;
      return;
    }
    folder_.truncate("access.log");
    if (way == 2 && !down_) look();
    folder_.append("access.log", joined(begin, middle));
    if (way == 2 && !down_) look();
    folder_.append("access.log", joined(middle, lines.end()));
    folder_.set_modified("access.log", ++clock_);
    seen_ = false;  // of the new content
  }

  [[nodiscard]] std::vector<std::string> lines_of_log() const {
    std::ifstream file(folder_ / "access.log");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
      lines.push_back(line);
    return lines;
  }

  static std::string joined(auto begin, auto end) {
    std::string text;
    for (auto at = begin; at != end; ++at)
      text += *at + "\n";
    return text;
  }

  void remove() {
    if (!seen_) return;
    note("remove");
    folder_.remove("access.log");
    write_late();
    reopen();
  }

  void restart() {
    look();
    note("stop");
    const auto position = follower_.stop();
    // The model's server writes only to the newest file by now, so one position covers everything.
    down_ = true;
    for (int i = below(6); i > 0; --i) {
      const int dice = below(4);
      if (dice == 3) trim();
      if (dice == 0) write_lines();
      if (dice == 1) rotate_by_rename();
      if (dice == 2) rotate_by_copy();
    }
    down_ = false;
    note("start");
    ASSERT_TRUE(follower_.start(Start::beginning, position));
  }

  LogFolder folder_;
  Follower follower_{folder_ / "access.log"};
  std::mt19937 random_;
  std::unique_ptr<Appender> server_;
  std::vector<std::string> written_;
  std::vector<std::string> received_;
  std::string rest_;  // of the line that is being written
  std::string history_;
  std::int64_t clock_ = 1'000'000;
  int rotations_unseen_ = 0;
  bool seen_ = false;  // the tail has read from the present file
  bool down_ = false;
};

TEST(TailProperty, EveryLineComesExactlyOnceAndInOrder) {
  const char* given = std::getenv("SLUICE_TEST_SEED");
  const unsigned first = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  const char* rounds_given = std::getenv("SLUICE_TEST_ROUNDS");
  const unsigned rounds = rounds_given != nullptr ? static_cast<unsigned>(std::stoul(rounds_given)) : 25;
  std::size_t lines = 0;
  for (unsigned seed = first; seed != first + rounds; ++seed) {
    World world(seed);
    for (int i = 0; i < 80; ++i)
      world.step();
    world.finish();
    const auto [expected, got] = std::ranges::mismatch(world.written(), world.received());
    ASSERT_TRUE(expected == world.written().end() && got == world.received().end())
        << "SLUICE_TEST_SEED=" << seed << " SLUICE_TEST_ROUNDS=1: expected "
        << (expected == world.written().end() ? "no more" : expected->substr(0, 12)) << ", got "
        << (got == world.received().end() ? "no more" : got->substr(0, 12)) << "; written "
        << world.written().size() << ", received " << world.received().size() << "; " << world.history();
    lines += world.written().size();
  }
  RecordProperty("seed", std::to_string(first));
  RecordProperty("lines", std::to_string(lines));
}

}  // namespace
}  // namespace sluice::intake
