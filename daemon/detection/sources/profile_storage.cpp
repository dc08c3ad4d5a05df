// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/profile_storage.h"

#include <algorithm>
#include <limits>

namespace sluice::detection {
namespace {

// Whether a OnePageRecord can hold all that a page says.
bool is_plain_page(const Visit& visit) {
  const Request& request = visit.request;
  const LogSecond second = log_second(request.time);
  if (visit.background || visit.match.listed > 0 || visit.match.told) return false;
  if (second <= 0 || second > LogSecond{std::numeric_limits<std::uint32_t>::max()}) return false;
  if (request.status == 403 || request.status == 404 || request.status == 410) return false;
  if (!request.purpose.empty() || !request.account.empty() || !request.credential.empty() ||
      !request.user.empty())
    return false;
  const bool about_people = !visit.match.subject.empty() && !visit.match.every_page;
  return about_people || !list_page_of(request.target);
}

}  // namespace

bool ProfileStorage::fits_short(const Visit& visit) const {
  if (full_ || !visit.client_is_plain || visit.is_mark() || !visit.request.fingerprint.empty()) return false;
  if (!visit.match.asset) return page_ == nullptr && is_plain_page(visit);
  return page_ != nullptr && (visit.agent == 0 || visit.agent == page_->agent) &&
         page_->takes(facts_of_asset(visit), log_second(visit.request.time));
}

std::uint32_t ProfileStorage::subjects_ever() const {
  if (page_) return page_->page.served && page_->page.about_people ? 1 : 0;
  return full_ ? full_->subjects.ever() : 0;
}

void ProfileStorage::add(const Activity& activity) {
  const auto attempts = static_cast<std::uint32_t>(activity.attempts);
  // The short form holds attempts only. A source that sends much soon asks for a second page and gets the
  // full form.
  if (page_) page_->attempts += attempts;
  if (!full_) return;
  full_->kernel_counts.attempts += attempts;
  const bool busy =
      activity.packets >= KernelTrace::kBusyPackets || activity.attempts >= KernelTrace::kBusyAttempts;
  if (!busy && full_->kernel() == nullptr) return;
  auto& trace = full_->with_rare_traits().kernel;
  const LogSecond second = log_second(activity.time);
  if (!trace) {
    trace = std::make_unique<KernelTrace>();
    trace->first = second;
  }
  trace->last = std::max(trace->last, second);
  trace->packets += activity.packets;
  trace->bytes += activity.bytes;
  trace->attempts += activity.attempts;
  if (busy) ++trace->busy_reports;
}

SourceProfile& ProfileStorage::with_full() {
  (void)unfold(true);
  if (!full_) full_ = std::make_unique<SourceProfile>();
  return *full_;
}

bool ProfileStorage::unfold(bool may_grow) {
  if (!page_) return true;
  const OnePageRecord page = *page_;
  page_.reset();  // first, so that its heap block can be used again
  auto unfolded = detection::unfold(page, may_grow);
  full_ = std::make_unique<SourceProfile>(std::move(unfolded.profile));
  return unfolded.kept;
}

void ProfileStorage::replace(std::unique_ptr<SourceProfile> profile) {
  page_.reset();
  full_ = std::move(profile);
}

Noted ProfileStorage::note_short(const Visit& visit) {
  const Request& request = visit.request;
  if (visit.match.asset) {
    page_->logged.add(request.fields);
    page_->note(facts_of_asset(visit));
    return {};
  }
  page_ = std::make_unique<OnePageRecord>();
  page_->page = facts_of(visit);
  page_->agent = visit.agent;
  page_->second = static_cast<std::uint32_t>(log_second(request.time));
  page_->logged = request.fields;
  return {page_->page.served ? page_->page.subject : 0};
}

}  // namespace sluice::detection
