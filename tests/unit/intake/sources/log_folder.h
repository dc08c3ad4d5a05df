// SPDX-License-Identifier: Apache-2.0
// A temporary folder with logs in it, and a tail on one of them that runs in the test's own thread: inotify
// queues its events before write() and rename() return, so polling the loop until it has nothing to do is
// enough, and no test waits.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/intake/sources/tail.h"

namespace sluice::intake {

class LogFolder {
 public:
  LogFolder() {
    std::string name = testing::TempDir() + "sluice-intake-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  ~LogFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  void append(std::string_view name, std::string_view text) const {
    std::ofstream(*this / name, std::ios::app | std::ios::binary) << text;
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(*this / from, *this / to);
  }
  void remove(std::string_view name) const { std::filesystem::remove_all(*this / name); }
  void copy(std::string_view from, std::string_view to) const {
    std::filesystem::copy_file(*this / from, *this / to);
  }
  void truncate(std::string_view name) const { std::filesystem::resize_file(*this / name, 0); }
  // Time stamps of files made within one tick of the kernel's clock are equal; real rotations are minutes
  // apart.
  void set_modified(std::string_view name, std::int64_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    if (utimensat(AT_FDCWD, (*this / name).c_str(), times, 0) != 0) std::abort();
  }

 private:
  std::filesystem::path path_;
};

// A file descriptor that appends, as a web server holds it across a rename.
class Appender {
 public:
  explicit Appender(const std::string& path)
      : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {}
  void write(std::string_view text) const {
    ASSERT_EQ(::write(fd_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

class Follower {
 public:
  using Lines = std::vector<std::string>;

  explicit Follower(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] Result<> start(Start start, std::optional<Position> position = std::nullopt) {
    auto tail = FileTail::start(loop_.get_executor(), {path_, start, position},
                                [this](std::string_view line) { lines_.emplace_back(line); });
    if (!tail) return tail.error();
    tail_ = std::move(*tail);
    return {};
  }
  // Everything that has happened is taken in.
  void poll() {
    loop_.restart();
    loop_.poll();
  }
  [[nodiscard]] Lines take() {
    poll();
    return std::exchange(lines_, {});
  }
  // Ends the tail; its last position.
  std::optional<Position> stop() {
    const auto position = tail_->position();
    tail_.reset();
    return position;
  }
  [[nodiscard]] FileTail& tail() { return *tail_; }
  [[nodiscard]] boost::asio::io_context& loop() { return loop_; }

 private:
  boost::asio::io_context loop_{1};
  std::string path_;
  Lines lines_;
  std::optional<FileTail> tail_;
};

class LogTest : public testing::Test {
 protected:
  LogFolder folder_;
  Follower follower_{folder_ / "access.log"};
};

}  // namespace sluice::intake
