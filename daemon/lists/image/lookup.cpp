// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/image/lookup.h"

#include <bit>
#include <cstring>

#include "bpf/hash.h"

namespace sluice::lists {
namespace {

class Reader {
 public:
  explicit Reader(std::span<const sluice_list_line> lines) : lines_(lines) {
    if (lines.size_bytes() >= sizeof image_) std::memcpy(&image_, lines.data(), sizeof image_);
  }

  [[nodiscard]] ListNumber find_v4(std::uint32_t address) const;
  [[nodiscard]] ListNumber find_v6(const Halves& address) const;

 private:
  // The line of a bit or a bucket; zeros where the image has no such line.
  [[nodiscard]] sluice_list_line line(std::uint64_t index) const {
    return index < lines_.size() ? lines_[index] : sluice_list_line{};
  }
  template <class Item>
  [[nodiscard]] Item at(std::uint64_t index) const {
    return std::bit_cast<Item>(line(index));
  }
  [[nodiscard]] std::uint64_t word(std::uint64_t at, std::uint64_t index) const {
    return line(at + index / 8).words[index % 8];
  }

  // Walks the buckets that an item may stand in. `look` returns whether it is found or the bucket is not
  // full.
  template <class Bucket, class Look>
  void probe(std::uint32_t at_line, std::uint32_t count, std::uint64_t hash, Look look) const {
    std::uint32_t index = sluice_list_bucket(hash, count);
    for (int i = 0; i < SLUICE_LIST_PROBES; ++i) {
      if (look(at<Bucket>(std::uint64_t{at_line} + index))) return;
      index = index + 1 == count ? 0 : index + 1;
    }
  }

  [[nodiscard]] ListNumber probe_v4(std::uint32_t address, unsigned length) const;
  [[nodiscard]] ListNumber probe_v6(const Halves& address, unsigned length) const;
  [[nodiscard]] ListNumber probe_narrow(std::uint64_t hash, std::uint64_t high, unsigned length) const;
  [[nodiscard]] ListNumber probe_wide(std::uint64_t hash, const Halves& network, unsigned length) const;
  [[nodiscard]] ListNumber find_in_net(const Halves& address) const;
  [[nodiscard]] ListNumber probe_lengths(const Halves& address, std::uint64_t lengths, unsigned last) const;

  std::span<const sluice_list_line> lines_;
  sluice_list_image image_ = {};
};

ListNumber Reader::probe_v4(std::uint32_t address, unsigned length) const {
  const std::uint32_t network = address & mask_v4(length);
  ListNumber list = 0;
  probe<sluice_bucket_v4>(image_.buckets_v4_at, image_.bucket_count_v4,
                          sluice_list_hash_v4(image_.seed, network, length),
                          [&](const sluice_bucket_v4& bucket) {
                            for (const EntryV4 entry : bucket.entries) {
                              if (network_of(entry) == network && length_of(entry) == length)
                                list = list_of(entry);
                            }
                            return list != 0 || bucket.entries[7] == 0;
                          });
  return list;
}

ListNumber Reader::find_v4(std::uint32_t address) const {
  if (image_.entries_v4 == 0) return 0;
  const std::uint32_t bit = address >> 8U;
  if ((word(SLUICE_LIST_TOUCHED_V4_AT, bit / 64) >> (bit % 64) & 1U) == 0) return 0;
  const std::uint64_t pair = word(image_.roots_v4_at, address >> 13U);
  std::uint32_t roots[2];
  std::memcpy(roots, &pair, sizeof roots);
  const std::uint32_t root = roots[address >> 12U & 1U];
  for (std::uint32_t lengths = root & 0xfffU; lengths != 0; lengths &= lengths - 1) {
    const ListNumber list = probe_v4(address, 32 - static_cast<unsigned>(std::countr_zero(lengths)));
    if (list != 0) return list;
  }
  return static_cast<ListNumber>(root >> 16U & 0xffU);
}

ListNumber Reader::probe_narrow(std::uint64_t hash, std::uint64_t high, unsigned length) const {
  ListNumber list = 0;
  probe<sluice_bucket_v6>(
      image_.buckets_v6_at, image_.bucket_count_v6, hash, [&](const sluice_bucket_v6& bucket) {
        for (std::size_t i = 0; i < std::size(bucket.meta); ++i) {
          if (bucket.high[i] == high && bucket.meta[i] != 0 && unsigned{bucket.meta[i]} >> 8U == length)
            list = static_cast<ListNumber>(bucket.meta[i] & 0xffU);
        }
        return list != 0 || bucket.meta[5] == 0;
      });
  return list;
}

ListNumber Reader::probe_wide(std::uint64_t hash, const Halves& network, unsigned length) const {
  ListNumber list = 0;
  probe<sluice_wide_v6>(image_.wide_v6_at, image_.wide_count_v6, hash, [&](const sluice_wide_v6& bucket) {
    for (std::size_t i = 0; i < std::size(bucket.meta); ++i) {
      if (bucket.high[i] == network.high && bucket.low[i] == network.low &&
          unsigned{bucket.meta[i]} >> 8U == length)
        list = static_cast<ListNumber>(bucket.meta[i] & 0xffU);
    }
    return list != 0 || bucket.meta[2] == 0;
  });
  return list;
}

ListNumber Reader::probe_v6(const Halves& address, unsigned length) const {
  const Halves network = {address.high & mask_high(length), address.low & mask_low(length)};
  const std::uint64_t hash =
      length <= 64 ? sluice_list_hash_v6(image_.seed, network.high, length)
                   : sluice_list_hash_wide_v6(sluice_mix(image_.seed ^ network.high), network.low, length);
  const std::uint64_t bits = sluice_list_bloom_bits(hash);
  const std::uint32_t bloom =
      sluice_list_bloom_line(image_.seed, address.high, sluice_list_bloom_cut(length), image_.bloom_v6_lines);
  if ((word(std::uint64_t{image_.bloom_v6_at} + bloom, sluice_list_bloom_word(hash)) & bits) != bits)
    return 0;
  return length <= 64 ? probe_narrow(hash, network.high, length) : probe_wide(hash, network, length);
}

// Probes the length last - n for each bit n that is set, the longest first.
ListNumber Reader::probe_lengths(const Halves& address, std::uint64_t lengths, unsigned last) const {
  for (; lengths != 0; lengths &= lengths - 1) {
    const ListNumber list = probe_v6(address, last - static_cast<unsigned>(std::countr_zero(lengths)));
    if (list != 0) return list;
  }
  return 0;
}

ListNumber Reader::find_in_net(const Halves& address) const {
  const auto net = static_cast<std::uint32_t>(address.high >> 32U);
  const std::uint64_t hash = sluice_list_hash_net(image_.seed, net);
  const std::uint32_t bit = sluice_list_touched(hash, image_.touched_v6_lines);
  if ((word(image_.touched_v6_at, bit / 64) >> (bit % 64) & 1U) == 0) return 0;
  std::uint64_t wider = 0;
  std::uint32_t up_to_64 = 0;
  std::uint32_t of_net = 0;
  probe<sluice_nets_v6>(image_.nets_v6_at, image_.net_count_v6, hash, [&](const sluice_nets_v6& bucket) {
    for (std::size_t i = 0; i < std::size(bucket.net); ++i) {
      if (bucket.net[i] != net) continue;
      wider |= bucket.wider[i];
      up_to_64 |= bucket.up_to_64[i];
      of_net |= bucket.list[i];
    }
    return (wider | up_to_64 | of_net) != 0 || (bucket.wider[2] | bucket.up_to_64[2] | bucket.list[2]) == 0;
  });
  ListNumber list = probe_lengths(address, wider, 128);
  if (list == 0) list = probe_lengths(address, up_to_64, 64);
  return list != 0 ? list : static_cast<ListNumber>(of_net & 0xffU);
}

ListNumber Reader::find_v6(const Halves& address) const {
  if (image_.entries_v6 == 0) return 0;
  const ListNumber list = find_in_net(address);
  return list != 0 ? list : probe_lengths(address, image_.short_lengths_v6 & 0xffffffffU, 31);
}

}  // namespace

std::optional<ListNumber> find_list(std::span<const sluice_list_line> image, const Address& address) {
  const Reader reader(image);
  const ListNumber list = address.family() == Family::ipv4 ? reader.find_v4(number_of(address))
                                                           : reader.find_v6(halves_of(address));
  if (list == 0) return std::nullopt;
  return list;
}

}  // namespace sluice::lists
