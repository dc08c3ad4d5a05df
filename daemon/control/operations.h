// SPDX-License-Identifier: Apache-2.0
// What an operator can have done: one function for each command of the table that is not the socket's own.
// Implemented by app/ over the ledger, the kernel's tables and the detector; called by control/handler on the
// loop's thread. Calls are synchronous and short: the loop also reads the ring buffer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/mp11/algorithm.hpp>

#include "daemon/base/error.h"
#include "daemon/control/commands/all.h"

namespace sluice::control {

// A change as it is asked for, for the audit log.
struct Change {
  std::int64_t uid = 0;
  std::string name;
  std::string role;
  std::string command;
  std::string reason;
  std::vector<std::string> what;  // at least one; a row of the log each
  bool undoes = false;            // it lets somebody in, which must always be possible
};

// Who asks: the name as the kernel knows it, "alice" or "uid 1234". The actor of a decision is "operator
// NAME".
struct Caller {
  std::string name;
  Role role = Role::none;
};

// One command.
template <class Row, CarriedOut when = Row::kCarriedOut>
class Operation {
 public:
  // An Error is told to the operator.
  [[nodiscard]] virtual Result<typename Row::Answer> carry_out(const typename Row::Request& request,
                                                               const Caller& caller) = 0;

 protected:
  ~Operation() = default;
};

// What may take as long as a disk or the network does. `done` is called once, on the loop's thread, perhaps
// within this call.
template <class Row>
class Operation<Row, CarriedOut::later> {
 public:
  using Done = std::function<void(typename Row::Answer)>;
  virtual void carry_out(const typename Row::Request& request, const Caller& caller, Done done) = 0;

 protected:
  ~Operation() = default;
};

template <class Row>
using IsOfTheSocket = boost::mp11::mp_bool<Row::kCarriedOut == CarriedOut::by_socket>;
using OperationRows = boost::mp11::mp_remove_if<Commands, IsOfTheSocket>;

template <class... Rows>
class EachOperation : public Operation<Rows>... {
 public:
  using Operation<Rows>::carry_out...;

 protected:
  ~EachOperation() = default;
};

// - decide, unblock and disallow, test_lists: one result for each address, in order. In observe mode a block
// or throttle
//   is refused in words. import: as decide, row by row.
// - list: the whole list, sorted by source; the handler cuts it into messages.
// - lists: in the order of the configuration.
// - reload: all of the configuration comes into force, or nothing changes.
class Operations : public boost::mp11::mp_apply<EachOperation, OperationRows> {
 public:
  using RefreshDone = Operation<commands::RefreshLists>::Done;
  using ReloadDone = Operation<commands::Reload>::Done;

  Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  virtual ~Operations() = default;

  // The audit log. begin_change() returns when it is on the disk that the change was asked for; where it
  // fails the change must not be made. A change that undoes something is never refused: its row is written
  // when the disk is back. end_change() takes note of what became of it and has it and the change written.
  [[nodiscard]] virtual Result<void> begin_change(const Change& change) = 0;
  virtual void end_change(const Change& change, std::string_view outcome) = 0;
};

}  // namespace sluice::control
