# SPDX-License-Identifier: Apache-2.0
"""`sluicectl top`, and `doctor` on a host where all is well, and where something is not: it says so, and what to do."""

import os
import re
import select
import subprocess

import case
from lab.filter import sluicectl
from lab.wait import wait_until


SCRAPER = "198.51.100.51"


class Doctor(case.LabCase):
    settings = {"mode": "enforce"}

    def examine(self):
        answer = self.filter.ctl("--json", "doctor")
        return answer.status, {row["area"]: row for row in answer.json_lines()}

    def test_1_all_is_well(self):
        self.assertServed("198.51.100.50")
        status, rows = self.examine()
        faults = [row for row in rows.values() if row["state"] in ("warning", "critical")]
        self.assertEqual((status, faults), (0, []))
        self.assertGreaterEqual(set(rows), {"daemon", "filter", "logs", "proxies", "tables", "events", "lists", "state", "clock"})
        self.assertIn("Nothing is wrong.", self.filter.ctl("doctor").out)

    def test_1_top_draws_what_happens_and_ends_with_q(self):
        controlling, terminal = os.openpty()
        top = subprocess.Popen([sluicectl(), "--socket", self.filter.socket, "top", "--interval", "1s"], stdin=terminal, stdout=terminal,
                               env={**os.environ, "TERM": "xterm"})
        os.close(terminal)
        seen = bytearray()

        def draws(text):
            while text not in seen and select.select([controlling], [], [], 10)[0]:
                seen.extend(os.read(controlling, 65536))
            return text in seen

        try:
            self.assertTrue(draws(b"mode enforce"), seen)
            self.fall_for_decoy(SCRAPER)
            self.assertTrue(draws(b"Decisions"), seen)
            self.assertTrue(draws(SCRAPER.encode()), seen)
            os.write(controlling, b"q")
            self.assertTrue(draws(b"\x1b[?1049l"), "the screen as it was")
            self.assertEqual(top.wait(10), 0)
        finally:
            top.kill()
            os.close(controlling)
        once = self.filter.ctl("top", "--once")
        self.assertEqual(once.status, 0)
        self.assertIn("Traffic", once.out)
        self.assertRegex(once.out, rf"(?s)Sources by score.*{re.escape(SCRAPER)} +\d", "decided about before it began")
        self.assertRefused(self.filter.ctl("top"), "terminal")

    def test_1_urls_about_people_that_have_no_route(self):
        for number in range(1, 41):
            self.assertServed(f"198.51.100.{60 + number % 20}", f"/?member={number}")

        def shapes():
            return self.filter.ask("status")["uncovered_shapes"]

        wait_until("all of them to be read", lambda: sum(shape["requests"] for shape in shapes()) == 40)
        (shape,) = shapes()
        self.assertEqual((shape["shape"], shape["looks_like_people"]), ("/?member={number}", True))
        self.assertAlmostEqual(shape["values"], 40, delta=8)
        status, rows = self.examine()
        self.assertEqual((status, rows["site"]["state"]), (1, "warning"))
        self.assertIn("/?member={number} (40 requests", rows["site"]["text"])
        self.assertIn("'member' before it means people", rows["site"]["text"])
        for command in ("sluiced routes --toml LOG", "sluicectl setup"):
            self.assertIn(command, rows["site"]["remedy"])
        self.assertRegex(self.filter.ctl("status").out, r"/\?member=\{number\} +40 +\d+ +likely")
        self.assertRegex(self.filter.ctl("top", "--once").out, r"Site: \d+ % of \d+ pages are of a route; without one: /\?member=")
        with self.subTest("it tells, and blocks nobody"):
            self.assertFalse([row for row in self.filter.decisions() if row["source"].startswith("198.51.100.6")])

    def test_2_a_log_that_cannot_be_read(self):
        self.filter.configure({"mode": "enforce", "log": [{"path": os.path.join(self.filter.folder, "nowhere.log")}]})
        self.assertEqual(self.filter.ctl("reload").status, 0)
        status, rows = self.examine()
        self.assertEqual((status, rows["logs"]["state"]), (1, "critical"))
        self.assertIn("nowhere.log", rows["logs"]["text"])
        self.assertIn("web server writes", self.filter.ctl("doctor").out)

    def test_3_a_filter_that_somebody_detached(self):
        self.network.server.ip("link", "set", "dev", self.network.interface, "xdp", "off")
        wait_until("the doctor to see it", lambda: self.examine()[1]["filter"]["state"] == "critical")
        status, rows = self.examine()
        self.assertEqual(status, 1)
        self.assertIn("sluiced attach", rows["filter"]["remedy"])

    def test_4_a_daemon_that_is_gone(self):
        self.filter.stop()
        status, rows = self.examine()
        self.assertEqual((status, set(rows)), (1, {"daemon"}))
        self.assertIn("journalctl", rows["daemon"]["remedy"])


if __name__ == "__main__":
    case.main()
