// SPDX-License-Identifier: Apache-2.0
// What a user agent says it is. Made by classifier.h; read by tls/claim.h, by crawlers.h and by the heuristic
// of user agents. A user agent is a claim: nothing here is verified.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::detection {

enum class AgentClass : std::uint8_t {
  unknown,
  empty,         // none sent, or "-"
  browser,       // of a browser that people use
  library,       // of an HTTP client library or command-line tool
  automation,    // of a browser that says it is driven by a program
  ai_crawler,    // collects for a language model or its answers
  crawler,       // search, links, previews, archives
  feed_reader,   //
  uptime_probe,  //
  scanner,       // looks for weaknesses
  impossible,    // claims a browser in a way that no browser does
};

enum class Browser : std::uint8_t { none, chrome, edge, opera, samsung, firefox, safari, other };
enum class System : std::uint8_t { unknown, windows, macos, linux_desktop, chrome_os, android, ios };
// Whose network code the claim implies.
enum class Engine : std::uint8_t { none, blink, gecko, apple };

struct BrowserClaim {
  Browser browser = Browser::none;
  System system = System::unknown;
  Engine engine = Engine::none;
  bool mobile = false;
  bool web_view = false;           // inside an app, which may send the same text from code of its own
  std::uint16_t major = 0;         // of the browser
  std::uint16_t engine_major = 0;  // Chrome's for blink, Firefox's for gecko; Safari's or iOS's for apple
  std::string_view impossible;     // why no browser writes this, as a literal; empty: nothing was found

  bool operator==(const BrowserClaim&) const = default;
};

struct Agent {
  AgentClass agent_class = AgentClass::unknown;
  bool by_list = false;   // a pattern of an operator's file alone says so: those match real browsers too
  std::string_view name;  // of the entry that matched: "curl", "GPTBot"; lives as long as the classifier
  BrowserClaim claim;     // whatever the class: "HeadlessChrome/131" claims Chrome 131

  bool operator==(const Agent&) const = default;
};

// "ai_crawler"; "Chrome".
[[nodiscard]] std::string_view to_text(AgentClass agent_class);
[[nodiscard]] std::string_view to_text(Browser browser);

}  // namespace sluice::detection
