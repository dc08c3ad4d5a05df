// SPDX-License-Identifier: Apache-2.0
// A name server on loopback that answers as a test scripts it, also wrongly or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace sluice::resolve::test {

using Bytes = std::vector<std::uint8_t>;

inline void put(Bytes& bytes, std::size_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;)
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// "a.example" as labels.
inline Bytes labels(std::string_view name) {
  Bytes bytes;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    bytes.push_back(static_cast<std::uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes.push_back(0);
  return bytes;
}

struct Record {
  std::uint16_t type = 1;
  std::uint32_t time_to_live = 300;
  Bytes data;
};

// `question` is as it stands in the query: labels, type, class.
inline Bytes reply(std::uint16_t id, const Bytes& question, unsigned code,
                   const std::vector<Record>& records) {
  Bytes bytes;
  put(bytes, id, 2);
  put(bytes, 0x8400U | code, 2);  // an answer, authoritative
  put(bytes, 1, 2);
  put(bytes, records.size(), 2);
  put(bytes, 0, 4);
  bytes.insert(bytes.end(), question.begin(), question.end());
  for (const Record& record : records) {
    put(bytes, 0xc00c, 2);  // the name of the question
    put(bytes, record.type, 2);
    put(bytes, 1, 2);
    put(bytes, record.time_to_live, 4);
    put(bytes, record.data.size(), 2);
    bytes.insert(bytes.end(), record.data.begin(), record.data.end());
  }
  return bytes;
}

class DnsServer {
 public:
  struct Script {
    unsigned code = 0;  // 3: there is no such name; 2: the server failed
    std::vector<Record> records = {};
    bool silent = false;
    Bytes garbage = {};  // sent in place of all after the header and question
  };

  explicit DnsServer(boost::asio::io_context& loop)
      : socket_(loop, {boost::asio::ip::address_v4::loopback(), 0}) {
    receive();
  }

  // By "name type".
  std::map<std::string, Script> scripts;
  std::map<std::string, int> asked;

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_,
                               [this](const boost::system::error_code& error, std::size_t size) {
                                 if (error) return;
                                 answer(size);
                                 receive();
                               });
  }

  void answer(std::size_t size) {
    std::string name;
    std::size_t at = 12;
    while (at < size && buffer_[at] != 0) {
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(&buffer_[at + 1]), buffer_[at]);
      at += buffer_[at] + 1U;
    }
    const Bytes question(buffer_.begin() + 12, buffer_.begin() + static_cast<std::ptrdiff_t>(at) + 5);
    name += " " + std::to_string(buffer_[at + 2]);
    ++asked[name];
    const auto script = scripts.find(name);
    if (script == scripts.end() || script->second.silent) return;
    const auto id = static_cast<std::uint16_t>(buffer_[0] << 8U | buffer_[1]);
    Bytes bytes = reply(id, question, script->second.code, script->second.records);
    if (!script->second.garbage.empty()) {
      bytes.resize(12 + question.size());
      bytes[7] = 1;  // claims one record
      bytes.insert(bytes.end(), script->second.garbage.begin(), script->second.garbage.end());
    }
    boost::system::error_code ignored;  // the test sees that no answer came
    socket_.send_to(boost::asio::buffer(bytes), from_, 0, ignored);
  }

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::array<std::uint8_t, 1500> buffer_{};
};

}  // namespace sluice::resolve::test
