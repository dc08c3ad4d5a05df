# SPDX-License-Identifier: Apache-2.0
"""The filter outlives whatever happens around it: nothing of a flood comes through, nothing legitimate is lost."""

import json

import case
from lab.life import life
from lab.wait import wait_until


class Life(case.LabCase):
    start = False

    def test_nothing_comes_through_while_parts_live_and_die(self):
        for event, counts in life(self.lab, rounds=10).items():
            with self.subTest(event):
                print(event, counts)
                self.assertEqual(counts["flood_reached"], 0, counts)
                self.assertEqual(counts["legitimate_lost"], 0, counts)
                self.assertGreater(counts["flood_dropped"], 1000, counts)
                self.assertGreater(counts["legitimate_sent"], 0, counts)
        self.filter.stop()
        self.filter.detach()


class Takeover(case.LabCase):
    start = False

    def setUp(self):
        self.filter.attach()
        self.filter.start(attach=False)
        self.addCleanup(self.filter.close)

    def test_a_second_daemon_on_the_same_maps_is_refused(self):
        answer = self.filter.daemon("run")
        self.assertRefused(answer, "another sluiced runs on the maps")
        self.assertTrue(self.filter.running())

    def test_new_maps_are_taken_over_and_said_aloud(self):
        address = "198.51.100.20"
        self.assertEqual(self.filter.ctl("block", address, "--for", "1h").status, 0)
        self.assertDropped(address)
        self.filter.configure({"filter": {"max_decisions": 4242}})
        self.filter.attach()
        self.assertDropped(address)
        wait_until("the daemon to say so", lambda: "taking them over" in self.filter.log_text())
        wait_until("the daemon to use them", lambda: self.said_capacity() == 4242)
        self.assertEqual(self.filter.decision(address)["source"], address)
        self.assertDropped(address)
        self.assertEqual(self.filter.ctl("unblock", address).status, 0)
        self.assertServed(address)

    def said_capacity(self):
        answer = self.filter.ctl("--json", "status")
        return answer.json()["decisions_capacity"] if answer.status == 0 else None


class Returning(case.LabCase):
    start = False

    def test_an_interface_that_comes_back_is_filtered_again(self):
        server, visitors = self.network.server, self.network.visitors
        self.addCleanup(self.filter.close)

        def add():
            server.ip("link", "add", "more0", "type", "veth", "peer", "name", "more1", "netns", visitors.name)
            server.ip("link", "set", "more0", "up")

        add()
        self.filter.configure({"filter": {"interfaces": [self.network.interface, "more0"]}})
        with self.subTest("run --attach does it by itself"):
            self.filter.start()
            server.ip("link", "del", "more0")
            wait_until("its end to be said", lambda: "more0: the interface is gone" in self.filter.log_text())
            add()
            wait_until("the filter to be back", lambda: self.modes().get("more0") == "native")
            self.filter.stop()
        with self.subTest("run says it aloud, with the remedy"):
            self.filter.attach()
            self.filter.start(attach=False)
            server.ip("link", "del", "more0")
            wait_until("its end to be said", lambda: self.filter.log_text().count("more0: the interface is gone") == 2)
            add()
            wait_until("the remedy to be said", lambda: "more0: not filtered; run `sluiced attach`" in self.filter.log_text())
            self.assertIn("more0 is not filtered", " ".join(self.filter.ask("status")["warnings"]))
            self.filter.attach()
            wait_until("its return to be said", lambda: "more0: filtered again" in self.filter.log_text())
            self.assertEqual(self.modes()["more0"], "native")

    def modes(self):
        answer = self.filter.ctl("--json", "status")
        return {row["name"]: row["xdp_mode"] for row in answer.json()["interfaces"]} if answer.status == 0 else {}


class Trial(case.LabCase):
    """`sluiced run --attach`, for trying it out, beside a filter that is at work."""

    def program(self):
        """The id of the XDP program at the server's interface; None where there is none."""
        link = json.loads(self.network.server.ip("-j", "link", "show", "dev", self.network.interface))[0]
        return link.get("xdp", {}).get("prog", {}).get("id")

    def test_beside_a_daemon_it_changes_nothing(self):
        address = "198.51.100.77"
        self.assertEqual(self.filter.ctl("block", address).status, 0)
        self.assertDropped(address)
        before = self.program()
        trial = self.filter.daemon("run", "--attach")
        self.assertEqual(trial.status, 1, trial)
        self.assertRefused(trial, "another sluiced runs", "stop it first")
        self.assertEqual(self.program(), before)
        self.assertDropped(address)
        self.assertEqual(self.filter.ctl("unblock", address).status, 0)
        self.assertServed(address)

    def test_it_takes_away_only_what_it_brought(self):
        self.assertEqual(self.filter.stop(), 0)
        self.assertIsNone(self.program())
        self.filter.attach()
        self.filter.start()
        self.assertEqual(self.filter.stop(), 0)
        self.assertIn("was attached before this run and stays", self.filter.log_text())
        self.assertIsNotNone(self.program())
        self.filter.detach()
        self.assertIsNone(self.program())
        self.filter.start()


if __name__ == "__main__":
    case.main()
