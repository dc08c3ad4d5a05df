// SPDX-License-Identifier: Apache-2.0
// What bpf/wire.h and bpf/map_names.h say, compared with the kernel object: every struct as this compiler
// lays it out (names, offsets, sizes, field by field, against the BTF), and every map with its name and
// sizes. Reads the object only; no privileges.
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include "bpf/map_names.h"
#include "bpf/wire.h"
#include "sluice.skel.h"

namespace {

struct Field {
  std::string name;
  std::size_t offset;  // bytes
  std::size_t size;    // bytes

  bool operator==(const Field&) const = default;
};

void PrintTo(const Field& field, std::ostream* out) {
  *out << field.name << " at " << field.offset << ", " << field.size << " bytes";
}

struct Layout {
  std::size_t size;
  std::vector<Field> fields;
};

using Layouts = std::map<std::string, Layout>;

#define FIELD(type, member)                               \
  Field {                                                 \
#member, offsetof(type, member), sizeof(type::member) \
  }

Layouts layouts_here() {
  return {
      {"sluice_key_v4",
       {sizeof(sluice_key_v4), {FIELD(sluice_key_v4, length), FIELD(sluice_key_v4, addr_be)}}},
      {"sluice_key_v6",
       {sizeof(sluice_key_v6), {FIELD(sluice_key_v6, length), FIELD(sluice_key_v6, addr_be)}}},
      {"sluice_decision",
       {sizeof(sluice_decision),
        {FIELD(sluice_decision, deadline_ns), FIELD(sluice_decision, tat_ns),
         FIELD(sluice_decision, interval_ns), FIELD(sluice_decision, tolerance_ns),
         FIELD(sluice_decision, packets), FIELD(sluice_decision, bytes), FIELD(sluice_decision, action),
         FIELD(sluice_decision, reserved)}}},
      {"sluice_lengths",
       {sizeof(sluice_lengths),
        {FIELD(sluice_lengths, allow_v4), FIELD(sluice_lengths, allow_v6), FIELD(sluice_lengths, decision_v4),
         FIELD(sluice_lengths, decision_v6)}}},
      {"sluice_areas", {sizeof(sluice_areas), {FIELD(sluice_areas, v4), FIELD(sluice_areas, v6)}}},
      {"sluice_list_line", {sizeof(sluice_list_line), {FIELD(sluice_list_line, words)}}},
      {"sluice_list_switch",
       {sizeof(sluice_list_switch),
        {FIELD(sluice_list_switch, active), FIELD(sluice_list_switch, reserved)}}},
      {"sluice_list_image",
       {sizeof(sluice_list_image),
        {FIELD(sluice_list_image, seed),
         FIELD(sluice_list_image, short_lengths_v6),
         FIELD(sluice_list_image, entries_v4),
         FIELD(sluice_list_image, entries_v6),
         FIELD(sluice_list_image, lines),
         FIELD(sluice_list_image, roots_v4_at),
         FIELD(sluice_list_image, buckets_v4_at),
         FIELD(sluice_list_image, bucket_count_v4),
         FIELD(sluice_list_image, touched_v6_at),
         FIELD(sluice_list_image, touched_v6_lines),
         FIELD(sluice_list_image, nets_v6_at),
         FIELD(sluice_list_image, net_count_v6),
         FIELD(sluice_list_image, reserved),
         FIELD(sluice_list_image, buckets_v6_at),
         FIELD(sluice_list_image, bucket_count_v6),
         FIELD(sluice_list_image, wide_v6_at),
         FIELD(sluice_list_image, wide_count_v6),
         FIELD(sluice_list_image, bloom_v6_at),
         FIELD(sluice_list_image, bloom_v6_lines),
         FIELD(sluice_list_image, reserved2)}}},
      {"sluice_list_rule",
       {sizeof(sluice_list_rule),
        {FIELD(sluice_list_rule, action), FIELD(sluice_list_rule, reserved),
         FIELD(sluice_list_rule, interval_ns), FIELD(sluice_list_rule, tolerance_ns),
         FIELD(sluice_list_rule, reserved2)}}},
      {"sluice_bucket_v4", {sizeof(sluice_bucket_v4), {FIELD(sluice_bucket_v4, entries)}}},
      {"sluice_nets_v6",
       {sizeof(sluice_nets_v6),
        {FIELD(sluice_nets_v6, wider), FIELD(sluice_nets_v6, up_to_64), FIELD(sluice_nets_v6, net),
         FIELD(sluice_nets_v6, list), FIELD(sluice_nets_v6, reserved)}}},
      {"sluice_bucket_v6",
       {sizeof(sluice_bucket_v6),
        {FIELD(sluice_bucket_v6, high), FIELD(sluice_bucket_v6, meta), FIELD(sluice_bucket_v6, reserved)}}},
      {"sluice_wide_v6",
       {sizeof(sluice_wide_v6),
        {FIELD(sluice_wide_v6, high), FIELD(sluice_wide_v6, low), FIELD(sluice_wide_v6, meta),
         FIELD(sluice_wide_v6, reserved)}}},
      {"sluice_rate",
       {sizeof(sluice_rate), {FIELD(sluice_rate, interval), FIELD(sluice_rate, tolerance_ns)}}},
      {"sluice_limit",
       {sizeof(sluice_limit),
        {FIELD(sluice_limit, port), FIELD(sluice_limit, reserved), FIELD(sluice_limit, packets),
         FIELD(sluice_limit, bytes), FIELD(sluice_limit, attempts)}}},
      {"sluice_settings",
       {sizeof(sluice_settings),
        {FIELD(sluice_settings, abi_version), FIELD(sluice_settings, scope),
         FIELD(sluice_settings, ipv6_source_length), FIELD(sluice_settings, port_count),
         FIELD(sluice_settings, report_interval_ns), FIELD(sluice_settings, loaded_ns),
         FIELD(sluice_settings, seed), FIELD(sluice_settings, tick_ns), FIELD(sluice_settings, near_lines),
         FIELD(sluice_settings, source_sets), FIELD(sluice_settings, limit_count),
         FIELD(sluice_settings, reject), FIELD(sluice_settings, hellos), FIELD(sluice_settings, hello_rate),
         FIELD(sluice_settings, limits), FIELD(sluice_settings, ports)}}},
      {"sluice_watch",
       {sizeof(sluice_watch),
        {FIELD(sluice_watch, samples), FIELD(sluice_watch, captures), FIELD(sluice_watch, hellos),
         FIELD(sluice_watch, reserved)}}},
      {"sluice_source",
       {sizeof(sluice_source),
        {FIELD(sluice_source, high), FIELD(sluice_source, low), FIELD(sluice_source, packets_tat_ns),
         FIELD(sluice_source, bytes_tat_ns), FIELD(sluice_source, attempts_tat_ns),
         FIELD(sluice_source, packets), FIELD(sluice_source, bytes), FIELD(sluice_source, since_tick),
         FIELD(sluice_source, handshakes_until_tick)}}},
      {"sluice_source_set",
       {sizeof(sluice_source_set),
        {FIELD(sluice_source_set, state), FIELD(sluice_source_set, marks_tick),
         FIELD(sluice_source_set, tags), FIELD(sluice_source_set, sources)}}},
      {"sluice_hello_flow",
       {sizeof(sluice_hello_flow),
        {FIELD(sluice_hello_flow, flow), FIELD(sluice_hello_flow, sequence),
         FIELD(sluice_hello_flow, left)}}},
      {"sluice_counter",
       {sizeof(sluice_counter), {FIELD(sluice_counter, packets), FIELD(sluice_counter, bytes)}}},
      {"sluice_source_key",
       {sizeof(sluice_source_key), {FIELD(sluice_source_key, addr_be), FIELD(sluice_source_key, family)}}},
      {"sluice_activity",
       {sizeof(sluice_activity),
        {FIELD(sluice_activity, since_ns), FIELD(sluice_activity, packets), FIELD(sluice_activity, bytes),
         FIELD(sluice_activity, attempts)}}},
      {"sluice_record",
       {sizeof(sluice_record),
        {FIELD(sluice_record, type), FIELD(sluice_record, size), FIELD(sluice_record, time_ns)}}},
      {"sluice_activity_record",
       {sizeof(sluice_activity_record),
        {FIELD(sluice_activity_record, head), FIELD(sluice_activity_record, source),
         FIELD(sluice_activity_record, reserved), FIELD(sluice_activity_record, activity)}}},
      {"sluice_frame_record",
       {sizeof(sluice_frame_record),
        {FIELD(sluice_frame_record, head), FIELD(sluice_frame_record, reason),
         FIELD(sluice_frame_record, interface), FIELD(sluice_frame_record, frame_bytes),
         FIELD(sluice_frame_record, captured), FIELD(sluice_frame_record, payload_at),
         FIELD(sluice_frame_record, reserved)}}},
  };
}

#undef FIELD

// All structs of the object whose name begins as ours do.
Layouts layouts_in(const btf* types) {
  Layouts found;
  for (std::uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    const std::string name = btf__name_by_offset(types, type->name_off);
    if (!btf_is_struct(type) || !name.starts_with("sluice_")) continue;
    Layout layout{type->size, {}};
    const btf_member* members = btf_members(type);
    for (std::uint32_t i = 0; i < btf_vlen(type); ++i)
      layout.fields.push_back({btf__name_by_offset(types, members[i].name_off),
                               btf_member_bit_offset(type, i) / 8,
                               static_cast<std::size_t>(btf__resolve_size(types, members[i].type))});
    found.emplace(name, std::move(layout));
  }
  return found;
}

struct Destroy {
  void operator()(sluice_bpf* skeleton) const { sluice_bpf::destroy(skeleton); }
};

TEST(Abi, EveryStructIsLaidOutAlikeOnBothSides) {
  const std::unique_ptr<sluice_bpf, Destroy> skeleton(sluice_bpf::open());
  ASSERT_TRUE(skeleton) << "the object cannot be opened";
  const btf* types = bpf_object__btf(skeleton->obj);
  ASSERT_TRUE(types) << "the object has no BTF";
  const Layouts theirs = layouts_in(types);
  const Layouts ours = layouts_here();
  for (const auto& [name, layout] : ours) {
    SCOPED_TRACE(name);
    const auto found = theirs.find(name);
    if (found == theirs.end()) {
      ADD_FAILURE()
          << "not in the object's BTF: a type used through pointers alone needs an anchor in maps.bpf.h";
      continue;
    }
    EXPECT_EQ(found->second.size, layout.size);
    EXPECT_EQ(found->second.fields, layout.fields);
    std::size_t covered = 0;
    for (const Field& field : layout.fields)
      covered += field.size;
    EXPECT_EQ(covered, layout.size) << "padding that is not spelled out";
  }
  for (const auto& [name, layout] : theirs)
    EXPECT_TRUE(ours.contains(name)) << name << " of the object is not compared here";
}

// The maps that are pinned. Data sections are maps too: those with a name of their own are pinned, the others
// (read-only data above all) belong to each program.
std::set<std::string> shared_maps_in(const bpf_object* object) {
  constexpr std::string_view kSection = SLUICE_DATA_SECTION;
  std::set<std::string> names;
  const bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(object, map)) != nullptr) {
    const std::string_view name = bpf_map__name(map);
    if (!bpf_map__is_internal(map)) {
      names.emplace(name);
    } else if (name.starts_with(kSection)) {
      names.emplace(name.substr(kSection.size()));
    }
  }
  return names;
}

TEST(Abi, EveryMapHasItsNameInMapNamesH) {
  const std::unique_ptr<sluice_bpf, Destroy> skeleton(sluice_bpf::open());
  ASSERT_TRUE(skeleton) << "the object cannot be opened";
  const std::set<std::string> names = {
      SLUICE_MAP_ALLOW_V4, SLUICE_MAP_ALLOW_V6,  SLUICE_MAP_DECISIONS_V4, SLUICE_MAP_DECISIONS_V6,
      SLUICE_MAP_LENGTHS,  SLUICE_MAP_AREAS,     SLUICE_MAP_NEAR,         SLUICE_MAP_LIST_SWITCH,
      SLUICE_MAP_LISTS,    SLUICE_MAP_LIST_HITS, SLUICE_MAP_SETTINGS,     SLUICE_MAP_COUNTERS,
      SLUICE_MAP_EVENTS,   SLUICE_MAP_SOURCES,   SLUICE_MAP_HELLO_FLOWS,  SLUICE_MAP_RECORDS,
      SLUICE_MAP_FRAMES,   SLUICE_MAP_WATCH};
  EXPECT_EQ(shared_maps_in(skeleton->obj), names);
}

TEST(Abi, EveryMapHasTheKeysAndValuesOfWireH) {
  const std::unique_ptr<sluice_bpf, Destroy> skeleton(sluice_bpf::open());
  ASSERT_TRUE(skeleton) << "the object cannot be opened";
  const auto expect = [](const bpf_map* map, std::size_t key, std::size_t value) {
    EXPECT_EQ(bpf_map__key_size(map), key) << bpf_map__name(map);
    EXPECT_EQ(bpf_map__value_size(map), value) << bpf_map__name(map);
  };
  const auto& maps = skeleton->maps;
  expect(maps.allow_v4, sizeof(sluice_key_v4), sizeof(sluice_decision));
  expect(maps.allow_v6, sizeof(sluice_key_v6), sizeof(sluice_decision));
  expect(maps.decisions_v4, sizeof(sluice_key_v4), sizeof(sluice_decision));
  expect(maps.decisions_v6, sizeof(sluice_key_v6), sizeof(sluice_decision));
  expect(maps.data_lengths, sizeof(std::uint32_t), sizeof(sluice_lengths));
  expect(maps.data_areas, sizeof(std::uint32_t), sizeof(sluice_areas));
  expect(maps.data_list_switch, sizeof(std::uint32_t), sizeof(sluice_list_switch));
  expect(maps.settings, sizeof(std::uint32_t), sizeof(sluice_settings));
  expect(maps.counters, sizeof(std::uint32_t), sizeof(sluice_counter));
  expect(maps.events, sizeof(std::uint32_t), sizeof(std::uint64_t));
  expect(maps.near, sizeof(std::uint32_t), sizeof(sluice_list_line));
  expect(maps.lists, sizeof(std::uint32_t), sizeof(sluice_list_line));
  expect(maps.list_hits, sizeof(std::uint32_t), sizeof(sluice_counter));
  expect(maps.sources, sizeof(std::uint32_t), sizeof(sluice_source_set));
  expect(maps.watch, sizeof(std::uint32_t), sizeof(sluice_watch));
  expect(maps.hello_flows, sizeof(std::uint32_t), sizeof(sluice_hello_flow));
  EXPECT_EQ(bpf_map__max_entries(maps.counters), std::uint32_t{SLUICE_REASON_COUNT});
  EXPECT_EQ(bpf_map__max_entries(maps.events), std::uint32_t{SLUICE_EVENT_COUNT});
  EXPECT_EQ(bpf_map__max_entries(maps.list_hits), std::uint32_t{SLUICE_MAX_LISTS});
  EXPECT_EQ(bpf_map__max_entries(maps.hello_flows), std::uint32_t{SLUICE_HELLO_FLOWS});
  EXPECT_EQ(bpf_map__type(maps.records), BPF_MAP_TYPE_RINGBUF);
  EXPECT_EQ(bpf_map__type(maps.frames), BPF_MAP_TYPE_RINGBUF);
  EXPECT_EQ(skeleton->rodata->config.abi_version, std::uint32_t{SLUICE_ABI_VERSION});
}

}  // namespace
