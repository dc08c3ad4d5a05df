# SPDX-License-Identifier: Apache-2.0
"""An operator's week as one story: from the first configuration to the detach. Each step asks what Sluice says, and asks packets whether it is so.

The steps build upon each other: this is one test. What each command does in all its cases is in the other files.
"""

import contextlib
import os
import shutil
import subprocess
import tarfile
import time

import case
from lab.filter import TOP, Answer, sluicectl, sluiced
from lab.lab import Lab
from lab.network import SERVER_V4, run
from lab.visitors.person import Person
from lab.visitors.walker import Walker
from lab.wait import wait_until

PERSON = "198.51.100.23"
SCRAPER = "198.51.100.77"
CUSTOMER = "198.51.100.40"  # blocked by mistake
AUDITOR = "198.51.100.41"   # allowed
BANNED = "203.0.113.9"      # by hand, for the week
LISTED = "203.0.113.66"


class Week(case.LabCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(2000)
        cls.addClassCleanup(cls.lab.close)
        cls.network, cls.nginx, cls.filter = cls.lab.network, cls.lab.nginx, cls.lab.filter
        cls.disk = os.path.join(cls.filter.folder, "state")
        os.mkdir(cls.disk)
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", cls.disk)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.disk], check=True)
        cls.addClassCleanup(lambda: cls.filter.running() and cls.filter.stop())
        cls.filter.configure({"mode": "observe", "store": {"path": os.path.join(cls.disk, "state.db")}})

    def step(self, what):
        print(f"{time.monotonic() - self.begun:5.1f} s  {what}", flush=True)

    def ctl(self, *arguments, **options):
        answer = self.filter.ctl(*arguments, **options)
        self.assertEqual(answer.status, 0, answer)
        return answer

    def faults(self):
        return [row for row in self.filter.ctl("--json", "doctor").json_lines() if row["state"] in ("warning", "critical")]

    def assertContent(self):
        wait_until("doctor to be content", lambda: not self.faults(), 30)

    def restart(self):
        self.assertEqual(self.filter.stop(), 0)
        self.filter.start(attach=False)

    def test_week(self):
        self.begun = time.monotonic()
        for day in (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday):
            day()

    def monday(self):
        file = os.path.join(self.filter.folder, "proposed.toml")
        shutil.copy(os.path.join(TOP, "config", "sluice.toml"), file)
        command = self.network.server.command(sluicectl(), "setup", "--file", file, "--yes")
        proposed = Answer(subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                                         env={**os.environ, "PATH": f"{os.path.dirname(sluiced())}:{os.environ['PATH']}"}))
        self.assertEqual(proposed.status, 0, proposed)
        with open(file, encoding="utf-8") as written:
            self.assertIn(self.nginx.access_log, written.read())
        self.assertEqual(self.filter.daemon("check-config").status, 0)
        self.step("Monday: setup finds the web server's log and writes a configuration that is valid")

        self.filter.attach()
        self.filter.start(attach=False)
        self.person = Person(self.network.visitors, PERSON, SERVER_V4, reading_seconds=(0.2, 0.4))
        self.addCleanup(self.person.leave)
        self.walker = Walker(self.network.visitors, SCRAPER, SERVER_V4, self.lab.folder)
        self.addCleanup(self.walker.leave)
        decision = wait_until("the scraper to be found", lambda: self.decision_about(SCRAPER), 30)
        self.assertFalse(decision["armed"])
        self.assertIn("would", self.ctl("explain", SCRAPER).out)
        self.assertServed(SCRAPER)
        self.assertIn("no packet is dropped", self.ctl("doctor").out)
        self.step("Monday: in observe mode the scraper is found, explain says what would be done, and it is served")

    def tuesday(self):
        self.filter.configure({"mode": "enforce"})
        self.ctl("reload")
        self.assertDropped(SCRAPER)
        said = self.ctl("explain", SCRAPER).out
        self.assertIn("detector", said)
        self.assertIn("its packets are dropped", said)
        self.assertIsNone(self.decision_about(PERSON))
        self.walker.leave()
        self.step("Tuesday: with enforce its packets are dropped, explain says from which signals, a person reads on")

        self.fall_for_decoy(CUSTOMER)
        self.assertDropped(CUSTOMER)
        self.ctl("unblock", CUSTOMER, "--reason", "a customer who tests our links")
        self.assertServed(CUSTOMER)
        self.assertIn("was blocked once", self.ctl("explain", CUSTOMER).out)
        self.ctl("pardon", CUSTOMER)
        self.assertNotIn("was blocked", self.ctl("explain", CUSTOMER).out)
        self.ctl("allow", AUDITOR, "--reason", "our auditor")
        self.ctl("block", "198.51.100.42", "--for", "1h")
        self.assertRefused(self.filter.ctl("block", AUDITOR, "--for", "1h"), "NOT in effect", "is allowed by operator")
        self.assertServed(AUDITOR)
        self.assertDropped("198.51.100.42")
        self.ctl("disallow", AUDITOR)
        self.assertDropped(AUDITOR)
        self.ctl("unblock", AUDITOR, "198.51.100.42")
        self.assertServed(AUDITOR)
        self.step("Tuesday: a wrong block is undone and forgiven; an allow beats a block as long as it stands")

    def wednesday(self):
        self.ctl("block", BANNED, "--for", "7d", "--reason", "asked us to")
        self.restart()
        self.assertDropped(BANNED)
        self.assertDropped(SCRAPER)
        self.assertServed(CUSTOMER)
        self.step("Wednesday: a restart keeps the bans, and who was unblocked stays so")

        with open(self.filter.config, encoding="utf-8") as file:
            good = file.read()
        with open(self.filter.config, "a", encoding="utf-8") as file:
            file.write("\n[polcy]\nblock_for = 1\n")
        self.assertRefused(self.filter.ctl("reload"), "polcy", f"{self.filter.config}:")
        self.assertDropped(BANNED)
        wait_until("doctor to say so", lambda: any("has a fault" in row["text"] for row in self.faults()), 15)
        with open(self.filter.config, "w", encoding="utf-8") as file:
            file.write(good)
        self.ctl("reload")
        self.assertContent()
        self.step("Wednesday: a reload of a broken file changes nothing; doctor knows that the next start would fail")

    def thursday(self):
        path = os.path.join(self.filter.folder, "drop.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{LISTED}\n")
        self.filter.configure({"list": [{"name": "drop", "source": path, "action": "block"}]})
        self.ctl("reload")
        self.assertDropped(LISTED)
        self.assertIn("drop", self.ctl("explain", LISTED).out)
        self.filter.configure({"list": []})
        self.ctl("reload")
        self.assertServed(LISTED)
        self.step("Thursday: what a list names is dropped while the list is there, and served when it is withdrawn")

        os.rename(self.nginx.access_log, self.nginx.access_log + ".1")
        self.nginx.reopen()
        wait_until("nginx to open a new log", lambda: os.path.exists(self.nginx.access_log))
        self.fall_for_decoy("198.51.100.50")
        self.assertDropped("198.51.100.50")
        self.assertContent()
        self.step("Thursday: the log was rotated, and the next scraper is found in the new one")

    def friday(self):
        filler = os.path.join(self.disk, "filler")
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        self.assertRefused(self.filter.ctl("block", "198.51.100.60", "--for", "1h"), "audit log cannot be written")
        self.assertServed("198.51.100.60")
        self.assertIn("will not survive a restart", self.filter.ctl("doctor").out)
        self.ctl("unblock", "198.51.100.50")
        self.assertServed("198.51.100.50")
        os.unlink(filler)
        wait_until("the disk to be in use", lambda: self.filter.ask("status")["store"] == "ok", 30)
        self.assertContent()
        self.ctl("audit", "--verify")
        self.step("Friday: on a full disk a block is refused, unblock works, and doctor is critical until there is room")

        self.filter.kill()
        self.assertDropped(BANNED)
        self.assertIn("stays in force", self.filter.ctl("doctor").out)
        rescued = self.filter.daemon("rescue", "unblock", BANNED)
        self.assertEqual(rescued.status, 0, rescued)
        self.assertServed(BANNED)
        self.filter.start(attach=False)
        self.assertServed(BANNED)
        self.assertDropped(SCRAPER)
        self.assertIn("rescue unblock", self.ctl("audit").out)
        self.step("Friday: with a dead daemon the bans hold, and rescue lets one address in, for good and audited")

    def saturday(self):
        bundle = os.path.join(self.filter.folder, "bundle.tar.gz")
        self.ctl("support", "--output", bundle, "--config", self.filter.config, "--log", self.filter.log, wrapper=self.network.server.command())
        with tarfile.open(bundle) as archive:
            everything = "".join(archive.extractfile(member).read().decode() for member in archive.getmembers())
        for address in (SCRAPER, CUSTOMER, BANNED, PERSON):
            self.assertNotIn(address, everything)
        self.assertIn("detector", everything)
        self.step("Saturday: the bundle for a bug report names no visitor by his address")

        exported = self.ctl("export").out
        self.ctl("unblock", SCRAPER)
        self.assertServed(SCRAPER)
        self.ctl("import", "-", text=exported)
        self.assertDropped(SCRAPER)
        self.step("Saturday: what was exported is in force again when it is imported")

    def sunday(self):
        before, connections = self.person.pages, self.person.connections
        for _ in range(3):  # as an upgrade does it: a new program, then a new daemon
            self.filter.attach()
            self.restart()
            self.assertDropped(SCRAPER)
        wait_until("the person to be served", lambda: self.person.pages >= before + 5, 20)
        self.person.leave()
        self.assertEqual((self.person.troubles, self.person.lost), ([], 0))
        self.assertEqual(self.person.connections, connections, "a person's connection broke")
        self.assertEqual(self.person.connections, 1, "a person's connection broke")
        self.assertIsNone(self.decision_about(PERSON))
        self.step(f"Sunday: three upgrades under load; the person of Monday has read {self.person.pages} pages over one connection, "
                  f"{self.person.lost} packets lost")

        self.assertEqual(self.filter.stop(), 0)
        self.assertDropped(SCRAPER)
        self.filter.detach()
        self.assertServed(SCRAPER)
        self.assertNotIn("xdp", self.network.server.ip("link", "show", self.network.interface))
        self.step("Sunday: a stop leaves the filter at work; detach takes it away, and everybody is served")


if __name__ == "__main__":
    case.main()
