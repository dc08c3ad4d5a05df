/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The names of the maps that the kernel programs and the daemon share. The daemon pins and opens each map
 * under its name (daemon/kernel/maps/bpf_fs.h). In bpf/maps.bpf.h the same word is the variable's name; a map
 * that is a data section is called ".data." and its name. tests/kernel/abi_test.cpp compares both sides.
 *
 * A name is part of what is pinned: to change one is to change the ABI version (wire.h).
 */
#ifndef SLUICE_MAP_NAMES_H
#define SLUICE_MAP_NAMES_H

/* Allows and decisions, and what tells the program where to look for them. */
#define SLUICE_MAP_ALLOW_V4     "allow_v4"
#define SLUICE_MAP_ALLOW_V6     "allow_v6"
#define SLUICE_MAP_DECISIONS_V4 "decisions_v4"
#define SLUICE_MAP_DECISIONS_V6 "decisions_v6"
#define SLUICE_MAP_LENGTHS      "lengths"
#define SLUICE_MAP_AREAS        "areas"
#define SLUICE_MAP_NEAR         "near"

/* Bulk lists. */
#define SLUICE_MAP_LIST_SWITCH "list_switch"
#define SLUICE_MAP_LISTS       "lists"
#define SLUICE_MAP_LIST_HITS   "list_hits"

/* What the program was loaded with, and what it counted. */
#define SLUICE_MAP_SETTINGS "settings"
#define SLUICE_MAP_COUNTERS "counters"
#define SLUICE_MAP_EVENTS   "events"

/* What the program keeps for itself. */
#define SLUICE_MAP_SOURCES     "sources"
#define SLUICE_MAP_HELLO_FLOWS "hello_flows"

/* Records for the daemon, and the daemon's credit for them. */
#define SLUICE_MAP_RECORDS "records"
#define SLUICE_MAP_FRAMES  "frames"
#define SLUICE_MAP_WATCH   "watch"

/* What data sections that are maps begin with in the object. */
#define SLUICE_DATA_SECTION ".data."

#endif
