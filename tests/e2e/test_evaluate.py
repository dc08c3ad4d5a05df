# SPDX-License-Identifier: Apache-2.0
"""scripts/evaluate in small, without a browser: what it says of scrapers and of who must not be touched is true and complete."""

import json
import os
import subprocess
import sys
import unittest

import case

LIVE = ("scrapy", "curl", "reader")
IN_LOG_TIME = ("polite", "crawler", "uptime", "people")


def evaluate(*options):
    command = [sys.executable, "-m", "lab.evaluate", "--smoke", "--no-browser", *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=250)


class Evaluate(unittest.TestCase):
    def test_it_says_who_is_caught_and_who_is_left_alone(self):
        done = evaluate("--json", *(word for name in LIVE + IN_LOG_TIME for word in ("--only", name)))
        print(done.stderr)
        self.assertNotEqual(done.stdout, "", done.stderr)
        answer = json.loads(done.stdout)
        rows = {row["name"]: row for row in answer["rows"]}
        self.assertEqual(set(rows), set(LIVE + IN_LOG_TIME))
        for name in ("scrapy", "curl", "polite"):
            row = rows[name]
            self.assertTrue(row["caught"], row)
            self.assertNotEqual(row["reasons"], [], "caught without a reason")
            self.assertGreater(row["people"], 0, "who reached nobody cannot have been seen")
            self.assertLess(row["people"], 1000, row)
        for name in ("reader", "crawler", "uptime", "people"):
            row = rows[name]
            self.assertEqual((row["action"], row["false_alarms"], row["troubles"]), ("none", [], []))
        self.assertGreater(rows["crawler"]["people"], 1000, "a crawler that crawled nothing proves nothing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(answer["right"])

    def test_what_it_cannot_do_is_named(self):
        done = evaluate("--only", "uptime", "--only", "household", "--only", "power")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("they need a browser: household, power", done.stdout)

    def test_an_unknown_scenario_is_refused(self):
        done = evaluate("--only", "nobody")
        self.assertEqual(done.returncode, 2)
        self.assertIn("NAME is one of scrapy", done.stderr)


if __name__ == "__main__":
    case.main()
