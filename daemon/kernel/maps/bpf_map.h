// SPDX-License-Identifier: Apache-2.0
// Typed views of BPF maps, opened by the path where they are pinned. The type of a member says what it may
// change: ReadOnlyMap reads, WritableMap writes too. The sizes of key and value are compared with the
// kernel's when a map is opened: a wrong layout is an error in words and never a misread value. Used by the
// rest of maps/ and by attach/. Knows no map by name: see filter_maps.h.
#pragma once

#include <array>
#include <cassert>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/maps/bpf_fs.h"

namespace sluice::kernel {

// A type that may cross to the kernel as bytes: it has no hidden padding and no pointers.
template <class T>
concept WireType = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
    std::has_unique_object_representations_v<T>;

// An open map without types: the part of the templates below that depends on no type.
class MapFd {
 public:
  // Opens the map pinned at `path`. Fails if there is none, if its permissions do not allow `access`, and if
  // a size differs (0: any size).
  [[nodiscard]] static Result<MapFd> open(const std::string& path, PinAccess access, std::size_t key_size,
                                          std::size_t value_size);

  [[nodiscard]] int get() const { return fd_.get(); }
  // The kernel's id. Another map that is pinned there later has another one.
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] std::uint32_t max_entries() const { return max_entries_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // 0 or a positive errno value.
  [[nodiscard]] int lookup(const void* key, void* value) const;
  [[nodiscard]] int update(const void* key, const void* value) const;
  [[nodiscard]] int remove(const void* key) const;
  // Reads up to `count` entries of a hash, from `position` on (none: from the first). Sets `count` to how
  // many there were, and `position` to where to go on. ENOENT: these were the last ones.
  [[nodiscard]] int next_entries(std::optional<std::uint32_t>& position, void* keys, void* values,
                                 std::uint32_t& count) const;

 private:
  MapFd(UniqueFd fd, std::uint32_t id, std::uint32_t max_entries, std::string path)
      : fd_(std::move(fd)), id_(id), max_entries_(max_entries), path_(std::move(path)) {}

  UniqueFd fd_;
  std::uint32_t id_ = 0;
  std::uint32_t max_entries_ = 0;
  std::string path_;
};

template <WireType K, WireType V>
class ReadOnlyMap {
 public:
  [[nodiscard]] static Result<ReadOnlyMap> open(const std::string& path) {
    auto map = MapFd::open(path, PinAccess::read, sizeof(K), sizeof(V));
    if (!map) return map.error();
    return ReadOnlyMap(*std::move(map));
  }

  [[nodiscard]] std::uint32_t id() const { return map_.id(); }
  [[nodiscard]] std::uint32_t max_entries() const { return map_.max_entries(); }

  // The value of exactly this key.
  [[nodiscard]] Result<std::optional<V>> find(const K& key) const {
    V value;
    const int error = map_.lookup(&key, &value);
    if (error == 0) return std::optional<V>(value);
    if (error == ENOENT) return std::optional<V>();
    return Error::system(map_.path(), error);
  }

  // Every key of a hash at this time.
  [[nodiscard]] Result<std::vector<K>> keys() const {
    // One call reads thousands. One call for each key would be a tenth of the time that a restart takes.
    constexpr std::uint32_t kBatch = 4096;
    std::vector<K> keys;
    std::vector<V> values(kBatch);
    std::optional<std::uint32_t> position;
    for (;;) {
      const std::size_t had = keys.size();
      std::uint32_t count = kBatch;
      keys.resize(had + kBatch);
      const int error = map_.next_entries(position, keys.data() + had, values.data(), count);
      if (error != 0 && error != ENOENT) return Error::system(map_.path(), error);
      keys.resize(had + count);
      if (error == ENOENT) return keys;
    }
  }

 protected:
  explicit ReadOnlyMap(MapFd map) : map_(std::move(map)) {}

  MapFd map_;
};

template <WireType K, WireType V>
class WritableMap : public ReadOnlyMap<K, V> {
 public:
  [[nodiscard]] static Result<WritableMap> open(const std::string& path) {
    auto map = MapFd::open(path, PinAccess::write, sizeof(K), sizeof(V));
    if (!map) return map.error();
    return WritableMap(*std::move(map));
  }

  // The error's code is E2BIG if a hash is full.
  [[nodiscard]] Result<void> put(const K& key, const V& value) {
    if (const int error = this->map_.update(&key, &value)) return Error::system(this->map_.path(), error);
    return {};
  }

  // Whether there was one.
  [[nodiscard]] Result<bool> remove(const K& key) {
    const int error = this->map_.remove(&key);
    if (error != 0 && error != ENOENT) return Error::system(this->map_.path(), error);
    return error == 0;
  }

 private:
  explicit WritableMap(MapFd map) : ReadOnlyMap<K, V>(std::move(map)) {}
};

// For how many processors a per-CPU map has values.
[[nodiscard]] Result<std::size_t> possible_cpus();

// An array with a value of its own for each processor, to be read only. sizeof(V) is a multiple of 8, because
// the kernel places the values so.
template <WireType V>
requires(sizeof(V) % 8 == 0) class PerCpuArray {
 public:
  [[nodiscard]] static Result<PerCpuArray> open(const std::string& path) {
    auto map = MapFd::open(path, PinAccess::read, sizeof(std::uint32_t), sizeof(V));
    if (!map) return map.error();
    auto cpus = possible_cpus();
    if (!cpus) return cpus.error();
    return PerCpuArray(*std::move(map), *cpus);
  }

  [[nodiscard]] std::uint32_t size() const { return map_.max_entries(); }

  // One value for each processor.
  [[nodiscard]] Result<std::vector<V>> at(std::uint32_t index) const {
    std::vector<V> values(cpus_);
    if (const int error = map_.lookup(&index, values.data())) return Error::system(map_.path(), error);
    return values;
  }

 private:
  PerCpuArray(MapFd map, std::size_t cpus) : map_(std::move(map)), cpus_(cpus) {}

  MapFd map_;
  std::size_t cpus_;
};

// The one value of an array made with BPF_F_MMAPABLE, as memory shared with the program. Read and write
// single words through std::atomic_ref: the program reads and writes at the same time.
template <WireType V>
class MappedValue {
 public:
  [[nodiscard]] static Result<MappedValue> open(const std::string& path);

  MappedValue(MappedValue&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  MappedValue& operator=(MappedValue&&) = delete;
  MappedValue(const MappedValue&) = delete;
  MappedValue& operator=(const MappedValue&) = delete;
  ~MappedValue();

  [[nodiscard]] V& operator*() { return *value_; }
  [[nodiscard]] V* operator->() { return value_; }

 private:
  explicit MappedValue(V* value) : value_(value) {}

  V* value_;
};

// All values of an array made with BPF_F_MMAPABLE. sizeof(V) is a multiple of 8, because the kernel places
// the values so.
template <WireType V>
requires(sizeof(V) % 8 == 0) class MappedArray {
 public:
  [[nodiscard]] static Result<MappedArray> open(const std::string& path);

  MappedArray(MappedArray&& other) noexcept : values_(std::exchange(other.values_, {})) {}
  MappedArray& operator=(MappedArray&&) = delete;
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray();

  [[nodiscard]] std::span<V> values() { return values_; }
  [[nodiscard]] std::span<const V> values() const { return values_; }

 private:
  explicit MappedArray(std::span<V> values) : values_(values) {}

  std::span<V> values_;
};

// The mapping itself. `length` is in bytes. map_shared fails if the map cannot be mapped.
[[nodiscard]] Result<void*> map_shared(const MapFd& map, std::size_t length);
void unmap_shared(void* memory, std::size_t length);

template <WireType V>
Result<MappedValue<V>> MappedValue<V>::open(const std::string& path) {
  auto map = MapFd::open(path, PinAccess::write, sizeof(std::uint32_t), sizeof(V));
  if (!map) return map.error();
  auto memory = map_shared(*map, sizeof(V));
  if (!memory) return memory.error();
  return MappedValue(static_cast<V*>(*memory));
}

template <WireType V>
MappedValue<V>::~MappedValue() {
  if (value_ != nullptr) unmap_shared(value_, sizeof(V));
}

template <WireType V>
requires(sizeof(V) % 8 == 0) Result<MappedArray<V>> MappedArray<V>::open(const std::string& path) {
  auto map = MapFd::open(path, PinAccess::write, sizeof(std::uint32_t), sizeof(V));
  if (!map) return map.error();
  const std::size_t count = map->max_entries();
  auto memory = map_shared(*map, count * sizeof(V));
  if (!memory) return memory.error();
  return MappedArray(std::span(static_cast<V*>(*memory), count));
}

template <WireType V>
requires(sizeof(V) % 8 == 0) MappedArray<V>::~MappedArray() {
  if (!values_.empty()) unmap_shared(values_.data(), values_.size_bytes());
}

}  // namespace sluice::kernel
