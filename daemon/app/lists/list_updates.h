// SPDX-License-Identifier: Apache-2.0
// When the source of each list is asked, and what is done with its answer: the rules alone, without I/O. Each
// call says what happened and returns what is to be done, in order; ListService does it, and calls again with
// what came of it. Time, chance and what is in force come in as arguments.
//
// A list is idle until it is due. Then its source is asked (a URL is fetched, a file is read by the set), the
// news go to the set, which puts them in force or refuses them, and the list is due again: after its interval
// where that went well, else later and later. CrowdSec is asked for all its decisions first, then for what
// changed; decisions that have ended are left out in between, without a question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/app/lists/list_reading.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"
#include "daemon/lists/options.h"
#include "daemon/lists/sync/fetcher.h"
#include "daemon/lists/sync/retries.h"

namespace sluice::app {

class ListUpdates {
 public:
  // So many texts are fetched, or wait for the set, at a time: so many are in memory.
  static constexpr std::size_t kMaxTexts = 4;
  // So many refreshes are waited for; the operators beyond that are to come back.
  static constexpr std::size_t kMaxWaiters = 64;

  // What there is of a list, as ListSet has it.
  struct Known {
    bool has_content = false;
    std::size_t entries = 0;
    lists::Version version;
    WallTime loaded{};                 // when the content was read, or fetched
    WallTime checked{};                // when its source last confirmed it
    std::optional<WallTime> next_end;  // of the first of its decisions
  };
  using Contents = std::function<Known(std::string_view name)>;

  // To which question an answer belongs: after a reload a list of the same name may be another one.
  struct Ticket {
    std::string name;
    std::uint64_t serial = 0;
  };

  // What is to be done.
  struct ReadKey {  // answered by key_read()
    Ticket ticket;
    std::string path;
  };
  enum class Part : std::uint8_t { text, signature, decisions };
  struct Fetch {  // answered by fetched() or fetch_failed()
    Ticket ticket;
    Part part = Part::text;
    lists::FetchRequest request;
  };
  struct Confirm {  // the source says that what is there is still the one
    std::string name;
  };
  struct Update {  // the set takes these; answered by updated()
    std::vector<ListNews> news;
  };
  struct KeepRetries {  // on disk, for the next process
    std::vector<lists::Retry> retries;
  };
  struct WatchedFile {
    std::string source;
    std::optional<WallTime> read;  // a change after that is not known yet; none: there is nothing to compare
  };
  struct WatchFiles {  // instead of those that were watched; answered by changed_before_watch()
    std::vector<WatchedFile> files;
  };
  struct RolesChanged {};  // a list of crawlers or proxies says something else
  struct Tell {            // of an attempt; it is no news where a source fails as it did before
    ListOutcome outcome;
    bool is_news = false;
  };
  struct Answer {  // who waits for a refresh
    std::uint64_t waiter = 0;
    control::RefreshAnswer answer;
  };
  using Action =
      std::variant<ReadKey, Fetch, Confirm, Update, KeepRetries, WatchFiles, RolesChanged, Tell, Answer>;
  using Actions = std::vector<Action>;

  // `random` is from 0 to 1. `kept`: what an earlier process had KeepRetries keep.
  ListUpdates(Contents contents, std::function<double()> random, std::vector<lists::Retry> kept)
      : contents_(std::move(contents)), random_(std::move(random)), kept_(std::move(kept)) {}

  // The lists as the set has just read them: at the start, and after a reload, with what became of each.
  [[nodiscard]] Actions follow(const std::vector<lists::ListOptions>& wanted,
                               const std::vector<ListOutcome>& outcomes, WallTime now);
  // The time of next() has come, or any other time.
  [[nodiscard]] Actions tick(WallTime now);
  [[nodiscard]] std::optional<WallTime> next() const;

  [[nodiscard]] Actions key_read(const Ticket& ticket, const Result<std::string>& key, WallTime now);
  [[nodiscard]] Actions fetched(const Ticket& ticket, Part part, lists::FetchAnswer answer, WallTime now);
  [[nodiscard]] Actions fetch_failed(const Ticket& ticket, Part part, const lists::FetchFailure& failure,
                                     WallTime now);
  // One outcome for each of the news, in order.
  [[nodiscard]] Actions updated(const std::vector<ListOutcome>& outcomes, WallTime now);
  // Files that are watched have changed: they are read at once.
  [[nodiscard]] Actions files_changed(const std::vector<std::string>& sources, WallTime now);
  // These were changed after they were read and before they were watched: they are due.
  void changed_before_watch(const std::vector<std::string>& sources, WallTime now);

  // An operator wants the sources of these lists asked now, of all without names. The answer to `waiter`
  // comes when the last has answered.
  [[nodiscard]] Actions refresh(std::uint64_t waiter, const control::RefreshRequest& request, WallTime now);

  // Whoever waits is told. Nothing is to be done after this, whatever is answered.
  [[nodiscard]] Actions stop();

  // Adds when sources are asked, and how that went.
  void annotate(control::ListsAnswer& answer) const;

 private:
  struct Failures {
    unsigned count = 0;  // on end
    std::string last;    // why; empty: the last attempt did well
  };
  struct Crowdsec {
    std::string api_key;     // of the last question: the server remembers for each key what it has told
    bool knows_all = false;  // what changed alone may be asked for
    bool asked_all = false;  // by the question on the way
    WallTime all_due{};      // all the same, all are asked for then
    bool is_ending = false;  // decisions that have ended are being left out
    WallTime next_ending{};  // not before
  };
  struct Subscription {
    lists::ListOptions options;
    std::uint64_t serial = 0;
    WallTime due{};
    bool busy = false;   // its source is being asked, or the set is at work on its answer
    bool again = false;  // its file has changed meanwhile
    bool force = false;  // what is there does not count in this attempt
    Failures failures;
    Crowdsec crowdsec;
    std::optional<ListNews> unsigned_news;  // a text that waits for its signature
  };
  struct Handed {
    ListNews news;
    std::uint64_t serial = 0;
  };
  struct InHand {  // of an Update that is not answered yet
    Ticket ticket;
    bool is_ending = false;
  };
  struct Waiter {
    std::uint64_t id = 0;
    control::RefreshAnswer answer;
    std::vector<std::size_t> open;  // of the answer, that are still being asked
  };

  [[nodiscard]] Subscription subscribe(const lists::ListOptions& options, WallTime now);
  void take_up(Subscription& subscription, bool has_content, WallTime now);
  void answer_replaced(const std::map<std::string, Subscription, std::less<>>& before, Actions& actions);
  [[nodiscard]] WatchFiles files_to_watch() const;
  void begin_due(WallTime now, Actions& actions);
  void begin(Subscription& subscription, Actions& actions);
  [[nodiscard]] std::optional<WallTime> ending_due(const Subscription& subscription) const;
  void hand_over(const Subscription& subscription, ListNews news, Actions& actions);
  void hand_pending(Actions& actions);
  [[nodiscard]] bool may_fetch() const;
  // The subscription that an answer belongs to; null where a reload has taken it away.
  [[nodiscard]] Subscription* find(const Ticket& ticket);
  void fail(Subscription& subscription, std::string why, Seconds retry_after, WallTime now, Actions& actions);
  void finish(Subscription& subscription, const ListOutcome& outcome, Seconds retry_after, WallTime now,
              Actions& actions);
  [[nodiscard]] KeepRetries retries_to_keep() const;
  void answer_waiters(const ListOutcome& outcome, Actions& actions);

  Contents contents_;
  std::function<double()> random_;
  std::vector<lists::Retry> kept_;  // until the first follow()
  std::map<std::string, Subscription, std::less<>> subscriptions_;
  std::vector<Handed> pending_;  // for the next Update: the set compiles all lists for each
  std::vector<InHand> in_hand_;  // empty: the set is not at work
  std::vector<Waiter> waiters_;
  std::uint64_t serial_ = 0;
};

}  // namespace sluice::app
