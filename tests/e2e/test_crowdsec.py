# SPDX-License-Identifier: Apache-2.0
"""Sluice as the bouncer of a real CrowdSec: its decisions are enforced at the NIC, and end when they end."""

import os
import time

import case
from lab.crowdsec import CrowdSec, program
from lab.wait import wait_until

BANNED = "198.51.100.70"
OTHER = "198.51.100.71"
SHORT = "198.51.100.72"
FRIEND = "198.51.100.73"
INNER = "10.64.0.8"  # a visitor with an address of a private network


class Bouncer(case.LabCase):
    start = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = os.path.join(cls.filter.folder, "crowdsec")
        os.makedirs(folder)
        cls.crowdsec = CrowdSec(cls.network.server, folder)
        cls.addClassCleanup(cls.crowdsec.close)
        cls.crowdsec.start()
        cls.key = cls.crowdsec.add_bouncer("sluice", os.path.join(folder, "key"))
        cls.lists(cls.entry("crowdsec", cls.key))
        cls.filter.start()

    @classmethod
    def entry(cls, name, key_file, **options):
        return {"name": name, "source": cls.crowdsec.url, "format": "crowdsec", "action": "block", "key_file": key_file,
                "every": "1s", **options}

    @classmethod
    def lists(cls, *entries):
        cls.filter.configure({"mode": "enforce", "list": list(entries)})

    def list(self, name="crowdsec"):
        answer = self.filter.ctl("--json", "lists")
        self.assertEqual(answer.status, 0, answer)
        return next(entry for entry in answer.json_lines() if entry["name"] == name)

    def hits(self, address):
        return self.filter.ctl("--json", "lists", "test", address).json_lines()[0]["hits"]

    def until_listed(self, address):
        return wait_until(f"the decision about {address}", lambda: self.hits(address), 15)[0]

    def until_not_listed(self, address):
        wait_until(f"the end of the decision about {address}", lambda: not self.hits(address), 15)

    def until_failure(self, *words):
        wait_until(f"a failure that says {words}", lambda: all(word in self.list()["failure"] for word in words), 15)

    def until_well(self):
        wait_until("the list to be up to date", lambda: not self.list()["failure"], 15)

    def test_a_decision_is_enforced_explained_and_lifted(self):
        self.assertServed(BANNED)
        self.crowdsec.decide("--ip", BANNED, "--duration", "4h", "--reason", "crowdsecurity/http-probing")
        hit = self.until_listed(BANNED)
        self.assertEqual((hit["name"], hit["entry"], hit["counts"]), ("crowdsec", BANNED, True))
        self.assertDropped(BANNED)
        self.assertServed(OTHER)
        number = self.crowdsec.decisions()[BANNED]["id"]
        why = f"CrowdSec's decision {number}, ban of {BANNED}, for crowdsecurity/http-probing (origin cscli)"
        explained = self.filter.ask("explain", BANNED)
        self.assertEqual((explained["verdict"], explained["list"]["why"], hit["why"]), ("drop", why, why))
        self.assertTrue(explained["list"]["until"].endswith("Z"), explained)
        self.assertIn(f"cscli decisions delete --id {number}", explained["what_would_change"][-1])
        text = self.filter.ctl("explain", BANNED).out
        self.assertIn(why, text)
        self.assertIn("until ", text)
        self.assertIn(why, self.filter.ctl("lists", "test", BANNED).out)
        bouncer = self.crowdsec.bouncer("sluice")
        self.assertEqual(bouncer["type"], "sluice")
        self.assertTrue(bouncer["version"])
        self.assertTrue(bouncer["last_pull"])
        self.assertGreater(self.list()["packets"], 0)
        self.crowdsec.cscli("decisions", "delete", "--ip", BANNED)
        self.until_not_listed(BANNED)
        self.assertServed(BANNED)

    def test_ranges_scopes_and_types(self):
        decide = self.crowdsec.decide
        self.addCleanup(self.crowdsec.cscli, "decisions", "delete", "--all")
        for whom in (("--range", "203.0.113.0/24"), ("--ip", "2001:db8:7::7"), ("--range", "0.0.0.0/0"), ("--ip", INNER),
                     ("--scope", "AS", "--value", "64500"), ("--scope", "Country", "--value", "XX"), ("--ip", OTHER, "--type", "captcha")):
            decide(*whom, "--duration", "9000h")
        decide("--ip", FRIEND)  # the last one: with it all are there
        self.until_listed(FRIEND)
        # CrowdSec tells of some in its next answer.
        row = wait_until("all of them", lambda: next((row for row in [self.list()] if row["entries_v6"] == 1), None), 20)
        self.assertEqual((row["entries_v4"], row["entries_v6"], row["too_wide"], row["spared"]), (4, 1, 1, 1))
        self.assertEqual({left["what"]: left["count"] for left in row["not_for_packets"]},
                         {"scope AS": 1, "scope Country": 1, "type captcha": 1})
        self.assertIn("1 decision of scope AS not taken", self.filter.ctl("lists").out)
        self.assertTrue(self.hits("203.0.113.9") and self.hits("2001:db8:7::7"))
        self.assertServed(OTHER)
        self.assertServed(INNER)
        # What Sluice allows stays allowed.
        self.assertDropped(FRIEND)
        self.assertEqual(self.filter.ctl("allow", FRIEND).status, 0)
        self.assertServed(FRIEND)
        self.assertEqual(self.filter.ctl("disallow", FRIEND).status, 0)

    def test_what_is_in_force_stays_without_crowdsec_until_it_ends(self):
        self.crowdsec.decide("--ip", BANNED, "--duration", "4h")
        self.crowdsec.decide("--ip", SHORT, "--duration", "12s")
        ends = time.time() + 12
        self.until_listed(SHORT)
        self.crowdsec.stop()
        self.addCleanup(lambda: self.crowdsec.cscli("decisions", "delete", "--all"))
        self.addCleanup(lambda: self.crowdsec.start() if not self.crowdsec.answers() else None)
        self.until_failure("127.0.0.1 port 8089", "does CrowdSec run")
        self.assertTrue(any("List crowdsec " in warning for warning in self.filter.ask("status")["warnings"]))
        self.assertNotEqual(self.filter.ctl("doctor").status, 0)
        self.filter.stop()
        self.filter.start()
        self.assertDropped(BANNED)
        if self.hits(SHORT):  # else the restart took all of its time
            self.assertLess(time.time(), ends + 2)
        self.until_not_listed(SHORT)
        self.assertLess(time.time(), ends + 5)
        self.assertServed(SHORT)
        self.assertDropped(BANNED)
        self.crowdsec.start()
        self.assertEqual(self.filter.ctl("lists", "refresh", "crowdsec").status, 0)
        self.assertDropped(BANNED)
        self.crowdsec.cscli("decisions", "delete", "--all")
        self.until_not_listed(BANNED)
        self.assertServed(BANNED)

    def test_a_key_that_is_refused_or_that_others_can_read_is_said(self):
        self.crowdsec.decide("--ip", BANNED, "--duration", "4h")
        self.addCleanup(self.crowdsec.cscli, "decisions", "delete", "--all")
        self.until_listed(BANNED)
        os.chmod(self.key, 0o644)
        self.until_failure("everybody can read or write it", "chmod 640")
        os.chmod(self.key, 0o640)
        with open(self.key, encoding="utf-8") as file:
            right = file.read()
        with open(self.key, "w", encoding="utf-8") as file:
            file.write("another\n")
        self.until_failure("status 403", "cscli bouncers add")
        self.assertNotIn("another", self.filter.log_text())
        self.assertDropped(BANNED)
        with open(self.key, "w", encoding="utf-8") as file:
            file.write(right)
        self.assertEqual(self.filter.ctl("lists", "refresh", "crowdsec").status, 0)
        self.until_well()

    def test_another_type_is_throttled_by_a_list_of_its_own(self):
        self.crowdsec.decide("--ip", OTHER, "--type", "captcha", "--duration", "4h")
        self.addCleanup(self.crowdsec.cscli, "decisions", "delete", "--all")
        second = self.crowdsec.add_bouncer("sluice-captcha", os.path.join(os.path.dirname(self.key), "captcha-key"))
        self.lists(self.entry("crowdsec", self.key),
                   self.entry("captcha", second, action="throttle", rate=100, burst=100, types=["captcha"]))
        self.addCleanup(self.filter.ctl, "reload")
        self.addCleanup(self.lists, self.entry("crowdsec", self.key))
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertEqual((self.until_listed(OTHER)["name"], self.until_listed(OTHER)["action"]), ("captcha", "throttle"))
        self.assertServed(OTHER)
        self.assertIn("captcha of", self.filter.ask("explain", OTHER)["list"]["why"])


if __name__ == "__main__":
    if program("crowdsec") and program("cscli"):
        case.main()
    print("skipped: crowdsec is not there (scripts/setup unpacks it)")
    raise SystemExit(1 if os.environ.get("CI") == "true" else 77)
