// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/user_agent.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"

namespace sluice::detection {
namespace {

// What a class is in words; empty for those that nothing is held against.
std::string_view in_words(AgentClass agent_class) {
  switch (agent_class) {
    case AgentClass::library:
      return "a library or tool that fetches pages";
    case AgentClass::automation:
      return "a browser that a program drives";
    case AgentClass::ai_crawler:
      return "a collector for language models";
    case AgentClass::scanner:
      return "a scanner for weaknesses";
    default:
      return {};
  }
}

// Another user agent with every other page at least, and none of what a browser's pages pull in: the people
// of an office behind one address change as often, but their browsers load their pages.
std::optional<Signal> switching(const SourceView& view, const UserAgentOptions& options) {
  constexpr std::uint32_t kMinPages = 20;
  const SourceProfile& profile = view.profile;
  const std::uint32_t pages = profile.style.pages;
  if (pages < kMinPages || profile.agents < pages / 2 || loading(view) != Loading::hardly)
    return std::nullopt;
  return Signal{
      "user_agent",
      options.weight,
      fmt::format("changed its user agent {} times in {} pages, and loaded nothing that they pull in",
                  profile.agents, pages),
      {{"user_agent_changes", static_cast<double>(profile.agents)}, {"pages", static_cast<double>(pages)}}};
}

}  // namespace

std::optional<Signal> user_agent(const SourceView& view, const UserAgentOptions& options) {
  if (!options.enabled || view.agent == nullptr) return std::nullopt;
  const SourceProfile& profile = view.profile;
  // Several clients behind one address: the last one's name says little of the others.
  if (profile.agents > 2 + profile.style.pages / 4) return switching(view, options);

  const Agent& agent = view.agent->agent;
  if (agent.agent_class == AgentClass::empty)
    return Signal{"user_agent", options.weight, "sends no user agent; every browser sends one", {}};
  if (agent.agent_class == AgentClass::impossible) {
    return Signal{"user_agent",
                  options.weight,
                  fmt::format("claims to be {} {}, but {}", to_text(agent.claim.browser), agent.claim.major,
                              agent.claim.impossible),
                  {}};
  }
  const std::string_view what = in_words(agent.agent_class);
  if (what.empty()) return std::nullopt;
  // A name that was found to be a lie says nothing of what it names; the lie is held against it elsewhere.
  const CrawlerTrace* crawler = profile.crawler();
  if (crawler != nullptr && crawler->state == CrawlerTrace::State::contradicted &&
      crawler->agent == profile.agent)
    return std::nullopt;
  if (agent.by_list) {
    return Signal{"user_agent",
                  std::min(options.list_weight, options.weight),
                  fmt::format("calls itself {}: {}, says a list alone", agent.name, what),
                  {}};
  }
  const bool tool = agent.agent_class == AgentClass::library;
  return Signal{"user_agent",
                tool ? options.weight : options.max_weight,
                fmt::format("calls itself {}: {}", agent.name, what),
                {}};
}

}  // namespace sluice::detection
