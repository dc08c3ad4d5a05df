// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/image/compile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "bpf/hash.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kTouchedV4Lines = (std::size_t{1} << 24U) / 512;
constexpr std::size_t kRootsV4Lines = (std::size_t{1} << 20U) * sizeof(sluice_list_root) / 64;
constexpr std::size_t kRulesLines = SLUICE_MAX_LISTS * sizeof(sluice_list_rule) / 64;
constexpr std::size_t kHeadLines = sizeof(sluice_list_image) / 64;
constexpr unsigned kRootLength = 20;  // of the networks that have a root
constexpr unsigned kNetLength = 32;   // and of those of IPv6 that are nets

std::uint16_t meta(const EntryV6& entry) {
  return static_cast<std::uint16_t>(entry.length << 8U | entry.list);
}

// What is known of a /32.
struct Net {
  std::uint32_t number = 0;
  ListNumber list = 0;
  std::uint32_t up_to_64 = 0;
  std::uint64_t wider = 0;
};

// Adds to a net what it must know of an entry.
void note(Net& net, const EntryV6& entry) {
  if (entry.length > 64) {
    net.wider |= 1ULL << (128 - entry.length);
  } else if (entry.length > kNetLength) {
    net.up_to_64 |= 1U << (64 - entry.length);
  } else if (entry.length == kNetLength) {
    net.list = entry.list;
  }
}

bool is_narrow(const EntryV6& entry) {
  return entry.length <= 64 && entry.length != kNetLength;
}

// What stands in the slots of a bucket.
template <class Bucket>
struct Slots;

template <>
struct Slots<sluice_bucket_v4> {
  using Item = EntryV4;
  static constexpr std::size_t kCount = 8;
  static std::uint64_t hash(std::uint64_t seed, Item item) {
    return sluice_list_hash_v4(seed, network_of(item), length_of(item));
  }
  static bool is_empty(const sluice_bucket_v4& bucket, std::size_t i) { return bucket.entries[i] == 0; }
  static Item get(const sluice_bucket_v4& bucket, std::size_t i) { return bucket.entries[i]; }
  static void put(sluice_bucket_v4& bucket, std::size_t i, Item item) { bucket.entries[i] = item; }
};

std::uint64_t hash_of(std::uint64_t seed, const EntryV6& entry) {
  if (entry.length <= 64) return sluice_list_hash_v6(seed, entry.high, entry.length);
  return sluice_list_hash_wide_v6(sluice_mix(seed ^ entry.high), entry.low, entry.length);
}

template <>
struct Slots<sluice_bucket_v6> {
  using Item = EntryV6;
  static constexpr std::size_t kCount = 6;
  static std::uint64_t hash(std::uint64_t seed, const Item& item) { return hash_of(seed, item); }
  static bool is_empty(const sluice_bucket_v6& bucket, std::size_t i) { return bucket.meta[i] == 0; }
  static Item get(const sluice_bucket_v6& bucket, std::size_t i) {
    return {bucket.high[i], 0, static_cast<std::uint8_t>(bucket.meta[i] >> 8U),
            static_cast<ListNumber>(bucket.meta[i] & 0xffU)};
  }
  static void put(sluice_bucket_v6& bucket, std::size_t i, const Item& item) {
    bucket.high[i] = item.high;
    bucket.meta[i] = meta(item);
  }
};

template <>
struct Slots<sluice_wide_v6> {
  using Item = EntryV6;
  static constexpr std::size_t kCount = 3;
  static std::uint64_t hash(std::uint64_t seed, const Item& item) { return hash_of(seed, item); }
  static bool is_empty(const sluice_wide_v6& bucket, std::size_t i) { return bucket.meta[i] == 0; }
  static Item get(const sluice_wide_v6& bucket, std::size_t i) {
    return {bucket.high[i], bucket.low[i], static_cast<std::uint8_t>(bucket.meta[i] >> 8U),
            static_cast<ListNumber>(bucket.meta[i] & 0xffU)};
  }
  static void put(sluice_wide_v6& bucket, std::size_t i, const Item& item) {
    bucket.high[i] = item.high;
    bucket.low[i] = item.low;
    bucket.meta[i] = meta(item);
  }
};

template <>
struct Slots<sluice_nets_v6> {
  using Item = Net;
  static constexpr std::size_t kCount = 3;
  static std::uint64_t hash(std::uint64_t seed, const Item& item) {
    return sluice_list_hash_net(seed, item.number);
  }
  static bool is_empty(const sluice_nets_v6& bucket, std::size_t i) {
    return (bucket.list[i] | bucket.up_to_64[i] | bucket.wider[i]) == 0;
  }
  static Item get(const sluice_nets_v6& bucket, std::size_t i) {
    return {bucket.net[i], static_cast<ListNumber>(bucket.list[i]), bucket.up_to_64[i], bucket.wider[i]};
  }
  static void put(sluice_nets_v6& bucket, std::size_t i, const Item& item) {
    bucket.net[i] = item.number;
    bucket.list[i] = item.list;
    bucket.up_to_64[i] = item.up_to_64;
    bucket.wider[i] = item.wider;
  }
};

// How full a table may be so that its buckets hardly ever push an entry beyond SLUICE_LIST_PROBES. Entries
// come to a bucket as customers to a queue that serves `slots` of them a step and is offered the share `load`
// of that: one waits longer than the probes reach with a probability of about exp(-t * slots * (probes - 1)),
// where load = t / (exp(t) - 1). With t as below that is one in e times the entries. Above 70 % probes grow
// for little memory.
double load_of(std::size_t entries, std::size_t slots) {
  const double t = (std::log(static_cast<double>(entries) + 1) + 1) /
                   static_cast<double>(slots * (SLUICE_LIST_PROBES - 1));
  return std::min(0.70, t / std::expm1(t));
}

template <class Bucket>
std::size_t buckets_for(std::size_t entries) {
  constexpr std::size_t kSlots = Slots<Bucket>::kCount;
  return static_cast<std::size_t>(static_cast<double>(entries) / (kSlots * load_of(entries, kSlots))) + 1;
}

// 16 to 32 bits each.
std::size_t bit_lines(std::size_t members) {
  return std::bit_ceil(members / 32 + 1);
}

// The lines of an image, handed out from the front. Never beyond the end: what does not fit is remembered as
// what would be needed.
class Room {
 public:
  explicit Room(std::span<sluice_list_line> lines) : lines_(lines) {}

  // Zeroed lines, or nothing where they do not fit.
  [[nodiscard]] std::optional<std::span<sluice_list_line>> take(std::size_t count) {
    needed_ = used_ + count;
    if (needed_ > lines_.size()) return std::nullopt;
    const auto taken = lines_.subspan(used_, count);
    std::memset(taken.data(), 0, taken.size_bytes());
    used_ = needed_;
    return taken;
  }
  // Gives the last lines taken back.
  void give_back(std::size_t count) { used_ -= count; }

  [[nodiscard]] std::uint32_t used() const { return static_cast<std::uint32_t>(used_); }
  [[nodiscard]] std::size_t needed() const { return needed_; }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }

 private:
  std::span<sluice_list_line> lines_;
  std::size_t used_ = 0;
  std::size_t needed_ = 0;
};

template <class Item>
std::span<Item> as(std::span<sluice_list_line> lines) {
  return {reinterpret_cast<Item*>(lines.data()), lines.size_bytes() / sizeof(Item)};
}

// Sets the bits from `first` to `last`, both included.
void set_bits(std::span<std::uint64_t> words, std::size_t first, std::size_t last) {
  const std::uint64_t from_first = ~0ULL << (first % 64);
  const std::uint64_t to_last = ~0ULL >> (63 - last % 64);
  if (first / 64 == last / 64) {
    words[first / 64] |= from_first & to_last;
    return;
  }
  words[first / 64] |= from_first;
  std::fill(words.begin() + static_cast<std::ptrdiff_t>(first / 64 + 1),
            words.begin() + static_cast<std::ptrdiff_t>(last / 64), ~0ULL);
  words[last / 64] |= to_last;
}

void touch(std::span<std::uint64_t> touched, EntryV4 entry) {
  const std::uint32_t network = network_of(entry);
  set_bits(touched, network >> 8U, (network | ~mask_v4(length_of(entry))) >> 8U);
}

// Enclosing networks come first, so the longest up to /20 is what remains.
void mark_root(std::span<sluice_list_root> roots, EntryV4 entry) {
  const std::uint32_t network = network_of(entry);
  const unsigned length = length_of(entry);
  const std::size_t first = network >> (32 - kRootLength);
  if (length > kRootLength) {
    roots[first] |= 1U << (32 - length);
    return;
  }
  const std::size_t last = (network | ~mask_v4(length)) >> (32 - kRootLength);
  for (std::size_t i = first; i <= last; ++i)
    roots[i] = (roots[i] & 0xfffU) | std::uint32_t{list_of(entry)} << 16U;
}

// Puts an item into the bucket of its hash or one of the next; false where the probes do not reach a free
// slot. In a full bucket whoever stands nearest to its own bucket makes room: that is what keeps the farthest
// as near as can be.
template <class Bucket>
bool place(std::span<Bucket> buckets, std::uint64_t seed, typename Slots<Bucket>::Item item) {
  using In = Slots<Bucket>;
  const auto count = static_cast<std::uint32_t>(buckets.size());
  std::uint32_t index = sluice_list_bucket(In::hash(seed, item), count);
  for (std::uint32_t distance = 0; distance < SLUICE_LIST_PROBES; ++distance) {
    Bucket& bucket = buckets[index];
    std::uint32_t nearest = distance;
    std::size_t slot = In::kCount;
    for (std::size_t i = 0; i < In::kCount; ++i) {
      if (In::is_empty(bucket, i)) {
        In::put(bucket, i, item);
        return true;
      }
    }
    for (std::size_t i = 0; i < In::kCount && distance > 0; ++i) {
      const std::uint32_t home = sluice_list_bucket(In::hash(seed, In::get(bucket, i)), count);
      const std::uint32_t away = index >= home ? index - home : index + count - home;
      if (away >= nearest) continue;
      nearest = away;
      slot = i;
    }
    if (slot < In::kCount) {
      const auto other = In::get(bucket, slot);
      In::put(bucket, slot, item);
      item = other;
      distance = nearest;
    }
    if (++index == count) index = 0;
  }
  return false;
}

// Lays one image out. Every step returns false where the image does not fit.
class Layout {
 public:
  Layout(const Entries& entries, std::uint64_t seed, Room& room)
      : entries_(entries), seed_(seed), room_(room) {}

  [[nodiscard]] bool run(std::span<const Rule> rules, const CountsV6& counts);

 private:
  [[nodiscard]] bool lay_rules(std::span<const Rule> rules);
  [[nodiscard]] bool lay_first_level_v4();
  [[nodiscard]] bool lay_buckets_v4();
  [[nodiscard]] bool lay_touched_v6(std::size_t nets);
  [[nodiscard]] bool lay_nets_v6(std::size_t nets);
  [[nodiscard]] bool lay_bloom_v6(std::size_t entries);
  [[nodiscard]] bool lay_buckets_v6(std::size_t narrow);
  [[nodiscard]] bool lay_wide_v6(std::size_t wide);

  bool fill_v4(std::span<sluice_bucket_v4> buckets) const;
  bool fill_nets(std::span<sluice_nets_v6> buckets) const;
  bool fill_v6(std::span<sluice_bucket_v6> buckets) const;
  bool fill_wide(std::span<sluice_wide_v6> buckets) const;

  // A table of buckets with room for every item: `fill` tries; while it fails the table grows.
  template <class Bucket>
  [[nodiscard]] bool lay_table(std::size_t count, std::uint32_t& at, std::uint32_t& bucket_count,
                               bool (Layout::*fill)(std::span<Bucket>) const) {
    static_assert(sizeof(Bucket) == sizeof(sluice_list_line));
    at = room_.used();
    for (;;) {
      const auto lines = room_.take(count);
      if (!lines) return false;
      if ((this->*fill)(as<Bucket>(*lines))) break;
      room_.give_back(count);
      count += count / 20 + 1;
    }
    bucket_count = static_cast<std::uint32_t>(count);
    return true;
  }

  const Entries& entries_;
  std::uint64_t seed_;
  Room& room_;
  sluice_list_image image_ = {};
};

bool Layout::run(std::span<const Rule> rules, const CountsV6& counts) {
  const auto head = room_.take(kHeadLines);
  if (!head || !lay_rules(rules)) return false;
  if (!entries_.v4.empty() && (!lay_first_level_v4() || !lay_buckets_v4())) return false;
  if (!entries_.v6.empty() && (!lay_touched_v6(counts.nets) || !lay_nets_v6(counts.nets) ||
                               !lay_bloom_v6(counts.narrow + counts.wide) || !lay_buckets_v6(counts.narrow) ||
                               !lay_wide_v6(counts.wide))) {
    return false;
  }
  image_.seed = seed_;
  image_.entries_v4 = static_cast<std::uint32_t>(entries_.v4.size());
  image_.entries_v6 = static_cast<std::uint32_t>(entries_.v6.size());
  image_.lines = room_.used();
  std::memcpy(head->data(), &image_, sizeof image_);
  return true;
}

bool Layout::lay_rules(std::span<const Rule> rules) {
  const auto lines = room_.take(kRulesLines);
  if (!lines) return false;
  for (const Rule& rule : rules) {
    sluice_list_rule& out = as<sluice_list_rule>(*lines)[rule.list];
    out.action = rule.action;
    out.interval_ns = rule.interval_ns;
    out.tolerance_ns = rule.tolerance_ns;
  }
  return true;
}

bool Layout::lay_first_level_v4() {
  const auto touched = room_.take(kTouchedV4Lines);
  if (!touched) return false;
  image_.roots_v4_at = room_.used();
  const auto roots = room_.take(kRootsV4Lines);
  if (!roots) return false;
  for (const EntryV4 entry : entries_.v4) {
    touch(as<std::uint64_t>(*touched), entry);
    mark_root(as<sluice_list_root>(*roots), entry);
  }
  return true;
}

bool Layout::lay_buckets_v4() {
  const auto below =
      std::ranges::count_if(entries_.v4, [](EntryV4 entry) { return length_of(entry) > kRootLength; });
  return lay_table(buckets_for<sluice_bucket_v4>(static_cast<std::size_t>(below)), image_.buckets_v4_at,
                   image_.bucket_count_v4, &Layout::fill_v4);
}

bool Layout::fill_v4(std::span<sluice_bucket_v4> buckets) const {
  return std::ranges::all_of(entries_.v4, [&](EntryV4 entry) {
    return length_of(entry) <= kRootLength || place(buckets, seed_, entry);
  });
}

bool Layout::lay_touched_v6(std::size_t nets) {
  image_.touched_v6_at = room_.used();
  image_.touched_v6_lines = static_cast<std::uint32_t>(bit_lines(nets));
  const auto touched = room_.take(image_.touched_v6_lines);
  if (!touched) return false;
  for (const EntryV6& entry : entries_.v6) {
    if (entry.length < kNetLength) {
      image_.short_lengths_v6 |= 1U << (31 - entry.length);
      continue;
    }
    const std::uint64_t of_net = sluice_list_hash_net(seed_, static_cast<std::uint32_t>(entry.high >> 32U));
    const std::uint32_t bit = sluice_list_touched(of_net, image_.touched_v6_lines);
    as<std::uint64_t>(*touched)[bit / 64] |= 1ULL << (bit % 64);
  }
  return true;
}

bool Layout::lay_nets_v6(std::size_t nets) {
  return lay_table(buckets_for<sluice_nets_v6>(nets), image_.nets_v6_at, image_.net_count_v6,
                   &Layout::fill_nets);
}

// The entries of a net stand together, but for the short ones that enclose it, which have none.
bool Layout::fill_nets(std::span<sluice_nets_v6> buckets) const {
  auto entry = entries_.v6.begin();
  const auto end = entries_.v6.end();
  while (entry != end) {
    Net net{.number = static_cast<std::uint32_t>(entry->high >> 32U)};
    for (; entry != end && entry->high >> 32U == net.number; ++entry)
      note(net, *entry);
    const bool is_net = (net.list | net.up_to_64 | net.wider) != 0;
    if (is_net && !place(buckets, seed_, net)) return false;
  }
  return true;
}

bool Layout::lay_bloom_v6(std::size_t entries) {
  image_.bloom_v6_at = room_.used();
  image_.bloom_v6_lines = static_cast<std::uint32_t>(bit_lines(entries));
  const auto bloom = room_.take(image_.bloom_v6_lines);
  if (!bloom) return false;
  for (const EntryV6& entry : entries_.v6) {
    if (entry.length == kNetLength) continue;
    const std::uint64_t of_entry = hash_of(seed_, entry);
    const std::uint32_t line =
        sluice_list_bloom_line(seed_, entry.high, sluice_list_bloom_cut(entry.length), image_.bloom_v6_lines);
    (*bloom)[line].words[sluice_list_bloom_word(of_entry)] |= sluice_list_bloom_bits(of_entry);
  }
  return true;
}

bool Layout::lay_buckets_v6(std::size_t narrow) {
  return lay_table(buckets_for<sluice_bucket_v6>(narrow), image_.buckets_v6_at, image_.bucket_count_v6,
                   &Layout::fill_v6);
}

bool Layout::fill_v6(std::span<sluice_bucket_v6> buckets) const {
  return std::ranges::all_of(
      entries_.v6, [&](const EntryV6& entry) { return !is_narrow(entry) || place(buckets, seed_, entry); });
}

bool Layout::lay_wide_v6(std::size_t wide) {
  return lay_table(buckets_for<sluice_wide_v6>(wide), image_.wide_v6_at, image_.wide_count_v6,
                   &Layout::fill_wide);
}

bool Layout::fill_wide(std::span<sluice_wide_v6> buckets) const {
  return std::ranges::all_of(
      entries_.v6, [&](const EntryV6& entry) { return entry.length <= 64 || place(buckets, seed_, entry); });
}

}  // namespace

Compilation::Compilation(Entries entries, std::span<const Rule> rules)
    : entries_(std::move(entries)), rules_(rules.begin(), rules.end()) {
  const Ranks ranks(rules_);
  sort_entries(entries_.v4);
  sort_entries(entries_.v6);
  drop_redundant(entries_.v4, ranks, redundant_);
  drop_redundant(entries_.v6, ranks, redundant_);
  std::optional<std::uint64_t> last;
  for (const EntryV6& entry : entries_.v6) {
    if (entry.length > 64) ++v6_.wide;
    if (is_narrow(entry)) ++v6_.narrow;
    if (entry.length < kNetLength || last == entry.high >> 32U) continue;
    last = entry.high >> 32U;
    ++v6_.nets;
  }
}

std::size_t Compilation::lines() const {
  std::size_t lines = kHeadLines + kRulesLines;
  if (!entries_.v4.empty()) {
    const auto below =
        std::ranges::count_if(entries_.v4, [](EntryV4 e) { return length_of(e) > kRootLength; });
    lines += kTouchedV4Lines + kRootsV4Lines + buckets_for<sluice_bucket_v4>(static_cast<std::size_t>(below));
  }
  if (!entries_.v6.empty()) {
    lines += bit_lines(v6_.nets) + buckets_for<sluice_nets_v6>(v6_.nets) + bit_lines(v6_.narrow + v6_.wide) +
             buckets_for<sluice_bucket_v6>(v6_.narrow) + buckets_for<sluice_wide_v6>(v6_.wide);
  }
  return lines;
}

Result<std::size_t> Compilation::build(std::uint64_t seed, std::span<sluice_list_line> out) const {
  Room room(out);
  if (lines() <= out.size() && Layout(entries_, seed, room).run(rules_, v6_)) return room.used();
  return Error(fmt::format(
      "the lists' {} entries need filter.list_memory_mib = {} and there are {}: raise it and attach again",
      entries_.size(), memory_mib(std::max(lines(), room.needed())),
      out.empty() ? 0 : memory_mib(out.size())));
}

}  // namespace sluice::lists
