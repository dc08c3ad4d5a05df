// SPDX-License-Identifier: Apache-2.0
// Bytes that a name server, or who pretends to be one, may send.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/resolve/answer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::resolve;
  for (const RecordType type : {RecordType::ptr, RecordType::a, RecordType::aaaa}) {
    const auto answer = read_answer({data, size}, type);
    if (!answer) continue;
    require(answer->names.size() + answer->addresses.size() <= Answer::kMaxRecords);
    require(type == RecordType::ptr ? answer->addresses.empty() : answer->names.empty());
    for (const std::string& name : answer->names) {
      for (const char c : name)
        require(c > ' ' && c < 0x7f);  // what is not printable is escaped
    }
  }
  return 0;
}
