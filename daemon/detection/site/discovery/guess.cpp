// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/guess.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

Guessable guess_of_numbers(const ValueClass& values) {
  std::vector<double> numbers;
  for (const ValueClass::Sample& sample : values.samples) {
    if (const auto number = parse_number<std::uint64_t>(sample.view()))
      numbers.push_back(static_cast<double>(*number));
  }
  if (numbers.empty()) return {Guess::hardly, "the numbers are longer than 19 digits"};
  std::ranges::sort(numbers);
  // Without the outermost: a visitor's typing error is no part of the range.
  const std::size_t cut = numbers.size() / 12;
  const double low = numbers[cut];
  const double high = numbers[numbers.size() - 1 - cut];
  const double inside = static_cast<double>(numbers.size() - 2 * cut) / static_cast<double>(numbers.size());
  const double apart = std::max(1.0, (high - low + 1) / std::max(1.0, values.values.estimate() * inside));
  // Whoever tries a thousand numbers for each hit is seen long before he has many.
  constexpr double kFewest = 1000;
  const std::string range =
      fmt::format("about one in {:.0f} numbers from {:.0f} to {:.0f} was seen", apart, low, high);
  return {apart <= kFewest ? Guess::by_counting : Guess::hardly, range};
}

Guessable guess_of_uuids(const ValueClass& values) {
  constexpr std::size_t kVersion = 14;
  const auto random = std::ranges::count_if(values.samples, [](const ValueClass::Sample& sample) {
    return sample.size > kVersion && sample.text[kVersion] == '4';
  });
  if (2 * static_cast<std::size_t>(random) >= values.samples.size())
    return {Guess::hardly, "random UUIDs (version 4)"};
  return {Guess::hardly, "UUIDs that are not random; their times can be guessed, the rest hardly"};
}

}  // namespace

std::string_view to_text(Guess guess) {
  switch (guess) {
    case Guess::by_counting:
      return "by counting";
    case Guess::by_dictionary:
      return "by dictionary";
    case Guess::hardly:
      break;
  }
  return "hardly";
}

Guessable guess_of(const ValueClass& values, ValueKind kind) {
  switch (kind) {
    case ValueKind::number:
      return guess_of_numbers(values);
    case ValueKind::uuid:
      return guess_of_uuids(values);
    case ValueKind::hex:
      return {Guess::hardly, "hexadecimal digits without an order"};
    case ValueKind::token:
      return {Guess::hardly, "letters and digits without an order"};
    case ValueKind::slug:
    case ValueKind::name:
    case ValueKind::text:
      break;
  }
  return {Guess::by_dictionary, "names and words can be tried"};
}

}  // namespace sluice::detection
