// SPDX-License-Identifier: Apache-2.0
// The lists of the configuration: read, compiled and put in force together, or not at all. Files are read and
// compiled in a thread of their own, so that the loop never waits; the result comes in force on the loop. A
// list keeps its number as long as its name stays in force, so that its hits stay its own.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"
#include "daemon/kernel/list_table.h"
#include "daemon/lists/compile.h"
#include "daemon/lists/netset.h"
#include "daemon/lists/options.h"

namespace sluice::app {

class ListSet {
 public:
  // The maps must outlive the set.
  ListSet(boost::asio::any_io_executor executor, kernel::FilterMaps& maps)
      : executor_(std::move(executor)), table_(maps) {}
  ListSet(const ListSet&) = delete;
  ListSet& operator=(const ListSet&) = delete;
  ~ListSet() { stop(); }

  // At start: puts in force what can be read, and says what cannot. Waits for it. Where nothing could be put
  // in force, what a former daemon left there stays.
  [[nodiscard]] std::vector<Error> load_what_can_be(const std::vector<lists::ListOptions>& wanted,
                                                    pipeline::Mode mode);

  // Reads and compiles all of them. `ready` is called once, on the loop; on success adopt() puts them in
  // force. One at a time: a second fails at once.
  using Ready = std::function<void(Result<void>)>;
  void prepare(const std::vector<lists::ListOptions>& wanted, pipeline::Mode mode, Ready ready);
  // Returns sentences for whoever asked: lines that were left out.
  std::vector<std::string> adopt();

  // Waits for what is being read, whose result comes to nothing: `ready` is told so.
  void stop();

  [[nodiscard]] control::ListsAnswer status() const;
  // The list that counts for an address.
  [[nodiscard]] std::optional<control::ListMatch> find(const Address& address) const;

 private:
  struct List {
    lists::ListOptions options;
    lists::ListNumber number = 0;
    lists::NetSetReport report;
    std::optional<Error> error;  // why it is not in force
    bool armed = false;
    std::uint32_t redundant = 0;
  };
  // All lists, read, and where they can be put in force: an image in the spare half, or none needed.
  struct Batch {
    std::vector<List> lists;
    bool has_image = false;
    std::optional<Error> error;  // there is no image, and should be one
  };

  [[nodiscard]] std::vector<List> numbered(const std::vector<lists::ListOptions>& wanted) const;
  static void read(List& list, pipeline::Mode mode, lists::Entries& entries);
  static void compile(Batch& batch, lists::Entries entries, kernel::ListTable& table);
  static Batch make(std::vector<List> lists, pipeline::Mode mode, bool all_or_none, kernel::ListTable& table);
  void finish(Batch batch);
  void put_in_force(std::vector<List> lists, bool has_image);
  [[nodiscard]] kernel::Traffic hits(lists::ListNumber number) const;  // since the filter was attached

  boost::asio::any_io_executor executor_;
  kernel::ListTable table_;
  std::vector<List> lists_;  // in the order of the configuration
  WallTime loaded_{};
  std::array<kernel::Traffic, SLUICE_MAX_LISTS> before_{};  // by number: hits before it was this list's
  Batch prepared_;
  Ready ready_;                    // while a batch is in the making
  std::shared_ptr<bool> current_;  // false: the batch in the making comes to nothing
  std::thread worker_;
};

}  // namespace sluice::app
