// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/state.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/base/audit_record.h"
#include "daemon/base/clock.h"
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

std::string words_of(const store::Contents& contents) {
  return fmt::format("{} decisions, {} offences, {} accounts, {} audit rows{}{}", contents.decisions,
                     contents.block_histories, contents.accounts, contents.audit_rows,
                     contents.audit_head.empty() ? "" : ", audit head ", contents.audit_head);
}

// A folder of its own, which goes with what is in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create() {
    std::error_code error;
    std::string path = (std::filesystem::temp_directory_path(error) / "sluice-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) return Error::system(path, errno);
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file() const { return path_ + "/state.db"; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

AuditRecord record_of_restore(const std::string& file, const store::Contents& contents) {
  AuditRecord record;
  record.time = wall_now();
  record.uid = ::getuid();
  const passwd* user = ::getpwuid(::getuid());
  record.name = user == nullptr ? fmt::format("uid {}", record.uid) : user->pw_name;
  record.role = "policy owner";
  record.command = "restore";
  record.what = file;
  record.outcome = fmt::format("in place of the former state: {}", words_of(contents));
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
                                    : fmt::format("{}: {}", command.file, words_of(*contents)));
    return kDone;
  }
  const auto folder = TemporaryFolder::create();
  if (!folder) return fail(folder.error());
  const auto contents = store::back_up(*database, folder->file());
  if (!contents) return fail(contents.error());
  const std::ifstream copy(folder->file(), std::ios::binary);
  std::cout << copy.rdbuf() << std::flush;
  if (!copy || !std::cout) return fail(Error::system("standard output", errno));
  fmt::print(stderr, "sluiced: {}\n", words_of(*contents));
  return kDone;
}

int restore_state(const StateCommand& command) {
  const auto database = database_of(command.config);
  if (!database) return kFailed;
  const auto contents = store::contents_of(command.file);
  if (!contents) return fail(contents.error());
  const auto restored =
      store::restore(command.file, *database, record_of_restore(command.file, *contents), wall_now());
  if (!restored) return fail(restored.error());
  if (command.json) {
    boost::json::object answer = object_of(restored->contents);
    answer["database"] = *database;
    answer["aside"] = restored->aside.value_or("");
    fmt::print("{}\n", boost::json::serialize(answer));
    return kDone;
  }
  fmt::print("{}: {}\n", *database, words_of(restored->contents));
  if (restored->aside) fmt::print("the former state is kept as {}\n", *restored->aside);
  fmt::print("start sluiced: it puts the decisions in force\n");
  return kDone;
}

}  // namespace sluice::app
