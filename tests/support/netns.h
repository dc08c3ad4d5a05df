// SPDX-License-Identifier: Apache-2.0
// Network namespaces and the veth pairs between them, for tests with real traffic. Used by tests/kernel. The
// namespaces have no names: they and all within them go with these objects, however the test ends. Needs
// root. Whatever the machine refuses throws std::system_error or std::runtime_error, which ends the test.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "daemon/base/unique_fd.h"

namespace sluice::test {

// A new network namespace with its loopback interface up.
class NetworkNamespace {
 public:
  NetworkNamespace();

  // Puts the calling thread into the namespace as long as this lives; processes it starts are there too.
  class Inside {
   public:
    explicit Inside(const NetworkNamespace& space);
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside();

   private:
    UniqueFd before_;
  };

  template <class F>
  auto run(F&& action) const {
    const Inside inside(*this);
    return std::forward<F>(action)();
  }

  // `ip` with these arguments, inside.
  void ip(const std::string& arguments) const;

  // A path by which other programs can open the namespace while this lives.
  [[nodiscard]] std::string path() const;

 private:
  UniqueFd fd_;
};

// Joins two namespaces by a veth pair, both ends up, without addresses.
void join(const NetworkNamespace& left, const std::string& left_name, const NetworkNamespace& right,
          const std::string& right_name);

// A UDP socket in the namespace it was made in, bound to the address and port ("0.0.0.0" and 0 for any).
class UdpSocket {
 public:
  UdpSocket(const std::string& address, std::uint16_t port);

  void send_to(const std::string& address, std::uint16_t port, const std::string& text) const;
  // One datagram and its sender's address, as soon as one is there; nothing when the time is up.
  struct Datagram {
    std::string from;
    std::uint16_t port = 0;
    std::string text;
  };
  [[nodiscard]] std::optional<Datagram> receive(
      std::chrono::milliseconds within = std::chrono::seconds(5)) const;

 private:
  UniqueFd fd_;
};

// Sends the first packet of a TCP connection; nobody waits for what becomes of it.
void attempt_tcp(const std::string& from, const std::string& to, std::uint16_t port);

// Asks until the answer is yes; false when the time is up.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition,
                              std::chrono::milliseconds within = std::chrono::seconds(5));

}  // namespace sluice::test
