# SPDX-License-Identifier: Apache-2.0
"""What `scripts/evaluate` runs: records visitors, meets some live, stretches the others, judges, prints.

Exit status 0 only if every scraper that is expected to be caught was, and nobody else was touched.
"""

import argparse
import json
import os
import random
import re
import sys
import time

from lab.evaluate import live, peers, recordings, table, trace
from lab.evaluate.judge import decisions_of, judge, worst
from lab.evaluate.scenarios import STRETCHED, World, people
from lab.filter import TOP
from lab.lab import Lab
from lab.network import exit_on_signals
from lab.wait import wait_until

PEOPLE = 5000


class Effort:
    """Recorded persons, draws of each scenario in log time, seconds that people are watched for live."""

    def __init__(self, persons, draws, seconds):
        self.persons, self.draws, self.seconds = persons, draws, seconds


FULL, QUICK, SMOKE = Effort(20, 5, 120), Effort(8, 2, 40), Effort(4, 1, 15)


def log_format():
    """The directive of config/nginx-log.conf, with the cookie that tells the lab's accounts apart."""
    with open(os.path.join(TOP, "config", "nginx-log.conf"), encoding="utf-8") as snippet:
        directive = re.search(r"^log_format sluice\n.*?;", snippet.read(), re.DOTALL | re.MULTILINE)[0]
    return directive.replace("$connection'", "$connection \"$cookie_account\"'")


def make_lab():
    """The default configuration, and what the site needs: its log, its robots.txt, its decoy, the crawler it verifies."""
    directive = log_format()
    record = directive.replace("log_format sluice", "log_format record '$msec '")
    logs = f"  {directive}\n  {record}\n  access_log {{folder}}/access.log sluice;\n  access_log {{folder}}/record.log record;\n"
    lab = Lab(PEOPLE, logs=logs)
    crawlers = os.path.join(lab.folder, "crawlers.json")
    with open(crawlers, "w", encoding="utf-8") as file:
        file.write(json.dumps({"name": "Examplebot", "user_agent": "Examplebot", "ranges": ["198.51.100.248/29"]}) + "\n")
    lab.filter.configure({
        "log": [{"path": lab.nginx.access_log, "format": "nginx", "pattern": directive, "account": "$cookie_account"}],
        "robots": {"path": os.path.join(lab.folder, "site", "robots.txt")},
        "crawlers": {"lists": [crawlers]},
    })
    return lab


def progress(text):
    print(f"evaluate: {text}", file=sys.stderr, flush=True)


def stretched(scenario, lab, worlds):
    """The worst row of a scenario in several worlds: (World, the people in it)."""
    rows = []
    for world, background in worlds:
        entries = scenario.make(world) if scenario.make else []
        log = os.path.join(lab.folder, "stretched.log")
        trace.write(log, background + entries)
        decided, sources = decisions_of(log, lab.filter.config)
        rows.append(judge(scenario, entries or background, background if entries else [], decided, sources))
    return worst(rows)


def evaluate(options, effort):
    """(rows, names of what was left out for want of a browser, comparison or None)"""
    everything = live.live(effort.seconds) + STRETCHED
    chosen = [one for one in everything if not options.only or one.name in options.only]
    left_out = [one.name for one in chosen if options.no_browser and one.needs_browser]
    chosen = [one for one in chosen if one.name not in left_out]
    in_log_time = [one for one in chosen if one in STRETCHED]
    rows = []
    with make_lab() as lab:
        comparing = options.peers
        if in_log_time or comparing:
            wanted = {name for one in in_log_time for name in one.records} | (peers.RECORDS if comparing else set())
            progress(f"recording {effort.persons} people and {', '.join(sorted(wanted)) or 'nobody else'}")
            begin = time.monotonic()
            recorded = recordings.record(lab, wanted, effort.persons, not options.no_browser)
            progress(f"recorded in {time.monotonic() - begin:.0f} s")
            os.rename(lab.nginx.access_log, f"{lab.nginx.access_log}.recorded")
            lab.nginx.reopen()
            wait_until("nginx to open its log anew", lambda: os.path.exists(lab.nginx.access_log))
        met = [one for one in chosen if one not in STRETCHED]
        if met:
            progress(f"live: {', '.join(one.name for one in met)}")
            rows += live.run(lab, met, effort.seconds)
        worlds = [World(recorded, trace.Stretcher(PEOPLE), random.Random(draw)) for draw in range(effort.draws if in_log_time else 0)]
        worlds = [(world, people(world)) for world in worlds]
        for one in in_log_time:
            progress(f"in log time: {one.name}")
            rows.append(stretched(one, lab, worlds))
        compared = peers.compare(lab, recorded, PEOPLE, options.lines, progress) if comparing else None
    return rows, left_out, compared


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/evaluate",
        description="Lets real visitors come to a real nginx guarded by sluiced (default configuration) and prints, for each scenario, who "
        "was caught, when, after how many pages and people, and every false alarm. Long visits are recorded off the real client, stretched and "
        "replayed in log time. Installs and builds what is missing; run it as root. About twelve minutes.")
    parser.add_argument("--quick", action="store_true", help="under six minutes: fewer people recorded, two draws instead of five")
    parser.add_argument("--smoke", action="store_true", help="fewer still, one draw: whether it works, not how good Sluice is")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this scenario; may be given more than once")
    parser.add_argument("--no-browser", action="store_true", help="do without Chromium: what needs it is left out and named")
    parser.add_argument("--peers", action="store_true", help="also compare with fail2ban and CrowdSec, on one log of all of them")
    parser.add_argument("--lines", type=int, default=500_000, help="of that log (default 500,000)")
    parser.add_argument("--built", action="store_true", help="use what is built already")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    options = parser.parse_args()
    known = [one.name for one in live.live(0) + STRETCHED]
    unknown = [name for name in options.only or [] if name not in known]
    if unknown:
        parser.error(f"NAME is one of {', '.join(known)}; not {', '.join(unknown)}")
    return options


def main():
    exit_on_signals()
    options = parse()
    rows, left_out, compared = evaluate(options, SMOKE if options.smoke else QUICK if options.quick else FULL)
    right = all(row.right for row in rows)
    if options.json:
        print(json.dumps({"rows": [row.to_json() for row in rows], "left_out": left_out, "peers": compared, "right": right}))
    else:
        table.print_rows(rows, sys.stdout)
        if left_out:
            print(f"\nLeft out, they need a browser: {', '.join(left_out)}")
        if compared:
            table.print_peers(compared, sys.stdout)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
