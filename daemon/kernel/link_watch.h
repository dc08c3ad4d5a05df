// SPDX-License-Identifier: Apache-2.0
// Tells when network interfaces come, go or change, as the kernel says it (rtnetlink). Used by app/, which
// then looks where the filter stands. Reads nothing out of the messages: what holds is asked for, not pieced
// together. Needs no privileges.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"

namespace sluice::kernel {

class LinkWatch {
 public:
  // `changed` is called on the executor, once for all that happened since it was called last, until this
  // goes.
  [[nodiscard]] static Result<LinkWatch> create(const boost::asio::any_io_executor& executor,
                                                std::function<void()> changed);
  LinkWatch(LinkWatch&&) noexcept;
  LinkWatch& operator=(LinkWatch&&) = delete;
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;
  ~LinkWatch();

 private:
  class Reader;
  explicit LinkWatch(std::shared_ptr<Reader> reader);

  std::shared_ptr<Reader> reader_;
};

}  // namespace sluice::kernel
