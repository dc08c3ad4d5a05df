// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol/values.h"

#include <fmt/format.h>

namespace sluice::control {

WrittenPrefix WrittenPrefix::with_length(const Prefix& prefix) {
  WrittenPrefix written(prefix);
  written.has_length_ = true;
  return written;
}

Result<WrittenPrefix> WrittenPrefix::parse(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) return prefix.error();
  return text.find('/') == std::string_view::npos ? WrittenPrefix(prefix->address()) : with_length(*prefix);
}

std::string WrittenPrefix::to_string() const {
  if (!has_length_) return prefix_.to_string();
  return fmt::format("{}/{}", prefix_.address().to_string(), prefix_.length());
}

Result<Actor> Actor::parse(std::string_view text) {
  const std::size_t space = text.find(' ');
  const auto kind = from_text<ActorKind>(text.substr(0, space));
  if (!kind || *kind == ActorKind::unset) return Actor{ActorKind::unset, std::string(text)};
  return Actor{*kind, space == std::string_view::npos ? std::string() : std::string(text.substr(space + 1))};
}

std::string Actor::to_string() const {
  if (kind == ActorKind::unset) return name;
  return name.empty() ? std::string(to_text(kind)) : fmt::format("{} {}", to_text(kind), name);
}

bool Actor::covers(const Actor& other) const {
  if (kind != other.kind) return false;
  return name.empty() || name == other.name || other.name.starts_with(name + " ");
}

}  // namespace sluice::control
