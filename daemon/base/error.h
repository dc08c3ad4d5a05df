// SPDX-License-Identifier: Apache-2.0
// The error that a failed call to the environment (a system call, the verifier, a peer) returns. Used
// everywhere; logs nothing: a failure is logged or returned, never both.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace sluice {

class Error {
 public:
  Error() = default;  // boost::system::result asks for it
  explicit Error(std::string message) : message_(std::move(message)) {}

  // "what: No such file or directory"; errno_value is positive (libbpf's negative codes: negate first).
  [[nodiscard]] static Error system(std::string_view what, int errno_value);

  // The same error with a code that tells callers what kind of failure it is.
  [[nodiscard]] Error with_code(int errno_value) const;

  // The same error seen from one layer further up: "context: message".
  [[nodiscard]] Error in(std::string_view context) const;

  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] int code() const { return code_; }  // errno, or 0 where there is none

 private:
  std::string message_;
  int code_ = 0;
};

template <class T = void>
using Result = boost::system::result<T, Error>;

// boost::system::result calls this when value() is asked of a failure: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(const Error&, const boost::source_location&) {
  std::abort();
}

}  // namespace sluice
