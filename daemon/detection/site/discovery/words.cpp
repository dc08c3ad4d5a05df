// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/words.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/value_kind.h"
#include "daemon/detection/site/discovery/word_lists.h"

namespace sluice::detection {
namespace {

// The words of a list, sorted.
std::vector<std::string_view> sorted_words(std::string_view list) {
  std::vector<std::string_view> all;
  while (!list.empty())
    all.push_back(take_until(list, ' '));
  std::ranges::sort(all);
  return all;
}

template <const std::string_view& list>
bool contains(std::string_view word) {
  static const std::vector<std::string_view> kSorted = sorted_words(list);
  return std::ranges::binary_search(kSorted, word);
}

// What stands around a word in names of pages and keys and changes nothing: "viewprofile", "userlist".
constexpr std::array<std::string_view, 16> kBefore = {"view", "show", "get",  "my",   "with", "edit",
                                                      "all",  "the",  "find", "list", "load", "fetch",
                                                      "read", "open", "api",  "new"};
constexpr std::array<std::string_view, 18> kBehind = {"list",    "lists",   "id",     "ids",  "page", "info",
                                                      "profile", "details", "detail", "view", "name", "card",
                                                      "number",  "no",      "search", "data", "by",   "url"};
// Pictures of people show people: "profilbild", "user-photos".
constexpr std::array<std::string_view, 14> kPictures = {"photo",    "photos", "foto", "fotos", "picture",
                                                        "pictures", "pic",    "pics", "bild",  "bilder",
                                                        "image",    "images", "img",  "icon"};

WordMeaning meaning_of_one(std::string_view word) {
  // A word that means two things is taken for a thing in the language of most sites ("tag").
  if (contains<words::kThings>(word)) return WordMeaning::things;
  if (contains<words::kPeople>(word)) return WordMeaning::people;
  if (contains<words::kPageSize>(word)) return WordMeaning::page_size;
  if (contains<words::kPage>(word)) return WordMeaning::page;
  if (contains<words::kSearch>(word)) return WordMeaning::search;
  return WordMeaning::none;
}

// The meaning of a stem. A letter or two mean nothing: "pid" is no "p".
WordMeaning meaning_of_stem(std::string_view stem) {
  constexpr std::size_t kShortestStem = 3;
  return stem.size() < kShortestStem ? WordMeaning::none : meaning_of_one(stem);
}

WordMeaning meaning_of_compound(std::string_view word) {
  for (const std::string_view before : kBefore) {
    if (!word.starts_with(before)) continue;
    if (const auto meaning = meaning_of_stem(word.substr(before.size())); meaning != WordMeaning::none)
      return meaning;
  }
  for (const std::string_view behind : kBehind) {
    if (!word.ends_with(behind)) continue;
    if (const auto meaning = meaning_of_stem(word.substr(0, word.size() - behind.size()));
        meaning != WordMeaning::none)
      return meaning;
  }
  for (const std::string_view picture : kPictures) {
    if (word.ends_with(picture) &&
        meaning_of_stem(word.substr(0, word.size() - picture.size())) == WordMeaning::people)
      return WordMeaning::people;
  }
  return WordMeaning::none;
}

}  // namespace

WordMeaning meaning_of(std::string_view text) {
  const std::string word = lowered(text);
  if (const auto meaning = meaning_of_one(word); meaning != WordMeaning::none) return meaning;
  // The last part that says anything counts: "user_posts" are posts.
  WordMeaning found = WordMeaning::none;
  std::string_view rest = word;
  for (std::string_view part = next_word(rest); !part.empty(); part = next_word(rest)) {
    WordMeaning meaning = meaning_of_one(part);
    if (meaning == WordMeaning::none) meaning = meaning_of_compound(part);
    if (found == WordMeaning::people && std::ranges::find(kPictures, part) != kPictures.end()) continue;
    if (meaning != WordMeaning::none) found = meaning;
  }
  return found;
}

bool is_part_of_site(std::string_view segment) {
  return contains<words::kPartsOfSites>(lowered(segment));
}

bool is_session_key(std::string_view key) {
  return key.starts_with("utm_") || contains<words::kSession>(lowered(key));
}

bool is_given_name(std::string_view word) {
  return contains<words::kGivenNames>(word);
}

bool is_title_word(std::string_view word) {
  return contains<words::kTitleWords>(word);
}

}  // namespace sluice::detection
