// SPDX-License-Identifier: Apache-2.0
// The lists at the start of the daemon: read before anything is decided, armed once those who must be
// reachable are protected. Afterwards ListService keeps them up to date.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/lists/list_set.h"
#include "daemon/config/config.h"

namespace sluice::app {

// Waits for the files and the copies. Logs what cannot be read. The maps must outlive the set.
[[nodiscard]] std::unique_ptr<ListSet> read_lists(const boost::asio::any_io_executor& executor,
                                                  kernel::FilterMaps& maps, const config::Config& config);

// Puts in force what was read; a failure is logged, and what a former daemon left stays.
void arm_lists(ListSet& lists, const config::Config& config);

}  // namespace sluice::app
