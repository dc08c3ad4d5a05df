// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/one_page_record.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "daemon/base/hash.h"

namespace sluice::detection {
namespace {

bool is_icon(std::string_view path) {
  return path == "/favicon.ico" || path.starts_with("/apple-touch-icon");
}

void note_style(RequestStyle& style, const PageFacts& page) {
  const auto count = [](std::uint32_t& number, bool is_so) { number += is_so ? 1 : 0; };
  ++style.pages;
  count(style.referred, page.referred);
  count(style.revalidated, page.revalidated);
  count(style.compressed, page.compressed);
  count(style.with_language, page.with_language);
  count(style.http2, page.http2);
  count(style.http1_0, page.http1_0);
}

void note_order(SourceProfile& profile, const PageFacts& page, LogSecond second) {
  if (page.numbered) {
    if (IdentifierTrail* trail = profile.trails.of(page.route))
      trail->add(page.identifier, second, page.found);
    return;
  }
  if (!profile.names) profile.names = std::make_unique<NameOrder>();
  profile.names->add(page.route, {page.name.data(), page.name.size()}, second);
}

}  // namespace

PageFacts facts_of(const Visit& visit) {
  const Request& request = visit.request;
  const RouteMatch& match = visit.match;
  PageFacts page;
  page.prefetched = visit.background || request.purpose.find("prefetch") != std::string_view::npos;
  page.referred = !request.referer.empty();
  page.revalidated = request.status == 304;
  page.compressed = !request.accept_encoding.empty();
  page.with_language = !request.accept_language.empty();
  page.http2 = request.protocol.starts_with("HTTP/2") || request.protocol.starts_with("HTTP/3");
  page.http1_0 = request.protocol == "HTTP/1.0" || request.protocol == "HTTP/0.9";
  page.about_subject = !match.subject.empty();
  if (!page.about_subject) return page;
  page.numbered = identifier_of(match.subject, page.identifier);
  if (!page.numbered)
    std::copy_n(match.subject.begin(), std::min(match.subject.size(), page.name.size()), page.name.begin());
  page.route = static_cast<std::int16_t>(match.route);
  page.about_people = !match.every_page;
  // Articles and pictures are numbered too, and people turn them one after the other.
  page.ordered = !page.prefetched && page.about_people;
  page.subject = short_hash(match.subject_hash);
  page.bytes = static_cast<std::uint32_t>(std::min(request.bytes, SourceProfile::kMaxPageBytes));
  page.sensitivity = visit.sensitivity;
  page.found = request.status != 404 && request.status != 410;
  page.served = is_served(request.status);
  return page;
}

AssetFacts facts_of_asset(const Visit& visit) {
  const std::string_view path = visit.match.path;
  AssetFacts asset{is_icon(path)};
  if (visit.request.status == 200 && (path.ends_with(".css") || path.ends_with(".js")))
    asset.loaded = static_cast<std::uint32_t>(fnv1a(path)) | 1U;
  return asset;
}

bool OnePageRecord::takes(const AssetFacts& asset, LogSecond at) const {
  constexpr auto kMost = std::numeric_limits<std::uint8_t>::max();
  if (assets == std::numeric_limits<std::uint16_t>::max() || icons == kMost || loads == kMost) return false;
  return asset.loaded == 0 || at / kDay == LogSecond{second} / kDay;
}

void OnePageRecord::note(const AssetFacts& asset) {
  ++assets;
  if (asset.icon) ++icons;
  if (asset.loaded == 0) return;
  if (loaded == 0) loaded = asset.loaded;
  if (loaded == asset.loaded) ++loads;
}

bool note_page(SourceProfile& profile, const PageFacts& page, LogSecond second, bool may_grow) {
  if (!page.prefetched) {
    note_style(profile.style, page);
    profile.pace.add(second);
    if (!page.revalidated) profile.pages_by_minute.add(second);
  }
  if (!page.about_subject) return true;
  if (page.about_people && !page.prefetched) ++profile.subject_pages;
  // A prefetched page has no place in the order of reading, since nobody asked for it. But its data was
  // served.
  if (page.ordered) note_order(profile, page, second);
  if (!page.served) return true;
  // What a page loads adds to its bytes and is no further page.
  if (page.about_people) {
    profile.harvest_by_hour.add({page.prefetched ? 0.0 : 1.0, static_cast<double>(page.bytes)}, second,
                                kHour);
  }
  return profile.subjects.add(page.subject, page.sensitivity, second, may_grow);
}

void note_asset(SourceProfile& profile, const AssetFacts& asset, LogSecond second) {
  ++profile.style.assets;
  if (asset.icon) ++profile.style.icons;
  if (asset.loaded != 0) profile.clients.load(asset.loaded, second);
}

Unfolded unfold(const OnePageRecord& first, bool may_grow) {
  const LogSecond second = first.second;
  Unfolded unfolded;
  SourceProfile& profile = unfolded.profile;
  profile.agent = first.agent;
  profile.kernel_counts.attempts = first.attempts;
  profile.style.logged = first.logged;
  unfolded.kept = note_page(profile, first.page, second, may_grow);
  if (first.agent != 0) profile.clients.add(first.agent, second);
  profile.style.assets = first.assets;
  profile.style.icons = first.icons;
  for (unsigned i = 0; i < first.loads; ++i)
    profile.clients.load(first.loaded, second);
  return unfolded;
}

}  // namespace sluice::detection
