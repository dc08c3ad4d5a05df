// SPDX-License-Identifier: Apache-2.0
// Which paths only tools ask for that look for weaknesses.
#include "daemon/detection/site/probes.h"

#include <gtest/gtest.h>

namespace sluice::detection::test {
namespace {

TEST(Probes, AreWhatNobodyReads) {
  for (const char* path :
       {"/.env", "/.env.production", "/.git/HEAD", "/app/.env", "/shop/xmlrpc.php", "/cgi-bin/luci"})
    EXPECT_TRUE(is_probe(path, 404)) << path;
  for (const char* path :
       {"/", "/.well-known/security.txt", "/apple-touch-icon.png", "/environment", "/people/.env-anna",
        "/autodiscover/autodiscover.xml", "/index.php", "/admin", "/git/"})
    EXPECT_FALSE(is_probe(path, 404)) << path;
  EXPECT_FALSE(is_probe("/wp-login.php", 200));
  EXPECT_FALSE(is_probe("/wp-admin/", 302));
}

}  // namespace
}  // namespace sluice::detection::test
