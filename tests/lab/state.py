# SPDX-License-Identifier: Apache-2.0
"""What is left of the daemon's state when it is killed while decisions are made and ended, and how fast much of it comes and goes.

Used by tests/e2e/test_state.py and by `scripts/measure state`. Counts; judges nothing.
"""

import itertools
import json
import os
import random
import socket
import subprocess
import threading
import time

from lab.filter import sluicectl
from lab.site import DECOY
from lab.start import timed_start
from lab.wait import wait_until

_LONGEST_LIFE = 0.06  # seconds from ready to the kill


class Operator:
    """A connection to the operators' socket that says when an answer did not come."""

    class Gone(Exception):
        pass

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")

    def ask(self, command, **fields):
        try:
            self._socket.sendall(json.dumps({"v": 1, "command": command, **fields}).encode() + b"\n")
            return self._answer()
        except OSError as error:
            raise Operator.Gone from error

    def _answer(self):
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise Operator.Gone
        answer = json.loads(line)
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def held(self):
        """The sources that are blocked."""
        page = self.ask("list", action="block")
        sources = {row["source"] for row in page["decisions"]}
        while page["more"]:
            page = self._answer()
            sources |= {row["source"] for row in page["decisions"]}
        return sources

    def close(self):
        self._lines.close()
        self._socket.close()


class Expectation:
    """What the daemon said of each address, and of which it had no time to say anything."""

    def __init__(self):
        self.blocked, self.ended, self.unknown = set(), set(), set()
        self.acknowledged = self.lost = self.resurrected = 0

    def compare(self, held):
        """Counts what is not as it was acknowledged; what was on its way may be either, and is taken as it is found."""
        self.lost += len(self.blocked - held - self.unknown)
        self.resurrected += len((held & self.ended) - self.unknown)
        for address in self.unknown:
            self.blocked.discard(address)
            self.ended.discard(address)
            (self.blocked if address in held else self.ended).add(address)
        self.unknown.clear()

    def change(self, operator, about, command, **fields):
        """Has the operator's command done, which is about these addresses."""
        self.unknown |= about
        operator.ask(command, **fields)
        self.unknown -= about
        self.acknowledged += len(about)
        to, fro = (self.ended, self.blocked) if command == "unblock" else (self.blocked, self.ended)
        fro -= about
        to |= about


def _made(number):
    return f"10.{64 + number // 65536}.{number // 256 % 256}.{number % 256}"


def _operate(operator, expectation, chance, numbers, begin_killing):
    """Blocks, imports and unblocks until the daemon is gone: which is to begin after a few answers, however slow they come."""
    begin_after = chance.randint(0, 3)
    for done in itertools.count():
        if done == begin_after:
            begin_killing()
        what = chance.random()
        if what < 0.4 or len(expectation.blocked) < 20:
            addresses = {_made(next(numbers)) for _ in range(chance.randint(1, 5))}
            expectation.change(operator, addresses, "block", addresses=sorted(addresses), for_seconds=86400, reason="kept")
        elif what < 0.6:
            addresses = {_made(next(numbers)) for _ in range(50)}
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
            rows = [{"source": address, "action": "block", "until": until} for address in sorted(addresses)]
            expectation.change(operator, addresses, "import", decisions=rows)
        else:
            addresses = set(chance.sample(sorted(expectation.blocked), 10))
            expectation.change(operator, addresses, "unblock", addresses=sorted(addresses))


def _log_line(address):
    when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    return f'{address} - - [{when}] "GET {DECOY} HTTP/1.1" 200 1234 "-" "Mozilla/5.0"\n'


def kills(lab, rounds, seed=1):
    """Kills the daemon so often while an operator and the detector decide; gives what was lost and what came back."""
    chance = random.Random(seed)
    numbers = iter(range(1 << 20))
    expectation = Expectation()
    lab.filter.attach()
    found = set()
    begin = time.monotonic()
    for number in range(rounds):
        lab.filter.start(attach=False)
        operator = Operator(lab.filter.socket)
        expectation.compare(operator.held())
        address = f"10.200.{number // 250}.{number % 250 + 1}"
        found.add(address)
        killer = threading.Timer(chance.uniform(0, _LONGEST_LIFE), os.kill, (lab.filter.pid, 9))
        try:
            with open(lab.nginx.access_log, "a", encoding="ascii") as log:
                log.write(_log_line(address))
            _operate(operator, expectation, chance, numbers, killer.start)
        except Operator.Gone:
            pass
        finally:
            killer.join()
            operator.close()
            lab.filter.kill()
    seconds = time.monotonic() - begin
    lab.filter.start(attach=False)
    operator = Operator(lab.filter.socket)
    expectation.compare(operator.held())
    # A line of the log leads to its decision once: before the kill, or after it.
    wait_until("the log to be read", lambda: lab.filter.ask("status")["logs"][0]["lag_bytes"] == 0)
    held = operator.held()
    operator.close()
    chain = lab.filter.ctl("audit", "--verify")
    return {"kills": rounds, "seconds": seconds, "acknowledged": expectation.acknowledged, "in_force": len(held),
            "lost": expectation.lost, "resurrected": expectation.resurrected, "found": len(found),
            "found_lost": len(found - held), "audit_whole": int(chain.status == 0)}


def bulk(lab, decisions):
    """Seconds that so many decisions take: imported, exported, stored at a stop and armed again at a start, imported once more."""
    path = os.path.join(lab.folder, "many.txt")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{_made(number)}\n" for number in range(decisions))
    lab.filter.configure({"filter": {"max_decisions": decisions * 5 // 4 + 1000}})
    lab.filter.attach()

    def start(name):
        numbers[f"start_{name}_seconds"], numbers[f"start_{name}_cpu_seconds"] = timed_start(lab.filter)

    def ctl(*arguments, **options):
        begin = time.monotonic()
        done = subprocess.run([sluicectl(), "--socket", lab.filter.socket, *arguments], check=True, stdin=subprocess.DEVNULL, **options)
        return time.monotonic() - begin, done

    exported = os.path.join(lab.folder, "export.json")
    numbers = {"decisions": decisions}
    start("empty")
    numbers["import_seconds"], _ = ctl("import", path, "--for", "1d", "--reason", "many", stdout=subprocess.DEVNULL)
    with open(exported, "wb") as file:
        numbers["export_seconds"], _ = ctl("export", stdout=file)
    with open(exported, "rb") as file:
        numbers["exported"] = sum(1 for _ in file)
    lab.filter.stop()
    start("full")
    numbers["in_force"] = lab.filter.ask("status")["blocks"]
    numbers["import_again_seconds"], again = ctl("--json", "import", exported, stdout=subprocess.PIPE)
    numbers["kept"] = json.loads(again.stdout)["kept"]
    return numbers
