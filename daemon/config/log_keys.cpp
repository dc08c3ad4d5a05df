// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/log_keys.h"

#include "daemon/config/row.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

using intake::FieldMap;
using intake::LogOptions;

const auto top = [](auto& log) -> auto& {
  return log;
};
const auto fields = [](auto& log) -> auto& {
  return log.fields;
};

}  // namespace

std::vector<Key<LogOptions>> log_keys() {
  const Choice<intake::Format> format{{{"combined", intake::Format::combined},
                                       {"common", intake::Format::common},
                                       {"json", intake::Format::json}}};
  return {
      key<LogOptions>("path", absolute_path(), top, &LogOptions::path, Trait::unique),
      key<LogOptions>("format", format, top, &LogOptions::format),
      key<LogOptions>("fields.time", field_name(), fields, &FieldMap::time),
      key<LogOptions>("fields.client", field_name(), fields, &FieldMap::client),
      key<LogOptions>("fields.method", field_name(), fields, &FieldMap::method),
      key<LogOptions>("fields.target", field_name(), fields, &FieldMap::target),
      key<LogOptions>("fields.protocol", field_name(), fields, &FieldMap::protocol),
      key<LogOptions>("fields.request", field_name(), fields, &FieldMap::request),
      key<LogOptions>("fields.status", field_name(), fields, &FieldMap::status),
      key<LogOptions>("fields.bytes", field_name(), fields, &FieldMap::bytes),
      key<LogOptions>("fields.referer", field_name(), fields, &FieldMap::referer),
      key<LogOptions>("fields.user_agent", field_name(), fields, &FieldMap::user_agent),
      key<LogOptions>("fields.user", field_name(), fields, &FieldMap::user),
  };
}

void check_log(const LogOptions& log, const toml::table& table, const Place& place) {
  const toml::node* fields = table.get("fields");
  const Place inner{place.report, place.key + ".fields"};
  if (log.format != intake::Format::json) {
    if (fields != nullptr)
      inner.refuse(*fields, "only a log with format = \"json\" has fields; take one of the two out");
    return;
  }
  const toml::node& at = fields == nullptr ? table : *fields;
  if (log.fields.time.empty()) inner.refuse(at, "time may not be empty: without times nothing can be judged");
  if (log.fields.client.empty()) inner.refuse(at, "client may not be empty: nobody could be held to account");
  if (log.fields.target.empty() && log.fields.request.empty()) {
    inner.refuse(at, "target and request are both empty: nothing says what was asked for");
  }
}

}  // namespace sluice::config
