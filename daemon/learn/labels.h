// SPDX-License-Identifier: Apache-2.0
// What an operator knows of visitors: whom of them scrapes. Read from a text, a line each; asked by source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/identify.h"

namespace sluice::learn {

enum class Kind : std::uint8_t { person, scraper };

// "person".
[[nodiscard]] std::string_view to_text(Kind kind);

struct Label {
  Prefix network;  // no longer than a source's
  Kind kind = Kind::person;
  unsigned line = 0;  // from 1: those of a line are of one origin and say the same thing several times
};

class Labels {
 public:
  // False when the network has another kind already, which `other` is then the line of.
  [[nodiscard]] bool add(const Label& label, unsigned& other);

  // The label of the smallest network that holds the source, or null.
  [[nodiscard]] const Label* find(const Prefix& source) const;
  [[nodiscard]] std::size_t size() const { return labels_.size(); }

 private:
  std::unordered_map<Prefix, Label> labels_;
  std::vector<unsigned> lengths_;  // that occur, of either family, the longest first
};

struct ParsedLabels {
  Labels labels;
  std::vector<std::string> faults;  // "FILE:LINE: ..."; then the labels are not to be used
};

// "SOURCE,scraper" or "SOURCE,person", a line each; a source is an address or a network. Comments after #,
// empty lines and a first line "source,label" are passed over. An address stands for the source that it
// belongs to. `file` is what the faults call it.
[[nodiscard]] ParsedLabels parse_labels(std::string_view text, std::string_view file,
                                        const detection::IdentityOptions& identity);

}  // namespace sluice::learn
