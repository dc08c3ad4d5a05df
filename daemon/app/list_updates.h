// SPDX-License-Identifier: Apache-2.0
// Keeps the lists up to date: asks each source when its time has come, or an operator says so, and hands what
// is new to the ListSet. A file or folder that changes is read at once. A source that fails is asked again
// later and later. On the loop; owned by Daemon.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/list_set.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/operations.h"
#include "daemon/control/protocol.h"
#include "daemon/lists/fetch/fetcher.h"
#include "daemon/lists/file_watch.h"
#include "daemon/lists/options.h"
#include "daemon/lists/retries.h"

namespace sluice::app {

class ListUpdates {
 public:
  struct Parts {
    ListSet& lists;
    std::function<decisions::Mode()> mode;  // of the configuration
    // After each attempt, and whether it is to be told of: not where a source fails as it did before.
    std::function<void(const ListOutcome&, bool is_news)> tell;
    std::function<void()> changed;  // what a list of crawlers or proxies says did
    std::function<WallTime()> now;
    std::function<double()> random;  // from 0 to 1
  };
  // The parts' list set must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<ListUpdates>> create(boost::asio::any_io_executor executor,
                                                                   Parts parts);
  ListUpdates(const ListUpdates&) = delete;
  ListUpdates& operator=(const ListUpdates&) = delete;
  ~ListUpdates() { stop(); }

  // The lists as the set has just read them: at the start, and after a reload, with what became of each.
  void follow(const std::vector<lists::ListOptions>& wanted, const std::vector<ListOutcome>& outcomes);

  // Asks the sources of these lists now, of all without names; `done` is called when the last has answered.
  void refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done);

  // Adds when sources are asked, and how that went.
  void annotate(control::ListsAnswer& answer) const;

  // Whoever waits is told.
  void stop();

 private:
  struct Subscription {
    lists::ListOptions options;
    WallTime due{};
    unsigned failures = 0;  // on end
    std::string failure;    // of the last attempt; empty: it did well
    bool busy = false;
    bool again = false;        // changed while it was being read
    bool force = false;        // of the attempt that is being made
    std::uint64_t serial = 0;  // so that an answer for an earlier configuration is known as such
    // Of format crowdsec.
    std::string api_key;      // with which it was asked last: what changed, it says to each key
    bool knows_all = false;   // and may ask for what changed alone
    WallTime all_due{};       // all the same, all are asked for then
    bool ending = false;      // what has ended is being left out
    WallTime ending_after{};  // the soonest that it is again
  };
  struct Waiter {
    control::RefreshAnswer answer;
    std::vector<std::size_t> open;  // of the answer, that are still being asked
    control::Operations::RefreshDone done;
  };

  ListUpdates(boost::asio::any_io_executor executor, Parts parts, std::unique_ptr<lists::Fetcher> fetcher,
              std::unique_ptr<lists::Fetcher> asker);

  // What an earlier process found out, at the first follow().
  void take_up(Subscription& subscription, bool has_content, WallTime now);
  void keep_retries() const;
  void watch_files();
  void read_now(const std::vector<std::string>& sources);
  void set_timer();
  void begin_due();
  void begin(Subscription& subscription);
  void ask_crowdsec(Subscription& subscription);
  void on_decisions(const std::string& name, std::uint64_t serial, bool all, lists::FetchAnswer& answer);
  // When decisions of the list are to be left out for having ended, without its source being asked.
  [[nodiscard]] std::optional<WallTime> ending_due(const Subscription& subscription) const;
  void leave_out_ended(Subscription& subscription);
  void finish_ending(const std::string& name, std::uint64_t serial);
  void fail(const std::string& name, std::uint64_t serial, std::string why, Seconds retry_after);
  void on_text(const std::string& name, std::uint64_t serial, lists::FetchAnswer& answer);
  void fetch_signature(const Subscription& subscription, const std::shared_ptr<ListNews>& news);
  void hand_over(const Subscription& subscription, ListNews news);
  // Together what came while the set was at work: it compiles all lists for each update.
  void hand_pending();
  [[nodiscard]] bool may_fetch() const;
  // The subscription that an answer belongs to; null where a reload has taken it away.
  [[nodiscard]] Subscription* still(const std::string& name, std::uint64_t serial);
  void finish(const std::string& name, std::uint64_t serial, ListOutcome outcome, Seconds retry_after);
  void answer_waiters(const ListOutcome& outcome);

  boost::asio::any_io_executor executor_;
  Parts parts_;
  std::unique_ptr<lists::Fetcher> fetcher_;
  std::unique_ptr<lists::Fetcher> asker_;  // of CrowdSec: it does not wait behind what is large or far away
  std::optional<lists::FileWatch> files_;
  std::map<std::string, Subscription, std::less<>> subscriptions_;
  std::vector<lists::Retry> kept_;  // by an earlier process
  std::deque<Waiter> waiters_;
  std::vector<ListNews> pending_;  // for the set; with the serials of their subscriptions
  std::vector<std::uint64_t> pending_serials_;
  bool handing_ = false;  // the set is at work on some
  boost::asio::steady_timer timer_;
  std::uint64_t serial_ = 0;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // what comes later is for nobody when it is false
};

}  // namespace sluice::app
