// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/list_table.h"

#include <atomic>
#include <cassert>
#include <cstring>
#include <ctime>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/hash.h"

namespace sluice::kernel {
namespace {

// Returns when no packet reads the half any more that was in force before the last switch. The program runs
// under RCU, and this membarrier waits for a grace period. If the kernel does not offer it (EINVAL with
// nohz_full, ENOSYS, a system call filter) a process without capabilities can wait for nothing else. Then it
// waits for a second: the program runs for microseconds, so only a hypervisor or a debugger could hold it up
// longer. The worst that could happen is one packet judged by half a list.
void wait_for_packets() {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
  timespec left = {.tv_sec = 1, .tv_nsec = 0};
  while (::nanosleep(&left, &left) != 0) {
  }
}

// `half` must have room for it.
const sluice_list_image& head_in(std::span<const sluice_list_line> half) {
  return *reinterpret_cast<const sluice_list_image*>(half.data());
}

// Whether the head makes sense.
bool has_image(std::span<const sluice_list_line> half) {
  if (half.size_bytes() < sizeof(sluice_list_image)) return false;
  const std::uint32_t lines = head_in(half).lines;
  return lines * sizeof(sluice_list_line) >= sizeof(sluice_list_image) && lines <= half.size();
}

}  // namespace

ListTable::ListTable(FilterMaps& maps)
    : switch_(*maps.list_switch),
      lines_(maps.lists.values()),
      hits_(maps.list_hits),
      half_((lines_.size() - 1) / 2) {
  const auto half = half_at(active_line());
  if (!has_image(half) || sluice_list_active(active_line(), &head_in(half)) != switch_.active) switch_to(0);
}

std::uint32_t ListTable::active_line() const {
  return sluice_list_base(std::atomic_ref(switch_.active).load(std::memory_order_acquire));
}

// Everything that was written to the image before is visible to the program that sees the switch.
void ListTable::switch_to(std::uint32_t line) {
  const std::uint32_t active = line == 0 ? 0 : sluice_list_active(line, &head_in(half_at(line)));
  std::atomic_ref(switch_.active).store(active, std::memory_order_release);
}

std::span<sluice_list_line> ListTable::half_at(std::uint32_t line) const {
  if (half_ == 0 || (line != 1 && line != 1 + half_)) return {};
  return lines_.subspan(line, half_);
}

std::span<sluice_list_line> ListTable::spare() {
  if (half_ == 0) return {};
  wait_for_packets();
  spare_line_ = active_line() == 1 ? static_cast<std::uint32_t>(1 + half_) : 1;
  return half_at(spare_line_);
}

void ListTable::publish() {
  assert(spare_line_ != active_line() && has_image(half_at(spare_line_)));
  switch_to(spare_line_);
}

void ListTable::withdraw() {
  switch_to(0);
}

std::span<const sluice_list_line> ListTable::active() const {
  const auto half = half_at(active_line());
  if (half.empty()) return {};
  return half.first(head_in(half).lines);
}

Result<Traffic> ListTable::hits(std::uint8_t list) const {
  const auto cpus = hits_.at(list);
  if (!cpus) return cpus.error();
  Traffic total;
  for (const sluice_counter& cpu : *cpus) {
    total.packets += cpu.packets;
    total.bytes += cpu.bytes;
  }
  return total;
}

}  // namespace sluice::kernel
