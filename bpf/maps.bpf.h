/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps with their capacities, and the read-only settings. No logic. Every other header here uses them.
 * daemon/kernel finds them by name (map_names.h): before it loads the program it sets the sizes, the settings
 * and the paths of the pins. The sizes below are the defaults of the configuration.
 */
#ifndef SLUICE_MAPS_BPF_H
#define SLUICE_MAPS_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/map_names.h"
#include "bpf/wire.h"

/*
 * `const` puts it into read-only data: the verifier knows the values there and leaves out the code that they
 * switch off. `volatile` keeps clang from compiling in the values that stand here: the loader writes others.
 */
const volatile struct sluice_settings config = {
    .abi_version = SLUICE_ABI_VERSION, .near_lines = 1, .source_sets = 1};

/* Bit n % 64 of word n / 64 is set if port n is protected: the same as config.ports, but one load tells. */
const volatile __u64 protected_ports[65536 / 64] = {};

/* Anchors for the ABI test, which compares wire.h with the BTF. A type that is only used through pointers
 * does not get into the BTF without one. */
const struct sluice_activity_record *const volatile abi_activity_record = NULL;
const struct sluice_frame_record *const volatile abi_frame_record = NULL;
const struct sluice_list_image *const volatile abi_list_image = NULL;
const struct sluice_list_rule *const volatile abi_list_rule = NULL;
const struct sluice_bucket_v4 *const volatile abi_bucket_v4 = NULL;
const struct sluice_bucket_v6 *const volatile abi_bucket_v6 = NULL;
const struct sluice_wide_v6 *const volatile abi_wide_v6 = NULL;
const struct sluice_nets_v6 *const volatile abi_nets_v6 = NULL;

/*
 * Allows and decisions by prefix. These are plain hashes, and not LPM tries: an LPM trie gives only the
 * longest match, so an entry past its deadline would hide a live shorter one, and a throttle would hide a
 * drop. Instead each length in use is probed (see `lengths`). Memory for an entry is allocated when it is
 * made, because the tables are mostly empty.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sluice_key_v4);
	__type(value, struct sluice_decision);
} allow_v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sluice_key_v6);
	__type(value, struct sluice_decision);
} allow_v6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sluice_key_v4);
	__type(value, struct sluice_decision);
} decisions_v4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sluice_key_v6);
	__type(value, struct sluice_decision);
} decisions_v6 SEC(".maps");

/* A data section of its own is a map too, with one value. The program reads it without a look-up: look-ups of
 * such values used to be a third of what a clean packet cost. The loader pins it under the part of its name
 * that follows SLUICE_DATA_SECTION. */

/* Which prefix lengths those four tables hold. The daemon writes it through a mapping. */
struct sluice_lengths lengths SEC(SLUICE_DATA_SECTION SLUICE_MAP_LENGTHS) = {};

/* Which areas of the address space hold short entries of those tables. The daemon writes it through a
 * mapping. */
struct sluice_areas areas SEC(SLUICE_DATA_SECTION SLUICE_MAP_AREAS) = {};

/* The proximity filter of those tables (see wire.h). The daemon writes it through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_list_line);
} near SEC(".maps");

/* Which image of the lists is in force. The daemon writes it through a mapping. */
struct sluice_list_switch list_switch SEC(SLUICE_DATA_SECTION SLUICE_MAP_LIST_SWITCH) = {};

/*
 * The compiled lists (see wire.h): one line that is not used, then two halves for one image each. The daemon
 * writes it through a mapping. It has no room for an image unless the loader makes it larger.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_list_line);
} lists SEC(".maps");

/* Packets and bytes, by the number of the list that decided. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_MAX_LISTS);
	__type(key, __u32);
	__type(value, struct sluice_counter);
} list_hits SEC(".maps");

/* `config` again, for whoever opens the pinned maps. The loader writes it; the program does not read it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_settings);
} settings SEC(".maps");

/* Packets and bytes, by enum sluice_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_REASON_COUNT);
	__type(key, __u32);
	__type(value, struct sluice_counter);
} counters SEC(".maps");

/* How often each enum sluice_event happened. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_EVENT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} events SEC(".maps");

/* What each source did and may still do. It holds statistics and rates only: the oldest may be forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_source_set);
} sources SEC(".maps");

/* Activity reports. One takes 72 bytes and a header of 8, so there is room for 13,107 unread ones. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

/* Samples, captures and hellos. They have a ring buffer of their own, so that they displace no activity
 * reports. One whole frame takes 1,576 bytes and a header of 8, so there is room for 661. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} frames SEC(".maps");

/* The daemon's credit for what is sent into `frames`. The daemon writes it through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_watch);
} watch SEC(".maps");

/* Hellos that continue in another segment. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLUICE_HELLO_FLOWS);
	__type(key, __u32);
	__type(value, struct sluice_hello_flow);
} hello_flows SEC(".maps");

#endif
