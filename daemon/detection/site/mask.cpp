// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/mask.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

using Gap = Mask::Gap;

constexpr std::array<std::pair<std::string_view, Gap>, 5> kGaps = {{{"*", Gap::any},
                                                                    {"{subject}", Gap::subject},
                                                                    {"{subject:number}", Gap::number},
                                                                    {"{subject:uuid}", Gap::uuid},
                                                                    {"{subject:hex}", Gap::hex}}};

bool may_stand(std::string_view text, Gap gap) {
  constexpr std::size_t kLeastHex = 8;
  switch (gap) {
    case Gap::none:
      return text.empty();
    case Gap::any:
      return true;
    case Gap::subject:
      return !text.empty();
    case Gap::number:
      return !text.empty() && std::ranges::all_of(text, is_digit);
    case Gap::uuid:
      return is_uuid(text);
    case Gap::hex:
      return text.size() >= kLeastHex && std::ranges::all_of(text, is_hex_digit);
  }
  return false;
}

// Cuts the text up to the next gap off; `gap` is none where there is no further one.
Result<std::string_view> take_text(std::string_view& rest, Gap& gap) {
  const auto begin = rest.find_first_of("{}*");
  const std::string_view text = rest.substr(0, begin);
  gap = Gap::none;
  if (begin == std::string_view::npos) {
    rest = {};
    return text;
  }
  rest.remove_prefix(begin);
  for (const auto& [word, meaning] : kGaps) {
    if (!rest.starts_with(word)) continue;
    gap = meaning;
    rest.remove_prefix(word.size());
    return text;
  }
  return Error(fmt::format(
      "'{}' is no gap: write {{subject}}, {{subject:number}}, {{subject:uuid}}, {{subject:hex}} or *",
      rest.substr(0, rest.find('}') == std::string_view::npos ? 16 : rest.find('}') + 1)));
}

}  // namespace

Result<Mask> Mask::parse(std::string_view text) {
  Mask mask;
  std::string_view rest = text;
  const auto prefix = take_text(rest, mask.first_);
  if (!prefix) return prefix.error();
  mask.prefix_ = *prefix;
  if (mask.first_ == Gap::none) return mask;
  const auto middle = take_text(rest, mask.second_);
  if (!middle) return middle.error();
  if (mask.second_ == Gap::none) {
    mask.suffix_ = *middle;
    return mask;
  }
  if (middle->empty())
    return Error(fmt::format("'{}': nothing tells where the first gap ends and the second begins", text));
  if ((mask.first_ == Gap::any) == (mask.second_ == Gap::any))
    return Error(fmt::format("'{}': one piece takes one {{subject}} and one *", text));
  mask.middle_ = *middle;
  Gap third = Gap::none;
  const auto suffix = take_text(rest, third);
  if (!suffix) return suffix.error();
  if (third != Gap::none) return Error(fmt::format("'{}': one piece takes one {{subject}} and one *", text));
  mask.suffix_ = *suffix;
  return mask;
}

bool Mask::fits(std::string_view text, std::string_view& subject) const {
  if (first_ == Gap::none) return text == prefix_;
  if (text.size() < prefix_.size() + suffix_.size() || !text.starts_with(prefix_) || !text.ends_with(suffix_))
    return false;
  text.remove_prefix(prefix_.size());
  text.remove_suffix(suffix_.size());
  if (second_ != Gap::none) return fits_two(text, subject);
  if (!may_stand(text, first_)) return false;
  if (first_ != Gap::any) subject = text;
  return true;
}

bool Mask::fits_two(std::string_view inner, std::string_view& subject) const {
  const bool subject_first = first_ != Gap::any;
  const Gap gap = subject_first ? first_ : second_;
  // The least for the subject: the first place for the middle if it stands before it, else the last.
  const auto at = subject_first ? inner.find(middle_, 1) : inner.rfind(middle_);
  if (at == std::string_view::npos) return false;
  const std::string_view found = subject_first ? inner.substr(0, at) : inner.substr(at + middle_.size());
  if (!may_stand(found, gap)) return false;
  subject = found;
  return true;
}

}  // namespace sluice::detection
