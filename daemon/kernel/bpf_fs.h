// SPDX-License-Identifier: Apache-2.0
// Where the filter's maps and programs are pinned, and who may reach them. Used by filter and filter_maps.
// Makes and removes directories, opens pins.
//
//   BPF_FS/maps/NAME            0660 root:group what a daemon without capabilities writes, 0640 what it only
//                               reads
//   BPF_FS/maps:new/NAME        the same, while attach() fills new maps beside those in force
//   BPF_FS/programs/INTERFACE   0640 root:group: which program on that interface is ours
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"

namespace sluice::kernel {

[[nodiscard]] std::string maps_directory(std::string_view bpf_fs);
[[nodiscard]] std::string map_path(std::string_view bpf_fs, std::string_view map);
[[nodiscard]] std::string new_maps_directory(std::string_view bpf_fs);
[[nodiscard]] std::string programs_directory(std::string_view bpf_fs);
// The kernel keeps dots in names for itself: "eth0.10" is pinned as "eth0%2e10". While one program takes
// another's place it is pinned as "eth0:ID": no interface's name holds a colon.
[[nodiscard]] std::string program_path(std::string_view bpf_fs, std::string_view interface);
[[nodiscard]] std::string interface_of_pin(std::string_view file_name);

// Makes the directories, with rights for `group` (0: root alone). Mounts a BPF file system at /sys/fs/bpf
// where `bpf_fs` lies there and none is mounted. Lets `group` pass through the directories above, where only
// root may (as systemd mounts it), without letting it list them. Needs root.
[[nodiscard]] Result<void> prepare_bpf_fs(const std::string& bpf_fs, gid_t group);

// One directory with such rights; one that is there already is given them.
[[nodiscard]] Result<void> make_directory(const std::string& path, gid_t group);

// Exchanges two directories in one step: whoever opens a path sees the one or the other.
[[nodiscard]] Result<void> exchange_directories(const std::string& one, const std::string& other);

// Removes a directory with the pins in it. What is not there is no error.
[[nodiscard]] Result<void> remove_pins(const std::string& directory);

// Takes back what prepare_bpf_fs made, as far as it is empty. What is not there is no error.
void remove_bpf_fs(const std::string& bpf_fs);

// Names in a directory, sorted; none where the directory is missing.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);

// One holder at a time; held until the descriptor is closed. `busy` is the error's text where another holds
// it.
[[nodiscard]] Result<UniqueFd> lock_directory(const std::string& path, std::string_view busy);

enum class Access : std::uint8_t { read, write };

// The map or program that is pinned there.
[[nodiscard]] Result<UniqueFd> open_pin(const std::string& path, Access access);

// Gives a pin or a directory to the group, with these rights.
[[nodiscard]] Result<void> share_pin(const std::string& path, gid_t group, mode_t mode);

}  // namespace sluice::kernel
