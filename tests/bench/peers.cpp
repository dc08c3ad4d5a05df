// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/wire.h"
#include "structures.skel.h"
#include "tests/bench/check.h"

namespace sluice::bench {
namespace {

constexpr std::uint32_t kBatch = 65536;  // entries a system call

struct Keys {
  std::size_t size;  // of one, bytes
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] std::size_t count() const { return bytes.size() / size; }
};

// length (32 bits), address: as an LPM trie has them.
Keys trie_keys(std::span<const Prefix> prefixes) {
  const std::size_t width = prefixes.front().address().bytes().size();
  Keys keys{sizeof(std::uint32_t) + width, {}};
  keys.bytes.resize(prefixes.size() * keys.size);
  auto* at = keys.bytes.data();
  for (const Prefix& prefix : prefixes) {
    const std::uint32_t length = prefix.length();
    std::memcpy(at, &length, sizeof length);
    std::memcpy(at + sizeof length, prefix.address().bytes().data(), width);
    at += keys.size;
  }
  return keys;
}

Keys address_keys(std::span<const Address> addresses) {
  Keys keys{addresses.front().bytes().size(), {}};
  keys.bytes.resize(addresses.size() * keys.size);
  auto* at = keys.bytes.data();
  for (const Address& address : addresses) {
    std::memcpy(at, address.bytes().data(), keys.size);
    at += keys.size;
  }
  return keys;
}

// Every key gets the same value, of `value_size` bytes.
void update(int map, const Keys& keys, std::span<const std::uint8_t> value) {
  std::vector<std::uint8_t> values;
  for (std::uint32_t i = 0; i < kBatch; ++i)
    values.insert(values.end(), value.begin(), value.end());
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  for (std::size_t done = 0; done < keys.count();) {
    auto count = static_cast<std::uint32_t>(std::min<std::size_t>(kBatch, keys.count() - done));
    check(bpf_map_update_batch(map, keys.bytes.data() + done * keys.size, values.data(), &count, &options),
          "filling a table");
    done += count;
  }
}

// One that is not there any more, for standing twice among the keys, does not matter.
void remove(int map, const Keys& keys) {
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  for (std::size_t done = 0; done < keys.count();) {
    auto count = static_cast<std::uint32_t>(std::min<std::size_t>(kBatch, keys.count() - done));
    const int result = bpf_map_delete_batch(map, keys.bytes.data() + done * keys.size, &count, &options);
    if (result < 0 && result != -ENOENT) check(result, "emptying a table");
    done += result == -ENOENT ? count + 1 : count;
  }
}

std::array<std::uint8_t, 4> one() {
  return {1, 0, 0, 0};
}

// Where Debian's package puts it, whatever the architecture.
std::string xdp_filter_object() {
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    const auto path = folder.path() / "bpf" / "xdpfilt_alw_ip.o";
    if (std::error_code error; std::filesystem::exists(path, error)) return path.string();
  }
  throw std::runtime_error("xdp-filter's program is not installed (package xdp-tools): run scripts/setup");
}

}  // namespace

void Structures::Destroy::operator()(structures_bpf* skeleton) const {
  structures_bpf::destroy(skeleton);
}

Structures::Structures(const Room& trie, const Room& hash) : skeleton_(structures_bpf::open()) {
  if (!skeleton_) throw std::system_error(errno, std::generic_category(), "opening the structures");
  const auto& maps = skeleton_->maps;
  check(bpf_map__set_max_entries(trie.family == Family::ipv4 ? maps.trie_v4 : maps.trie_v6,
                                 static_cast<std::uint32_t>(trie.entries)),
        "sizing a trie");
  check(bpf_map__set_max_entries(hash.family == Family::ipv4 ? maps.exact_v4 : maps.exact_v6,
                                 static_cast<std::uint32_t>(hash.entries)),
        "sizing a hash");
  check(structures_bpf::load(skeleton_.get()), "loading the structures");
}

Structures Structures::with_trie(const Room& room) {
  return {room, {}};
}

Structures Structures::with_hash(const Room& room) {
  return {{}, room};
}

void Structures::fill_trie(std::span<const Prefix> prefixes) const {
  const bool ipv4 = prefixes.front().family() == Family::ipv4;
  update(bpf_map__fd(ipv4 ? skeleton_->maps.trie_v4 : skeleton_->maps.trie_v6), trie_keys(prefixes), one());
}

void Structures::empty_trie(std::span<const Prefix> prefixes) const {
  const bool ipv4 = prefixes.front().family() == Family::ipv4;
  remove(bpf_map__fd(ipv4 ? skeleton_->maps.trie_v4 : skeleton_->maps.trie_v6), trie_keys(prefixes));
}

void Structures::fill_hash(std::span<const Address> addresses) const {
  const bool ipv4 = addresses.front().family() == Family::ipv4;
  update(bpf_map__fd(ipv4 ? skeleton_->maps.exact_v4 : skeleton_->maps.exact_v6), address_keys(addresses),
         one());
}

void Structures::empty_hash(std::span<const Address> addresses) const {
  const bool ipv4 = addresses.front().family() == Family::ipv4;
  remove(bpf_map__fd(ipv4 ? skeleton_->maps.exact_v4 : skeleton_->maps.exact_v6), address_keys(addresses));
}

int Structures::nothing() const {
  return bpf_program__fd(skeleton_->progs.nothing);
}

int Structures::drop_all() const {
  return bpf_program__fd(skeleton_->progs.drop_all);
}

int Structures::parse_only() const {
  return bpf_program__fd(skeleton_->progs.parse_only);
}

int Structures::trie() const {
  return bpf_program__fd(skeleton_->progs.trie);
}

int Structures::exact() const {
  return bpf_program__fd(skeleton_->progs.exact);
}

void XdpFilter::Close::operator()(bpf_object* object) const {
  bpf_object__close(object);
}

XdpFilter::XdpFilter(const Room& room) : object_(bpf_object__open(xdp_filter_object().c_str())) {
  if (!object_) throw std::system_error(errno, std::generic_category(), "opening xdp-filter's program");
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(object_.get(), map)) != nullptr)
    check(bpf_map__set_pin_path(map, nullptr), "keeping xdp-filter's maps unpinned");
  map = bpf_object__find_map_by_name(object_.get(),
                                     room.family == Family::ipv4 ? "filter_ipv4" : "filter_ipv6");
  check(bpf_map__set_max_entries(map, static_cast<std::uint32_t>(std::max(room.entries, kOwnLimit))),
        "sizing xdp-filter's table");
  // So that it can stand behind the same tail call as the others; it reads no fragments either way.
  bpf_program* const program = bpf_object__next_program(object_.get(), nullptr);
  check(bpf_program__set_type(program, BPF_PROG_TYPE_XDP), "setting xdp-filter's type");
  check(bpf_program__set_expected_attach_type(program, BPF_XDP), "setting xdp-filter's type");
  check(bpf_program__set_flags(program, BPF_F_XDP_HAS_FRAGS), "setting xdp-filter's flags");
  check(bpf_object__load(object_.get()), "loading xdp-filter's program");
}

int XdpFilter::map_of(Family family) const {
  return bpf_object__find_map_fd_by_name(object_.get(),
                                         family == Family::ipv4 ? "filter_ipv4" : "filter_ipv6");
}

void XdpFilter::fill(std::span<const Address> addresses) const {
  // Per CPU a counter above six bits of flags, of which the lowest is "source".
  const int cpus = check(libbpf_num_possible_cpus(), "possible CPUs");
  std::vector<std::uint8_t> value(static_cast<std::size_t>(cpus) * sizeof(std::uint64_t));
  for (std::size_t cpu = 0; cpu < value.size(); cpu += sizeof(std::uint64_t))
    value[cpu] = 1;
  const int map = map_of(addresses.front().family());
  update(map, address_keys(addresses), value);
}

void XdpFilter::empty(std::span<const Address> addresses) const {
  remove(map_of(addresses.front().family()), address_keys(addresses));
}

int XdpFilter::program() const {
  return bpf_program__fd(bpf_object__next_program(object_.get(), nullptr));
}

}  // namespace sluice::bench
