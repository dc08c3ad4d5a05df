# SPDX-License-Identifier: Apache-2.0
"""The state of the daemon: it survives kills and damage, goes elsewhere and comes back; who changed it is known, and who may."""

import contextlib
import grp
import hashlib
import os
import pwd
import sqlite3
import subprocess

import case
from lab.network import SERVER_V4
from lab.state import bulk, kills
from lab.wait import wait_until

_SAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "unit", "ctl", "samples")


class Killed(case.LabCase):
    start = False

    def test_what_was_acknowledged_survives_a_kill_and_what_ended_stays_ended(self):
        counts = kills(self.lab, rounds=20)
        print(counts)
        self.assertEqual((counts["lost"], counts["resurrected"], counts["found_lost"]), (0, 0, 0), counts)
        self.assertEqual(counts["audit_whole"], 1, counts)
        self.assertGreater(counts["acknowledged"], 60, counts)
        with self.subTest("a damaged file is set aside aloud, and the service starts"):
            held = {row["source"] for row in self.filter.decisions() if row["actor"] != "list protected"}
            self.filter.stop()
            database = os.path.join(self.filter.folder, "state.db")
            with open(database, "r+b") as file:
                file.write(b"no database any more" * 100)
            self.filter.start(attach=False)
            self.assertIn("the stored state was unreadable, a new one is begun", self.filter.log_text())
            # The kernel still had them: only who decided them, and why, is lost.
            recovered = self.filter.decisions_by("operator")
            self.assertEqual({row["actor"] for row in recovered}, {"operator unknown"})
            self.assertEqual({row["source"] for row in recovered}, held)
            self.assertIn("the stored state was lost", recovered[0]["reason"])
            self.assertIn("was damaged when this daemon started", self.filter.ctl("doctor").out)
            kept = [name for name in os.listdir(self.filter.folder) if ".corrupt-" in name]
            self.assertGreaterEqual(len(kept), 1)
            self.assertEqual(self.filter.ctl("block", "198.51.100.30").status, 0)
            self.assertIn("is damaged", self.filter.ctl("audit").out)
        self.filter.stop()
        self.filter.detach()


class Many(case.LabCase):
    start = False

    def test_many_decisions_come_and_go(self):
        counts = bulk(self.lab, 20_000)
        print(counts)
        self.assertEqual(counts["in_force"], 20_000)
        self.assertEqual(counts["kept"], 20_000)
        self.filter.stop()
        self.filter.detach()


class Moved(case.LabCase):
    def test_decisions_go_elsewhere_and_come_back(self):
        self.addCleanup(self.filter.ctl, "unblock", "198.51.100.40", "198.51.100.41", "2001:db8:1000:40::1/128", "203.0.113.77")
        self.addCleanup(self.filter.ctl, "disallow", "203.0.113.77")
        for command in (("block", "198.51.100.40", "--for", "2h", "--reason", 'said "no", twice'),
                        ("throttle", "198.51.100.41", "--rate", "7", "--burst", "9", "--for", "2h"),
                        ("block", "2001:db8:1000:40::1/128", "--for", "2h"), ("allow", "203.0.113.77")):
            self.assertEqual(self.filter.ctl(*command).status, 0)
        before = {row["source"]: row for row in self.filter.decisions_by("operator")}
        self.assertEqual(len(before), 4)
        for form in ("json", "csv"):
            with self.subTest(form):
                exported = self.filter.ctl("export", "--format", form)
                self.assertEqual(exported.status, 0, exported)
                self.filter.ctl("unblock", "198.51.100.40", "198.51.100.41", "2001:db8:1000:40::1/128")
                self.filter.ctl("disallow", "203.0.113.77")
                self.assertServed("198.51.100.40")
                imported = self.filter.ctl("import", "-", text=exported.out)
                self.assertEqual(imported.status, 0, imported)
                self.assertDropped("198.51.100.40")
                self.assertServed("2001:db8:1000:40::2")
                self.assertDropped("2001:db8:1000:40::1")
                after = {row["source"]: row for row in self.filter.decisions_by("operator")}
                for source, row in before.items():
                    for field in ("action", "until", "rate", "burst"):
                        self.assertEqual(after[source][field], row[field], source)
                    self.assertTrue(after[source]["reason"].startswith(row["reason"] + " (decided by operator "), after[source])
        with self.subTest("what stands and lasts longer is kept"):
            again = self.filter.ctl("--json", "import", "-", "--for", "1h", text="198.51.100.40\n").json()
            self.assertEqual((again["kept"], again["replaced"]), (1, 0))
            self.assertEqual(self.filter.decision("198.51.100.40")["until"], before["198.51.100.40"]["until"])

    def test_other_programs_bans_are_taken_over(self):
        self.addCleanup(self.filter.ctl, "unblock", "198.51.100.9", "203.0.113.0/28", "192.0.2.7", "2001:db8::9")
        path = os.path.join(_SAMPLES, "fail2ban.txt")
        dry = self.filter.ctl("import", path, "--dry-run")
        self.assertIn("nothing was done", dry.out)
        self.assertEqual(self.filter.decisions_by("operator"), [])
        self.assertServed("198.51.100.9")
        self.filter.ctl("import", path, "--for", "1h", "--reason", "from fail2ban")
        self.assertDropped("198.51.100.9")
        self.assertEqual(self.filter.decision("203.0.113.0/28")["reason"], "from fail2ban")

    def test_what_would_cut_the_server_off_is_refused_line_by_line(self):
        answer = self.filter.ctl("import", "-", "--for", "1h", text=f"198.51.100.50\n{SERVER_V4}\n0.0.0.0/0\n198.51.100.51\n")
        self.addCleanup(self.filter.ctl, "unblock", "198.51.100.50", "198.51.100.51")
        self.assertRefused(answer, f"line 2: {SERVER_V4}: refused", "own address", "line 3: 0.0.0.0/0: refused", "2 added")
        self.assertDropped("198.51.100.51")
        bad = self.filter.ctl("import", "-", text="198.51.100.52\nnonsense\n")
        self.assertEqual(bad.status, 2)
        self.assertIn("line 2: 'nonsense' is not an IP address", bad.err)
        self.assertIsNone(self.filter.decision("198.51.100.52"))


def _hash_of(previous, row):
    """As base/audit_record.h says it, written down a second time."""
    fields = [previous, str(row["seq"]), row["time"], str(row["uid"]), *(row[name] for name in ("name", "role", "command", "what", "reason", "outcome"))]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(field.encode()), field.encode()) for field in fields)).hexdigest()


class Roles(case.LabCase):
    """With three groups that every Debian has, and a user who is in none of them."""

    settings = {"control": {"group": "games", "operators": "news", "viewers": "mail"}}

    def as_member(self, group, *arguments):
        nobody, number = pwd.getpwnam("nobody"), grp.getgrnam(group).gr_gid
        return self.filter.ctl(*arguments, wrapper=("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={number}", "--clear-groups"))

    def test_who_may_what(self):
        for group, allowed in (("mail", 0), ("news", 1), ("games", 2)):
            for needed, arguments in ((0, ("status",)), (0, ("list",)), (0, ("audit",)), (1, ("block", "198.51.100.60", "--for", "1h")),
                                      (1, ("allow", "198.51.100.61", "--for", "1h")), (1, ("unblock", "198.51.100.60")),
                                      (2, ("allow", "198.51.100.62")), (2, ("reload",))):
                with self.subTest(group=group, arguments=arguments):
                    answer = self.as_member(group, *arguments)
                    if allowed >= needed:
                        self.assertEqual(answer.status, 0, answer)
                    else:
                        role, gives = (("operator", "'news' or 'games'"), ("policy owner", "'games'"))[needed - 1]
                        self.assertRefused(answer, f"needs the role {role}: become root, or a member of group {gives}")
        with self.subTest("nobody else gets as far as the daemon"):
            before = self.filter.ask("status")["control"]["refused_peers"]
            self.assertRefused(self.as_member("nogroup", "status"), "you may not use")
            self.assertEqual(self.filter.ask("status")["control"]["refused_peers"], before)
        rows = self.filter.ctl("--json", "audit").json_lines()
        asked = [(row["name"], row["role"], row["command"]) for row in rows if row["outcome"] == "asked"]
        self.assertIn(("nobody", "operator", "block"), asked)
        self.assertIn(("nobody", "policy owner", "reload"), asked)
        self.assertNotIn("viewer", [row["role"] for row in rows])


class Audit(case.LabCase):
    def test_the_log_is_a_chain_that_others_can_verify(self):
        self.filter.ctl("block", "198.51.100.70", "--for", "1h", "--reason", "seen")
        self.filter.ctl("unblock", "198.51.100.70")
        self.filter.ctl("reload")
        rows = self.filter.ctl("--json", "audit").json_lines()
        previous = "0" * 64
        for number, row in enumerate(rows, 1):
            self.assertEqual((row["seq"], row["previous"], row["hash"]), (number, previous, _hash_of(previous, row)))
            previous = row["hash"]
        self.assertEqual([row["command"] for row in rows],
                         ["start", "configuration", "block", "block", "unblock", "unblock", "reload", "configuration", "reload"])
        self.assertEqual(rows[1]["what"], rows[7]["what"])  # the same configuration has the same digest
        verified = self.filter.ask("audit", "--verify")
        self.assertEqual((verified["ok"], verified["rows"], verified["head_hash"]), (True, len(rows), previous))
        database = os.path.join(self.filter.folder, "state.db")
        with self.subTest("a changed row is named"), contextlib.closing(sqlite3.connect(database)) as other:
            other.execute("DROP TRIGGER audit_unchanged")
            other.execute("UPDATE audit SET name = 'somebody else' WHERE seq = 3")
            other.commit()
            self.assertRefused(self.filter.ctl("audit", "--verify"), "row 3 was changed")
            other.execute(f"UPDATE audit SET name = '{rows[2]['name']}' WHERE seq = 3")
            other.commit()
            self.assertEqual(self.filter.ctl("audit", "--verify").status, 0)
        with self.subTest("a tail that was cut off shows"), contextlib.closing(sqlite3.connect(database)) as other:
            other.execute("DROP TRIGGER audit_kept")
            other.execute("DELETE FROM audit WHERE seq > 7")
            other.commit()
            self.assertRefused(self.filter.ctl("audit", "--verify"), "it ends with row 7, and the daemon wrote row 9")
            self.filter.kill()  # in order it would write a row more, which would show
            self.filter.start()
            self.assertEqual(self.filter.ctl("audit", "--verify").status, 0)  # it goes on from what it finds
            self.assertRefused(self.filter.ctl("audit", "--verify", "--expect", previous), "removed or replaced since")


class SmallDisk(case.LabCase):
    """The state on a small file system of its own."""

    start = False

    def setUp(self):
        self.disk = os.path.join(self.filter.folder, f"disk-{self.id().rpartition('.')[2]}")
        os.mkdir(self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        self.addCleanup(lambda: self.filter.running() and self.filter.stop())
        self.filter.configure({"store": {"path": os.path.join(self.disk, "state.db")}})

    def fill(self):
        with open(os.path.join(self.disk, "filler"), "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass

    def empty(self):
        os.unlink(os.path.join(self.disk, "filler"))

    def state_check(self):
        return next(row for row in self.filter.ctl("--json", "doctor").json_lines() if row["area"] == "state")

    def store(self):
        return self.filter.ask("status")["store"]

    def test_on_a_full_disk_undoing_works_and_blocking_is_refused(self):
        self.filter.start()
        for address in ("198.51.100.80", "198.51.100.83"):
            self.assertEqual(self.filter.ctl("block", address, "--for", "1h").status, 0)
        self.fill()
        answer = self.filter.ctl("block", "198.51.100.81", "--for", "1h")
        self.assertRefused(answer, "the audit log cannot be written", "full", "unblock and allow work all the same")
        self.assertIn("full", self.store())  # at the first failure
        check = self.state_check()
        self.assertEqual((check["state"], "will not survive a restart" in check["text"]), ("critical", True), check)
        self.assertServed("198.51.100.81")
        self.assertDropped("198.51.100.80")
        self.assertEqual(self.filter.ctl("unblock", "198.51.100.80").status, 0)
        self.assertServed("198.51.100.80")
        self.assertEqual(self.filter.ctl("allow", "198.51.100.83", "--for", "1h").status, 0)
        self.assertServed("198.51.100.83")
        self.fall_for_decoy("198.51.100.82")  # the detector goes on
        self.assertDropped("198.51.100.82")
        self.empty()
        wait_until("the disk to be back", lambda: self.store() == "ok", 20)
        self.assertEqual(self.filter.ctl("audit", "--verify").status, 0)
        asked = [(row["command"], row["what"].split()[0]) for row in self.filter.ctl("--json", "audit").json_lines() if row["outcome"] == "asked"]
        self.assertIn(("unblock", "198.51.100.80"), asked)
        self.assertIn(("allow", "198.51.100.83"), asked)
        self.assertNotIn(("block", "198.51.100.81"), asked)
        self.filter.kill()
        self.filter.start()
        self.assertServed("198.51.100.80")

    def test_it_starts_on_a_full_disk_and_takes_it_into_use_later(self):
        self.fill()
        self.filter.start()
        self.assertIn("there is no store", self.filter.log_text())
        self.assertEqual(self.state_check()["state"], "critical")
        self.fall_for_decoy("198.51.100.84")
        self.assertDropped("198.51.100.84")
        self.assertRefused(self.filter.ctl("block", "198.51.100.85", "--for", "1h"), "the audit log cannot be written")
        self.empty()
        wait_until("the disk to be in use", lambda: self.store() == "ok", 60)
        self.filter.kill()
        self.filter.start(attach=False)
        self.assertDropped("198.51.100.84")

    def test_it_starts_on_a_read_only_disk_with_what_was_decided_before(self):
        self.filter.start()
        self.assertEqual(self.filter.ctl("block", "198.51.100.86", "--for", "1h").status, 0)
        self.filter.stop()
        subprocess.run(["mount", "-o", "remount,ro", self.disk], check=True)
        self.filter.start()
        self.assertDropped("198.51.100.86")
        self.assertIn("Read-only", self.store())
        self.assertEqual(self.filter.ctl("unblock", "198.51.100.86").status, 0)
        self.assertServed("198.51.100.86")
        subprocess.run(["mount", "-o", "remount,rw", self.disk], check=True)
        wait_until("the disk to be in use", lambda: self.store() == "ok", 60)
        self.filter.kill()
        self.filter.start()
        self.assertServed("198.51.100.86")

    def test_a_state_that_is_removed_is_written_anew(self):
        folder = os.path.join(self.disk, "inner")
        os.mkdir(folder)
        self.filter.configure({"store": {"path": os.path.join(folder, "state.db")}})
        self.filter.start()
        self.assertEqual(self.filter.ctl("block", "198.51.100.87", "--for", "1h").status, 0)
        for what in ("state.db", "."):
            subprocess.run(["rm", "-rf", os.path.join(self.disk, "inner", what) if what != "." else folder], check=True)
            wait_until("it to be written anew", lambda: os.path.exists(os.path.join(folder, "state.db")), 60)
            wait_until("the store to be well", lambda: self.store() == "ok", 60)
        self.assertIn("was removed or replaced while sluiced runs", self.filter.log_text())
        self.filter.kill()
        self.filter.start()
        self.assertDropped("198.51.100.87")


class Rescued(case.LabCase):
    """What root does while no daemon can be asked."""

    start = False

    def test_addresses_are_let_in_without_a_daemon_and_stay_so(self):
        blocked = [f"198.51.100.{number}" for number in (95, 96, 97)]
        self.filter.attach()
        self.filter.start(attach=False)
        self.addCleanup(lambda: self.filter.running() and self.filter.stop())
        self.assertEqual(self.filter.ctl("block", *blocked, "203.0.113.64/28", "--for", "1h").status, 0)
        self.assertRefused(self.filter.daemon("rescue", "unblock", blocked[0]), "sluicectl unblock", "systemctl stop sluiced")
        self.assertDropped(blocked[0])
        self.filter.kill()
        said = self.filter.daemon("rescue", "unblock", blocked[0], "203.0.113.65")
        self.assertEqual(said.status, 0, said)
        self.assertIn(f"{blocked[0]}: no longer denied", said.out)
        self.assertIn("203.0.113.65: still denied as a part of 203.0.113.64/28", said.out)
        self.assertServed(blocked[0])
        self.assertEqual(self.filter.daemon("rescue", "allow", blocked[1], "--for", "2h", "--reason", "a customer").status, 0)
        self.assertServed(blocked[1])
        self.assertRefused(self.filter.daemon("rescue", "unblock", "nonsense"), "is not an IP address")
        self.filter.start(attach=False)
        self.assertServed(blocked[0])
        self.assertServed(blocked[1])
        self.assertDropped(blocked[2])
        self.assertIsNone(self.filter.decision(blocked[0]))
        allow = next(entry for entry in self.filter.decisions_by("operator") if (entry["source"], entry["action"]) == (blocked[1], "allow"))
        self.assertEqual(allow["reason"], "a customer")
        rows = [(row["command"], row["what"], row["outcome"]) for row in self.filter.ctl("--json", "audit").json_lines()]
        self.assertIn(("rescue unblock", blocked[0], "done while sluiced did not run"), rows)
        self.assertIn(("rescue allow", blocked[1], "done while sluiced did not run"), rows)
        self.assertFalse(os.path.exists(os.path.join(self.filter.folder, "state.db.rescue")))
        with self.subTest("a full disk keeps no note, and that is said"):
            folder = os.path.join(self.filter.folder, "full")
            os.mkdir(folder)
            self.filter.stop()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=1", "tmpfs", folder], check=True)
            self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
            self.filter.configure({"store": {"path": os.path.join(folder, "state.db")}})
            said = self.filter.daemon("rescue", "unblock", blocked[2])
            self.assertEqual(said.status, 0, said)
            self.assertIn("no note of it could be kept", said.err)
            self.assertServed(blocked[2])
        self.filter.detach()


class BackedUp(case.LabCase):
    def test_a_backup_is_taken_beside_the_daemon_and_restored_without_it(self):
        backup = os.path.join(self.filter.folder, "backup.db")
        self.filter.ctl("block", "198.51.100.90", "--for", "1h")
        taken = self.filter.daemon("backup", "--json", backup)
        self.assertEqual(taken.status, 0, taken)
        self.assertEqual(taken.json()["decisions"], 1)
        self.assertRefused(self.filter.daemon("backup", backup), "file exists")
        self.filter.ctl("unblock", "198.51.100.90")
        self.filter.ctl("block", "198.51.100.91", "--for", "1h")
        self.assertRefused(self.filter.daemon("restore", backup), "is in use: stop sluiced first")
        self.filter.stop()
        restored = self.filter.daemon("restore", "--json", backup)
        self.assertEqual(restored.status, 0, restored)
        self.assertTrue(os.path.exists(restored.json()["aside"]))
        self.filter.start()
        wait_until("the block to be back", lambda: self.filter.decision("198.51.100.90"))
        self.assertDropped("198.51.100.90")
        self.assertServed("198.51.100.91")
        self.assertIn("restore", [row["command"] for row in self.filter.ctl("--json", "audit").json_lines()])
        self.assertEqual(self.filter.ctl("audit", "--verify", "--expect", taken.json()["audit_head"]).status, 0)


if __name__ == "__main__":
    case.main()
