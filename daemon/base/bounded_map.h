// SPDX-License-Identifier: Apache-2.0
// A hash table of bounded size that knows the age of its entries, so that the oldest makes room for a new
// one. An entry is as young as its last touch. Used for what is remembered of strangers; keeps no time and
// counts nothing itself: whoever must know what is forgotten passes a function.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

#include <boost/intrusive/list.hpp>

namespace sluice {

// Every operation takes constant time. Pointers and references to keys and values stay valid until that entry
// is erased or forgotten, also when the map is moved. An entry takes one allocation: key, value and 40 bytes.
template <class Key, class Value, class Hash = std::hash<Key>>
class BoundedMap {
 public:
  // `capacity`: at least 1.
  explicit BoundedMap(std::size_t capacity) : capacity_(capacity) { assert(capacity > 0); }
  BoundedMap(BoundedMap&&) noexcept = default;
  BoundedMap& operator=(BoundedMap&& other) noexcept {
    by_age_.clear();  // before the entries that it links
    entries_ = std::move(other.entries_);
    by_age_ = std::move(other.by_age_);
    capacity_ = other.capacity_;
    return *this;
  }
  ~BoundedMap() = default;

  // Null where there is none. Does not change its age.
  [[nodiscard]] Value* find(const Key& key) {
    const auto at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second.value;
  }
  [[nodiscard]] const Value* find(const Key& key) const {
    const auto at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second.value;
  }
  [[nodiscard]] bool contains(const Key& key) const { return entries_.contains(key); }

  // As find(), and makes it the youngest.
  Value* touch(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return nullptr;
    make_youngest(at->second);
    return &at->second.value;
  }

  struct Touched {
    Value& value;
    bool is_new;
  };
  // As touch(), and makes a Value() where there is none. Calls on_forget(key, value) for the oldest one first
  // where the map is full; it must not use the map.
  template <class OnForget>
  Touched touch_or_add(const Key& key, OnForget&& on_forget) {
    if (Value* known = touch(key)) return {*known, false};
    if (size() >= capacity_) forget_oldest(on_forget);
    return {add(key), true};
  }
  Touched touch_or_add(const Key& key) {
    return touch_or_add(key, [](const Key&, Value&) {});
  }
  // Adds a Value() under a key that is not there, beyond the capacity if the map is full: for whoever may not
  // forget just any entry, and makes room himself.
  Value& add(const Key& key) {
    const auto [at, is_new] = entries_.try_emplace(key);
    assert(is_new);
    at->second.key = &at->first;
    by_age_.push_back(at->second);
    return at->second.value;
  }

  // Whether it was there.
  bool erase(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return false;
    by_age_.erase(by_age_.iterator_to(at->second));
    entries_.erase(at);
    return true;
  }

  struct Oldest {
    const Key& key;
    Value& value;
  };
  // The map must not be empty.
  [[nodiscard]] Oldest oldest() {
    assert(!empty());
    Entry& entry = by_age_.front();
    return {*entry.key, entry.value};
  }
  // Calls on_forget(key, value), and erases it. The map must not be empty.
  template <class OnForget>
  void forget_oldest(OnForget&& on_forget) {
    const Oldest last = oldest();
    on_forget(last.key, last.value);
    by_age_.pop_front();
    // By iterator: the key that erase() compares with would go while it looks.
    entries_.erase(entries_.find(last.key));
  }
  void forget_oldest() {
    forget_oldest([](const Key&, Value&) {});
  }

  // Forgets the older half, each as touch_or_add() does, and has no room for more than is left from here on,
  // but for `least`.
  template <class OnForget>
  void shrink(std::size_t least, OnForget&& on_forget) {
    for (const std::size_t left = size() / 2; size() > left;)
      forget_oldest(on_forget);
    capacity_ = std::min(capacity_, std::max(least, size()));
  }

  // Forgets the oldest beyond it, each as touch_or_add() does.
  template <class OnForget>
  void set_capacity(std::size_t capacity, OnForget&& on_forget) {
    assert(capacity > 0);
    capacity_ = capacity;
    while (size() > capacity_)
      forget_oldest(on_forget);
  }

  // Calls visit(key, value) for each, the oldest first. It must not add or erase.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (Entry& entry : by_age_)
      visit(*entry.key, entry.value);
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& entry : by_age_)
      visit(*entry.key, entry.value);
  }

  void clear() {
    by_age_.clear();
    entries_.clear();
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  // A normal link: the entries are taken out of the list by hand, and no destructor looks whether they are in
  // one.
  using Link = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;
  struct Entry : Link {
    const Key* key = nullptr;  // that the table has it under
    Value value{};
  };
  using ByAge = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;

  void make_youngest(Entry& entry) { by_age_.splice(by_age_.end(), by_age_, by_age_.iterator_to(entry)); }

  std::size_t capacity_;
  std::unordered_map<Key, Entry, Hash> entries_;  // whose nodes do not move
  ByAge by_age_;                                  // the oldest first
};

}  // namespace sluice
