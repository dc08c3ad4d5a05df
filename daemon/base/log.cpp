// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/log.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

namespace sluice {
namespace {

constexpr std::uint64_t kMinuteNs = 60'000'000'000;

// sd-daemon(3): "<3>" to "<7>" before a line says its priority.
class PriorityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view prefix = "<6>";
    if (message.level >= spdlog::level::err) {
      prefix = "<3>";
    } else if (message.level == spdlog::level::warn) {
      prefix = "<4>";
    } else if (message.level <= spdlog::level::debug) {
      prefix = "<7>";
    }
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

}  // namespace

void set_up_log(std::string_view level) {
  const bool journald = std::getenv("JOURNAL_STREAM") != nullptr;
  auto logger = journald ? spdlog::stderr_logger_st("sluiced") : spdlog::stderr_color_st("sluiced");
  if (journald) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<PriorityFlag>('*').set_pattern("%*%v");
    logger->set_formatter(std::move(formatter));
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  }
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

std::optional<std::uint64_t> LogThrottle::admit(KernelTime now) {
  if (ever_ && now.ns - last_.ns < kMinuteNs) {
    ++held_back_;
    return std::nullopt;
  }
  ever_ = true;
  last_ = now;
  return std::exchange(held_back_, 0);
}

void log_event(std::string_view text, std::span<const JournalField> fields) {
  if (!spdlog::should_log(spdlog::level::info)) return;
  if (std::getenv("JOURNAL_STREAM") == nullptr) {
    spdlog::info("{}", text);
    return;
  }
  std::vector<std::string> entries{fmt::format("MESSAGE={}", text), "PRIORITY=6",
                                   "SYSLOG_IDENTIFIER=sluiced"};
  for (const JournalField& field : fields) {
    if (!field.value.empty()) entries.push_back(fmt::format("{}={}", field.name, field.value));
  }
  std::vector<iovec> parts;
  parts.reserve(entries.size());
  for (std::string& entry : entries)
    parts.push_back({entry.data(), entry.size()});
  // Without a journal after all: a line is better than none.
  if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) spdlog::info("{}", text);
}

std::optional<std::uint64_t> LogBudget::admit(KernelTime now) {
  if (last_.ns != 0 && now.ns > last_.ns)
    tokens_ = std::min(kBurst, tokens_ + static_cast<double>(now.ns - last_.ns) / 1e9 * kPerSecond);
  last_ = now;
  if (tokens_ < 1) {
    ++held_back_;
    return std::nullopt;
  }
  tokens_ -= 1;
  return std::exchange(held_back_, 0);
}

}  // namespace sluice
