// SPDX-License-Identifier: Apache-2.0
// The lists of the configuration: read, compiled and put in force together. Texts are read and compiled in a
// thread of their own, so that the loop never waits; the result comes in force on the loop. A list keeps its
// number as long as its name stays in force, so that its hits stay its own. Fetches nothing: list_updates.h.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/lists/list_reading.h"
#include "daemon/app/lists/list_roles.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"
#include "daemon/kernel/maps/list_table.h"
#include "daemon/lists/image/compile.h"
#include "daemon/lists/options.h"

namespace sluice::app {

class ListSet {
 public:
  // `folder` has the copies of what was fetched. The maps must outlive the set.
  ListSet(boost::asio::any_io_executor executor, kernel::FilterMaps& maps, std::string folder)
      : executor_(std::move(executor)), folder_(std::move(folder)), table_(maps) {}
  ListSet(const ListSet&) = delete;
  ListSet& operator=(const ListSet&) = delete;
  ~ListSet() { stop(); }

  // At start: reads what can be read, files and copies, and says what cannot. Waits for it. Nothing is in
  // force before arm().
  [[nodiscard]] std::vector<Error> read_what_can_be(const std::vector<lists::ListOptions>& wanted);
  // Puts in force what was read. Waits for it. Where that fails, what a former daemon left stays.
  [[nodiscard]] Result<void> arm(decisions::Mode mode);

  // For a reload: reads all files again. `ready` is called once, on the loop; on success adopt() puts them in
  // force. Waits for what is being done already. A list that shrank too much keeps its last good content.
  using Ready = std::function<void(Result<void>)>;
  // `bystanders`: without the crawlers that lists name, here and below.
  void prepare(const std::vector<lists::ListOptions>& wanted, decisions::Mode mode, Bystanders bystanders,
               Ready ready);
  // What the prepared lists mean beside packets; valid within `ready`.
  [[nodiscard]] ListRoles prepared_roles() const { return roles_of(prepared_.lists); }
  // Returns what became of each list.
  std::vector<ListOutcome> adopt();

  // Brings lists up to date. What fails, or is refused, keeps its last good content. `done` is called once,
  // on the loop, with one outcome for each.
  using UpdateDone = std::function<void(std::vector<ListOutcome>)>;
  void update(std::vector<ListNews> news, decisions::Mode mode, Bystanders bystanders, UpdateDone done);
  // The source of a list says that what is there is still the one.
  void confirm(std::string_view name, WallTime now);

  // Waits for what is being read, whose result comes to nothing: whoever waits for it is told so.
  void stop();

  [[nodiscard]] control::ListsAnswer status() const;
  // The list that counts for an address.
  [[nodiscard]] std::optional<control::ListMatch> find(const Address& address) const;
  // All lists that hold an address or prefix.
  [[nodiscard]] std::vector<control::ListHit> holding(const Prefix& prefix) const;
  [[nodiscard]] ListRoles roles() const { return roles_of(lists_); }
  // The mode that the configuration's becomes while a list of trusted proxies has no content: then nothing is
  // armed, for proxies would be blocked for what all of their visitors do.
  [[nodiscard]] static decisions::Mode mode_with(const ListRoles& roles, decisions::Mode mode) {
    return roles.missing_proxies.empty() ? mode : decisions::Mode::observe;
  }
  // The list of that name; null where there is none.
  [[nodiscard]] const ReadList* list(std::string_view name) const;
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  using Lists = std::vector<ReadList>;
  struct Batch {
    Lists lists;
    bool has_image = false;  // in the spare half; none is needed otherwise
    std::optional<Error> error;
    std::vector<ListOutcome> outcomes;
  };
  // Work for the thread, and what is done with its result on the loop.
  struct Job {
    std::function<std::function<Batch()>()> begin;  // on the loop, when its turn has come
    std::function<void(Batch)> end;
    std::function<void()> give_up;
  };

  [[nodiscard]] Lists numbered(const std::vector<lists::ListOptions>& wanted) const;
  static void compile(Batch& batch, decisions::Mode mode, kernel::ListTable& table);
  [[nodiscard]] static Batch taken(const Lists& before, const std::vector<ListNews>& news,
                                   decisions::Mode mode, const Bystanders& bystanders,
                                   const std::string& folder, kernel::ListTable& table);
  void take_checked(const Lists& lists);
  [[nodiscard]] static ListRoles roles_of(const Lists& lists);
  void enqueue(Job job);
  void next();
  void put_in_force(Batch batch);
  [[nodiscard]] kernel::Traffic hits(lists::ListNumber number) const;  // since the filter was attached

  boost::asio::any_io_executor executor_;
  const std::string folder_;
  kernel::ListTable table_;
  Lists lists_;                                             // in the order of the configuration
  std::array<kernel::Traffic, SLUICE_MAX_LISTS> before_{};  // by number: hits before it was this list's
  Batch prepared_;
  std::deque<Job> jobs_;  // the first is being done
  bool stopped_ = false;
  std::shared_ptr<bool> current_;  // false: what is being done comes to nothing
  std::thread worker_;
};

}  // namespace sluice::app
