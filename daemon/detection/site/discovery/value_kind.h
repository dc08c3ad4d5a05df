// SPDX-License-Identifier: Apache-2.0
// What kind of identifier a piece of a URL is, by its characters: first one piece alone, then a sample of the
// pieces that stand in one place. Used by route discovery. Knows no words; those are in words.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::detection {

// What one look at a piece tells for sure.
enum class ValueForm : std::uint8_t {
  number,  // digits alone
  uuid,    // 36 characters, hyphens in their places
  hex,     // eight or more hexadecimal digits, among them letters and at least two decimal digits
  text,    // anything else
};

[[nodiscard]] ValueForm form_of(std::string_view text);

// What a sample of pieces looks like.
enum class ValueKind : std::uint8_t {
  number,
  uuid,
  hex,
  slug,   // words with separators: "how-to-swim"
  name,   // what people and accounts are called: "anna", "anna-schmidt", "j.doe", "anna92"
  token,  // letters and digits without words: "dQw4w9WgXcQ"
  text,   // none of these
};

// What the form alone says; nothing for a text.
[[nodiscard]] std::optional<ValueKind> kind_of(ValueForm form);

// "number", "uuid", and so on: the word between the braces of a shape.
[[nodiscard]] std::string_view to_text(ValueKind kind);

// The kind of most of the texts. Of texts that are words with separators, names are told from slugs by the
// number of words: names have at most three, and most of them two.
[[nodiscard]] ValueKind kind_of(std::span<const std::string_view> texts);

// Whether a text has the shape of a person's name: two or three words of letters with one kind of separator
// between ("anna-schmidt", "j.doe", "Jörg_Müller"). "anna" alone is none, and neither is "how-to-swim-fast".
[[nodiscard]] bool has_shape_of_name(std::string_view text);

// Cuts the next word off: letters of any script, or digits. Empty at the end.
[[nodiscard]] std::string_view next_word(std::string_view& rest);

}  // namespace sluice::detection
