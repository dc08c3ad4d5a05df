# SPDX-License-Identifier: Apache-2.0
"""Sluice beside fail2ban and CrowdSec (Debian's) on one log: who is caught, who is touched, lines a second, memory.

The log is made from the recordings: many people, and every scenario in log time. Both peers get the one thing that they have
for this, a rate of pages for each address, at Sluice's own threshold. Each runs with a configuration folder of its own under
the lab's, in the lab's namespace; no service is started.
"""

import json
import os
import random
import re
import sys
import time

from lab.evaluate import trace
from lab.evaluate.judge import judge, seconds_of
from lab.evaluate.scenarios import BEGIN, CAUGHT, DAY, HOUR, STRETCHED, UNTOUCHED, Scenario, World, people
from lab.evaluate.trace import Guise
from lab.filter import sluiced

PAGES_PER_MINUTE = 30  # heuristics.page_rate as shipped
RECORDS = {"polite", "crawler", "keys", "account", "probe"}


def _fast(name, recording, address, pages_a_second):
    def make(world):
        return world.stretcher.paced(world.loads(recording), Guise(name, address), BEGIN + DAY + 11 * HOUR, lambda: 1 / pages_a_second)

    return make


# What a rate of pages can see, as the live scenarios have it.
_FAST = [Scenario(*row) for row in (
    ("scrapy", CAUGHT, {"polite"}, "Scrapy, ten pages a second", _fast("scrapy", "polite", "10.83.0.1", 10)),
    ("curl", CAUGHT, {"keys"}, "a curl loop, two pages a second", _fast("curl", "keys", "10.83.1.1", 2)),
)]


class _Run:
    """A program run to its end: what it printed, seconds, CPU seconds, peak resident bytes."""

    def __init__(self, command, namespace, folder):
        out, err = os.path.join(folder, "out"), os.path.join(folder, "err")
        begin = time.monotonic()
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            process = namespace.popen(*command, stdout=stdout, stderr=stderr, cwd=folder)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - begin
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_bytes = usage.ru_maxrss * 1024
        with open(out, encoding="utf-8", errors="replace") as printed, open(err, encoding="utf-8", errors="replace") as said:
            self.out, self.err = printed.read(), said.read()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}: {(self.err or self.out)[-2000:]}")


def _decision(address, at):
    return {"source": str(trace.source_key(address)) if ":" not in address else f"{address}/128", "action": "block", "score": 0.0,
            "decided_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), "reasons": [{"text": "pages a minute"}]}


def _write(folder, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)


def run_sluice(lab, log, folder):
    run = _Run([sluiced(), "replay", "--json", "--config", lab.filter.config, "--format", "combined", log], lab.network.server, folder)
    return run, [json.loads(line) for line in run.out.splitlines()]


def run_fail2ban(lab, log, folder):
    version = lab.network.server.run("fail2ban-server", "--version").split()[-1]
    _write(folder, {
        "fail2ban.conf": "[Definition]\nloglevel = ERROR\nlogtarget = STDERR\ndbfile = None\n",
        "filter.d/sluice-pages.conf": "[Definition]\n"
        r'failregex = ^<ADDR> \S+ \S+ \[\] "GET (?!/assets/)(?!\S+\.(?:ico|png|xml|txt|css|js|svg)[ ?])\S+ HTTP/' "\n"
        r"datepattern = ^[^\[]*\[({DATE})" "\n",
        "jail.conf": f"[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\naction =\n[sluice-pages]\nenabled = true\n"
        f"filter = sluice-pages\nlogpath = {log}\nmaxretry = {PAGES_PER_MINUTE}\nfindtime = 60\nbantime = 3600\n",
    })
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fail2ban_log.py")
    run = _Run([sys.executable, script, folder, log], lab.network.server, folder)
    bans = [json.loads(line) for line in run.out.splitlines()]
    return version, run, [_decision(ban["address"], ban["at"]) for ban in bans]
