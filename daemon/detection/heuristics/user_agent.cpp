// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/user_agent.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"

namespace sluice::detection {
namespace {

// A class in words; empty for the classes that carry no weight.
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

// Another user agent with at least every other page, and no assets. The user agent of an office behind one
// address changes as often, but its browsers load assets.
std::optional<Judgement> switching(const SourceView& view, const UserAgentOptions& options) {
  constexpr std::uint32_t kMinPages = 20;
  const SourceProfile& profile = view.profile;
  const std::uint32_t pages = profile.style.pages;
  if (pages < kMinPages || profile.agents < pages / 2 || loading(view) != Loading::hardly)
    return std::nullopt;
  return Judgement{
      options.weight,
      fmt::format("changed its user agent {} times in {} pages, and loaded nothing that they pull in",
                  profile.agents, pages),
      {{"user_agent_changes", static_cast<double>(profile.agents)}, {"pages", static_cast<double>(pages)}}};
}

}  // namespace

std::optional<Judgement> UserAgent::judge(const SourceView& view, const Options& options) {
  if (view.agent == nullptr) return std::nullopt;
  const SourceProfile& profile = view.profile;
  // With several clients behind one address the name of the last one says little about the others.
  if (profile.agents > 2 + profile.style.pages / 4) return switching(view, options);

  const Agent& agent = view.agent->agent;
  if (agent.agent_class == AgentClass::empty) {
    if (!view.site.names_agents()) return std::nullopt;
    return Judgement{options.weight, "sends no user agent; every browser sends one", {}};
  }
  if (agent.agent_class == AgentClass::impossible) {
    return Judgement{options.weight,
                     fmt::format("claims to be {} {}, but {}", to_text(agent.claim.browser),
                                 agent.claim.major, agent.claim.impossible),
                     {}};
  }
  const std::string_view what = in_words(agent.agent_class);
  if (what.empty()) return std::nullopt;
  // A false name says nothing about what it names. The heuristic `crawler` judges the false name.
  const CrawlerTrace* crawler = profile.crawler();
  if (crawler != nullptr && crawler->state == CrawlerTrace::State::contradicted &&
      crawler->agent == profile.agent)
    return std::nullopt;
  if (agent.by_list) {
    return Judgement{std::min(options.list_weight, options.weight),
                     fmt::format("calls itself {}: {}, says a list alone", agent.name, what),
                     {}};
  }
  const bool tool = agent.agent_class == AgentClass::library;
  return Judgement{
      tool ? options.weight : options.max_weight, fmt::format("calls itself {}: {}", agent.name, what), {}};
}

}  // namespace sluice::detection
