// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/browser.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::detection {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The number that begins here, as far as it is one; at most 9,999.
std::optional<std::uint16_t> number_at(std::string_view text) {
  std::uint16_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9'; ++digits)
    value = static_cast<std::uint16_t>(value * 10 + (text[digits] - '0'));
  if (digits == 0) return std::nullopt;
  return value;
}

// The major version after a product's name: 131 for "Chrome/" in "... Chrome/131.0.0.0 ...". The name must
// begin a word, so that "HeadlessChrome/" is not "Chrome/".
std::optional<std::uint16_t> version_of(std::string_view agent, std::string_view product) {
  for (std::size_t at = agent.find(product); at != std::string_view::npos; at = agent.find(product, at + 1)) {
    const bool begins = at == 0 || agent[at - 1] == ' ' || agent[at - 1] == '(' || agent[at - 1] == ';';
    if (begins) return number_at(agent.substr(at + product.size()));
  }
  return std::nullopt;
}

// What stands in the first parentheses: "Windows NT 10.0; Win64; x64".
std::string_view platform_of(std::string_view agent) {
  const auto open = agent.find('(');
  if (open == std::string_view::npos) return {};
  const std::string_view rest = agent.substr(open + 1);
  return rest.substr(0, rest.find(')'));
}

System system_of(std::string_view platform) {
  struct Mark {
    std::string_view text;
    System system;
  };
  // In this order: phones name the systems they descend from.
  constexpr std::array<Mark, 9> kMarks = {{{"iPhone", System::ios},
                                           {"iPad", System::ios},
                                           {"iPod", System::ios},
                                           {"Android", System::android},
                                           {"CrOS", System::chrome_os},
                                           {"Windows", System::windows},
                                           {"Macintosh", System::macos},
                                           {"Linux", System::linux_desktop},
                                           {"X11", System::linux_desktop}}};
  const auto found = std::ranges::find_if(kMarks, [&](const Mark& mark) { return has(platform, mark.text); });
  return found != kMarks.end() ? found->system : System::unknown;
}

// Of "CPU iPhone OS 17_4 like Mac OS X", "CPU OS 17_4 like Mac OS X".
std::uint16_t ios_major(std::string_view platform) {
  const auto at = platform.find(" OS ");
  return at == std::string_view::npos ? std::uint16_t{0} : number_at(platform.substr(at + 4)).value_or(0);
}

struct Product {
  std::string_view token;
  Browser browser;
};

// Browsers that also write "Chrome/" or "Safari/": the first found counts.
constexpr std::array<Product, 15> kProducts = {
    {{"Edg/", Browser::edge},
     {"EdgA/", Browser::edge},
     {"EdgiOS/", Browser::edge},
     {"Edge/", Browser::other},  // with an engine of its own, to 18
     {"OPR/", Browser::opera},
     {"OPiOS/", Browser::opera},
     {"SamsungBrowser/", Browser::samsung},
     {"YaBrowser/", Browser::other},
     {"Vivaldi/", Browser::other},
     {"UCBrowser/", Browser::other},
     {"Opera/", Browser::other},
     {"FxiOS/", Browser::firefox},
     {"CriOS/", Browser::chrome},
     {"Chrome/", Browser::chrome},
     {"HeadlessChrome/", Browser::chrome}}};

// Who fetches by itself or through a proxy of its own although the text names a browser's engine.
bool has_network_of_its_own(std::string_view agent) {
  constexpr std::array<std::string_view, 9> kMarks = {"Opera Mini/", "Puffin/",     "UCBrowser/",
                                                      "Goanna/",     "PaleMoon/",   "SeaMonkey/",
                                                      "Electron/",   "QtWebEngine", "Silk/"};
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return has(agent, mark); });
}

void read_product(std::string_view agent, BrowserClaim& claim) {
  for (const Product& product : kProducts) {
    if (const auto version = version_of(agent, product.token)) {
      claim.browser = product.browser;
      claim.major = *version;
      return;
    }
  }
  if (const auto firefox = version_of(agent, "Firefox/")) {
    claim.browser = Browser::firefox;
    claim.major = *firefox;
  } else if (const auto safari = version_of(agent, "Version/"); safari && has(agent, "Safari/")) {
    claim.browser = Browser::safari;
    claim.major = *safari;
  } else if (has(agent, "MSIE ") || has(agent, "Trident/")) {
    claim.browser = Browser::other;
  }
}

void read_engine(std::string_view agent, std::string_view platform, BrowserClaim& claim) {
  if (claim.browser == Browser::none || has_network_of_its_own(agent)) return;
  auto chrome = version_of(agent, "Chrome/");
  if (!chrome) chrome = version_of(agent, "HeadlessChrome/");
  if (claim.system == System::ios) {
    // Every browser there uses the system's code. Firefox might bring its own where it may.
    if (claim.browser == Browser::firefox) return;
    claim.engine = Engine::apple;
    claim.engine_major = ios_major(platform);
  } else if (chrome && !version_of(agent, "Edge/")) {
    claim.engine = Engine::blink;
    claim.engine_major = *chrome;
  } else if (claim.browser == Browser::firefox) {
    claim.engine = Engine::gecko;
    claim.engine_major = claim.major;
  } else if (claim.browser == Browser::safari && claim.system == System::macos) {
    claim.engine = Engine::apple;  // elsewhere "Safari" is WebKitGTK or an old Android
    claim.engine_major = claim.major;
  }
}

// ---- What no browser writes ----

// Windows versions that there are (learn.microsoft.com, "Operating System Version"); browsers never went
// beyond 10.0, which is also what they say on Windows 11 (Chromium, User-Agent reduction).
bool is_windows_version(std::string_view text) {
  constexpr std::array<std::string_view, 12> kVersions = {"3.1", "3.5", "3.51", "4.0", "5.0", "5.01",
                                                          "5.1", "5.2", "6.0",  "6.1", "6.2", "6.3"};
  return text == "10.0" || text == "6.4" || std::ranges::find(kVersions, text) != kVersions.end();
}

std::string_view impossible_platform(std::string_view platform, const BrowserClaim& claim) {
  if (has(platform, "Windows Phone")) return {};  // pretends to be every other phone
  constexpr std::string_view kNt = "Windows NT ";
  if (const auto at = platform.find(kNt); at != std::string_view::npos) {
    const std::string_view rest = platform.substr(at + kNt.size());
    if (!is_windows_version(rest.substr(0, rest.find_first_of(";) "))))
      return "names a version of Windows that does not exist";
    if (has(platform, "Macintosh") || has(platform, "iPhone") || has(platform, "Android"))
      return "names two operating systems";
  }
  // Chrome 50 and Firefox 53 need Windows 7 and XP SP2; forks went back to XP, none to these.
  const bool modern =
      (claim.browser == Browser::chrome || claim.browser == Browser::firefox) && claim.major >= 60;
  constexpr std::array<std::string_view, 5> kOld = {"Windows 95", "Windows 98", "Windows CE", "Win 9x",
                                                    "Windows NT 4.0"};
  if (modern && std::ranges::any_of(kOld, [&](std::string_view old) { return has(platform, old); }))
    return "names a browser that never ran on that version of Windows";
  return {};
}

std::string_view impossible_version(std::string_view agent, std::string_view platform,
                                    const BrowserClaim& claim) {
  // Chrome was at 156 in November 2026. Even at a release every two weeks it takes nine years to get here.
  constexpr std::uint16_t kBeyond = 400;
  const bool counts =
      claim.browser == Browser::chrome || claim.browser == Browser::edge || claim.browser == Browser::firefox;
  if (counts && claim.major >= kBeyond) return "names a version that the browser has not reached";
  if (claim.engine != Engine::gecko || claim.browser != Browser::firefox || claim.major < 10) return {};
  const auto revision = version_of(platform, "rv:");
  if (!revision || *revision == claim.major) return {};
  // From 110 to 119 "rv:109.0" was frozen (bugzilla.mozilla.org 1805967).
  if (*revision == 109 && claim.major >= 110 && claim.major <= 119) return {};
  return has(agent, "Gecko/20100101 Firefox/") ? "names two versions of Firefox" : std::string_view{};
}

std::string_view impossible_parts(std::string_view agent, const BrowserClaim& claim) {
  const bool webkit = has(agent, "AppleWebKit/");
  if (version_of(agent, "Chrome/") && !webkit) return "names Chrome without its engine (AppleWebKit)";
  if (claim.browser == Browser::safari && !webkit) return "names Safari without its engine (AppleWebKit)";
  if (version_of(agent, "Chrome/") && version_of(agent, "Firefox/")) return "names both Chrome and Firefox";
  return {};
}

}  // namespace

BrowserClaim read_browser_claim(std::string_view agent) {
  BrowserClaim claim;
  const std::string_view platform = platform_of(agent);
  claim.system = system_of(platform);
  read_product(agent, claim);
  if (claim.browser == Browser::none) return {};
  claim.mobile = claim.system == System::ios || has(agent, "Mobile");
  claim.web_view = has(platform, "; wv") || (claim.system == System::ios && !has(agent, "Safari/"));
  read_engine(agent, platform, claim);
  claim.impossible = impossible_platform(platform, claim);
  if (claim.impossible.empty()) claim.impossible = impossible_version(agent, platform, claim);
  if (claim.impossible.empty()) claim.impossible = impossible_parts(agent, claim);
  return claim;
}

}  // namespace sluice::detection
