// SPDX-License-Identifier: Apache-2.0
// TLS hellos that wait for the first page of their connection: the filter sees the hello before the server
// writes its line. Bounded: the oldest is replaced. Used by the detector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/detection/clients/tls/client_hello.h"
#include "daemon/detection/clients/tls/ja4.h"

namespace sluice::detection {

// Whether two fingerprints may belong to one program. A program offers the same ciphers on every connection,
// while its extensions vary: a session to resume, a name to send.
[[nodiscard]] inline bool same_software(std::string_view one, std::string_view other) {
  const auto ciphers = [](std::string_view ja4) {
    const auto first = ja4.find('_');
    const auto second = ja4.find('_', first + 1);
    return second == std::string_view::npos ? ja4 : ja4.substr(first + 1, second - first - 1);
  };
  return ciphers(one) == ciphers(other);
}

class RecentHellos {
 public:
  static constexpr std::size_t kMost = 1024;  // of 2.3 KB each

  // What came from one source since its last page.
  struct Entry {
    Prefix source;
    WallTime time;  // of the last
    std::uint32_t hellos = 0;
    std::uint32_t resumed = 0;
    bool several_clients = false;  // the whole hellos come from different programs
    std::string fingerprint;       // of the last whole hello; empty: none was whole
    ClientHello hello;             // the last whole hello
  };

  void add(const Prefix& source, WallTime time, const ClientHello& hello) {
    Entry& entry = entry_of(source);
    entry.time = time;
    ++entry.hellos;
    if (hello.offers_resumption) ++entry.resumed;
    if (!hello.whole) return;
    std::string fingerprint = ja4(hello);
    if (!entry.fingerprint.empty() && !same_software(entry.fingerprint, fingerprint))
      entry.several_clients = true;
    entry.fingerprint = std::move(fingerprint);
    entry.hello = hello;
  }

  [[nodiscard]] bool waits(const Prefix& source) const { return index_.contains(source); }
  // Removes and returns what came from the source; null: nothing did. Valid until the next add().
  [[nodiscard]] const Entry* take(const Prefix& source) {
    const auto at = index_.find(source);
    if (at == index_.end()) return nullptr;
    const std::uint32_t place = at->second;
    index_.erase(at);
    return &entries_[place];
  }

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  // Hellos that were replaced before their source asked for a page.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  Entry& entry_of(const Prefix& source) {
    const auto place = static_cast<std::uint32_t>(next_);
    const auto [at, is_new] = index_.try_emplace(source, place);
    if (!is_new) return entries_[at->second];
    if (next_ == entries_.size()) entries_.emplace_back();
    next_ = (next_ + 1) % kMost;
    Entry& entry = entries_[place];
    if (const auto former = index_.find(entry.source);
        entry.hellos > 0 && former != index_.end() && former->second == place && entry.source != source) {
      index_.erase(former);
      ++forgotten_;
    }
    entry = Entry{};
    entry.source = source;
    return entry;
  }

  std::vector<Entry> entries_;  // a ring
  std::size_t next_ = 0;
  boost::unordered_flat_map<Prefix, std::uint32_t, std::hash<Prefix>> index_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace sluice::detection
