// SPDX-License-Identifier: Apache-2.0
// The words of URLs that say what stands behind them: people, or other things; a page of a list; a search.
// Words are evidence, no proof: `people` may be a band. Used by the proposals of routes.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::detection {

// What a word of a path or a key says of the value that follows it.
enum class WordMeaning : std::uint8_t {
  none,
  people,     // "users", "profil", "mitarbeiter"
  things,     // "articles", "produkte", "thread"
  page,       // "page", "offset", "seite": which part of a list
  page_size,  // "limit", "per_page": how much of a list
  search,     // "q", "suche"
};

// The word in small letters; compounds ("memberlist", "viewprofile", "user_id") count by their parts. Twenty
// languages.
[[nodiscard]] WordMeaning meaning_of(std::string_view word);

// Whether the first segment of a path names a part of a site itself, where others may be names: "login",
// "explore".
[[nodiscard]] bool is_part_of_site(std::string_view segment);

// Whether a key of a query says nothing of what is asked for: sessions, tracking, cache busters.
[[nodiscard]] bool is_session_key(std::string_view key);

// Whether it is among a few hundred given names of many languages, in small letters.
[[nodiscard]] bool is_given_name(std::string_view word);

// Whether it is one of the short words that titles are full of: "the", "und", "de".
[[nodiscard]] bool is_title_word(std::string_view word);

}  // namespace sluice::detection
