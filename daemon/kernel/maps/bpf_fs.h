// SPDX-License-Identifier: Apache-2.0
// Where the filter's maps and programs are pinned, and who may reach them. Used by attach/ and by the maps
// here. Makes and removes directories, opens pins. Knows no map by its contents.
//
//   BPF_FS/maps/NAME            root:group; 0660 if a daemon without capabilities writes the map, 0640 if it
//   only
//                               reads it
//   BPF_FS/maps:new/NAME        the same, while attach() fills new maps beside those in force
//   BPF_FS/programs/INTERFACE   root:group, 0640: the program that is ours on that interface
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"

namespace sluice::kernel {

inline constexpr mode_t kWritableMode = 0660;
inline constexpr mode_t kReadableMode = 0640;

[[nodiscard]] std::string maps_directory(std::string_view bpf_fs);
[[nodiscard]] std::string map_path(std::string_view bpf_fs, std::string_view map);
[[nodiscard]] std::string new_maps_directory(std::string_view bpf_fs);
[[nodiscard]] std::string programs_directory(std::string_view bpf_fs);
// The kernel allows no dot in the name of a pin: "eth0.10" is pinned as "eth0%2e10". While one program takes
// another's place it is pinned as "eth0:ID", because no name of an interface holds a colon.
[[nodiscard]] std::string program_path(std::string_view bpf_fs, std::string_view interface);
[[nodiscard]] std::string interface_of_pin(std::string_view file_name);

// Makes the directories, with rights for `group` (0: root alone). If `bpf_fs` lies under /sys/fs/bpf and no
// BPF file system is mounted there, mounts one. If only root may pass through the directories above (systemd
// mounts it like that), lets `group` pass too, without letting it list them. Needs root.
[[nodiscard]] Result<void> prepare_bpf_fs(const std::string& bpf_fs, gid_t group);

// Makes one directory with such rights. If it is there already it gets the rights.
[[nodiscard]] Result<void> make_directory(const std::string& path, gid_t group);

// Exchanges two directories in one step: whoever opens a path sees one or the other.
[[nodiscard]] Result<void> exchange_directories(const std::string& one, const std::string& other);

// Removes a directory with the pins in it. It is no error if there is none.
[[nodiscard]] Result<void> remove_pins(const std::string& directory);

// Takes back what prepare_bpf_fs made, as far as it is empty. It is no error if there is none.
void remove_bpf_fs(const std::string& bpf_fs);

// The names in a directory, sorted; none if the directory is missing.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);

// One holder at a time; held until the descriptor is closed. If another holds it the error's text is `busy`,
// and its code EWOULDBLOCK.
[[nodiscard]] Result<UniqueFd> lock_directory(const std::string& path, std::string_view busy);

// One attach() or detach() at a time.
[[nodiscard]] Result<UniqueFd> lock_for_attach(const std::string& bpf_fs);

enum class PinAccess : std::uint8_t { read, write };

// The map or program that is pinned there.
[[nodiscard]] Result<UniqueFd> open_pin(const std::string& path, PinAccess access);

// Gives a pin or a directory to the group, with these rights.
[[nodiscard]] Result<void> share_pin(const std::string& path, gid_t group, mode_t mode);

}  // namespace sluice::kernel
