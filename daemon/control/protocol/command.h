// SPDX-License-Identifier: Apache-2.0
// What a command of the control socket declares: its row in the table of commands/all.h. From the row come
// parsing, the text of errors, who may ask for it, what the audit log has of it and how it is carried out.
//
// A row derives from Command or from Query, names itself (kName) and overrides what is different for it:
//
//   struct Ping : Query<PingRequest, PingAnswer> {
//     static constexpr std::string_view kName = "ping";
//   };
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include "daemon/control/protocol/faults.h"
#include "daemon/control/protocol/role.h"

namespace sluice::control {

// Who makes the answer, and when.
enum class CarriedOut : std::uint8_t {
  at_once,    // Operations, before they return
  later,      // Operations, which call back once
  by_socket,  // the handler of the socket itself
};

// What the audit log has of a change.
struct AuditEntry {
  std::vector<std::string> what;  // at least one; a row of the log each
  std::string reason;             // as the operator gave it
};

// The default of a row: it needs a policy owner and is written to the audit log.
template <class RequestType, class AnswerType>
struct Command {
  using Request = RequestType;
  using Answer = AnswerType;

  static constexpr Role kRole = Role::policy_owner;
  static constexpr CarriedOut kCarriedOut = CarriedOut::at_once;

  // What a request must be beside its types.
  static void check(const Request& /*request*/, Faults& /*faults*/) {}
  // Nothing where the request changes nothing and reveals no packets.
  static std::optional<AuditEntry> audit_entry(const Request& /*request*/) { return AuditEntry{{""}, ""}; }
  // What became of it, in a few words, for the audit log.
  static std::string outcome(const Answer& /*answer*/) { return "done"; }
  // Cuts an answer that need not be told whole.
  static void shorten(Answer& /*answer*/) {}
};

// A question: every peer of the socket may ask it, and it is not written to the audit log.
template <class RequestType, class AnswerType>
struct Query : Command<RequestType, AnswerType> {
  static constexpr Role kRole = Role::viewer;
  static std::optional<AuditEntry> audit_entry(const RequestType& /*request*/) { return std::nullopt; }
};

// ---- what a row may also have, and what holds where it has not ----

// kNames: several commands with one kind of request. Then request_of(name) and name_of(request) go with it.
template <class Row>
constexpr auto names_of() {
  if constexpr (requires { Row::kNames; }) {
    return Row::kNames;
  } else {
    return std::array<std::string_view, 1>{Row::kName};
  }
}

// The request that belongs to a name, with nothing read yet.
template <class Row>
typename Row::Request request_of(std::string_view name) {
  if constexpr (requires { Row::request_of(name); }) {
    return Row::request_of(name);
  } else {
    return {};
  }
}

template <class Row>
std::string_view name_of(const typename Row::Request& request) {
  if constexpr (requires { Row::name_of(request); }) {
    return Row::name_of(request);
  } else {
    return Row::kName;
  }
}

// role_of(request): some requests need another role than kRole.
template <class Row>
Role role_of(const typename Row::Request& request) {
  if constexpr (requires { Row::role_of(request); }) {
    return Row::role_of(request);
  } else {
    return Row::kRole;
  }
}

// audit_name(request): the audit log knows it by another name than the protocol.
template <class Row>
std::string_view audit_name(const typename Row::Request& request) {
  if constexpr (requires { Row::audit_name(request); }) {
    return Row::audit_name(request);
  } else {
    return name_of<Row>(request);
  }
}

// in_words(request): what a refusal calls it.
template <class Row>
std::string in_words(const typename Row::Request& request) {
  if constexpr (requires { Row::in_words(request); }) {
    return Row::in_words(request);
  } else {
    return std::string(audit_name<Row>(request));
  }
}

// undoes(request): it takes back what keeps somebody out. It is done even where the audit log cannot be
// written.
template <class Row>
bool undoes(const typename Row::Request& request) {
  if constexpr (requires { Row::undoes(request); }) {
    return Row::undoes(request);
  } else {
    return false;
  }
}

// Words for many things, a hundred a row, so that a row of the audit log stays readable and a page of it fits
// one message.
[[nodiscard]] std::vector<std::string> audit_rows(const std::vector<std::string>& words);

}  // namespace sluice::control
