// SPDX-License-Identifier: Apache-2.0
// What must hold of every request, whatever line it came from. For the fuzz targets: a broken promise ends
// the process.
#pragma once

#include <cstdlib>
#include <string_view>

#include "daemon/intake/log_options.h"

namespace sluice::intake {

// Reads every byte of the views, so that the sanitizer sees one that points nowhere; the sum keeps the reads.
inline unsigned check_request(const detection::Request& request) {
  unsigned sum = 0;
  for (const std::string_view field :
       {request.method, request.target, request.protocol, request.referer, request.user_agent, request.user,
        request.host, request.account, request.credential, request.accept_encoding, request.accept_language,
        request.purpose, request.fingerprint, request.subjects, request.fetch_mode, request.fetch_dest,
        request.content_type}) {
    if (field.size() > 2 * kMaxLineBytes) std::abort();
    for (const char c : field)
      sum += static_cast<unsigned char>(c);
  }
  if (request.status != 0 && (request.status < 100 || request.status > 599)) std::abort();
  if (request.time < WallTime(Seconds(-7'258'118'400)) || request.time > WallTime(Seconds(7'289'740'800)))
    std::abort();
  if (Address::parse(request.client.to_string()).value() != request.client) std::abort();
  return sum;
}

// The same line must always give the same: a parser keeps nothing from one line to the next that shows.
inline void check_same(const Parsed& a, const Parsed& b) {
  if (a.has_value() != b.has_value()) std::abort();
  if (!a) {
    if (a.error() != b.error()) std::abort();
    return;
  }
  if (a->time != b->time || a->client != b->client || a->method != b->method || a->target != b->target ||
      a->protocol != b->protocol || a->status != b->status || a->bytes != b->bytes ||
      a->referer != b->referer || a->user_agent != b->user_agent || a->user != b->user ||
      a->host != b->host || a->account != b->account || a->duration_us != b->duration_us ||
      a->fields != b->fields) {
    std::abort();
  }
}

}  // namespace sluice::intake
