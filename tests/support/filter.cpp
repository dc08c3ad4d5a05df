// SPDX-License-Identifier: Apache-2.0
#include "tests/support/filter.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>
#include <system_error>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "bpf/hash.h"
#include "sluice.skel.h"

namespace sluice::test {
namespace {

// libbpf's negative error codes.
int check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
  return result;
}

template <class Key>
Key key_of(const Prefix& prefix) {
  Key key{};
  key.length = prefix.length();
  const auto bytes = prefix.address().bytes();
  std::memcpy(&key.addr_be, bytes.data(), bytes.size());
  return key;
}

// Calls `use` with the table's descriptor and the key's address.
template <class Use>
int with_key(const sluice_bpf& skeleton, Table table, const Prefix& prefix, Use use) {
  const auto& maps = skeleton.maps;
  if (prefix.family() == Family::ipv4) {
    const auto key = key_of<sluice_key_v4>(prefix);
    return use(bpf_map__fd(table == Table::allow ? maps.allow_v4 : maps.decisions_v4), &key);
  }
  const auto key = key_of<sluice_key_v6>(prefix);
  return use(bpf_map__fd(table == Table::allow ? maps.allow_v6 : maps.decisions_v6), &key);
}

template <class Value>
Value sum_over_cpus(const bpf_map* map, std::uint32_t key, Value (*add)(Value, Value)) {
  std::vector<Value> values(static_cast<std::size_t>(check(libbpf_num_possible_cpus(), "possible CPUs")));
  check(bpf_map_lookup_elem(bpf_map__fd(map), &key, values.data()), "reading a counter");
  Value sum{};
  for (const Value& value : values)
    sum = add(sum, value);
  return sum;
}

void mark_length(const sluice_bpf& skeleton, Table table, const Prefix& prefix) {
  const std::uint32_t first = 0;
  sluice_lengths lengths{};
  check(bpf_map_lookup_elem(bpf_map__fd(skeleton.maps.data_lengths), &first, &lengths),
        "reading the lengths");
  const bool ipv4 = prefix.family() == Family::ipv4;
  auto* words = table == Table::allow ? (ipv4 ? lengths.allow_v4 : lengths.allow_v6)
                                      : (ipv4 ? lengths.decision_v4 : lengths.decision_v6);
  words[prefix.length() / 64] |= 1ULL << prefix.length() % 64;
  check(bpf_map_update_elem(bpf_map__fd(skeleton.maps.data_lengths), &first, &lengths, BPF_ANY),
        "writing the lengths");
}

// Of both clocks that ticks move.
std::uint32_t tick_ns() {
  timespec resolution{};
  check(clock_getres(CLOCK_MONOTONIC_COARSE, &resolution), "the length of a tick");
  return static_cast<std::uint32_t>(resolution.tv_nsec);
}

void mark_near(std::span<sluice_list_line> near, sluice_areas& areas, std::uint64_t seed,
               const Prefix& prefix) {
  const bool ipv4 = prefix.family() == Family::ipv4;
  const unsigned length = std::min<unsigned>(prefix.length(), ipv4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6);
  const Prefix network(prefix.address(), length);
  const auto bytes = network.address().bytes();
  std::uint64_t high = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 8); ++i)
    high |= std::uint64_t{bytes[i]} << (56 - 8 * i);
  const std::uint64_t hash = sluice_near_hash(seed, ipv4 ? SLUICE_IPV4 : SLUICE_IPV6, high, length);
  near[sluice_near_line(hash, static_cast<std::uint32_t>(near.size()))].words[sluice_near_word(hash)] |=
      std::uint64_t{1} << sluice_near_place(hash);
  if (prefix.length() >= (ipv4 ? SLUICE_NEAR_V4 : SLUICE_NEAR_V6)) return;
  __u64* const words = ipv4 ? areas.v4 : areas.v6;
  const std::size_t covered = prefix.length() < 16 ? std::size_t{1} << (16 - prefix.length()) : 1;
  for (std::size_t area = high >> 48; area < (high >> 48) + covered; ++area)
    words[area / 64] |= 1ULL << (area % 64);
}

int collect_frame(void* context, void* data, std::size_t size) noexcept {
  auto& frames = *static_cast<std::vector<Filter::Frame>*>(context);
  Filter::Frame frame;
  if (size < sizeof frame.record) return -EBADMSG;
  std::memcpy(&frame.record, data, sizeof frame.record);
  if (frame.record.head.size != size || frame.record.captured > size - sizeof frame.record) return -EBADMSG;
  const auto* bytes = static_cast<const std::uint8_t*>(data) + sizeof frame.record;
  frame.bytes.assign(bytes, bytes + frame.record.captured);
  frames.push_back(std::move(frame));
  return 0;
}

int collect(void* context, void* data, std::size_t size) noexcept {
  auto& records = *static_cast<std::vector<sluice_activity_record>*>(context);
  sluice_activity_record record{};
  if (size != sizeof(record)) return -EBADMSG;
  std::memcpy(&record, data, size);
  if (record.head.type != SLUICE_RECORD_ACTIVITY || record.head.size != size) return -EBADMSG;
  records.push_back(record);
  return 0;
}

sluice_decision decision(sluice_action action, std::uint64_t deadline_ns) {
  sluice_decision made{};
  made.deadline_ns = deadline_ns;
  made.action = action;
  return made;
}

}  // namespace

void Filter::Destroy::operator()(sluice_bpf* skeleton) const {
  sluice_bpf::destroy(skeleton);
}

Filter::Filter(const FilterOptions& options) : skeleton_(sluice_bpf::open()) {
  if (!skeleton_) throw std::system_error(errno, std::generic_category(), "opening the filter's object");
  auto& config = skeleton_->rodata->config;
  config.scope = options.scope;
  config.ipv6_source_length = options.ipv6_source_length;
  config.report_interval_ns = static_cast<std::uint64_t>(options.report_interval.count());
  for (const std::uint16_t port : options.ports)
    skeleton_->rodata->protected_ports[port / 64] |= 1ULL << port % 64;
  config.seed = 0x5eed5eed5eed5eedULL;
  config.tick_ns = tick_ns();
  config.near_lines = options.near_lines;
  config.source_sets = options.source_sets;
  config.reject = options.reject ? 1 : 0;
  config.hellos = options.hellos ? 1 : 0;
  config.hello_rate = options.hello_rate;
  config.limit_count = static_cast<__u32>(options.limits.size());
  std::copy(options.limits.begin(), options.limits.end(), config.limits);
  const auto& maps = skeleton_->maps;
  check(bpf_map__set_max_entries(maps.sources, options.source_sets), "sizing the sources");
  check(bpf_map__set_max_entries(maps.near, options.near_lines), "sizing the near bits");
  check(bpf_map__set_max_entries(maps.lists, options.list_lines), "sizing the lists");
  for (bpf_map* table : {maps.decisions_v4, maps.decisions_v6})
    check(bpf_map__set_max_entries(table, options.max_decisions), "sizing the decisions");
  check(bpf_map__set_max_entries(skeleton_->maps.records, options.record_bytes), "sizing the ring buffer");
  check(sluice_bpf::load(skeleton_.get()), "loading the filter");
  const auto mapped = [](const bpf_map* map) {
    return Mapping(bpf_map__fd(map), std::size_t{bpf_map__max_entries(map)} * bpf_map__value_size(map));
  };
  lists_ = mapped(maps.lists);
  near_ = mapped(maps.near);
  watch_ = mapped(maps.watch);
}

std::uint32_t& Filter::list_switch() const {
  return skeleton_->data_list_switch->list_switch.active;
}

Filter::Outcome Filter::run(std::span<const std::uint8_t> frame, std::uint32_t repeat) const {
  // Metadata in front of the frame (a multiple of four bytes, at most 32) lifts a short frame over the
  // kernel's minimum for the buffer, and a second buffer over that for the frame. Kernels before 6.18 cannot
  // split, nor do they mind.
  const bool is_short = frame.size() < ETH_HLEN;
  const std::size_t metadata = is_short ? 16 : 0;
  std::vector<std::uint8_t> input(metadata + frame.size());
  std::copy(frame.begin(), frame.end(), input.begin() + static_cast<std::ptrdiff_t>(metadata));
  xdp_md context{};
  context.data = static_cast<std::uint32_t>(metadata);
  context.data_end = static_cast<std::uint32_t>(input.size());
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = static_cast<int>(repeat);
  const auto attempt = [&] {
    options.data_in = input.data();
    options.data_size_in = static_cast<std::uint32_t>(input.size());
    return bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.sluice), &options);
  };
  int result = attempt();
  if (result == -EINVAL && is_short) {
    input.resize(metadata + ETH_HLEN);
    result = attempt();
  }
  check(result, "running the filter");
  return {options.retval, options.duration, input.size() - metadata};
}

Filter::ProgramSize Filter::program_size() const {
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  check(bpf_obj_get_info_by_fd(bpf_program__fd(skeleton_->progs.sluice), &info, &size),
        "reading the program's size");
  return {info.xlated_prog_len / static_cast<std::uint32_t>(sizeof(bpf_insn)), info.jited_prog_len,
          info.verified_insns};
}

void Filter::put(Table table, const Prefix& prefix, const sluice_decision& decision) const {
  check(with_key(*skeleton_, table, prefix,
                 [&](int fd, const void* key) { return bpf_map_update_elem(fd, key, &decision, BPF_ANY); }),
        "writing a decision");
  mark_length(*skeleton_, table, prefix);
  mark_near(near_.values<sluice_list_line>(), skeleton_->data_areas->areas, skeleton_->rodata->config.seed,
            prefix);
}

void Filter::remove(Table table, const Prefix& prefix) const {
  check(with_key(*skeleton_, table, prefix,
                 [](int fd, const void* key) { return bpf_map_delete_elem(fd, key); }),
        "removing a decision");
}

sluice_decision Filter::get(Table table, const Prefix& prefix) const {
  sluice_decision found{};
  check(with_key(*skeleton_, table, prefix,
                 [&](int fd, const void* key) { return bpf_map_lookup_elem(fd, key, &found); }),
        "reading a decision");
  return found;
}

std::array<sluice_counter, SLUICE_REASON_COUNT> Filter::counters() const {
  std::array<sluice_counter, SLUICE_REASON_COUNT> sums{};
  for (std::uint32_t reason = 0; reason < sums.size(); ++reason)
    sums[reason] = sum_over_cpus<sluice_counter>(skeleton_->maps.counters, reason, [](auto a, auto b) {
      return sluice_counter{a.packets + b.packets, a.bytes + b.bytes};
    });
  return sums;
}

std::array<std::uint64_t, SLUICE_EVENT_COUNT> Filter::events() const {
  std::array<std::uint64_t, SLUICE_EVENT_COUNT> sums{};
  for (std::uint32_t event = 0; event < sums.size(); ++event)
    sums[event] =
        sum_over_cpus<std::uint64_t>(skeleton_->maps.events, event, [](auto a, auto b) { return a + b; });
  return sums;
}

sluice_counter Filter::list_hits(std::uint32_t number) const {
  return sum_over_cpus<sluice_counter>(skeleton_->maps.list_hits, number, [](auto a, auto b) {
    return sluice_counter{a.packets + b.packets, a.bytes + b.bytes};
  });
}

std::vector<Filter::Frame> Filter::take_frames() const {
  std::vector<Frame> taken;
  const std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring(
      ring_buffer__new(bpf_map__fd(skeleton_->maps.frames), collect_frame, &taken, nullptr),
      ring_buffer__free);
  if (!ring) throw std::system_error(errno, std::generic_category(), "mapping the ring buffer");
  check(ring_buffer__consume(ring.get()), "reading the ring buffer");
  return taken;
}

int Filter::records_fd() const {
  return bpf_map__fd(skeleton_->maps.records);
}

int Filter::program_fd() const {
  return bpf_program__fd(skeleton_->progs.sluice);
}

std::vector<std::uint8_t> Filter::run_for_answer(std::span<const std::uint8_t> frame) const {
  std::vector<std::uint8_t> answer(frame.size() + 256);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = answer.data();
  options.data_size_out = static_cast<std::uint32_t>(answer.size());
  options.repeat = 1;
  check(bpf_prog_test_run_opts(program_fd(), &options), "running the filter");
  answer.resize(options.retval == XDP_TX ? options.data_size_out : 0);
  return answer;
}

std::vector<sluice_activity_record> Filter::take_records() const {
  std::vector<sluice_activity_record> taken;
  const std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring(
      ring_buffer__new(bpf_map__fd(skeleton_->maps.records), collect, &taken, nullptr), ring_buffer__free);
  if (!ring) throw std::system_error(errno, std::generic_category(), "mapping the ring buffer");
  check(ring_buffer__consume(ring.get()), "reading the ring buffer");
  return taken;
}

sluice_decision drop_until(std::uint64_t deadline_ns) {
  return decision(SLUICE_DROP, deadline_ns);
}

sluice_decision allow_until(std::uint64_t deadline_ns) {
  return decision(SLUICE_ALLOW, deadline_ns);
}

sluice_decision throttle_until(std::uint64_t deadline_ns, std::uint64_t packets_per_second,
                               std::uint64_t burst) {
  sluice_decision made = decision(SLUICE_THROTTLE, deadline_ns);
  made.interval_ns = 1'000'000'000 / packets_per_second;
  made.tolerance_ns = (burst - 1) * made.interval_ns;
  return made;
}

}  // namespace sluice::test
