// SPDX-License-Identifier: Apache-2.0
#include "tests/support/netns.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd current_namespace() {
  UniqueFd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) fail("/proc/thread-self/ns/net");
  return fd;
}

struct Endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;

  Endpoint(const std::string& address, std::uint16_t port) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(port);
      size = sizeof v4;
      std::memcpy(&storage, &v4, size);
    } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(port);
      size = sizeof v6;
      std::memcpy(&storage, &v6, size);
    } else {
      throw std::runtime_error(address + " is no address");
    }
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

UniqueFd bound_socket(int type, const std::string& address, std::uint16_t port) {
  const Endpoint local(address, port);
  UniqueFd fd(socket(local.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) fail("socket");
  if (bind(fd.get(), local.get(), local.size) != 0) fail("binding to " + address);
  return fd;
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  const UniqueFd before = current_namespace();
  if (unshare(CLONE_NEWNET) != 0) fail("making a network namespace");
  fd_ = current_namespace();
  if (setns(before.get(), CLONE_NEWNET) != 0) fail("returning to the network namespace");
  ip("link set dev lo up");
}

NetworkNamespace::Inside::Inside(const NetworkNamespace& space) : before_(current_namespace()) {
  if (setns(space.fd_.get(), CLONE_NEWNET) != 0) fail("entering a network namespace");
}

NetworkNamespace::Inside::~Inside() {
  if (setns(before_.get(), CLONE_NEWNET) != 0) std::abort();  // the rest of the test would run somewhere else
}

void NetworkNamespace::ip(const std::string& arguments) const {
  const Inside inside(*this);
  const std::string command = "ip " + arguments;
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string NetworkNamespace::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_.get());
}

void join(const NetworkNamespace& left, const std::string& left_name, const NetworkNamespace& right,
          const std::string& right_name) {
  left.ip("link add " + left_name + " type veth peer name " + right_name + " netns " + right.path());
  left.ip("link set dev " + left_name + " up");
  right.ip("link set dev " + right_name + " up");
}

UdpSocket::UdpSocket(const std::string& address, std::uint16_t port)
    : fd_(bound_socket(SOCK_DGRAM, address, port)) {}

void UdpSocket::send_to(const std::string& address, std::uint16_t port, const std::string& text) const {
  const Endpoint to(address, port);
  if (sendto(fd_.get(), text.data(), text.size(), 0, to.get(), to.size) < 0) fail("sending to " + address);
}

std::optional<UdpSocket::Datagram> UdpSocket::receive(std::chrono::milliseconds within) const {
  pollfd wait{fd_.get(), POLLIN, 0};
  if (poll(&wait, 1, static_cast<int>(within.count())) != 1) return std::nullopt;
  std::array<char, 2048> buffer{};
  sockaddr_storage from{};
  socklen_t from_size = sizeof from;
  const ssize_t size =
      recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size < 0) fail("receiving");
  std::array<char, INET6_ADDRSTRLEN> text{};
  Datagram datagram;
  datagram.text.assign(buffer.data(), static_cast<std::size_t>(size));
  if (from.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    datagram.from = inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    datagram.port = ntohs(v4.sin_port);
  } else {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    datagram.from = inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    datagram.port = ntohs(v6.sin6_port);
  }
  return datagram;
}

void attempt_tcp(const std::string& from, const std::string& to, std::uint16_t port) {
  const UniqueFd fd = bound_socket(SOCK_STREAM, from, 0);
  const Endpoint remote(to, port);
  if (connect(fd.get(), remote.get(), remote.size) != 0 && errno != EINPROGRESS) fail("connecting to " + to);
}

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace sluice::test
