// SPDX-License-Identifier: Apache-2.0
// Tells any number of listeners of something that happens. Whoever makes the event is created first and knows
// none of them; each listener subscribes when it is created, and stays until it drops its subscription. On
// the loop's thread; keeps no event.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace sluice::app {

template <class Event>
class Broadcast {
 public:
  using Listener = std::function<void(const Event&)>;

 private:
  using Listeners = std::list<Listener>;

 public:
  // Ends the listening when it goes; may outlive the broadcast.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept
        : listeners_(std::exchange(other.listeners_, {})), at_(other.at_) {}
    Subscription& operator=(Subscription&& other) noexcept {
      end();
      listeners_ = std::exchange(other.listeners_, {});
      at_ = other.at_;
      return *this;
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() { end(); }

    // Not within a call of any listener.
    void end() {
      if (const auto listeners = std::exchange(listeners_, {}).lock()) listeners->erase(at_);
    }

   private:
    friend class Broadcast;
    Subscription(const std::shared_ptr<Listeners>& listeners, typename Listeners::iterator at)
        : listeners_(listeners), at_(at) {}

    std::weak_ptr<Listeners> listeners_;
    typename Listeners::iterator at_{};
  };

  [[nodiscard]] Subscription subscribe(Listener listener) {
    return {listeners_, listeners_->insert(listeners_->end(), std::move(listener))};
  }

  // In the order in which they subscribed.
  void send(const Event& event) const {
    for (const Listener& listener : *listeners_)
      listener(event);
  }

 private:
  std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
};

}  // namespace sluice::app
