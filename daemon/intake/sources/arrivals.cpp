// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/arrivals.h"

#include <algorithm>

namespace sluice::intake {

void Arrivals::created(std::string_view name) {
  if (name == base_) add(name);
}

void Arrivals::moved_from(std::string_view name, std::uint32_t cookie) {
  const auto file = std::ranges::find(waiting_, name, &Waiting::name);
  if (file != waiting_.end()) *file = {{}, cookie};
}

void Arrivals::moved_to(std::string_view name, std::uint32_t cookie) {
  forget(name);  // a rename replaces what stood there
  const auto file = std::ranges::find_if(
      waiting_, [&](const Waiting& waiting) { return waiting.name.empty() && waiting.cookie == cookie; });
  if (file != waiting_.end()) {
    file->name = name;
  } else if (name == base_) {
    add(name);
  }
}

void Arrivals::deleted(std::string_view name) {
  forget(name);
}

void Arrivals::add(std::string_view name) {
  // Where it waits already it is one file, and now it is known to be the last that came.
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.name == name; });
  if (waiting_.size() == kMaxWaiting) {
    waiting_.erase(waiting_.begin());
    ++missed_;
  }
  waiting_.push_back({std::string(name), 0});
}

std::vector<std::string> Arrivals::waiting() const {
  std::vector<std::string> names;
  for (const Waiting& waiting : waiting_) {
    if (!waiting.name.empty()) names.push_back(waiting.name);
  }
  return names;
}

void Arrivals::keep_only(const std::vector<std::string>& names) {
  // A name that is still empty went to another directory.
  missed_ += std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.name.empty(); });
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    return std::ranges::find(names, waiting.name) == names.end();
  });
}

void Arrivals::forget(std::string_view name) {
  missed_ += std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.name == name; });
}

}  // namespace sluice::intake
