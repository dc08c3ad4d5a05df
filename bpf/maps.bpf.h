/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps and the read-only settings, and their capacities; no logic. Used by every other header here and,
 * by name, by daemon/kernel, which sets the sizes from the configuration (those below are the configuration's
 * defaults), the settings before the load, and the pins.
 */
#ifndef SLUICE_MAPS_BPF_H
#define SLUICE_MAPS_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

/*
 * Constant for the compiler's sake, so that it goes into read-only data, which the verifier then knows and
 * prunes by; volatile so that the zero standing here is not compiled in: the loader writes the values.
 */
const volatile struct sluice_settings config = {
    .abi_version = SLUICE_ABI_VERSION, .near_lines = 1, .source_sets = 1};

/* Bit n % 64 of word n / 64 is set when port n is protected: the same as config.ports, in the form of one
 * load. */
const volatile __u64 protected_ports[65536 / 64] = {};

/* Types used through pointers alone do not reach the BTF, with which the ABI test compares wire.h: these
 * do. */
const struct sluice_activity_record *const volatile abi_activity_record = NULL;
const struct sluice_frame_record *const volatile abi_frame_record = NULL;
const struct sluice_list_image *const volatile abi_list_image = NULL;
const struct sluice_list_rule *const volatile abi_list_rule = NULL;
const struct sluice_bucket_v4 *const volatile abi_bucket_v4 = NULL;
const struct sluice_bucket_v6 *const volatile abi_bucket_v6 = NULL;
const struct sluice_wide_v6 *const volatile abi_wide_v6 = NULL;
const struct sluice_nets_v6 *const volatile abi_nets_v6 = NULL;

/*
 * Decisions by prefix. Plain hashes and not LPM tries, which give the longest match alone: there an entry
 * past its deadline would hide a live shorter one, and a throttle a drop. Here each length in use is probed
 * on its own (see `lengths`). Entries are allocated as they come (no preallocation): the tables are mostly
 * empty.
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

/* Data sections are maps too, of one value, which the program reads without a look-up: a third of what a
 * clean packet cost was looking such values up. The loader pins them by what follows ".data.". */

/* Which prefix lengths those four hold. The daemon writes it, through a mapping or a system call. */
struct sluice_lengths lengths SEC(".data.lengths") = {};

/* Where short ones of them are. Written like `lengths`. */
struct sluice_areas areas SEC(".data.areas") = {};

/* The bits of what has an entry near it there (see wire.h). Written like `lengths`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_list_line);
} near SEC(".maps");

/* Which image of the lists is in force. The daemon writes it through a mapping. */
struct sluice_list_switch list_switch SEC(".data.list_switch") = {};

/*
 * The compiled lists (see wire.h): a line that is not used, then two halves for an image each. The daemon
 * writes it through a mapping. No room for an image unless the loader gives it some.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_list_line);
} lists SEC(".maps");

/* Packets and bytes by the number of the list that decided. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_MAX_LISTS);
	__type(key, __u32);
	__type(value, struct sluice_counter);
} list_hits SEC(".maps");

/* `config` again, for whoever opens the pins; the loader fills it and the program does not read it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_settings);
} settings SEC(".maps");

/* Packets and bytes by enum sluice_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_REASON_COUNT);
	__type(key, __u32);
	__type(value, struct sluice_counter);
} counters SEC(".maps");

/* By enum sluice_event. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_EVENT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} events SEC(".maps");

/* What each source did and may still do. Statistics and rates only, so the oldest may be forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_source_set);
} sources SEC(".maps");

/* Activity reports. One takes 72 bytes and a header of 8: room for 13,107 not yet read. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} records SEC(".maps");

/* Samples, captures and hellos, which shall not displace the reports: room for 656 whole frames. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} frames SEC(".maps");

/* What may be sent into `frames`; the daemon writes it through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sluice_watch);
} watch SEC(".maps");

/* Hellos that go on in another segment. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLUICE_HELLO_FLOWS);
	__type(key, __u32);
	__type(value, struct sluice_hello_flow);
} hello_flows SEC(".maps");

#endif
