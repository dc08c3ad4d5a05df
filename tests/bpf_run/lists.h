// SPDX-License-Identifier: Apache-2.0
// Puts compiled lists in force in a filter under test, in the half not in use, as the daemon does.
#pragma once

#include <atomic>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bpf/hash.h"
#include "daemon/lists/image/compile.h"
#include "tests/bpf_run/run.h"

namespace sluice::test {

// Room for the fixed part of an image and a few thousand entries, twice.
inline constexpr std::uint32_t kListLines = 1 + 2 * 140'000;

inline const sluice_list_image& publish(const Filter& filter, const lists::Compilation& compilation,
                                        std::uint64_t seed = 7) {
  const auto lines = filter.lists();
  const std::size_t half = (lines.size() - 1) / 2;
  const std::uint32_t at =
      sluice_list_base(filter.list_switch()) == 1 ? static_cast<std::uint32_t>(1 + half) : 1;
  compilation.build(seed, lines.subspan(at, half)).value();
  const auto& image = *reinterpret_cast<const sluice_list_image*>(&lines[at]);
  std::atomic_ref(filter.list_switch()).store(sluice_list_active(at, &image));
  return image;
}

using Listed = std::pair<std::string, lists::ListNumber>;

inline lists::Compilation compile(const std::vector<Listed>& listed, std::span<const lists::Rule> rules) {
  lists::Entries entries;
  for (const auto& [network, list] : listed)
    entries.add(prefix(network), list);
  return {std::move(entries), rules};
}

}  // namespace sluice::test
