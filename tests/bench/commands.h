// SPDX-License-Identifier: Apache-2.0
// What the program bench_peers measures, a function a section. Each prints one JSON object; main is in
// bench_peers.cpp. Whatever fails throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

enum class Effort { smoke, quick, full };

// Nanoseconds a packet in every structure and state, for both families and all sizes.
void lookup(Effort effort);

// Puts one of the XDP peers with a list from a file before an interface of this network namespace, where it
// stays. Prints how long that took from the file on, and how long another list of the same size, from a
// second file, took to replace it.
void attach(std::string_view peer, const std::string& list, const std::string& other_list, int ifindex);

// Sends packets from the listed addresses, of a file, to an interface: see Rotation::flood.
void flood(const std::string& list, int ifindex, std::string_view hardware_address, double seconds,
           std::uint64_t most_packets);

// Writes the IPv4 lists that the peers are filled with: DIRECTORY/prefixes.0, addresses.0, and another pair
// as *.1.
void write_entries(std::size_t count, const std::string& directory);

// How many events a second the ring buffer carries, and what each costs the packet that causes it.
void events(Effort effort);

}  // namespace sluice::bench
