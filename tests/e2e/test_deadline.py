# SPDX-License-Identifier: Apache-2.0
"""A decision ends at its deadline by itself, by whomever it was made, and who comes back is held longer."""

import datetime

import case
from lab.wait import wait_until


class Deadline(case.LabCase):
    settings = {"policy": {"block_for": "2s", "growth": 4.0, "max_for": "1h"}}

    def test_a_detected_block_ends_and_the_next_is_longer(self):
        address = "198.51.100.4"
        with self.subTest("the first time"):
            self.fall_for_decoy(address)
            self.assertDropped(address)
            wait_until("the block to end", lambda: self.filter.decision(address) is None, 6)
            self.assertServed(address)
        with self.subTest("the second time"):
            begun = self.fall_for_decoy(address)
            self.assertDropped(address)
            self.assertEqual(seconds_between(begun["since"], begun["until"]), 8, begun)
            wait_until("the longer block to end", lambda: self.ask(address, seconds=0.3) == 200, 12)

    def test_an_operators_block_ends(self):
        address = "2001:db8:1000:4::1"
        self.assertServed(address)
        watch = self.filter.watch()
        self.addCleanup(watch.stop)
        self.assertEqual(self.filter.ctl("block", address, "--for", "2s").status, 0)
        self.assertIsNone(self.ask(address, seconds=0.5))
        watch.wait_for("the block to end", lambda event: event["event"] == "ended" and "2001:db8:1000:4:" in event["source"], 6)
        self.assertServed(address)


def seconds_between(since, until):
    read = datetime.datetime.fromisoformat
    return (read(until.replace("Z", "+00:00")) - read(since.replace("Z", "+00:00"))).total_seconds()


if __name__ == "__main__":
    case.main()
