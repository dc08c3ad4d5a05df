# SPDX-License-Identifier: Apache-2.0
"""A daemon that may take no more memory: strangers with ever new user agents and accounts do not end it, and it goes on finding."""

import resource
import time

import case
from lab.wait import wait_until

SCRAPER = "198.51.100.60"
VISITORS = 60_000
MORE = 12 << 20  # bytes that it may take beyond what it has at the start


def address_space(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


class Memory(case.LabCase):
    settings = {"mode": "enforce"}

    def losses(self):
        return {row["kind"]: row["count"] for row in self.filter.ask("status")["losses"]}

    def test_outlives_the_end_of_memory(self):
        pid = self.filter.pid
        resource.prlimit(pid, resource.RLIMIT_AS, (address_space(pid) + MORE, resource.RLIM_INFINITY))
        before = self.filter.ask("status")["logs"][0]["lines"]
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        with open(self.lab.nginx.access_log, "a", encoding="utf-8") as log:
            for number in range(VISITORS):
                log.write(f'10.{number >> 16}.{number >> 8 & 255}.{number & 255} - visitor-{number} [{stamp}] "GET /people/{number % 60} HTTP/1.1" '
                          f'200 512 "-" "Mozilla/5.0 (X11) Agent/{number} {"a" * 200}"\n')
        wait_until("all lines to be read", lambda: self.filter.ask("status")["logs"][0]["lines"] >= before + VISITORS, 120)
        self.assertEqual(self.filter.pid, pid)
        self.assertTrue(self.filter.running())
        losses = self.losses()
        self.assertGreater(losses["memory_reliefs"], 0, "the limit was never reached, and nothing is shown")
        self.assertLess(losses["lines_lost"], VISITORS / 20)
        doctor = self.filter.ctl("doctor")
        self.assertEqual(doctor.status, 1)
        self.assertIn("Memory ran short", doctor.out)
        self.fall_for_decoy(SCRAPER)
        self.assertDropped(SCRAPER)


if __name__ == "__main__":
    case.main()
