// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/value_kind.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

constexpr std::size_t kLeastHex = 8;

// A byte beyond ASCII is taken for a part of a letter.
bool is_word_byte(char c) {
  return is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80;
}

struct Words {
  std::size_t words = 0;  // of letters
  std::size_t numbers = 0;
  std::size_t mixed = 0;  // letters and digits in turn, twice and more
  std::size_t longest = 0;
  std::size_t separators = 0;
};

// How often a word changes from letters to digits and back.
std::size_t changes(std::string_view word) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < word.size(); ++i)
    count += is_digit(word[i]) != is_digit(word[i - 1]) ? 1 : 0;
  return count;
}

bool changes_case(std::string_view word) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < word.size(); ++i) {
    const bool rises = word[i] >= 'A' && word[i] <= 'Z' && word[i - 1] >= 'a' && word[i - 1] <= 'z';
    count += rises ? 1 : 0;
  }
  return count >= 2;
}

Words words_of(std::string_view text) {
  Words found;
  std::string_view rest = text;
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    const bool is_number = std::ranges::all_of(word, is_digit);
    const bool is_mixed = !is_number && (changes(word) >= 2 || changes_case(word));
    found.numbers += is_number ? 1 : 0;
    found.mixed += is_mixed ? 1 : 0;
    found.words += is_number || is_mixed ? 0 : 1;
    found.longest = std::max(found.longest, word.size());
  }
  const std::size_t parts = found.words + found.numbers + found.mixed;
  found.separators = parts > 0 ? parts - 1 : 0;
  return found;
}

ValueKind kind_of(std::string_view text) {
  if (const auto kind = kind_of(form_of(text))) return *kind;
  const Words words = words_of(text);
  constexpr std::size_t kLeastToken = 6;
  if (words.mixed > 0 && words.words <= 1 && text.size() >= kLeastToken) return ValueKind::token;
  if (words.words == 0) return words.mixed > 0 ? ValueKind::token : ValueKind::text;
  if (words.words >= 4) return ValueKind::slug;
  constexpr std::size_t kLongestName = 24;
  return words.longest <= kLongestName ? ValueKind::name : ValueKind::text;
}

}  // namespace

ValueForm form_of(std::string_view text) {
  std::size_t digits = 0;
  std::size_t letters = 0;
  std::size_t others = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (is_hex_digit(c)) {
      ++letters;
    } else if (c == '-' && text.size() == 36) {
      ++others;
    } else {
      return ValueForm::text;
    }
  }
  if (others > 0) return is_uuid(text) ? ValueForm::uuid : ValueForm::text;
  if (letters == 0) return digits > 0 ? ValueForm::number : ValueForm::text;
  return text.size() >= kLeastHex && digits >= 2 ? ValueForm::hex : ValueForm::text;
}

std::optional<ValueKind> kind_of(ValueForm form) {
  switch (form) {
    case ValueForm::number:
      return ValueKind::number;
    case ValueForm::uuid:
      return ValueKind::uuid;
    case ValueForm::hex:
      return ValueKind::hex;
    case ValueForm::text:
      break;
  }
  return std::nullopt;
}

std::string_view to_text(ValueKind kind) {
  switch (kind) {
    case ValueKind::number:
      return "number";
    case ValueKind::uuid:
      return "uuid";
    case ValueKind::hex:
      return "hex";
    case ValueKind::slug:
      return "slug";
    case ValueKind::name:
      return "name";
    case ValueKind::token:
      return "token";
    case ValueKind::text:
      break;
  }
  return "text";
}

ValueKind kind_of(std::span<const std::string_view> texts) {
  std::array<std::size_t, static_cast<std::size_t>(ValueKind::text) + 1> counts{};
  for (const std::string_view text : texts)
    ++counts[static_cast<std::size_t>(kind_of(text))];
  const auto count = [&](ValueKind kind) { return counts[static_cast<std::size_t>(kind)]; };
  // Short titles look like names. Where long ones stand in the same place, none is a name.
  const std::size_t worded = count(ValueKind::slug) + count(ValueKind::name);
  if (2 * worded > texts.size()) {
    return 5 * count(ValueKind::slug) >= worded ? ValueKind::slug : ValueKind::name;
  }
  const auto most = std::ranges::max_element(counts);
  return static_cast<ValueKind>(most - counts.begin());
}

bool has_shape_of_name(std::string_view text) {
  std::size_t words = 0;
  std::size_t whole_words = 0;
  char separator = 0;
  std::string_view rest = text;
  constexpr std::size_t kLongestWord = 16;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const std::string_view word = next_word(rest);
    if (word.empty() || word.data() != before.data() || std::ranges::any_of(word, is_digit)) return false;
    if (++words > 3 || word.size() > kLongestWord) return false;
    whole_words += word.size() >= 2 ? 1 : 0;
    if (rest.empty()) break;
    if (rest.size() < 2 || (separator != 0 && rest[0] != separator)) return false;
    separator = rest[0];
    if (std::string_view("-._+ ").find(separator) == std::string_view::npos) return false;
    rest.remove_prefix(1);
  }
  return words >= 2 && whole_words >= 1;
}

std::string_view next_word(std::string_view& rest) {
  const auto* const begin = std::ranges::find_if(rest, is_word_byte);
  const auto* const end = std::find_if_not(begin, rest.end(), is_word_byte);
  const std::string_view word(begin, static_cast<std::size_t>(end - begin));
  rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
  return word;
}

}  // namespace sluice::detection
