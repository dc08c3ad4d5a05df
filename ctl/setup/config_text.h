// SPDX-License-Identifier: Apache-2.0
// Changes a few settings in the text of a sluice.toml, and leaves the rest of it, comments too, as it was.
// Pure. Whether the outcome is a configuration is for `sluiced check-config` to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::ctl {

class ConfigText {
 public:
  explicit ConfigText(std::string_view text);

  // The value of `key` in [table], as it is written, without its comment; empty where it is not there.
  [[nodiscard]] std::string value(std::string_view table, std::string_view key) const;
  // Sets it, where the key stands or at the head of its table, which is made where it is missing. Fails where
  // the value goes on in the next line.
  [[nodiscard]] Result<void> set(std::string_view table, std::string_view key, std::string_view value);

  struct Log {
    std::string path;
    std::string format;
    std::string listen;  // instead of the path
  };
  // All [[log]], as far as these are written in quotes on a line.
  [[nodiscard]] std::vector<Log> logs() const;
  // Takes the first [[log]] with that path away, up to the next table or blank line.
  void remove_log(std::string_view path);
  // Adds lines, which begin with "[[log]]", behind the last [[log]], or at the end.
  void add_log(const std::vector<std::string>& lines);

  // Whether nobody has said where the site shows people: no [[route]] but the one that ships, and neither
  // ready-made sites nor further files that may have some.
  [[nodiscard]] bool has_default_routes() const;
  // Puts these lines in the place of that [[route]], or at the end.
  void replace_default_route(const std::vector<std::string>& lines);

  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::size_t find_table(std::string_view header) const;
  [[nodiscard]] std::size_t find_key(std::string_view table, std::string_view key) const;
  // The value of a key that stands before all tables; empty where it is not there.
  [[nodiscard]] std::string_view top_value(std::string_view key) const;
  [[nodiscard]] std::vector<std::size_t> routes() const;  // where each [[route]] begins
  [[nodiscard]] bool is_default_route(std::size_t begin) const;
  // One behind the last line of the block that begins there.
  [[nodiscard]] std::size_t end_of_block(std::size_t begin) const;

  std::vector<std::string> lines_;
};

// A list of texts as TOML writes it: ["a", "b"].
[[nodiscard]] std::string toml_list(const std::vector<std::string>& values);

}  // namespace sluice::ctl
