// SPDX-License-Identifier: Apache-2.0
// The programs that are measured, each with its table filled: the kernel's structures, xdp-filter's own
// program, and Sluice. Used by the programs of tests/bench. Needs root; whatever the kernel refuses throws
// std::system_error.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "daemon/base/address.h"

struct bpf_object;
struct structures_bpf;

namespace sluice::bench {

// Room in a table, by family.
struct Room {
  Family family = Family::ipv4;
  std::size_t entries = 1;
};

// No table, the kernel's LPM trie and the kernel's hash.
class Structures {
 public:
  // Only the tables of the room's family get it, and of them only what is filled takes memory worth naming.
  static Structures with_trie(const Room& room);
  static Structures with_hash(const Room& room);
  Structures() : Structures({}, {}) {}

  // In batches, as fast as the kernel goes.
  void fill_trie(std::span<const Prefix> prefixes) const;
  void empty_trie(std::span<const Prefix> prefixes) const;
  void fill_hash(std::span<const Address> addresses) const;
  void empty_hash(std::span<const Address> addresses) const;

  [[nodiscard]] int nothing() const;
  [[nodiscard]] int drop_all() const;
  [[nodiscard]] int parse_only() const;
  [[nodiscard]] int trie() const;
  [[nodiscard]] int exact() const;

 private:
  Structures(const Room& trie, const Room& hash);

  struct Destroy {
    void operator()(structures_bpf* skeleton) const;
  };
  std::unique_ptr<structures_bpf, Destroy> skeleton_;
};

// The object that the package xdp-tools installs for `xdp-filter load -f ipv4,ipv6`, its maps pinned nowhere.
class XdpFilter {
 public:
  static constexpr std::size_t kOwnLimit = 10'000;  // addresses of a family

  explicit XdpFilter(const Room& room);

  // Blocks packets from these.
  void fill(std::span<const Address> addresses) const;
  void empty(std::span<const Address> addresses) const;
  [[nodiscard]] int program() const;

 private:
  [[nodiscard]] int map_of(Family family) const;

  struct Close {
    void operator()(bpf_object* object) const;
  };
  std::unique_ptr<bpf_object, Close> object_;
};

}  // namespace sluice::bench
