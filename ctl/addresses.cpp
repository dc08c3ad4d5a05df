// SPDX-License-Identifier: Apache-2.0
#include "ctl/addresses.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/address.h"
#include "daemon/base/text.h"
namespace sluice::ctl {
namespace {

void add(std::string_view text, const std::string& place, Addresses& to) {
  if (const auto prefix = control::WrittenPrefix::parse(text); !prefix) {
    to.faults.push_back(place + prefix.error().message());
  } else {
    to.valid.push_back(*prefix);
  }
}

void add_lines(std::istream& input, Addresses& to) {
  std::string line;
  for (std::size_t number = 1; std::getline(input, line); ++number) {
    const std::string_view text = trimmed(std::string_view(line).substr(0, line.find('#')));
    if (!text.empty()) add(text, fmt::format("standard input, line {}: ", number), to);
  }
}

}  // namespace

Addresses read_addresses(const std::vector<std::string>& arguments, std::istream& input) {
  Addresses addresses;
  bool input_read = false;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      add(argument, "", addresses);
    } else if (std::exchange(input_read, true)) {
      addresses.faults.emplace_back("'-' is given twice; standard input can be read once");
    } else {
      add_lines(input, addresses);
    }
  }
  if (addresses.valid.empty() && addresses.faults.empty())
    addresses.faults.emplace_back("no address is given");
  return addresses;
}

}  // namespace sluice::ctl
