// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/common_mask.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "daemon/base/text.h"
#include "daemon/base/utf8.h"

namespace sluice::detection {
namespace {

constexpr std::string_view kAnySubject = "{subject}";
constexpr std::string_view kNumber = "{subject:number}";
constexpr std::string_view kSeparators = "-_.=";

// ".html" of "7.html"; empty where the text ends otherwise.
std::string_view extension_of(std::string_view text) {
  constexpr std::size_t kLongest = 5;
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view extension = text.substr(dot);
  if (extension.size() < 3 || extension.size() > kLongest + 1) return {};
  const bool is_word = std::ranges::all_of(extension.substr(1), [](char c) { return is_alphanumeric(c); });
  return is_word && is_letter(extension[1]) ? extension : std::string_view();
}

struct DigitRun {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The only run of digits; nothing if there is none, or more than one.
std::optional<DigitRun> only_digits(std::string_view text) {
  const auto* const begin = std::ranges::find_if(text, is_digit);
  const auto* const end = std::find_if_not(begin, text.end(), is_digit);
  if (begin == text.end() || std::any_of(end, text.end(), is_digit)) return std::nullopt;
  return DigitRun{static_cast<std::size_t>(begin - text.begin()),
                  static_cast<std::size_t>(end - text.begin())};
}

// How a mask is made of one text. The closest come first.
enum class Way : std::uint8_t {
  digits_within,  // "profile-{number}.html"
  symbol,         // "@{subject}"
  name_space,     // "User:{subject}"
  json_value,     // "*\"id\":{subject}"
  host_label,     // "{subject}.example.org"
  digits_first,   // "{number}-*.html"
  digits_last,    // "*-{number}"
  first_word,     // "profile-{subject}.html"
  extension,      // "{subject}.html"
  whole,          // "{subject}"
};
constexpr std::size_t kWays = 10;

// How many texts must fit. A symbol or a name space in front is no accident, so few of them are enough.
std::size_t least_alike(Way way, std::size_t least) {
  return way == Way::symbol || way == Way::name_space ? std::max<std::size_t>(4, least / 4) : least;
}

// Which part of the texts must fit. What changes the meaning of the subject must fit nearly all of them.
double least_share(Way way) {
  switch (way) {
    case Way::digits_first:
    case Way::digits_last:
      return 0.9;
    case Way::first_word:
      return 0.6;
    default:
      return 0;
  }
}

std::string joined(std::string_view prefix, std::string_view gap, std::string_view suffix) {
  if (!is_plain_in_pattern(prefix) || !is_plain_in_pattern(suffix)) return {};
  std::string mask(prefix);
  mask.append(gap);
  mask.append(suffix);
  return mask;
}

std::string with_digits_within(std::string_view text) {
  const auto run = only_digits(text);
  if (!run || run->end - run->begin == text.size()) return {};
  return joined(text.substr(0, run->begin), kNumber, text.substr(run->end));
}

std::string with_symbol(std::string_view text) {
  constexpr std::string_view kSymbols = "@~!$+";
  if (text.size() < 2 || kSymbols.find(text[0]) == std::string_view::npos) return {};
  return joined(text.substr(0, 1), kAnySubject, "");
}

std::string with_name_space(std::string_view text) {
  constexpr std::size_t kLongest = 24;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > kLongest || colon + 1 == text.size())
    return {};
  const std::string_view space = text.substr(0, colon);
  if (std::ranges::any_of(space, is_digit)) return {};
  return joined(text.substr(0, colon + 1), kAnySubject, "");
}

// A pattern cannot have the braces, so the value takes with it what stands behind it.
std::string with_json_value(std::string_view text) {
  const auto colon = text.rfind(':');
  if (text.empty() || text[0] != '{' || colon == std::string_view::npos || colon + 1 == text.size())
    return {};
  std::size_t begin = colon;
  while (begin > 0 && (is_alphanumeric(text[begin - 1]) || text[begin - 1] == '"' || text[begin - 1] == '_'))
    --begin;
  const std::string_view name = text.substr(begin, colon + 1 - begin);
  if (!is_plain_in_pattern(name)) return {};
  return "*" + std::string(name) + std::string(kAnySubject);
}

std::string with_host_label(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  return joined("", kAnySubject, text.substr(dot));
}

std::string with_digits_first(std::string_view text) {
  const auto* const end = std::ranges::find_if_not(text, is_digit);
  const auto at = static_cast<std::size_t>(end - text.begin());
  if (at == 0 || at == text.size() || kSeparators.find(text[at]) == std::string_view::npos) return {};
  const std::string_view extension = extension_of(text);
  if (extension.size() == text.size() - at) return {};
  return joined("", std::string(kNumber) + text[at] + '*', extension);
}

std::string with_digits_last(std::string_view text) {
  const std::string_view extension = extension_of(text);
  text.remove_suffix(extension.size());
  std::size_t at = text.size();
  while (at > 0 && is_digit(text[at - 1]))
    --at;
  if (at == text.size() || at < 2 || kSeparators.find(text[at - 1]) == std::string_view::npos) return {};
  return joined("", std::string("*") + text[at - 1] + std::string(kNumber), extension);
}

std::string with_first_word(std::string_view text) {
  const auto end = text.find_first_of(kSeparators);
  if (end == std::string_view::npos || end < 2 || end + 1 == text.size()) return {};
  const std::string_view extension = extension_of(text);
  if (extension.size() == text.size() - end) return {};
  return joined(text.substr(0, end + 1), kAnySubject, extension);
}

std::string mask_of(std::string_view text, Way way) {
  switch (way) {
    case Way::digits_within:
      return with_digits_within(text);
    case Way::symbol:
      return with_symbol(text);
    case Way::name_space:
      return with_name_space(text);
    case Way::json_value:
      return with_json_value(text);
    case Way::host_label:
      return with_host_label(text);
    case Way::digits_first:
      return with_digits_first(text);
    case Way::digits_last:
      return with_digits_last(text);
    case Way::first_word:
      return with_first_word(text);
    case Way::extension:
      return extension_of(text).empty() ? std::string() : joined("", kAnySubject, extension_of(text));
    case Way::whole:
      break;
  }
  return std::string(kAnySubject);
}

// Whether the way makes sense of what stands there.
bool is_of(Way way, bool of_hosts) {
  return way == Way::whole || (way == Way::host_label) == of_hosts;
}

}  // namespace

bool is_plain_in_pattern(std::string_view text) {
  if (text.find_first_of("{}*?#&/") != std::string_view::npos) return false;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<CommonMask> find_common_mask(std::span<const std::string_view> texts, std::size_t least,
                                           bool of_hosts) {
  if (texts.size() < least || texts.empty()) return std::nullopt;
  for (std::size_t i = 0; i < kWays; ++i) {
    const auto way = static_cast<Way>(i);
    if (!is_of(way, of_hosts)) continue;
    std::map<std::string, std::size_t> counts;
    for (const std::string_view text : texts) {
      if (std::string mask = mask_of(text, way); !mask.empty()) ++counts[std::move(mask)];
    }
    const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    if (most == counts.end() || most->second < least_alike(way, least)) continue;
    if (static_cast<double>(most->second) < least_share(way) * static_cast<double>(texts.size())) continue;
    auto mask = Mask::parse(most->first);
    if (mask) return CommonMask{most->first, *std::move(mask)};
  }
  return std::nullopt;
}

}  // namespace sluice::detection
