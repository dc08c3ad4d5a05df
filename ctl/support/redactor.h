// SPDX-License-Identifier: Apache-2.0
// Text on its way out of this host: addresses, names and whatever identifies somebody in it become
// pseudonyms. The text may hold what strangers sent (paths, user agents, lines of a log), so that it replaces
// too much rather than too little. Reads and writes nothing.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ctl/support/pseudonyms.h"

namespace sluice::ctl {

class Redactor {
 public:
  explicit Redactor(const Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms) {}

  // A word that is ours: a key of the configuration, a part of a path that the operator named.
  void keep(std::string_view word) { kept_.emplace(word); }
  // A word that names somebody or something here, whatever is around it; "user", "host".
  void hide(std::string_view word, std::string_view kind);

  // Replaced are: IPv4 and IPv6 addresses and networks however they are embedded (with ports, in brackets,
  // IPv4-mapped, with dashes as in host names), MAC addresses, host names, e-mail addresses, the names given
  // to hide(), each part of a path that is not kept, queries, and what is percent-encoded; user names and
  // passwords in URLs go. JSON stays JSON. A word of more than 4 KiB is left out.
  [[nodiscard]] std::string text(std::string_view text) const;

  // A line of the daemon's log: likewise, without what an operator gave as his reason, and without the lines
  // of access logs that it could not read.
  [[nodiscard]] std::string log_line(std::string_view line) const;

 private:
  [[nodiscard]] std::string chunk(std::string_view chunk) const;
  [[nodiscard]] std::string url(std::string_view rest) const;
  [[nodiscard]] std::string authority(std::string_view authority) const;
  [[nodiscard]] std::string path(std::string_view path) const;
  [[nodiscard]] std::string path_part(std::string_view part) const;
  [[nodiscard]] std::string word(std::string_view word) const;
  [[nodiscard]] std::string gap(std::string_view gap) const;
  [[nodiscard]] std::string piece(std::string_view piece) const;
  [[nodiscard]] bool is_host(std::string_view piece) const;
  [[nodiscard]] bool is_kept(std::string_view word) const;
  [[nodiscard]] const std::string* hidden(std::string_view word) const;

  Pseudonyms pseudonyms_;
  std::unordered_set<std::string> kept_;
  std::unordered_map<std::string, std::string> hidden_;  // lower case: its pseudonym
};

// The address at the beginning of a text: how long it is, 0 where there is none. "2001:db8::1",
// "::ffff:192.0.2.1"; "192.0.2.1", "192-0-2-1", "192_0_2_1", each number with up to three digits.
[[nodiscard]] std::size_t match_v6(std::string_view text);
[[nodiscard]] std::size_t match_v4(std::string_view text);

}  // namespace sluice::ctl
