// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_start.h"

#include <spdlog/spdlog.h>

namespace sluice::app {

std::unique_ptr<ListSet> read_lists(const boost::asio::any_io_executor& executor, kernel::FilterMaps& maps,
                                    const config::Config& config) {
  auto lists = std::make_unique<ListSet>(executor, maps, lists_folder(config.store.path));
  for (const Error& error : lists->read_what_can_be(config.lists))
    spdlog::error("{}", error.message());
  for (const control::ListStatus& list : lists->status().lists) {
    if (list.bad_lines > 0)
      spdlog::warn("list {}: {}: {} lines are left out", list.name, list.source, list.bad_lines);
  }
  for (const std::string& name : lists->roles().missing_proxies)
    spdlog::error("list {}: nothing is armed before its trusted proxies are known", name);
  return lists;
}

void arm_lists(ListSet& lists, const config::Config& config) {
  if (auto done = lists.arm(config.mode); !done) spdlog::error("lists: {}", done.error().message());
}

}  // namespace sluice::app
