// SPDX-License-Identifier: Apache-2.0
// THE table of commands: each has one line here and its request, answer and row in its own file. The order is
// the one in which an error names them. Used by protocol.h and operations.h; ctl/ sees it too.
#pragma once

#include <string_view>
#include <variant>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include "daemon/control/commands/audit.h"
#include "daemon/control/commands/decide.h"
#include "daemon/control/commands/explain.h"
#include "daemon/control/commands/history.h"
#include "daemon/control/commands/import.h"
#include "daemon/control/commands/list.h"
#include "daemon/control/commands/lists.h"
#include "daemon/control/commands/pardon.h"
#include "daemon/control/commands/reload.h"
#include "daemon/control/commands/status.h"
#include "daemon/control/commands/unblock.h"
#include "daemon/control/commands/version.h"
#include "daemon/control/commands/watch.h"

namespace sluice::control {

using Commands = boost::mp11::mp_list<  //
    commands::Status,                   //
    commands::Decide,                   //
    commands::Unblock,                  //
    commands::Pardon,                   //
    commands::Import,                   //
    commands::List,                     //
    commands::History,                  //
    commands::Explain,                  //
    commands::Lists,                    //
    commands::RefreshLists,             //
    commands::TestLists,                //
    commands::Watch,                    //
    commands::Audit,                    //
    commands::Reload,                   //
    commands::Version>;

template <class Row>
using RequestOf = typename Row::Request;

using Request = boost::mp11::mp_rename<boost::mp11::mp_transform<RequestOf, Commands>, std::variant>;

// The row of a kind of request.
template <class RequestType>
using CommandOf =
    boost::mp11::mp_at<Commands,
                       boost::mp11::mp_find<boost::mp11::mp_transform<RequestOf, Commands>, RequestType>>;

}  // namespace sluice::control
