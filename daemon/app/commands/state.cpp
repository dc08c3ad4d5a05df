// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/state.h"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/base/audit_record.h"
#include "daemon/base/clock.h"
#include "daemon/base/unique_fd.h"
#include "daemon/store/backup.h"

namespace sluice::app {
namespace {

std::optional<std::string> database_of(const std::string& config) {
  const auto loaded = load_or_say_why(config);
  return loaded ? std::optional(loaded->store.path) : std::nullopt;
}

boost::json::object object_of(const store::Contents& contents) {
  return {{"schema", contents.schema},
          {"decisions", contents.decisions},
          {"offences", contents.block_histories},
          {"accounts", contents.accounts},
          {"audit_rows", contents.audit_rows},
          {"audit_head", contents.audit_head}};
}

AuditRecord record_of_restore(const std::string& file) {
  AuditRecord record;
  record.time = wall_now();
  record.uid = ::getuid();
  record.name = name_of_user();
  record.role = "policy owner";
  record.command = "restore";
  record.what = file;
  return record;
}

}  // namespace

int back_up_state(const StateCommand& command) {
  const auto database = database_of(command.config);
  if (!database) return kFailed;
  if (command.file != "-") {
    const auto contents = store::back_up(*database, command.file);
    if (!contents) return fail(contents.error());
    fmt::print("{}\n", command.json ? boost::json::serialize(object_of(*contents))
                                    : fmt::format("{}: {}", command.file, store::in_words(*contents)));
    return kDone;
  }
  const UniqueFd output(::dup(STDOUT_FILENO));
  if (!output) return fail(Error::system("standard output", errno));
  const auto contents = store::back_up(*database, output);
  if (!contents) return fail(contents.error());
  fmt::print(stderr, "sluiced: {}\n", store::in_words(*contents));
  return kDone;
}

int restore_state(const StateCommand& command) {
  const auto database = database_of(command.config);
  if (!database) return kFailed;
  const auto restored = store::restore(command.file, *database, record_of_restore(command.file), wall_now());
  if (!restored) return fail(restored.error());
  if (command.json) {
    boost::json::object answer = object_of(restored->contents);
    answer["database"] = *database;
    answer["aside"] = restored->aside.value_or("");
    fmt::print("{}\n", boost::json::serialize(answer));
    return kDone;
  }
  fmt::print("{}: {}\n", *database, store::in_words(restored->contents));
  if (restored->aside) fmt::print("the former state is kept as {}\n", *restored->aside);
  fmt::print("start sluiced: it puts the decisions in force\n");
  return kDone;
}

}  // namespace sluice::app
