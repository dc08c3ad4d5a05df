// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/shape.h"
#include "daemon/detection/site/discovery/words.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;

// Weights are log-odds, set by judgement: a word right before the value says most.
constexpr double kPrior = -1.5;
constexpr double kDirectWord = 3.0;
constexpr double kFartherPeople = 1.5;
constexpr double kFartherThings = 1.0;
constexpr double kNoIdentity = 6.0;
constexpr double kSymbol = 2.5;
constexpr double kMostOfGivenNames = 3.0;
constexpr double kShapeOfNames = 1.0;
constexpr double kTitles = 2.0;
constexpr double kTitlesOfPeople = 1.0;  // "dr-anna-van-der-berg" behind a word for people
constexpr double kManyGivenNames = 0.4;
constexpr double kDate = 2.5;
constexpr double kOwnHost = 1.0;
constexpr double kFilter = 3.0;

// A word near the value, and what it means.
struct Word {
  std::string text;
  WordMeaning meaning = WordMeaning::none;
};

std::optional<Word> word_of(std::string_view text) {
  const WordMeaning meaning = meaning_of(text);
  if (meaning == WordMeaning::none) return std::nullopt;
  return Word{std::string(text), meaning};
}

// What a mask has beside the value: "profile-" of "profile-{subject:number}.html". A letter that is glued to
// the value is a part of its number: "F12".
std::string literal_of_mask(std::string_view mask) {
  const auto begin = mask.find("{subject");
  const std::string_view literal = mask.substr(0, begin == std::string_view::npos ? mask.size() : begin);
  return literal.size() == 1 && is_alphanumeric(literal.front()) ? std::string() : std::string(literal);
}

// Whether a key of a query names one thing, and does not choose some of many: "id", "uid", "user_name".
bool names_one(std::string_view key) {
  const std::string text = lowered(key);
  constexpr std::array<std::string_view, 16> kEnds = {"id",    "name",     "no",    "num", "nr",    "number",
                                                      "slug",  "code",     "hash",  "key", "login", "handle",
                                                      "title", "resource", "alias", "url"};
  return text.size() == 1 || meaning_of(text) == WordMeaning::people ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return text.ends_with(end); });
}

// Words between people and what chooses some of them: "/agents/in/berlin".
bool is_preposition(std::string_view segment) {
  constexpr std::array<std::string_view, 10> kWords = {"in",  "near", "from", "at", "around",
                                                       "bei", "aus",  "dans", "en", "nearby"};
  return std::ranges::find(kWords, lowered(segment)) != kWords.end();
}

// Whether the value chooses which people a list shows, in words that are no names of theirs.
bool is_filter(const UrlTree& tree, std::span<const NodeId> before, const UrlTree::Node& node) {
  if (before.empty() || node.values->form != ValueForm::text) return false;
  const UrlTree::Node& last = tree.at(before.back());
  if (node.edge == Edge::segment) {
    const bool is_of_people = std::ranges::any_of(before.first(before.size() - 1), [&](NodeId id) {
      return meaning_of(tree.at(id).text) == WordMeaning::people;
    });
    return is_of_people && !last.is_class && is_preposition(last.text);
  }
  return node.edge == Edge::value && node.text.starts_with('{') && !names_one(last.text);
}

// The words right before the value, and those farther to the front.
struct WordsBefore {
  std::optional<Word> direct;
  std::vector<Word> farther;

  void take(std::string_view text) {
    auto word = word_of(text);
    if (!word) return;
    if (!direct) {
      direct = *std::move(word);
    } else {
      farther.push_back(*std::move(word));
    }
  }
};

// `before`: what stands before the value, from the root on.
WordsBefore words_before(const UrlTree& tree, std::span<const NodeId> before, std::string_view mask) {
  WordsBefore words;
  words.take(literal_of_mask(mask));
  bool is_right_before = true;
  for (std::size_t i = before.size(); i-- > 0;) {
    const UrlTree::Node& node = tree.at(before[i]);
    if (node.edge == Edge::host) break;
    if (node.is_class) {
      is_right_before = false;
      continue;
    }
    const bool had_direct = words.direct.has_value();
    words.take(node.text);
    // A value between makes the word one of the other value.
    if (!had_direct && words.direct && !is_right_before)
      words.farther.push_back(*std::exchange(words.direct, std::nullopt));
  }
  return words;
}

void weigh_words(PeopleEvidence& evidence, const WordsBefore& words) {
  const auto quoted = [](const Word& word) { return fmt::format("'{}'", word.text); };
  if (words.direct) {
    switch (words.direct->meaning) {
      case WordMeaning::people:
        evidence.add(kDirectWord, fmt::format("{} before it means people", quoted(*words.direct)));
        return;
      case WordMeaning::things:
        evidence.add(-kDirectWord, fmt::format("{} before it means other things", quoted(*words.direct)));
        break;
      case WordMeaning::page:
      case WordMeaning::page_size:
        evidence.add(-kNoIdentity, fmt::format("{} says which part of a list", quoted(*words.direct)));
        return;
      case WordMeaning::search:
        evidence.add(-kNoIdentity, fmt::format("{} is what somebody searches for", quoted(*words.direct)));
        return;
      case WordMeaning::none:
        break;
    }
  }
  const auto has = [&](WordMeaning meaning) {
    return std::ranges::find(words.farther, meaning, &Word::meaning);
  };
  if (const auto people = has(WordMeaning::people); people != words.farther.end())
    evidence.add(kFartherPeople, fmt::format("{} in front of it means people", quoted(*people)));
  if (const auto things = has(WordMeaning::things); things != words.farther.end())
    evidence.add(-kFartherThings, fmt::format("{} in front of it means other things", quoted(*things)));
}

struct NameCounts {
  std::size_t values = 0;
  std::size_t given = 0;   // begin with a given name
  std::size_t shaped = 0;  // have the shape of a name
  std::size_t titles = 0;  // are titles
};

NameCounts count_names(const ValueClass& values) {
  NameCounts counts;
  for (const ValueClass::Sample& sample : values.samples) {
    ++counts.values;
    std::size_t words = 0;
    bool is_given = false;
    bool is_title = false;
    const std::string text = lowered(sample.view());
    std::string_view rest = text;
    for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
      if (std::ranges::all_of(word, is_digit)) continue;
      ++words;
      while (is_digit(word.back()))
        word.remove_suffix(1);
      is_given = is_given || (words <= 2 && is_given_name(word));
      // "von" and "de" stand in names too, but not at their beginning.
      is_title = is_title || (is_title_word(word) && words == 1 && !rest.empty());
    }
    is_title = is_title || words > 4;
    counts.titles += is_title ? 1 : 0;
    counts.given += is_given && !is_title ? 1 : 0;
    counts.shaped += !is_title && has_shape_of_name(sample.view()) ? 1 : 0;
  }
  return counts;
}

// `has_word`: the word before them means people.
void weigh_values(PeopleEvidence& evidence, const ValueClass& values, bool has_word) {
  if (values.form != ValueForm::text) return;  // the letters of a UUID make no words
  const NameCounts counts = count_names(values);
  if (counts.values == 0) return;
  const auto share = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(counts.values);
  };
  const bool has_titles = share(counts.titles) >= 0.15 || kind_of_class(values) == ValueKind::slug;
  if (has_titles) {
    evidence.add(has_word || share(counts.given) >= kManyGivenNames ? -kTitlesOfPeople : -kTitles,
                 fmt::format("{} of {} values have the shape of titles", counts.titles, counts.values));
  }
  // There are few samples, and one or two given names may be chance. The weight grows without a step, so that
  // one name more does not turn the answer.
  constexpr double kByChance = 0.05;
  if (share(counts.given) > kByChance) {
    evidence.add(std::min(kMostOfGivenNames, 8 * (share(counts.given) - kByChance)),
                 fmt::format("{} of {} values have a given name", counts.given, counts.values));
  }
  if (!has_titles && share(counts.shaped) >= 0.6) {
    evidence.add(kShapeOfNames,
                 fmt::format("{} of {} values have the shape of names", counts.shaped, counts.values));
  }
}

// Whether most numbers of a class are years.
bool is_year(const UrlTree::Node& node) {
  if (!node.is_class || node.values->form != ValueForm::number) return false;
  const auto years = std::ranges::count_if(node.values->samples, [](const ValueClass::Sample& sample) {
    const int year = sample.size == 4 ? digits_at(sample.view(), 0, 4) : 0;
    return year >= 1990 && year <= 2050;
  });
  return 10 * static_cast<std::size_t>(years) >= 9 * node.values->samples.size();
}

}  // namespace

void PeopleEvidence::add(double more, std::string reason) {
  weight += more;
  reasons.push_back({more, std::move(reason)});
}

std::vector<std::string> PeopleEvidence::texts() const {
  std::vector<std::string> all;
  all.reserve(reasons.size());
  for (const Reason& reason : reasons)
    all.push_back(fmt::format("{:+.1f} {}", reason.weight, reason.text));
  return all;
}

std::string PeopleEvidence::main_reason() const {
  const double sign = score() >= kPeopleScore ? 1 : -1;
  const auto main =
      std::ranges::max_element(reasons, {}, [&](const Reason& reason) { return sign * reason.weight; });
  return main == reasons.end() || sign * main->weight <= 0 ? std::string() : main->text;
}

double PeopleEvidence::score() const {
  return 1 / (1 + std::exp(-(kPrior + weight)));
}

PeopleEvidence weigh_people(const UrlTree& tree, std::span<const NodeId> chain, std::size_t at) {
  PeopleEvidence evidence;
  const UrlTree::Node& node = tree.at(chain[at]);
  const auto before = chain.subspan(0, at);
  const WordsBefore words = words_before(tree, before, node.text);
  weigh_words(evidence, words);
  if (node.text.starts_with('@') || node.text.starts_with('~'))
    evidence.add(kSymbol, fmt::format("'{}' is how sites write accounts", node.text[0]));
  if (node.edge == Edge::host) evidence.add(kOwnHost, "each value has a host of its own");
  const auto date = std::ranges::find_if(before, [&](NodeId id) { return is_year(tree.at(id)); });
  if (date != before.end()) evidence.add(-kDate, "a date stands in front of it");
  if (is_year(node)) evidence.add(-kNoIdentity, "it is a year");
  if (is_filter(tree, before, node)) evidence.add(-kFilter, "it chooses what a list shows");
  weigh_values(evidence, *node.values, words.direct && words.direct->meaning == WordMeaning::people);
  return evidence;
}

}  // namespace sluice::detection
