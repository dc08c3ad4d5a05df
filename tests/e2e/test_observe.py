# SPDX-License-Identifier: Apache-2.0
"""mode = "observe": everything is computed, nothing is armed, and it says what it would have done."""

import case
from lab.wait import wait_until


class Observe(case.LabCase):
    settings = {"mode": "observe"}

    def test_nothing_is_armed_and_it_says_what_would_be(self):
        address = "198.51.100.5"
        drops = self.network.driver_drops()
        watch = self.filter.watch()
        self.addCleanup(watch.stop)
        decision = self.fall_for_decoy(address)
        self.assertEqual((decision["action"], decision["armed"]), ("block", False))
        event = watch.wait_for("the decision", lambda event: event["event"] == "decision" and event["source"] == address)
        self.assertFalse(event["armed"])
        self.assertIn("would", self.filter.ctl("explain", address).out)
        wait_until("the log to say it", lambda: "would" in self.filter.log_text() and address in self.filter.log_text())
        self.assertServed(address)
        self.assertEqual(self.network.driver_drops(), drops)
        self.assertEqual(self.filter.ask("explain", address)["verdict"], "pass")

    def test_an_operator_is_told_that_it_arms_nothing(self):
        self.assertRefused(self.filter.ctl("block", "198.51.100.6"), "observe")
        self.assertServed("198.51.100.6")

    def test_enforce_by_reload_arms_what_was_found(self):
        address = "198.51.100.7"
        self.fall_for_decoy(address)
        self.assertServed(address)
        self.filter.configure({"mode": "enforce"})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertDropped(address)
        self.filter.configure({"mode": "observe"})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.assertServed(address)


if __name__ == "__main__":
    case.main()
