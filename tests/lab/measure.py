# SPDX-License-Identifier: Apache-2.0
"""What `scripts/measure` measures: how soon the first packet is dropped, what the daemon remembers costs, how fast it reads,
what comes through while its parts live and die, what of its state survives.

A program, not a test: it prints numbers and judges none.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time

from lab.filter import sluiced
from lab.lab import Lab
from lab.life import life
from lab.network import exit_on_signals
from lab.packets import Receiver, Sender
from lab.site import DECOY
from lab.start import start_with_a_list
from lab.state import bulk, kills
from lab.wait import TimedOut, wait_until

# So many packets in a row that did not come through are no chance of scheduling.
_GONE = 200


def log_line(address, target, seconds):
    when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(seconds))
    return f'{address} - - [{when}] "GET {target} HTTP/1.1" 200 1234 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"\n'


def numbered(first, number):
    """The number-th address from a second octet on: 10.68.0.1, ..."""
    return f"10.{first + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"


def latency(trials):
    """From the offending log line written to the first packet dropped, milliseconds.

    One thread sends numbered packets without pause from an address and in between writes the one log line that gets that
    address blocked. The first packet that did not come through, with none after it, is the first dropped; the time is from
    just before the line was written to just before that packet was sent. The gap between packets is the resolution."""
    milliseconds, gaps = [], []
    with Lab(people=10) as lab, contextlib.closing(Receiver(lab.network)) as receiver:
        lab.filter.start()
        log = os.open(lab.nginx.access_log, os.O_WRONLY | os.O_APPEND)
        try:
            for trial in range(trials):
                with contextlib.closing(Sender(lab.network, numbered(68, trial))) as sender:
                    written, sent, last = _trial(sender, receiver, log)
                milliseconds.append((sent[last + 1] - written) / 1e6)
                gaps.append((sent[-1] - sent[0]) / len(sent) / 1e3)
                # The next trial begins with the daemon idle again, as a scraper meets it.
                wait_until("the daemon to be idle", lambda: lab.filter.ask("status")["logs"][0]["lag_bytes"] == 0)
        finally:
            os.close(log)
    milliseconds.sort()
    return {"trials": trials, "median_ms": statistics.median(milliseconds), "p95_ms": milliseconds[int(0.95 * (trials - 1))],
            "worst_ms": milliseconds[-1], "best_ms": milliseconds[0], "packet_gap_us": statistics.median(gaps)}


def _trial(sender, receiver, log):
    """(when the line was written, when each packet was sent, the last packet that came through)."""
    sent, last, written = [], -1, None
    line = log_line(sender.address, DECOY, time.time()).encode()
    deadline = time.monotonic() + 10
    while True:
        if len(sent) == 500:
            written = time.monotonic_ns()
            os.write(log, line)
        sent.append(time.monotonic_ns())
        sender.send()
        for address, number in receiver.take():
            if address == sender.address:
                last = max(last, number)
        if written and len(sent) - 1 - last >= _GONE:
            return written, sent, last
        if time.monotonic() > deadline:
            raise TimedOut(f"no packet of {sender.address} was dropped within 10 s")


def _resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def memory(sources):
    """Resident bytes of the daemon idle, and when it remembers so many sources (a page and two assets each)."""
    with Lab(people=10) as lab:
        lab.filter.start()
        idle = _resident(lab.filter.pid)
        begin = time.monotonic()
        with open(lab.nginx.access_log, "a", encoding="ascii") as log:
            for number in range(sources):
                address, now = numbered(64, number), time.time()
                for target in (f"/people/{number % 5000 + 1}", "/assets/site.css", "/assets/site.js"):
                    log.write(log_line(address, target, now))
        wait_until("all sources to be known", lambda: lab.filter.ask("status")["sources"] >= sources, 120, 0.1)
        wait_until("the log to be read", lambda: lab.filter.ask("status")["logs"][0]["lag_bytes"] == 0, 120, 0.1)
        seconds = time.monotonic() - begin
        full = _resident(lab.filter.pid)
    return {"sources": sources, "idle_bytes": idle, "full_bytes": full, "bytes_a_source": (full - idle) / sources,
            "lines": sources * 3, "live_seconds": seconds}


def replay(lines):
    """Lines a second of `sluiced replay` on one core: 2,000 people reading slowly, one scraper in a hundred."""
    with contextlib.ExitStack() as stack:
        path = os.path.join("/tmp", f"sluice-measure-{os.getpid()}.log")
        stack.callback(lambda: os.path.exists(path) and os.unlink(path))
        start = 1_760_000_000
        with open(path, "w", encoding="ascii") as log:
            for number in range(lines):
                if number % 20 == 0:
                    address, target = numbered(70, number // 20 % 20), f"/people/{number // 400 + 1}"
                elif number % 3 == 0:
                    address, target = numbered(64, number // 3 % 2000), f"/people/{number * 7919 % 5000 + 1}"
                else:
                    address, target = numbered(64, number // 3 % 2000), f"/assets/portraits/{number % 5000}.svg"
                log.write(log_line(address, target, start + number // 50))
        size = os.path.getsize(path)
        begin = time.monotonic()
        done = subprocess.run(["taskset", "-c", "1" if os.cpu_count() > 1 else "0", sluiced(), "replay", "--json", path],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        seconds = time.monotonic() - begin
    return {"lines": lines, "bytes": size, "seconds": seconds, "lines_a_second": lines / seconds,
            "sources_decided": len(done.stdout.splitlines())}


def lives(rounds):
    """What came through while daemon and filter were restarted, killed, replaced and reloaded so often each."""
    with Lab(people=10) as lab:
        return life(lab, rounds)


def state(rounds, decisions):
    """What is lost or comes back when the daemon is killed so often, and how long so many decisions take to come and go."""
    with Lab(people=10) as lab:
        killed = kills(lab, rounds)
    with Lab(people=10) as lab:
        return {"kills": killed, "bulk": bulk(lab, decisions)}


def start(entries):
    """How long a start takes, and what memory, without a list and with one of so many networks."""
    with Lab(people=10) as lab:
        return start_with_a_list(lab, entries)


def show(name, numbers):
    print(name)
    if any(isinstance(value, dict) for value in numbers.values()):
        for part, inner in numbers.items():
            show(f"  {part}", inner)
        return
    for key, value in numbers.items():
        text = f"{value:,.3f}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"
        print(f"  {key.replace('_', ' '):<18} {text:>14}")


def main():
    exit_on_signals()
    parser = argparse.ArgumentParser(prog="scripts/measure", description="Measures Sluice in the lab (as root). Without WHAT: all.")
    parser.add_argument("what", nargs="*", metavar="WHAT",
                        help="latency: from the offending log line to the first packet dropped; memory: resident, idle and with "
                             "many sources; replay: log lines a second; life: what comes through while the filter's parts live and die; "
                             "start: how long it takes, without a list and with a long one; state: what is lost when the daemon is killed over and over, how fast many decisions come and go")
    parser.add_argument("--rounds", type=int, default=100, help="of life (default 100)")
    parser.add_argument("--kills", type=int, default=200, help="of state (default 200)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of start (default 1,000,000)")
    parser.add_argument("--decisions", type=int, default=100_000, help="of state (default 100,000)")
    parser.add_argument("--trials", type=int, default=100, help="of latency (default 100)")
    parser.add_argument("--sources", type=int, default=100_000, help="of memory (default 100,000)")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of replay (default 1,000,000)")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    options = parser.parse_args()
    jobs = {"latency": lambda: latency(options.trials), "memory": lambda: memory(options.sources), "replay": lambda: replay(options.lines),
            "life": lambda: lives(options.rounds), "start": lambda: start(options.entries),
            "state": lambda: state(options.kills, options.decisions)}
    unknown = [name for name in options.what if name not in jobs]
    if unknown:
        parser.error(f"WHAT is {', '.join(jobs)}; not {', '.join(unknown)}")
    results = {}
    for name in options.what or jobs:
        results[name] = jobs[name]()
        if not options.json:
            show(name, results[name])
    if options.json:
        print(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
