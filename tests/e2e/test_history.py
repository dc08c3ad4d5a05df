# SPDX-License-Identifier: Apache-2.0
"""A customer knows an address and an hour: what was decided then, by whom, why, and how it ended; after a restart too."""

import datetime
import json
import time

import case
from lab.wait import wait_until


class History(case.LabCase):
    def rows(self, *arguments):
        answer = self.filter.ctl("--json", *arguments)
        self.assertEqual(answer.status, 0, answer)
        return [json.loads(line) for line in answer.out.splitlines()]

    def test_what_ended_is_found_by_address_network_and_time(self):
        blocked, short, scraper = "198.51.100.30", "198.51.100.31", "198.51.100.32"
        self.assertEqual(self.filter.ctl("block", blocked, "--for", "1h", "--reason", "reads everybody").status, 0)
        self.assertDropped(blocked)
        time.sleep(1)  # the times of the protocol are whole seconds
        between = datetime.datetime.now(datetime.timezone.utc).isoformat()
        time.sleep(1)
        self.assertEqual(self.filter.ctl("unblock", blocked, "--reason", "it is the office").status, 0)
        self.assertEqual(self.filter.ctl("block", short, "--for", "2s").status, 0)
        self.fall_for_decoy(scraper)
        self.assertEqual(self.filter.ctl("pardon", scraper).status, 0)
        wait_until("the short block to end", lambda: self.decision_about(short) is None)
        self.assertEqual(self.filter.ctl("block", scraper, "--for", "3s").status, 0)
        self.filter.stop()
        time.sleep(3.5)  # this one expires while no daemon runs
        self.filter.start()

        with self.subTest("by address"):
            row, = self.rows("history", blocked)
            self.assertEqual((row["ending"], row["ended_reason"], row["reason"]),
                             ("withdrawn", "it is the office", "reads everybody"))
            self.assertTrue(row["ended_by"].startswith("operator "), row)
            self.assertTrue(row["armed"], row)
            self.assertGreater(row["packets"], 0, row)
        with self.subTest("by the network around"):
            found = {(row["source"], row["ending"]) for row in self.rows("history", "198.51.100.0/24")}
            self.assertEqual(found, {(blocked, "withdrawn"), (short, "expired"), (scraper, "pardoned"),
                                     (scraper, "expired")})
        with self.subTest("the detector's proof is kept"):
            proofs = [row for row in self.rows("history", scraper) if row["ending"] == "pardoned"]
            self.assertTrue(proofs[0]["signals"], proofs)
            self.assertEqual(proofs[0]["actor"], "detector")
        with self.subTest("by time"):
            self.assertEqual([row["source"] for row in self.rows("history", "198.51.100.0/24", "--at", between)], [blocked])
            self.assertEqual(self.rows("history", blocked, "--until", "1h"), [])
        with self.subTest("with the filters of the running list"):
            ended = self.rows("decisions", "--ended", "--actor", "detector")
            self.assertEqual([row["source"] for row in ended], [scraper])
        with self.subTest("explain says where to look"):
            self.assertIn(f"sluicectl history {blocked}", self.filter.ctl("explain", blocked).out)
        with self.subTest("as a table"):
            table = self.filter.ctl("history", "198.51.100.0/24", environment={"COLUMNS": "120"}).out
            self.assertTrue(all(len(line) <= 120 for line in table.splitlines()), table)
            self.assertIn("withdrawn by operator", table)


if __name__ == "__main__":
    case.main()
