// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/probes.h"

#include <algorithm>
#include <array>

namespace sluice::detection {
namespace {

// Left out on purpose: /.well-known/ (browsers, password managers and phones ask for it), /autodiscover/
// (mail clients), /wp-content/uploads/ and *.php in general (old links of people), /admin and /login (people
// guess them).
constexpr std::array<std::string_view, 33> kBeginnings = {
    "/.env",             // settings with passwords
    "/.git/",            // the source code, if it was deployed by a checkout
    "/.svn/",            //
    "/.hg/",             //
    "/.aws/",            // cloud credentials
    "/.ssh/",            // keys
    "/.docker/",         //
    "/.vscode/",         // an editor's upload settings
    "/.DS_Store",        // a folder's listing
    "/.htpasswd",        // password hashes
    "/wp-login.php",     // WordPress: passwords are tried here
    "/wp-admin/",        // WordPress: its back room
    "/wp-config",        // WordPress: settings, and copies of them that editors leave
    "/wp-includes/",     // WordPress: tells its version
    "/xmlrpc.php",       // WordPress: passwords are tried here too
    "/phpmyadmin",       // the database's front door; these four in the spellings of the usual lists
    "/phpMyAdmin",       //
    "/pma/",             //
    "/adminer",          //
    "/cgi-bin/",         // routers and the shell-in-header weakness
    "/vendor/phpunit/",  // runs what is sent to it
    "/_ignition/",       // Laravel's debugging page, likewise
    "/boaform/",         // routers
    "/HNAP1",            // routers
    "/GponForm/",        // routers
    "/setup.cgi",        // routers
    "/actuator/",        // Spring's inside
    "/solr/admin/",      // search servers
    "/manager/html",     // Tomcat's back room
    "/server-status",    // Apache's inside
    "/containers/json",  // Docker's socket on the network
    "/remote/fgt_lang",  // a gateway's known weakness
    "/owa/auth/",        // Exchange's sign-in
};

// In whatever folder.
constexpr std::array<std::string_view, 13> kEnds = {
    "/.env",        "/.git/config",    "/.git/HEAD", "/wp-login.php", "/xmlrpc.php", "/wlwmanifest.xml",
    "/phpinfo.php", "/eval-stdin.php", "/id_rsa",    "/web.config",
    "/backup.sql",  // these three: a database somebody forgot
    "/dump.sql",    //
    "/database.sql"};

}  // namespace

bool is_probe(std::string_view path, std::uint16_t status) {
  if (status < 400) return false;
  return std::ranges::any_of(kBeginnings, [&](std::string_view text) { return path.starts_with(text); }) ||
         std::ranges::any_of(kEnds, [&](std::string_view text) { return path.ends_with(text); });
}

}  // namespace sluice::detection
