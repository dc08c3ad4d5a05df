# SPDX-License-Identifier: Apache-2.0
"""Root works in the folder of the daemon's user, who exchanges names there for links as fast as he can: nothing of root's changes.

Needs no lab: root, and a user of no importance who plays the daemon's.
"""

import contextlib
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

import case
from lab.filter import sluiced, to_toml

ROUNDS = 50
# Puts links to the victim in the place of names in the folder, and takes them away again; a byte to standard output for each.
_RACER = """
import os, sys
folder, victim, *names = sys.argv[1:]
os.chdir(folder)
os.set_blocking(1, False)
while True:
    found = [name for name in os.listdir(".") if ".restoring-" in name] if names == ["restoring"] else names
    for name in found:
        aside = f"aside-{os.getpid()}"
        link = f"link-{os.getpid()}"
        try:
            os.symlink(victim, link)
            if os.path.lexists(name):
                os.rename(name, aside)
            os.rename(link, name)
            os.write(1, b"x")
        except OSError:
            pass
        if names == ["restoring"]:
            continue
        try:
            os.unlink(name)
            if os.path.lexists(aside):
                os.rename(aside, name)
        except OSError:
            pass
"""


def what_is_missing():
    if os.geteuid() != 0:
        return "needs to run as root"
    return None if os.path.exists(sluiced()) else f"{sluiced()} is not built"


class Links(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="sluice-links-")
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        os.chmod(self.top, 0o755)
        self.user = pwd.getpwnam("nobody")
        self.folder = os.path.join(self.top, "state")
        os.mkdir(self.folder, 0o750)
        os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.database = os.path.join(self.folder, "state.db")
        self.victim = os.path.join(self.top, "victim")
        with open(self.victim, "w", encoding="ascii") as file:
            file.write("root's own")
        self.config = os.path.join(self.top, "sluice.toml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(to_toml({"store": {"path": self.database}, "filter": {"interfaces": ["lo"]}}))
        self.copy = os.path.join(self.top, "copy.db")
        self.backup = os.path.join(self.top, "backup.db")
        self.make_database()

    def command(self, *arguments):
        return subprocess.run([sluiced(), *arguments, "--config", self.config], capture_output=True, text=True, check=False)

    def make_database(self):
        """A state of this version, as a backup of it and as the daemon's own."""
        golden = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "state", "schema4.sql")
        source = os.path.join(self.top, "source.db")
        with sqlite3.connect(source) as database, open(golden, encoding="utf-8") as sql:
            database.executescript(sql.read())
        database.close()
        restored = self.command("restore", source)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual(self.command("backup", self.backup).returncode, 0)
        self.assertOwned(self.database)

    def assertOwned(self, path):
        status = os.lstat(path)
        self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (self.user.pw_uid, self.user.pw_gid, 0o600), path)

    def assertUntouched(self):
        status = os.lstat(self.victim)
        self.assertEqual((status.st_uid, status.st_gid, status.st_size), (0, 0, len("root's own")))

    @contextlib.contextmanager
    def racing(self, *names):
        """While the user puts links in the place of these names; gives what says how often that was done so far."""
        user, exchanged = self.user, []
        racer = subprocess.Popen(["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig", "KILL",
                                  "/usr/bin/python3", "-c", _RACER, self.folder, self.victim, *names], stdout=subprocess.PIPE)
        os.set_blocking(racer.stdout.fileno(), False)

        def count():
            exchanged.append(len(racer.stdout.read() or b""))
            return sum(exchanged)

        try:
            yield count
        finally:
            racer.kill()
            racer.wait()
            racer.stdout.close()

    def rounds(self, exchanged, *command):
        """How many of at least ROUNDS came to their end. On a busy machine the user gets a turn less often: then there are more."""
        done = made = 0
        while made < ROUNDS or (exchanged() < ROUNDS // 2 and made < 10 * ROUNDS):
            made += 1
            done += self.command(*command).returncode == 0
            self.assertUntouched()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.copy)
        return done

    def report(self, command, done, exchanged):
        print(f"{command}: {done} rounds done, {exchanged} exchanged")
        self.assertGreaterEqual(exchanged, ROUNDS // 2)

    def test_restore_while_the_user_exchanges_what_it_makes(self):
        with self.racing("restoring") as exchanged:
            done = self.rounds(exchanged, "restore", self.backup)
            self.report("restore", done, exchanged())

    def test_both_while_the_user_exchanges_what_lies_beside_the_state(self):
        for command in (("backup", self.copy), ("restore", self.backup)):
            with self.racing("state.db-wal", "state.db-shm", "state.db.rescue") as exchanged:
                done = self.rounds(exchanged, *command)
                self.report(command[0], done, exchanged())

    def test_both_while_the_user_exchanges_the_state_itself(self):
        for command in (("backup", self.copy), ("restore", self.backup)):
            with self.racing("state.db") as exchanged:
                done = self.rounds(exchanged, *command)
                self.report(command[0], done, exchanged())

    def test_a_link_that_lies_there_leads_nowhere(self):
        for name in ("state.db-wal", "state.db-shm", "state.db.rescue"):
            os.symlink(self.victim, os.path.join(self.folder, name))
            os.lchown(os.path.join(self.folder, name), self.user.pw_uid, self.user.pw_gid)
        for arguments in (("backup", self.copy), ("restore", self.backup)):
            self.command(*arguments)
            self.assertUntouched()

    def test_root_that_runs_in_peace_leaves_all_to_the_user(self):
        begin = time.monotonic()
        self.assertEqual(self.command("backup", self.copy).returncode, 0)
        self.assertEqual(self.command("restore", self.backup).returncode, 0)
        for name in os.listdir(self.folder):
            self.assertOwned(os.path.join(self.folder, name))
        self.assertLess(time.monotonic() - begin, 20)
        status = os.lstat(self.copy)
        self.assertEqual((status.st_uid, status.st_mode & 0o777), (0, 0o600))


if __name__ == "__main__":
    case.main(what_is_missing)
