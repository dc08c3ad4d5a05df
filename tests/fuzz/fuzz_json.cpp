// SPDX-License-Identifier: Apache-2.0
// JSON lines: any bytes, with the default names and with nested ones.
#include <cstddef>
#include <cstdint>

#include "daemon/intake/formats/json.h"
#include "tests/fuzz/check_request.h"

namespace {

sluice::intake::FieldMap nested_fields() {
  sluice::intake::FieldMap fields;
  fields.time = "t";
  fields.client = "a.b";
  fields.target = "a.c.d";
  fields.user_agent = "a.c";
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::intake;
  static const auto parser = make_json_parser({});
  static const auto nested = make_json_parser(nested_fields());
  static const auto second = make_json_parser({});
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const Parsed request = parser->parse(line);
  if (request) check_request(*request);
  check_same(request, second->parse(line));
  static const auto caddy = make_json_parser(preset_fields(JsonPreset::caddy));
  if (const Parsed of_caddy = caddy->parse(line)) check_request(*of_caddy);
  const Parsed other = nested->parse(line);
  if (other) check_request(*other);
  return 0;
}
