// SPDX-License-Identifier: Apache-2.0
// Lists that one source goes through page by page: ?page=7, ?offset=120, /page/7. Keeps the two walked last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/detection/log_second.h"

namespace sluice::detection {

// One page of a list, as its target says. The views point into the target.
struct ListPage {
  std::uint64_t list = 0;  // the target without the number
  std::uint64_t number = 0;
  std::string_view before;  // of the number: "/people?page="
};

// `target` begins with '/'. Cheap where there is no number.
[[nodiscard]] std::optional<ListPage> list_page_of(std::string_view target);

struct ListWalk {
  std::uint64_t list = 0;
  std::uint64_t first = 0;  // number where the walk began
  std::uint64_t last = 0;
  std::uint64_t stride = 0;  // 0: one page so far
  std::uint32_t pages = 0;   // in order without a gap; pages visited again do not count
  LogSecond second = 0;
  std::string name;  // "/people?page=", cut
};

class ListWalks {
 public:
  static constexpr std::size_t kMaxName = 80;

  void add(const ListPage& page, LogSecond second);
  // The longest walk of the last day; null: none.
  [[nodiscard]] const ListWalk* longest(LogSecond now) const;

 private:
  std::array<ListWalk, 2> walks_;
};

}  // namespace sluice::detection
