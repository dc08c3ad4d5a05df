// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/subject.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include "daemon/base/hash.h"
#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

constexpr std::size_t kMaxExtension = 16;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Returns false for what is no UTF-8.
bool compose(std::string& text, bool fold_case) {
  int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  if (fold_case) options |= UTF8PROC_CASEFOLD;
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (size < 0) return false;
  text.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  return true;
}

}  // namespace

double weight_of(Sensitivity sensitivity) {
  constexpr std::array<double, 5> kWeights = {0.5, 1, 2, 0.1, 0.2};
  return kWeights.at(static_cast<std::size_t>(sensitivity));
}

Sensitivity one_lower(Sensitivity sensitivity) {
  switch (sensitivity) {
    case Sensitivity::high:
      return Sensitivity::normal;
    case Sensitivity::normal:
      return Sensitivity::low;
    default:
      return Sensitivity::listed;
  }
}

void make_canonical(std::string& subject, bool fold_case) {
  if (!is_ascii(subject) && compose(subject, fold_case)) return;
  if (fold_case) std::ranges::transform(subject, subject.begin(), [](char c) { return lower(c); });
}

std::string_view without_extension(std::string_view text, const std::vector<std::string>& extensions) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text[dot - 1] == '/') return text;
  const std::string_view extension = text.substr(dot + 1);
  if (extension.empty() || extension.size() > kMaxExtension) return text;
  std::array<char, kMaxExtension> small{};
  std::ranges::transform(extension, small.begin(), [](char c) { return lower(c); });
  const std::string_view folded(small.data(), extension.size());
  return std::ranges::binary_search(extensions, folded) ? text.substr(0, dot) : text;
}

std::uint64_t space_number(std::string_view space, std::string_view host) {
  return mix_bits(fnv1a(space) + mix_bits(fnv1a(host)));
}

std::uint64_t hash_subject(std::uint64_t space, std::string_view subject) {
  return std::max<std::uint64_t>(mix_bits(fnv1a(subject) ^ space), 1);
}

}  // namespace sluice::detection
