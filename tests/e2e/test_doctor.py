# SPDX-License-Identifier: Apache-2.0
"""`sluicectl top`, and `doctor` on a host where all is well, and where something is not: it says so, and what to do."""

import os
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
        self.assertRefused(self.filter.ctl("top"), "terminal")

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
