// SPDX-License-Identifier: Apache-2.0
// Says when network interfaces come, go or change (rtnetlink). Used by app/, which then looks where the
// filter is. It does not read the kernel's messages: whoever is told asks for the whole state. Needs no
// privileges.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"

namespace sluice::kernel {

class LinkWatch {
 public:
  // Calls `changed` on the executor until this goes: once for everything that happened since the last call.
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
