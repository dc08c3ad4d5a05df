// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/inotify.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace sluice {
namespace {

// Both kinds of limits are a user's, so other programs can use them up.
Error naming_the_limit(const Error& error) {
  if (error.code() == EMFILE)
    return error.in("the inotify instances of this user are used up (raise fs.inotify.max_user_instances)");
  if (error.code() == ENOSPC)
    return error.in("the inotify watches of this user are used up (raise fs.inotify.max_user_watches)");
  return error;
}

}  // namespace

// What one user watches, and the events that wait for that user.
struct Inotify::Share {
  struct Interest {
    std::uint32_t mask = 0;
    bool in_everything = false;         // in every entry of a folder
    std::vector<std::string> names{};   // else in these
    std::deque<std::string> renamed{};  // and in these, which once had one of the names; the oldest is first
  };

  std::map<int, Interest> watches{};
  std::deque<Event> queue{};
  std::function<void()> ready{};  // empty: the user does not wait

  void push(Event event) {
    const bool is_again = event.head.cookie == 0 && !queue.empty() && queue.back().head == event.head &&
                          queue.back().name == event.name;
    if (is_again) return;
    if (queue.size() == kMaxQueued) {
      queue.clear();
      event = {{.wd = -1, .mask = IN_Q_OVERFLOW}, {}};
    }
    queue.push_back(std::move(event));
  }
};

// The descriptor of one loop, and who watches what with it.
class Inotify::Instance : public std::enable_shared_from_this<Inotify::Instance> {
 public:
  Result<void> open(const boost::asio::any_io_executor& executor) {
    if (descriptor_) return {};
    if (is_over_) return Error("the loop has ended");
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return naming_the_limit(Error::system("inotify_init1", errno));
    descriptor_.emplace(executor, fd);
    if (!is_armed_ && waiting_ > 0) arm();
    return {};
  }

  // Nobody's handlers run any more. The descriptor must go before the loop's own parts do.
  void end() {
    is_over_ = true;
    descriptor_.reset();
  }

  Result<int> add(Share& share, const std::string& path, std::uint32_t mask,
                  std::optional<std::string_view> name) {
    // Others may watch the same for other events: the masks add up, and each user is told of its own.
    const int watch =
        inotify_add_watch(descriptor_->native_handle(), path.c_str(), mask | std::uint32_t{IN_MASK_ADD});
    if (watch < 0) return naming_the_limit(Error::system(fmt::format("watching {}", path), errno));
    auto [at, is_new] = share.watches.try_emplace(watch);
    Share::Interest& interest = at->second;
    interest.mask = mask;
    Watch& all = watches_[watch];
    if (is_new) all.shares.insert(&share);
    if (!name) {
      interest.in_everything = true;
      all.in_everything.insert(&share);
    } else if (std::ranges::find(interest.names, *name) == interest.names.end()) {
      interest.names.emplace_back(*name);
      all.by_name[std::string(*name)].insert(&share);
    }
    return watch;
  }

  void forget_names(Share& share) {
    for (auto& [watch, interest] : share.watches) {
      for (const std::string& name : std::exchange(interest.names, {})) {
        if (std::ranges::find(interest.renamed, name) == interest.renamed.end())
          unlist(watches_[watch], name, share);
      }
    }
  }

  void follow_entry(Share& share, int watch, const std::string& name) {
    const auto at = share.watches.find(watch);
    if (at != share.watches.end()) follow(watches_.at(watch), at->second, name, share);
  }

  void remove(Share& share, int watch) {
    const auto interest = share.watches.extract(watch);
    if (interest.empty()) return;
    const auto at = watches_.find(watch);
    Watch& all = at->second;
    all.shares.erase(&share);
    if (all.shares.empty()) {
      watches_.erase(at);
      if (descriptor_) inotify_rm_watch(descriptor_->native_handle(), watch);
      return;
    }
    all.in_everything.erase(&share);
    for (const std::string& name : interest.mapped().names)
      unlist(all, name, share);
    for (const std::string& name : interest.mapped().renamed)
      unlist(all, name, share);
  }

  void wait(const std::shared_ptr<Share>& share, std::function<void()> ready) {
    if (!share->ready) ++waiting_;
    share->ready = std::move(ready);
    if (!share->queue.empty()) return wake(share);
    if (!is_armed_) arm();
  }

  void leave(const std::shared_ptr<Share>& share) {
    while (!share->watches.empty())
      remove(*share, share->watches.begin()->first);
    share->queue.clear();
    if (std::exchange(share->ready, {}) && --waiting_ == 0 && descriptor_) {
      boost::system::error_code ignored;
      descriptor_->cancel(ignored);
    }
  }

  // Reads the kernel's events, and gives each to the shares that asked for it.
  void fetch() {
    // EAGAIN ends it; nothing else is possible with a valid descriptor and a buffer of this size.
    while (descriptor_) {
      const ssize_t got = ::read(descriptor_->native_handle(), buffer_.data(), buffer_.size());
      if (got <= 0) return;
      for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        inotify_event event{};
        std::memcpy(&event, buffer_.data() + at, sizeof(event));
        // The name is padded with zeros.
        const std::string_view name =
            event.len > 0 ? std::string_view(buffer_.data() + at + sizeof(event)) : "";
        hand_out({event.wd, event.mask, event.cookie}, name);
        at += sizeof(event) + event.len;
      }
    }
  }

  std::shared_ptr<Share> make_share() {
    auto share = std::make_shared<Share>();
    shares_.emplace(share.get(), share);
    return share;
  }
  void drop_share(Share* share) { shares_.erase(share); }

 private:
  struct Watch {
    std::unordered_set<Share*> shares{};
    std::unordered_set<Share*> in_everything{};
    std::unordered_map<std::string, std::unordered_set<Share*>> by_name{};
  };
  // The first half of a rename went to these; the second half concerns them too.
  struct Rename {
    std::uint32_t cookie = 0;
    std::vector<std::weak_ptr<Share>> shares;
  };
  static constexpr std::size_t kMaxRenames = 64;
  static constexpr std::size_t kBufferBytes = 256 * (sizeof(inotify_event) + NAME_MAX + 1);

  static void unlist(Watch& watch, const std::string& name, Share& share) {
    const auto at = watch.by_name.find(name);
    if (at == watch.by_name.end()) return;
    at->second.erase(&share);
    if (at->second.empty()) watch.by_name.erase(at);
  }

  void arm() {
    if (!descriptor_) return;
    is_armed_ = true;
    descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [weak = weak_from_this()](const boost::system::error_code& error) {
                              const auto self = weak.lock();
                              if (!self) return;
                              self->is_armed_ = false;
                              if (!error) self->fetch();
                              if (self->waiting_ > 0) self->arm();
                            });
  }

  void wake(const std::shared_ptr<Share>& share) {
    if (!share->ready || !descriptor_) return;
    --waiting_;
    // Each in a turn of its own, so that the loop does others' work in between.
    boost::asio::post(descriptor_->get_executor(), [ready = std::exchange(share->ready, {})] { ready(); });
  }

  void give(Share* to, const InotifyEvent& event, std::string_view name) {
    const auto at = shares_.find(to);
    const auto share = at == shares_.end() ? nullptr : at->second.lock();
    if (!share) return;
    share->push({event, std::string(name)});
    wake(share);
  }

  void hand_out(const InotifyEvent& event, std::string_view name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      for (const auto& [share, weak] : shares_)
        give(share, event, name);
      return;
    }
    const auto at = watches_.find(event.wd);
    if (at == watches_.end()) return;  // removed; its last events
    for (Share* share : concerned(at->second, event, name)) {
      constexpr std::uint32_t kAlways = IN_IGNORED | IN_UNMOUNT;
      if ((event.mask & (share->watches.at(event.wd).mask | kAlways)) != 0) give(share, event, name);
    }
    if ((event.mask & IN_IGNORED) != 0) {
      for (Share* share : at->second.shares)
        share->watches.erase(event.wd);
      watches_.erase(at);
    }
  }

  // The shares that asked for such an event. Follows what is renamed.
  std::vector<Share*> concerned(Watch& watch, const InotifyEvent& event, std::string_view name) {
    if (name.empty()) return {watch.shares.begin(), watch.shares.end()};
    std::vector<Share*> shares(watch.in_everything.begin(), watch.in_everything.end());
    const std::string key(name);
    std::vector<Share*> named;
    if (const auto at = watch.by_name.find(key); at != watch.by_name.end())
      named.assign(at->second.begin(), at->second.end());
    if ((event.mask & IN_MOVED_TO) != 0) {
      for (Share* share : renaming(event.cookie)) {
        if (!watch.shares.contains(share)) continue;
        if (std::ranges::find(named, share) == named.end()) named.push_back(share);
        follow(watch, share->watches.at(event.wd), key, *share);
      }
    }
    if ((event.mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
      for (Share* share : named)
        let_go(watch, share->watches.at(event.wd), key, *share);
      if ((event.mask & IN_MOVED_FROM) != 0 && !named.empty()) note_rename(event.cookie, named);
    }
    for (Share* share : named) {
      if (!watch.in_everything.contains(share)) shares.push_back(share);
    }
    return shares;
  }

  static void follow(Watch& watch, Share::Interest& interest, const std::string& name, Share& share) {
    if (std::ranges::find(interest.renamed, name) != interest.renamed.end()) return;
    if (interest.renamed.size() == kMaxRenamed) {
      const std::string oldest = interest.renamed.front();
      let_go(watch, interest, oldest, share);
    }
    interest.renamed.push_back(name);
    watch.by_name[name].insert(&share);
  }

  static void let_go(Watch& watch, Share::Interest& interest, const std::string& name, Share& share) {
    if (std::erase(interest.renamed, name) == 0) return;
    if (std::ranges::find(interest.names, name) == interest.names.end()) unlist(watch, name, share);
  }

  void note_rename(std::uint32_t cookie, const std::vector<Share*>& shares) {
    if (renames_.size() == kMaxRenames) renames_.pop_front();
    Rename& rename = renames_.emplace_back();
    rename.cookie = cookie;
    for (Share* share : shares)
      rename.shares.push_back(shares_.at(share));
  }

  std::vector<Share*> renaming(std::uint32_t cookie) {
    const auto at = std::ranges::find(renames_, cookie, &Rename::cookie);
    if (at == renames_.end()) return {};
    std::vector<Share*> shares;
    for (const auto& weak : at->shares) {
      if (const auto share = weak.lock()) shares.push_back(share.get());
    }
    renames_.erase(at);
    return shares;
  }

  std::optional<boost::asio::posix::stream_descriptor> descriptor_;  // nothing while no instance is left
  std::unordered_map<int, Watch> watches_;
  std::unordered_map<Share*, std::weak_ptr<Share>> shares_;
  std::deque<Rename> renames_;  // whose second half has not come; at most kMaxRenames
  std::size_t waiting_ = 0;     // users that wait
  bool is_armed_ = false;
  bool is_over_ = false;
  alignas(inotify_event) std::array<char, kBufferBytes> buffer_{};
};

// Asio keeps one of these for each loop.
class Inotify::Service : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;  // Asio asks for this name

  explicit Service(boost::asio::execution_context& context)
      : boost::asio::execution_context::service(context), instance_(std::make_shared<Instance>()) {}

  [[nodiscard]] const std::shared_ptr<Instance>& instance() const { return instance_; }

 private:
  void shutdown() noexcept override { instance_->end(); }

  std::shared_ptr<Instance> instance_;
};

Inotify::Inotify(const boost::asio::any_io_executor& executor)
    : executor_(executor),
      instance_(
          boost::asio::use_service<Service>(boost::asio::query(executor, boost::asio::execution::context))
              .instance()),
      share_(instance_->make_share()) {}

Result<Inotify> Inotify::create(const boost::asio::any_io_executor& executor) {
  Inotify made(executor);
  if (auto opened = made.instance_->open(executor); !opened) return opened.error();
  return made;
}

Inotify::Inotify(Inotify&&) noexcept = default;

Inotify& Inotify::operator=(Inotify&& other) noexcept {
  if (this != &other) {
    close();
    executor_ = std::move(other.executor_);
    instance_ = std::move(other.instance_);
    share_ = std::move(other.share_);
  }
  return *this;
}

Inotify::~Inotify() {
  close();
}

Result<int> Inotify::add(const std::string& path, std::uint32_t mask) {
  if (auto opened = instance_->open(executor_); !opened) return opened.error();
  return instance_->add(*share_, path, mask, std::nullopt);
}

Result<int> Inotify::add_name(const std::string& folder, std::string_view name, std::uint32_t mask) {
  if (auto opened = instance_->open(executor_); !opened) return opened.error();
  return instance_->add(*share_, folder, mask, name);
}

void Inotify::forget_names() {
  if (instance_) instance_->forget_names(*share_);
}

void Inotify::remove(int watch) {
  if (instance_) instance_->remove(*share_, watch);
}

void Inotify::follow_entry(int watch, std::string_view name) {
  if (instance_) instance_->follow_entry(*share_, watch, std::string(name));
}

void Inotify::wait(std::function<void()> ready) {
  if (instance_) instance_->wait(share_, std::move(ready));
}

bool Inotify::has_events() {
  fetch();
  return !share_->queue.empty();
}

void Inotify::drop_events() {
  fetch();
  share_->queue.clear();
}

void Inotify::close() {
  if (!instance_) return;
  instance_->leave(share_);
  instance_->drop_share(share_.get());
  instance_.reset();
}

void Inotify::fetch() {
  if (instance_) instance_->fetch();
}

std::optional<Inotify::Event> Inotify::next() {
  if (share_->queue.empty()) return std::nullopt;
  Event event = std::move(share_->queue.front());
  share_->queue.pop_front();
  return event;
}

}  // namespace sluice
