// SPDX-License-Identifier: Apache-2.0
// One [[log]] of the configuration. Plain values: config/ fills them in, the formats and sources read them.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/intake/envelopes/envelope.h"
#include "daemon/intake/formats/format.h"
#include "daemon/intake/formats/json_presets.h"

namespace sluice::intake {

struct LogOptions {
  // A file, a pattern of files, "journal:UNIT", or "-" for standard input; empty: see listen.
  std::string path{};
  Format format{};
  // For formats with fields: where each is, and whose names `fields` began with.
  JsonPreset preset = JsonPreset::nginx;
  FieldMap fields{};
  std::string pattern{};  // for formats with a pattern: what stands in the server's configuration
  // For formats that name variables: the variable or captured header that is each, "$cookie_user",
  // "%{user}C", "x-user".
  std::string account{};
  std::string credential{};
  std::string fingerprint{};
  std::string subjects{};
  std::string subject_count{};
  // For these and for formats with fields: the header, written by a proxy, that names the visitor.
  std::string client{};
  std::string timezone{};      // of times that name none: "Europe/Berlin"; empty: as the format has it
  std::string listen{};        // instead of a path: see sources/log_socket.h
  std::vector<Prefix> from{};  // who may send there by UDP
  // Every user of this host may write lines: what a socket of UDP on loopback means. Agreed to, so that it is
  // not warned of.
  bool trust_local_users = false;
  std::vector<std::string>
      headers{};  // for formats with headers: those that the server captures, in their order
  std::vector<std::string> response_headers{};  // the same of its answers
  Envelope envelope = Envelope::automatic;      // what stands around each line

  [[nodiscard]] const std::string& name() const { return listen.empty() ? path : listen; }

  bool operator==(const LogOptions&) const = default;
};

}  // namespace sluice::intake
