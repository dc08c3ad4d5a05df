// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolve/answer.h"

#include <algorithm>
#include <array>
#include <climits>

#include <arpa/nameser.h>
#include <resolv.h>

#include "daemon/base/text.h"

namespace sluice::resolve {
namespace {

template <std::size_t kSize>
std::array<std::uint8_t, kSize> bytes_of(const ns_rr& record) {
  std::array<std::uint8_t, kSize> bytes{};
  std::copy_n(ns_rr_rdata(record), kSize, bytes.begin());
  return bytes;
}

// False where the record's content is not what its type has.
bool take(const ns_msg& message, const ns_rr& record, RecordType type, Answer& answer) {
  if (type == RecordType::a) {
    if (ns_rr_rdlen(record) != 4) return false;
    answer.addresses.push_back(Address::from_v4(bytes_of<4>(record)));
    return true;
  }
  if (type == RecordType::aaaa) {
    if (ns_rr_rdlen(record) != 16) return false;
    answer.addresses.push_back(Address::from_v6(bytes_of<16>(record)));
    return true;
  }
  // Characters that are not printable come escaped.
  std::array<char, NS_MAXDNAME> name{};
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), name.data(),
                         name.size()) < 0)
    return false;
  std::string_view text(name.data());
  if (text.ends_with('.')) text.remove_suffix(1);
  answer.names.push_back(lowered(text));
  return true;
}

}  // namespace

int number_of(RecordType type) {
  switch (type) {
    case RecordType::ptr:
      return ns_t_ptr;
    case RecordType::a:
      return ns_t_a;
    case RecordType::aaaa:
      return ns_t_aaaa;
  }
  std::abort();
}

std::optional<Answer> read_answer(std::span<const std::uint8_t> bytes, RecordType type) {
  if (bytes.empty() || bytes.size() > INT_MAX) return std::nullopt;
  ns_msg message{};
  if (ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &message) != 0) return std::nullopt;
  Answer answer;
  std::uint32_t shortest = UINT32_MAX;
  std::size_t taken = 0;
  const int count = ns_msg_count(message, ns_s_an);
  for (int i = 0; i < count && taken < Answer::kMaxRecords; ++i) {
    ns_rr record{};
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return std::nullopt;
    // Aliases on the way count for the time too.
    shortest = std::min(shortest, static_cast<std::uint32_t>(ns_rr_ttl(record)));
    if (ns_rr_class(record) != ns_c_in || ns_rr_type(record) != number_of(type)) continue;
    if (!take(message, record, type, answer)) return std::nullopt;
    ++taken;
  }
  if (taken > 0) answer.time_to_live = Seconds(shortest);
  return answer;
}

}  // namespace sluice::resolve
