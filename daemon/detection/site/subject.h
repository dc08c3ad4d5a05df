// SPDX-License-Identifier: Apache-2.0
// The name of a subject in the one form that counts: "J%C3%B6rg", "Jörg" with a combining mark and
// "Jörg.html" are one person. Used by the route table. Knows no route.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::detection {

// How much one subject weighs in breadth. An operator sets the first three for a route.
enum class Sensitivity : std::uint8_t {
  low,
  normal,
  high,
  listed,  // one of many that an answer showed together: a name in a list is less than a page of its own
  page,    // no subject but a page, on a site whose routes nobody has named yet
};

// 0.5, 1, 2, 0.1, 0.2
[[nodiscard]] double weight_of(Sensitivity sensitivity);

// That of a subject which a page loaded by itself: nobody opened it, and the list that it stands in shows many.
[[nodiscard]] Sensitivity one_lower(Sensitivity sensitivity);

// Brings a decoded subject to the form NFC of Unicode, and to small letters if `fold_case`. Bytes that are no
// UTF-8 stay as they are, but for letters of ASCII.
void make_canonical(std::string& subject, bool fold_case);

// The text without ".html" and the like: an extension that is one of `extensions`, which are sorted and in
// small letters. A text that is nothing else stays whole.
[[nodiscard]] std::string_view without_extension(std::string_view text,
                                                 const std::vector<std::string>& extensions);

// The number of a space on a host, for hash_subject(). An empty host stands for every host.
[[nodiscard]] std::uint64_t space_number(std::string_view space, std::string_view host);

// What a subject counts by. Subjects of different spaces differ, whichever routes showed them. Not 0. A
// scraper that finds collisions makes its own count smaller by those few, so a stronger hash is not needed.
[[nodiscard]] std::uint64_t hash_subject(std::uint64_t space, std::string_view subject);

// The same in the bits that are kept of it; not 0.
[[nodiscard]] constexpr std::uint32_t short_hash(std::uint64_t hash) {
  const auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32U));
  return folded == 0 ? 1 : folded;
}

}  // namespace sluice::detection
