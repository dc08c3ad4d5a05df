// SPDX-License-Identifier: Apache-2.0
// The kernel's inotify on the loop: watches of files and folders, and the wake-up when something happened
// there. Used by the tails of logs and by the watch of the lists' files. What an event means is for them to
// say.
//
// The kernel gives a user 128 instances by default, for all of that user's programs together. So there is one
// instance for each loop, whatever the number of those who use it. An Inotify is one user's share of it: its
// watches and its queue of events. Several users may watch the same file or folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <sys/inotify.h>

#include "daemon/base/error.h"

namespace sluice {

// inotify(7) says what each is.
struct InotifyEvent {
  int wd = -1;
  std::uint32_t mask = 0;
  std::uint32_t cookie = 0;

  bool operator==(const InotifyEvent&) const = default;
};

class Inotify {
 public:
  // Events that wait for one user, and names that one user follows through renames in one folder.
  static constexpr std::size_t kMaxQueued = 16'384;
  static constexpr std::size_t kMaxRenamed = 32;

  // Fails where no instance is left; the error says which setting to raise.
  [[nodiscard]] static Result<Inotify> create(const boost::asio::any_io_executor& executor);
  // Never fails: where no instance is left, add() says so, and tries again each time.
  explicit Inotify(const boost::asio::any_io_executor& executor);

  Inotify(Inotify&&) noexcept;
  Inotify& operator=(Inotify&&) noexcept;
  ~Inotify();

  // Watches what stands at the path for the events of the mask (IN_*). The same file has the same watch, and
  // the newer mask. The error is of the path, its code is errno's, and where a limit is reached it says which
  // setting to raise.
  [[nodiscard]] Result<int> add(const std::string& path, std::uint32_t mask);
  // As add(), of a folder, for what happens to the entry of this name and to the folder itself. May be called
  // for several names of one folder. An entry that is renamed is followed under its new name as well. Where
  // thousands of files of one folder are followed, this keeps each event from waking all who follow them.
  [[nodiscard]] Result<int> add_name(const std::string& folder, std::string_view name, std::uint32_t mask);
  // The names of all watches are forgotten, to be added anew; the watches stay, and so do the new names of
  // what was renamed.
  void forget_names();
  // An entry of a watched folder is followed from here on, through renames, until it is deleted. Of more than
  // kMaxRenamed in one folder the oldest is let go.
  void follow_entry(int watch, std::string_view name);
  void remove(int watch);

  // Calls `ready` once, on the loop, when there are events to read. It may still be called after close() if
  // it was on its way by then, so it must hold its owner weakly.
  void wait(std::function<void()> ready);

  // Whether there is an event to read now.
  [[nodiscard]] bool has_events();
  // Reads the events that there are, without waiting, and calls visit(event, name) for each; `name` lives
  // until it returns. Where events were lost, one with IN_Q_OVERFLOW stands in their place.
  template <class Visit>
  void read(Visit&& visit) {
    fetch();
    while (const auto event = next())
      visit(event->head, std::string_view(event->name));
  }
  // For users who look at what they watch anew, whatever happened.
  void drop_events();

  // Nothing is watched afterwards. add() must not be called any more.
  void close();
  [[nodiscard]] boost::asio::any_io_executor executor() const { return executor_; }

 private:
  struct Event {
    InotifyEvent head{};
    std::string name;
  };
  class Instance;
  class Service;
  struct Share;

  void fetch();
  std::optional<Event> next();

  boost::asio::any_io_executor executor_;
  std::shared_ptr<Instance> instance_;  // null once it is closed or moved from
  std::shared_ptr<Share> share_;
};

}  // namespace sluice
