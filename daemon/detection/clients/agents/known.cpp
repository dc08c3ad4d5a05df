// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/known.h"

#include <array>

namespace sluice::detection {
namespace {

using enum AgentClass;

// Each with where its text is documented, or "measured": what the program sent us
// (tests/unit/pipeline/tls/hellos).
constexpr auto kKnown = std::to_array<BuiltInAgent>({
    // Driven browsers.
    {"HeadlessChrome", R"(HeadlessChrome/)", automation},  // measured
    {"PhantomJS", R"(PhantomJS/)", automation},            // phantomjs.org/api/webpage/property/settings.html
    {"Selenium", R"((?i)\bselenium\b)", automation},       // selenium.dev: only who adds it says it
    {"Puppeteer", R"((?i)\bpuppeteer\b)", automation},     // pptr.dev, Page.setUserAgent
    {"Playwright", R"((?i)\bplaywright\b)", automation},   // playwright.dev: APIRequest's user agent
    {"Cypress", R"(\bCypress/)", automation},              // docs.cypress.io/guides/references/configuration
    {"jsdom", R"(\bjsdom/)", automation},                  // github.com/jsdom/jsdom, README "userAgent"
    {"HtmlUnit", R"(\bHtmlUnit/)", automation},            // htmlunit.sourceforge.io
    // HTTP libraries and tools.
    {"Scrapy", R"(\bScrapy/)", library},                       // measured
    {"curl", R"(^curl/)", library},                            // measured
    {"Wget", R"(^Wget2?/)", library},                          // measured
    {"python-requests", R"(^python-requests/)", library},      // measured
    {"aiohttp", R"(^Python/[0-9.]+ aiohttp/)", library},       // measured
    {"httpx", R"(^python-httpx/)", library},                   // measured
    {"urllib", R"(^Python-urllib/)", library},                 // measured
    {"Go", R"(^Go-http-client/)", library},                    // measured
    {"Node.js", R"(^(?:node|undici)$)", library},              // measured
    {"node-fetch", R"(^node-fetch)", library},                 // github.com/node-fetch/node-fetch, README
    {"axios", R"(^axios/)", library},                          // axios-http.com, lib/adapters/http.js
    {"got", R"(^got \()", library},                            // github.com/sindresorhus/got, readme
    {"libwww-perl", R"(^(?:libwww-perl/|LWP::))", library},    // measured
    {"WWW-Mechanize", R"(^WWW-Mechanize/)", library},          // metacpan.org/pod/WWW::Mechanize
    {"Java", R"(^Java(?:-http-client)?/[0-9])", library},      // docs.oracle.com, java.net.http
    {"Apache HttpClient", R"(^Apache-HttpClient/)", library},  // hc.apache.org
    {"okhttp", R"(^okhttp/)", library},                        // square.github.io/okhttp
    {"Ruby", R"(^(?:Ruby$|Faraday v))", library},  // docs.ruby-lang.org, Net::HTTP; lostisland.github.io
    {"Guzzle", R"(^GuzzleHttp/)", library},        // docs.guzzlephp.org
    {"reqwest", R"(^reqwest/)", library},          // docs.rs/reqwest
    {"Colly", R"(^colly\b)", library},             // go-colly.org/docs
    {"HTTPie", R"(^HTTPie/)", library},            // httpie.io/docs
    {"Postman", R"(^PostmanRuntime/)", library},   // learning.postman.com
    {"PowerShell", R"(\b(?:Windows)?PowerShell/)", library},  // learn.microsoft.com, Invoke-WebRequest
    {"HTTrack", R"(\bHTTrack\b)", library},                   // httrack.com/html/fcguide.html
    // Collectors for language models, each from its operator's page on its robots.
    {"GPTBot", R"(\bGPTBot\b)", ai_crawler},                // platform.openai.com/docs/bots
    {"ChatGPT-User", R"(\bChatGPT-User\b)", ai_crawler},    // likewise
    {"OAI-SearchBot", R"(\bOAI-SearchBot\b)", ai_crawler},  // likewise
    {"ClaudeBot", R"(\bClaude(?:Bot|-User|-SearchBot|-Web)\b)",
     ai_crawler},                                                     // support.anthropic.com, 8896518
    {"anthropic-ai", R"(\banthropic-ai\b)", ai_crawler},              // likewise, older
    {"CCBot", R"(\bCCBot\b)", ai_crawler},                            // commoncrawl.org/ccbot
    {"PerplexityBot", R"(\bPerplexity(?:Bot|-User)\b)", ai_crawler},  // docs.perplexity.ai/guides/bots
    {"Bytespider", R"(\bBytespider\b)", ai_crawler},  // its user agent names an address of its operator
    {"Amazonbot", R"(\bAmazonbot\b)", ai_crawler},    // developer.amazon.com/amazonbot
    {"meta-externalagent", R"((?i)\bmeta-external(?:agent|fetcher)\b)",
     ai_crawler},                                       // developers.facebook.com
    {"GoogleOther", R"(\bGoogleOther\b)", ai_crawler},  // developers.google.com/search, common crawlers
    {"cohere-ai", R"(\bcohere-(?:ai|training-data-crawler)\b)", ai_crawler},  // docs.cohere.com
    {"DuckAssistBot", R"(\bDuckAssistBot\b)", ai_crawler},    // duckduckgo.com/duckduckgo-help-pages
    {"MistralAI-User", R"(\bMistralAI-User\b)", ai_crawler},  // docs.mistral.ai/robots
    {"Diffbot", R"(\bDiffbot\b)", ai_crawler},                // docs.diffbot.com
    // Scanners that name themselves.
    {"sqlmap", R"(^sqlmap/)", scanner},                 // github.com/sqlmapproject/sqlmap
    {"Nikto", R"(\bNikto\b)", scanner},                 // github.com/sullo/nikto
    {"Nmap", R"(\bNmap Scripting Engine\b)", scanner},  // nmap.org/nsedoc/lib/http.html
    {"zgrab", R"(\bzgrab/)", scanner},                  // github.com/zmap/zgrab2
    {"WPScan", R"(^WPScan\b)", scanner},                // github.com/wpscanteam/wpscan
    {"Nuclei", R"((?i)\bnuclei\b)", scanner},           // github.com/projectdiscovery/nuclei
    {"ffuf", R"(^Fuzz Faster U Fool)", scanner},        // github.com/ffuf/ffuf
    {"gobuster", R"(^gobuster/)", scanner},             // github.com/OJ/gobuster
    {"masscan", R"(^masscan/)", scanner},               // github.com/robertdavidgraham/masscan
    {"CensysInspect", R"(\bCensysInspect/)", scanner},  // docs.censys.com, opt out
    // Probes.
    {"UptimeRobot", R"(\bUptimeRobot/)", uptime_probe},    // uptimerobot.com/help/locations
    {"Pingdom", R"(\bPingdom\.com_bot)", uptime_probe},    // documentation.solarwinds.com, Pingdom
    {"StatusCake", R"(\bStatusCake\b)", uptime_probe},     // statuscake.com/kb
    {"check_http", R"(^check_http/)", uptime_probe},       // monitoring-plugins.org
    {"kube-probe", R"(^kube-probe/)", uptime_probe},       // kubernetes.io, liveness probes
    {"ELB", R"(^ELB-HealthChecker/)", uptime_probe},       // docs.aws.amazon.com/elasticloadbalancing
    {"GoogleHC", R"(^GoogleHC/)", uptime_probe},           // cloud.google.com/load-balancing/docs
    {"Blackbox", R"(^Blackbox Exporter/)", uptime_probe},  // github.com/prometheus/blackbox_exporter
    // Feed readers.
    {"Feedly", R"(\bFeedly(?:Bot)?/)", feed_reader},            // feedly.com/fetcher.html
    {"FeedFetcher", R"(\bFeedFetcher-Google\b)", feed_reader},  // developers.google.com/search/docs
    {"Miniflux", R"(\bMiniflux/)", feed_reader},                // miniflux.app
    {"Tiny Tiny RSS", R"(^Tiny Tiny RSS/)", feed_reader},       // tt-rss.org
    {"FreshRSS", R"(^FreshRSS/)", feed_reader},                 // freshrss.org
    {"Inoreader", R"(\bInoreader\b)", feed_reader},             // inoreader.com
    {"NetNewsWire", R"(^NetNewsWire\b)", feed_reader},          // netnewswire.com
    // Search engines, previews, archives.
    {"Googlebot", R"(\bGooglebot(?:-Image|-News|-Video)?\b)",
     crawler},  // developers.google.com/search, crawlers
    {"bingbot", R"((?i)\b(?:bingbot|adidxbot|BingPreview)\b)", crawler},  // bing.com/webmasters/help
    {"DuckDuckBot", R"(\bDuckDuckBot\b)", crawler},                       // duckduckgo.com/duckduckbot
    {"YandexBot", R"(\bYandex[A-Z][A-Za-z]*/)", crawler},  // yandex.com/support/webmaster/robot-workings
    {"Baiduspider", R"((?i)\bBaiduspider\b)", crawler},    // baidu.com/search/spider.htm
    {"Applebot", R"(\bApplebot\b)", crawler},              // support.apple.com/119829
    {"Slurp", R"(\bYahoo! Slurp\b)", crawler},             // help.yahoo.com/kb/SLN22600.html
    {"facebookexternalhit", R"(\bfacebookexternalhit/)", crawler},  // developers.facebook.com
    {"Twitterbot", R"(^Twitterbot/)", crawler},                // developer.x.com/en/docs/x-for-websites/cards
    {"LinkedInBot", R"(^LinkedInBot/)", crawler},              // linkedin.com/help
    {"Slackbot", R"(^Slackbot)", crawler},                     // api.slack.com/robots
    {"Discordbot", R"(\bDiscordbot/)", crawler},               // its user agent names discordapp.com
    {"TelegramBot", R"(^TelegramBot\b)", crawler},             // core.telegram.org
    {"WhatsApp", R"(^WhatsApp/)", crawler},                    // faq.whatsapp.com
    {"AhrefsBot", R"(\bAhrefs(?:Bot|SiteAudit)\b)", crawler},  // ahrefs.com/robot
    {"SemrushBot", R"(\bSemrushBot\b)", crawler},              // semrush.com/bot
    {"MJ12bot", R"(\bMJ12bot\b)", crawler},                    // mj12bot.com
    {"PetalBot", R"(\bPetalBot\b)", crawler},                  // webmaster.petalsearch.com
    {"archive.org_bot", R"(\barchive\.org_bot\b)", crawler},   // archive.org/details/archive.org_bot
});

}  // namespace

std::span<const BuiltInAgent> known_agents() {
  return kKnown;
}

}  // namespace sluice::detection
