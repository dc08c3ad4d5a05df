# SPDX-License-Identifier: Apache-2.0
"""Lists from files: what they block, an allow inside, a file that changes, a reload that switches all of them, a broken file that changes
nothing, crawlers that are counted."""

import os
import time

import case
from lab.wait import wait_until

BLOCKED = "198.51.100.10"
ALLOWED = "198.51.100.11"  # in the blocked network too
OTHER = "198.51.100.30"


class Lists(case.LabCase):
    start = False

    def setUp(self):
        self.block = os.path.join(self.filter.folder, "block.txt")
        self.allow = os.path.join(self.filter.folder, "allow.txt")
        self.write(self.block, "# a list\n198.51.100.8/29 ; some words\n2001:db8:ffff::/48\n")
        self.write(self.allow, f"{ALLOWED}\n")
        self.filter.configure({"mode": "enforce", "list": [
            {"name": "scrapers", "source": self.block, "action": "block"},
            {"name": "friends", "source": self.allow, "action": "allow"}]})
        if self.filter.running():
            self.assertEqual(self.filter.ctl("reload").status, 0)
        else:
            self.filter.start()

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def replace(self, path, text):
        self.write(path + ".new", text)
        os.rename(path + ".new", path)

    def list(self, name):
        answer = self.filter.ctl("--json", "lists")
        self.assertEqual(answer.status, 0, answer)
        return next(entry for entry in answer.json_lines() if entry["name"] == name)

    def test_a_list_blocks_and_an_allow_inside_lets_through(self):
        before = self.list("scrapers")["packets"]
        self.assertDropped(BLOCKED)
        self.assertServed(ALLOWED)
        self.assertServed(OTHER)
        scrapers = self.list("scrapers")
        self.assertGreater(scrapers["packets"], before)
        self.assertEqual((scrapers["state"], scrapers["entries_v4"], scrapers["entries_v6"]), ("in force", 1, 1))
        self.assertGreater(self.list("friends")["packets"], 0)
        blocked = self.filter.ask("explain", BLOCKED)
        self.assertEqual((blocked["verdict"], blocked["list"]["name"]), ("drop", "scrapers"))
        allowed = self.filter.ask("explain", ALLOWED)
        self.assertEqual((allowed["verdict"], allowed["list"]["name"]), ("pass", "friends"))
        self.assertIsNone(self.filter.ask("explain", OTHER)["list"])
        self.assertIn("scrapers", self.filter.ctl("explain", BLOCKED).out)
        self.assertIn("friends", self.filter.ctl("lists").out)
        self.assertEqual(self.filter.ask("status")["lists_in_force"], 2)

    def test_a_reload_switches_to_what_the_files_say_now(self):
        self.assertDropped(BLOCKED)
        self.write(self.block, f"{OTHER}\nnot an address\n")
        answer = self.filter.ctl("reload")
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("line 2", answer.out)
        self.assertServed(BLOCKED)
        self.assertDropped(OTHER)
        self.assertEqual(self.list("scrapers")["bad_lines"], 1)

    def test_a_broken_file_changes_nothing(self):
        self.write(self.block, "<html>\n")
        self.assertRefused(self.filter.ctl("reload"), self.block, "line 1", "<html>")
        self.assertDropped(BLOCKED)
        self.assertServed(ALLOWED)
        os.unlink(self.allow)
        others = os.path.join(self.filter.folder, "others.txt")
        self.write(others, f"{OTHER}\n")
        self.filter.configure({"list": [
            {"name": "scrapers", "source": others, "action": "block"},
            {"name": "friends", "source": self.allow, "action": "allow"}]})
        self.assertRefused(self.filter.ctl("reload"), self.allow, "No such file")
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)

    def test_a_file_that_changes_is_in_force_by_itself(self):
        begin = time.monotonic()
        self.replace(self.block, f"{OTHER}\n192.0.2.7\n")
        wait_until("the new file to be in force", lambda: self.list("scrapers")["entries_v4"] == 2)
        self.assertLess(time.monotonic() - begin, 5)  # and not at the next interval, six hours on
        self.assertDropped(OTHER)
        self.assertServed(BLOCKED)
        self.write(self.block, f"{BLOCKED}\n")
        wait_until("what was written in place to be in force", lambda: self.list("scrapers")["entries_v4"] == 1)
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        os.unlink(self.block)
        wait_until("it to be missed", lambda: "No such file" in self.list("scrapers")["failure"])
        self.assertDropped(BLOCKED)
        self.replace(self.block, f"{OTHER}\n")
        wait_until("it to be back", lambda: not self.list("scrapers")["failure"])
        self.assertDropped(OTHER)

    def test_a_folder_is_watched_too(self):
        folder = os.path.join(self.filter.folder, "lists.d")
        os.mkdir(folder)
        self.write(os.path.join(folder, "one"), "192.0.2.1\n")
        self.filter.configure({"list": [{"name": "folder", "source": folder, "action": "block"}]})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertServed(OTHER)
        self.write(os.path.join(folder, ".two.swp"), "192.0.2.2\n")
        self.replace(os.path.join(folder, "two"), f"{OTHER}\n")
        wait_until("the second file to be in force", lambda: self.list("folder")["entries_v4"] == 2)
        self.assertDropped(OTHER)

    def test_a_list_of_crawlers_counts_who_is_one_and_who_only_says_so(self):
        ranges = os.path.join(self.filter.folder, "ranges.txt")
        self.write(ranges, "198.51.100.64/28\n")
        self.filter.configure({"list": [{"name": "bot", "source": ranges, "action": "verify_crawler", "user_agent": "samplebot"}]})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        bot = self.list("bot")
        self.assertEqual((bot["verified"], bot["contradicted"], bot["packets"]), (0, 0, None))
        when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        with open(self.nginx.access_log, "a", encoding="ascii") as log:
            for address, count in (("198.51.100.65", 3), ("198.51.100.66", 1), (OTHER, 2)):
                for page in range(count):
                    log.write(f'{address} - - [{when}] "GET /people/{page + 1} HTTP/1.1" 200 1234 "-" "SampleBot/1.0"\n')
        wait_until("all to be counted", lambda: self.list("bot")["verified"] + self.list("bot")["contradicted"] == 6)
        self.assertEqual(self.list("bot")["verified"], 4)
        self.assertIn("4 requests of its crawlers, 2 by who only said so", self.filter.ctl("lists").out)
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertEqual(self.list("bot")["verified"], 4)  # a reload forgets nothing

    def test_observe_arms_the_allows_alone(self):
        self.filter.configure({"mode": "observe"})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertServed(BLOCKED)
        self.assertIn("observe", self.list("scrapers")["state"])
        self.assertEqual(self.list("friends")["state"], "in force")

    def test_an_update_that_covers_everybody_waits_for_an_operator(self):
        everybody = "".join(f"{block}.0.0.0/8\n" for block in range(1, 224)) + "".join(f"{block:x}::/16\n" for block in range(65536))
        self.replace(self.block, f"{BLOCKED}\n" + everybody)
        wait_until("it to be refused", lambda: "public IPv4 addresses" in self.list("scrapers")["failure"])
        self.assertEqual((self.list("scrapers")["state"], self.list("scrapers")["entries_v4"]), ("in force", 1))
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        self.assertTrue(any("refresh --force scrapers" in warning for warning in self.filter.ask("status")["warnings"]))
        doctor = self.filter.ctl("--json", "doctor")
        self.assertTrue(any("public IPv4" in row["text"] for row in doctor.json_lines() if row["area"] == "lists"), doctor)
        # A restart has nothing to go back to: nobody is denied, and that is said.
        self.filter.stop()
        self.filter.start()
        scrapers = self.list("scrapers")
        self.assertEqual((scrapers["state"], scrapers["entries_v4"]), ("not accepted yet", 0))
        self.assertServed(OTHER)
        # The operator's word holds through a restart.
        self.replace(self.block, f"{BLOCKED}\n" + "".join(f"{block}.0.0.0/8\n" for block in range(11, 40)))
        wait_until("it to be refused again", lambda: "13 %" in self.list("scrapers")["failure"])
        self.assertEqual(self.filter.ctl("lists", "refresh", "--force", "scrapers").status, 0)
        self.assertDropped(BLOCKED)
        self.filter.stop()
        self.filter.start()
        self.assertEqual(self.list("scrapers")["state"], "in force")
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        # Nor is everybody a trusted proxy: nothing is armed until an operator has seen that list.
        self.write(self.allow, everybody)
        self.filter.configure({"list": [{"name": "cdn", "source": self.allow, "action": "trusted_proxy"}]})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertEqual(self.list("cdn")["state"], "not accepted yet")
        self.assertEqual(self.filter.ask("status")["mode"], "observe")
        self.assertNotIn("proxy", self.filter.ctl("explain", OTHER).out)

    def test_more_proxies_than_there_is_room_for(self):
        proxies = os.path.join(self.filter.folder, "proxies.txt")
        self.write(proxies, "".join(f"{20 + n // 65536}.{n // 256 % 256}.{n % 256}.1\n" for n in range(4000)))
        self.filter.configure({"list": [{"name": "cdn", "source": proxies, "action": "trusted_proxy"},
                                        {"name": "scrapers", "source": self.block, "action": "block"}]})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertEqual(self.filter.ask("status")["mode"], "enforce")
        self.replace(proxies, "".join(f"{20 + n // 65536}.{n // 256 % 256}.{n % 256}.1\n" for n in range(40000)))
        wait_until("the list to be in force", lambda: self.list("cdn")["entries_v4"] == 40000)

        def said():
            return [warning for warning in self.filter.ask("status")["warnings"] if "have no allow" in warning]

        wait_until("what there is no room for to be said", said)
        self.assertDropped(BLOCKED)
        self.filter.stop()
        begin = time.monotonic()
        self.filter.start()
        print(f"a start with 40,000 proxies: {time.monotonic() - begin:.1f} s")
        begin = time.monotonic()
        self.assertTrue(said())
        print(f"an answer with 40,000 proxies: {time.monotonic() - begin:.2f} s")
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        self.assertEqual(self.filter.ctl("allow", "--for", "1h", BLOCKED).status, 0)  # an operator has room still

    def test_files_that_cannot_be_read_are_said(self):
        agents = os.path.join(self.filter.folder, "agents.txt")
        self.write(self.block, f"{BLOCKED}\n1.2.3.0 24\nnobody\n")
        self.write(agents, '[{"pattern": "examplebot"}]')
        self.addCleanup(self.filter.configure, {"agents": {"lists": []}})
        self.filter.configure({"agents": {"lists": [agents]}})
        checked = self.filter.daemon("check-config")
        self.assertIn("2 lines are left out", checked.err)
        self.assertEqual(self.filter.ctl("reload").status, 0)

        def rows():
            return {row["area"]: row for row in self.filter.ctl("--json", "doctor").json_lines()}

        self.assertEqual((rows()["lists"]["state"], rows()["files"]["state"]), ("warning", "ok"))
        self.assertIn("2 lines cannot be read", rows()["lists"]["text"])
        os.unlink(agents)
        self.assertIn(agents, rows()["files"]["text"])
        self.assertEqual(rows()["files"]["state"], "warning")
        checked = self.filter.daemon("check-config")
        self.assertEqual(checked.status, 1)
        self.assertIn(f"agents.lists: {agents}: No such file", checked.err)

    def test_lists_outlive_the_daemon_and_a_missing_file_is_said(self):
        self.filter.stop()
        self.filter.attach()
        self.filter.start(attach=False)
        self.assertDropped(BLOCKED)
        self.filter.kill()
        self.assertDropped(BLOCKED)
        os.unlink(self.allow)
        self.filter.start(attach=False)
        self.assertDropped(BLOCKED)
        self.assertDropped(ALLOWED)
        self.assertTrue(any("friends" in warning for warning in self.filter.ask("status")["warnings"]))
        self.filter.stop()
        self.filter.detach()


if __name__ == "__main__":
    case.main()
