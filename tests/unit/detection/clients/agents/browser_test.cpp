// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/browser.h"

#include <gtest/gtest.h>

namespace sluice::detection {
namespace {

struct Case {
  const char* agent;
  Browser browser;
  std::uint16_t major;
  System system;
  Engine engine;
  std::uint16_t engine_major;
  bool mobile;
};

class Real : public testing::TestWithParam<Case> {};

TEST_P(Real, IsReadAndPossible) {
  const Case& expected = GetParam();
  const BrowserClaim claim = read_browser_claim(expected.agent);
  EXPECT_EQ(claim.browser, expected.browser) << expected.agent;
  EXPECT_EQ(claim.major, expected.major) << expected.agent;
  EXPECT_EQ(claim.system, expected.system) << expected.agent;
  EXPECT_EQ(claim.engine, expected.engine) << expected.agent;
  EXPECT_EQ(claim.engine_major, expected.engine_major) << expected.agent;
  EXPECT_EQ(claim.mobile, expected.mobile) << expected.agent;
  EXPECT_EQ(claim.impossible, "") << expected.agent;
}

INSTANTIATE_TEST_SUITE_P(
    Browser, Real,
    testing::Values(
        Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
             "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
             Browser::chrome, 131, System::windows, Engine::blink, 131, false},
        Case{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
             Browser::chrome, 131, System::android, Engine::blink, 131, true},
        Case{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) "
             "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
             Browser::chrome, 131, System::chrome_os, Engine::blink, 131, false},
        Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70",
             Browser::edge, 131, System::windows, Engine::blink, 131, false},
        Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
             Browser::other, 18, System::windows, Engine::none, 0, false},
        Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
             Browser::opera, 115, System::windows, Engine::blink, 130, false},
        Case{"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, "
             "like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
             Browser::samsung, 25, System::android, Engine::blink, 121, true},
        Case{"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", Browser::firefox, 133,
             System::linux_desktop, Engine::gecko, 133, false},
        Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
             Browser::firefox, 115, System::windows, Engine::gecko, 115, false},
        Case{"Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", Browser::firefox, 133,
             System::android, Engine::gecko, 133, true},
        Case{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
             "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
             Browser::safari, 17, System::macos, Engine::apple, 17, false},
        Case{
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.4 Mobile/15E148 Safari/604.1",
            Browser::safari, 17, System::ios, Engine::apple, 17, true},
        Case{
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
            Browser::chrome, 131, System::ios, Engine::apple, 16, true},
        Case{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 "
             "(KHTML, like Gecko) Version/16.0 Safari/605.1.15",
             Browser::safari, 16, System::linux_desktop, Engine::none, 0, false},
        Case{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
             "(KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
             Browser::chrome, 131, System::linux_desktop, Engine::blink, 131, false},
        Case{"Mozilla/5.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0)", Browser::other, 0,
             System::windows, Engine::none, 0, false},
        Case{"Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko", Browser::other, 0,
             System::windows, Engine::none, 0, false},
        Case{"Mozilla/5.0 (Windows NT 5.1; rv:52.0) Gecko/20100101 Firefox/52.0", Browser::firefox, 52,
             System::windows, Engine::gecko, 52, false},
        // A fork that brought a newer Chrome to Windows XP.
        Case{"Mozilla/5.0 (Windows NT 5.1) AppleWebKit/537.36 "
             "(KHTML, like Gecko) Chrome/86.0.4240.198 Safari/537.36",
             Browser::chrome, 86, System::windows, Engine::blink, 86, false},
        Case{"Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; "
             "Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 "
             "Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537",
             Browser::other, 0, System::android, Engine::none, 0, true},
        Case{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
             "like Gecko) Chrome/130.0.0.0 Electron/33.0.0 Safari/537.36",
             Browser::chrome, 130, System::linux_desktop, Engine::none, 0, false}));

TEST(Browser, WebViewsAreMarked) {
  EXPECT_TRUE(
      read_browser_claim("Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like "
                         "Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36")
          .web_view);
  EXPECT_FALSE(read_browser_claim("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
                                  "Chrome/131.0.0.0 Mobile Safari/537.36")
                   .web_view);
}

TEST(Browser, NoneIsClaimedByOthers) {
  for (const char* agent :
       {"", "curl/8.0", "Mozilla/5.0", "Mozilla/5.0 (compatible; Something/1.0)", "Chrome", "Chrome/",
        "XChrome/120", "Firefox/", "Version/17 Safari", "((((", ")(", "Windows NT "})
    EXPECT_EQ(read_browser_claim(agent), BrowserClaim{}) << agent;
}

TEST(Browser, TheImpossibleIsNamed) {
  const auto why = [](const char* agent) { return read_browser_claim(agent).impossible; };
  EXPECT_EQ(why("Mozilla/5.0 (Windows NT 11.0; Win64; x64) "
                "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"),
            "names a version of Windows that does not exist");
  EXPECT_EQ(
      why("Mozilla/5.0 (Windows 98) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"),
      "names a browser that never ran on that version of Windows");
  EXPECT_EQ(why("Mozilla/5.0 (Windows NT 10.0; Macintosh) "
                "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"),
            "names two operating systems");
  EXPECT_EQ(why("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 "
                "(KHTML, like Gecko) Chrome/999.0.0.0 Safari/537.36"),
            "names a version that the browser has not reached");
  EXPECT_EQ(why("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0"),
            "names Chrome without its engine (AppleWebKit)");
  EXPECT_EQ(why("Mozilla/5.0 (Macintosh) Version/17.0 Safari/605.1.15"),
            "names Safari without its engine (AppleWebKit)");
  EXPECT_EQ(why("Mozilla/5.0 (X11; Linux x86_64; rv:100.0) Gecko/20100101 Firefox/133.0"),
            "names two versions of Firefox");
  EXPECT_EQ(why("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.0.0 Firefox/120.0"),
            "names both Chrome and Firefox");
}

}  // namespace
}  // namespace sluice::detection
