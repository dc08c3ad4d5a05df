# SPDX-License-Identifier: Apache-2.0
"""Lists that are fetched from a real web server over TLS: what is taken, what is refused, and what stays meanwhile."""

import json
import os

import case
from lab.list_server import ListServer
from lab.network import GATEWAY_V4, SERVER_V4, run
from lab.wait import wait_until

BLOCKED = "198.51.100.10"
OTHER = "198.51.100.30"
INNER = "10.64.0.7"  # a visitor with an address of a private network
FILL = "".join(f"233.252.0.{number}\n" for number in range(40))


class ListUpdates(case.LabCase):
    start = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = os.path.join(cls.filter.folder, "list-server")
        cls.server = ListServer(cls.network.server, folder)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.server.publish("drop.txt", FILL + f"{BLOCKED} # a scraper\n")
        self.server.start()
        self.lists({"name": "drop", "source": self.server.url("drop.txt"), "action": "block"})
        self.addCleanup(self.server.stop)
        if self.filter.running():
            self.assertEqual(self.filter.ctl("reload").status, 0)
            self.refresh("drop", "--force")
        else:
            self.filter.start()
        self.until_in_force("drop")

    def lists(self, *entries):
        self.filter.configure({"mode": "enforce", "list": [
            {"ca": self.server.ca, **entry} if entry["source"].startswith("https") else entry for entry in entries]})

    def reload(self):
        answer = self.filter.ctl("reload")
        self.assertEqual(answer.status, 0, answer)

    def list(self, name):
        answer = self.filter.ctl("--json", "lists")
        self.assertEqual(answer.status, 0, answer)
        return next(entry for entry in answer.json_lines() if entry["name"] == name)

    def until_in_force(self, name):
        wait_until(f"{name} to be in force", lambda: self.list(name)["state"] == "in force")

    def refresh(self, *arguments, status=0):
        answer = self.filter.ctl("--json", "lists", "refresh", *arguments)
        self.assertEqual(answer.status, status, answer)
        return {result["name"]: result for result in answer.json_lines()}

    def warnings_about(self, name):
        return [warning for warning in self.filter.ask("status")["warnings"] if f"List {name} " in warning]

    def test_what_is_new_comes_in_force_and_what_is_not_is_not_sent_again(self):
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        same = self.server.asked("drop.txt").get(304, 0)
        self.assertEqual(self.refresh("drop")["drop"]["outcome"], "unchanged")
        self.assertEqual(self.server.asked("drop.txt")[304], same + 1)
        self.server.publish("drop.txt", FILL + f"{OTHER}\nnot an address\n")
        result = self.refresh("drop")["drop"]
        self.assertEqual((result["outcome"], result["entries"]), ("updated", 41))
        self.assertIn("line 42: 'not' is not an IP address", result["note"])
        self.assertServed(BLOCKED)
        self.assertDropped(OTHER)
        self.assertGreater(self.list("drop")["packets"], 0)
        self.assertIn("drop", self.filter.ctl("lists").out)

    def test_an_update_that_shrinks_empties_or_breaks_a_list_keeps_the_last_good_one(self):
        for text, said in ((f"{OTHER}\n", "1 entries where it had 41"), ("", "holds no address"),
                           ("<html>gone\n", "line 1: '<html>gone'"), ("0.0.0.0/0\n", "nearly everybody"),
                           ("\0" * 1000, "holds no address")):
            self.server.publish("drop.txt", text)
            result = self.refresh("drop", status=1)["drop"]
            self.assertEqual((result["outcome"], result["entries"]), ("kept", 41), result)
            self.assertIn(said, result["note"])
            self.assertEqual(len(self.warnings_about("drop")), 1)
            self.assertIn("sluicectl lists refresh", self.warnings_about("drop")[0])
        self.assertDropped(BLOCKED)
        self.assertServed(OTHER)
        self.server.publish("drop.txt", f"{OTHER}\n")
        self.assertEqual(self.refresh("drop", "--force")["drop"]["outcome"], "updated")
        self.assertEqual(self.warnings_about("drop"), [])
        self.assertServed(BLOCKED)
        self.assertDropped(OTHER)

    def test_without_the_server_the_last_good_copy_stays_also_through_a_restart(self):
        self.server.stop()
        result = self.refresh("drop", status=1)["drop"]
        self.assertEqual(result["outcome"], "kept")
        self.assertIn("127.0.0.1 port 8443", result["note"])
        self.assertEqual(len(self.warnings_about("drop")), 1)
        self.assertGreater(self.list("drop")["failures"], 0)
        failed = self.list("drop")
        self.filter.stop()
        self.filter.start()
        self.assertEqual(self.list("drop")["state"], "in force")
        # A server in trouble is not asked by each restart anew.
        self.assertEqual({key: self.list("drop")[key] for key in ("failures", "failure", "next")},
                         {key: failed[key] for key in ("failures", "failure", "next")})
        self.assertDropped(BLOCKED)
        self.server.start()
        self.assertEqual(self.refresh()["drop"]["outcome"], "unchanged")  # the version survived too
        self.assertEqual(self.warnings_about("drop"), [])
        # A copy that somebody damaged is not believed.
        self.filter.stop()
        with open(os.path.join(self.filter.folder, "lists", "drop"), "ab") as copy:
            copy.write(f"{OTHER}\n".encode())
        self.filter.start()
        self.until_in_force("drop")
        self.assertServed(OTHER)
        self.assertDropped(BLOCKED)

    def test_near_networks_are_not_locked_out(self):
        self.server.publish("drop.txt", FILL + f"{BLOCKED}\n10.0.0.0/8\n127.0.0.0/8\n{SERVER_V4}\n{GATEWAY_V4}\n192.0.0.0/8\n")
        self.refresh("drop")
        self.assertEqual(self.list("drop")["spared"], 3)
        self.assertServed(INNER)
        self.assertServed(GATEWAY_V4)
        self.assertDropped(BLOCKED)

    def test_formats_actions_and_priorities(self):
        self.server.publish("cloud.json", json.dumps({"prefixes": [{"ipv4Prefix": "198.51.100.0/24"}, {"ipv6Prefix": "2001:db8::/32"}]}))
        self.server.publish("feed.csv", f"network;who\n{OTHER};friend\n")
        local = os.path.join(self.filter.folder, "lists.d")
        os.makedirs(local, exist_ok=True)
        with open(os.path.join(local, "one.txt"), "w", encoding="utf-8") as file:
            file.write(f"{BLOCKED}\n")
        self.lists({"name": "cloud", "source": self.server.url("cloud.json"), "action": "block", "format": "google"},
                   {"name": "friends", "source": self.server.url("feed.csv"), "action": "allow", "format": "csv",
                    "column": "network", "separator": ";"},
                   {"name": "slow", "source": local, "action": "throttle", "rate": 100, "burst": 100, "priority": 5})
        self.reload()
        self.until_in_force("cloud")
        self.until_in_force("friends")
        self.assertDropped("198.51.100.77")
        self.assertServed(OTHER)    # an allow counts before all
        self.assertServed(BLOCKED)  # throttled: its list has the greater priority
        test = self.filter.ctl("--json", "lists", "test", BLOCKED, OTHER)
        self.assertEqual(test.status, 0, test)
        hits = [{hit["name"]: (hit["entry"], hit["counts"]) for hit in result["hits"]} for result in test.json_lines()]
        self.assertEqual(hits, [{"cloud": ("198.51.100.0/24", False), "slow": (BLOCKED, True)},
                                {"cloud": ("198.51.100.0/24", False), "friends": (OTHER, True)}])
        none = self.filter.ctl("lists", "test", "203.0.113.9")
        self.assertEqual((none.status, none.out), (1, "203.0.113.9: in no list\n"))
        self.assertEqual(self.filter.ctl("lists", "test", "nobody").status, 2)

    def test_who_cannot_be_trusted_is_not(self):
        def refused(name, *words, **options):
            self.lists({"name": "other", "source": self.server.url(name), "action": "block", **options})
            self.reload()
            result = self.refresh("other", status=1)["other"]
            self.assertEqual(result["outcome"], "failed", result)
            for word in words:
                self.assertIn(word, result["note"])
            self.assertIn(words[0], self.warnings_about("other")[0])

        refused("drop.txt", "certificate", ca="")  # the system does not know the authority
        refused("plain.txt", "http", "disabled")
        refused("round.txt", "redirects")
        refused("busy.txt", "503")
        refused("absent.txt", "404")
        self.server.publish("big.txt", f"{OTHER}\n" * 200_000)  # 2.8 MB, of which gzip makes a hundredth
        refused("big.txt", "larger than 1048576 bytes", max_size_mib=1)
        refused("drop.txt", "holds more than 7 entries", max_entries=7)
        refused("drop.txt", "as the configuration wants", sha256="0" * 64)
        self.assertServed(OTHER)
        self.lists({"name": "other", "source": self.server.url("moved.txt"), "action": "block"})
        self.reload()
        # The daemon asks for a new list by itself too: its own question may have been the first.
        self.assertIn(self.refresh("other")["other"]["outcome"], ("updated", "unchanged"))
        self.assertDropped(BLOCKED)

    def test_a_signature_is_verified(self):
        folder = self.filter.folder
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", f"{folder}/sign.key")
        run("openssl", "pkey", "-in", f"{folder}/sign.key", "-pubout", "-out", f"{folder}/sign.pub")
        path = self.server.publish("signed.txt", f"{OTHER}\n")
        self.lists({"name": "signed", "source": self.server.url("signed.txt"), "action": "block", "public_key": f"{folder}/sign.pub"})
        self.reload()
        self.assertIn("signed.txt.sig", self.refresh("signed", status=1)["signed"]["note"])
        run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", f"{folder}/sign.key", "-in", path, "-out", f"{path}.sig")
        self.assertEqual(self.refresh("signed")["signed"]["outcome"], "updated")
        self.assertDropped(OTHER)
        self.server.publish("signed.txt", f"{OTHER}\n{BLOCKED}\n")
        self.assertIn("is not that of the key", self.refresh("signed", status=1)["signed"]["note"])
        self.assertServed(BLOCKED)

    def test_nothing_is_armed_before_trusted_proxies_are_known(self):
        self.filter.stop()
        self.server.stop()
        self.server.publish("proxies.txt", f"{OTHER}\n")
        self.lists({"name": "drop", "source": self.server.url("drop.txt"), "action": "block"},
                   {"name": "cdn", "source": self.server.url("proxies.txt"), "action": "trusted_proxy"})
        self.filter.start()
        self.assertServed(BLOCKED)
        self.assertTrue(any("Nothing is armed" in warning for warning in self.filter.ask("status")["warnings"]))
        self.server.start()
        self.refresh()
        self.assertDropped(BLOCKED)
        self.assertRefused(self.filter.ctl("block", OTHER), "trusted proxy")
        self.assertServed(OTHER)
        self.assertGreater(self.list("cdn")["packets"], 0)


if __name__ == "__main__":
    case.main()
