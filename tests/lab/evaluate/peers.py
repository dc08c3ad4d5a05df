# SPDX-License-Identifier: Apache-2.0
"""Sluice beside fail2ban and CrowdSec (Debian's) on one log: who is caught, who is touched, lines a second, memory.

The log is made from the recordings: many people, and every scenario in log time. Both peers get the one thing that they have
for this, a rate of pages for each address, at Sluice's own threshold. Each runs with a configuration folder of its own under
the lab's, in the lab's namespace. scripts/evaluate unpacks Debian's packages into the build folder and installs nothing of
them: no service is started, and nobody's central server is told anything.
"""

import calendar
import json
import os
import random
import re
import shutil
import tempfile
import time

from lab.evaluate import meter, trace
from lab.evaluate.judge import judge
from lab.evaluate.scenarios import BEGIN, CAUGHT, DAY, HOUR, STRETCHED, UNTOUCHED, Scenario, World, people
from lab.evaluate.trace import Guise
from lab.filter import build_folder, sluiced

PAGES_PER_MINUTE = 30  # heuristics.page_rate as shipped
_PATIENCE_SECONDS = 150
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
    """A program run to its end, or for _PATIENCE_SECONDS: what it printed, seconds, CPU seconds, peak resident bytes."""

    def __init__(self, command, namespace, folder):
        out, err, taken = (os.path.join(folder, name) for name in ("out", "err", "taken"))
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            metered = ["/usr/bin/python3", meter.__file__, str(_PATIENCE_SECONDS), taken, *command]
            if namespace.popen(*metered, stdout=stdout, stderr=stderr, cwd=folder).wait() != 0:
                raise RuntimeError(f"{' '.join(command)}: could not be run: see {err}")
        with open(taken, encoding="utf-8") as file:
            numbers = json.load(file)
        self.seconds, self.cpu_seconds, self.peak_bytes = numbers["seconds"], numbers["cpu_seconds"], numbers["peak_bytes"]
        self.finished = numbers["finished"]
        with open(out, encoding="utf-8", errors="replace") as printed, open(err, encoding="utf-8", errors="replace") as said:
            self.out, self.err = printed.read(), said.read()
        if self.finished and numbers["status"] != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {numbers['status']}: {(self.err or self.out)[-2000:]}")


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
    _write(folder, {
        "fail2ban.conf": "[Definition]\nloglevel = ERROR\nlogtarget = STDERR\ndbfile = None\n",
        "filter.d/sluice-pages.conf": "[Definition]\n"
        r'failregex = ^<ADDR> \S+ \S+ \[\] "GET (?!/assets/)(?!\S+\.(?:ico|png|xml|txt|css|js|svg)[ ?])\S+ HTTP/' "\n"
        r"datepattern = ^[^\[]*\[({DATE})" "\n",
        "jail.conf": f"[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\naction =\n[sluice-pages]\nenabled = true\n"
        f"filter = sluice-pages\nlogpath = {log}\nmaxretry = {PAGES_PER_MINUTE}\nfindtime = 60\nbantime = 3600\n",
    })
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fail2ban_log.py")
    modules = os.path.join(unpacked(), "usr/lib/python3/dist-packages")
    run = _Run(["env", f"PYTHONPATH={modules}", "/usr/bin/python3", script, folder, log], lab.network.server, folder)
    bans = [json.loads(line) for line in run.out.splitlines()]
    return run, [_decision(ban["address"], ban["at"]) for ban in bans]


_CROWDSEC = """
common: {{daemonize: false, log_media: stdout, log_level: info, working_dir: .}}
config_paths: {{config_dir: {folder}, data_dir: {folder}/data, simulation_path: {folder}/simulation.yaml, hub_dir: {hub},
  index_path: {hub}/.index.json, notification_dir: {folder}/notifications, plugin_dir: {folder}/plugins}}
crowdsec_service: {{acquisition_path: {folder}/acquis.yaml, parser_routines: 1}}
cscli: {{output: human}}
db_config: {{type: sqlite, db_path: {folder}/data/crowdsec.db, log_level: error}}
api:
  client: {{insecure_skip_verify: true, credentials_path: {folder}/local_api_credentials.yaml}}
  server: {{log_level: error, listen_uri: "127.0.0.1:8089", profiles_path: {folder}/profiles.yaml}}
prometheus: {{enabled: false}}
"""
_CROWDSEC_RATE = """
type: leaky
name: sluice/page-rate
description: "pages a minute"
filter: "evt.Meta.log_type == 'http_access-log' && evt.Parsed.static_ressource == 'false'"
leakspeed: "{seconds:g}s"
capacity: {pages}
cache_size: 5
groupby: evt.Meta.source_ip
blackhole: 1m
labels: {{service: http, type: crawl, remediation: true}}
"""
# Of the hub, as Debian ships it.
_PARSERS = ("s00-raw/crowdsecurity/syslog-logs", "s01-parse/crowdsecurity/nginx-logs", "s02-enrich/crowdsecurity/dateparse-enrich",
            "s02-enrich/crowdsecurity/http-logs")
_CRAWL_SCENARIOS = ("http-crawl-non_statics", "http-bad-user-agent", "http-probing")
_OVERFLOW = re.compile(r'msg="Ip (\S+) performed \S+ \(\d+ events over \S+\) at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)')


def unpacked():
    """Where scripts/evaluate put what is in the packages of the peers."""
    return os.path.join(build_folder(), "peers", "root")


def run_crowdsec(lab, log, folder, own_scenarios=()):
    root, hub = unpacked(), os.path.join(unpacked(), "usr/share/crowdsec/hub")
    _write(folder, {
        "config.yaml": _CROWDSEC.format(folder=folder, hub=hub), "simulation.yaml": "simulation: false\n",
        "acquis.yaml": "", "local_api_credentials.yaml": "", "plugins/.keep": "", "notifications/.keep": "",
        "scenarios/page-rate.yaml": _CROWDSEC_RATE.format(seconds=60 / PAGES_PER_MINUTE, pages=PAGES_PER_MINUTE),
    })
    shutil.copy(os.path.join(root, "etc/crowdsec/profiles.yaml"), folder)
    shutil.copytree(os.path.join(root, "usr/share/crowdsec/data"), os.path.join(folder, "data"))
    shutil.copytree(os.path.join(root, "etc/crowdsec/patterns"), os.path.join(folder, "patterns"))
    for kind, names in (("parsers", _PARSERS), ("scenarios", [f"crowdsecurity/{name}" for name in own_scenarios])):
        for name in names:
            stage = os.path.dirname(os.path.dirname(name)) if kind == "parsers" else ""
            at = os.path.join(folder, kind, stage, os.path.basename(name) + ".yaml")
            os.makedirs(os.path.dirname(at), exist_ok=True)
            os.symlink(os.path.join(hub, kind, f"{name}.yaml"), at)
    program, config = os.path.join(root, "usr/bin/crowdsec"), os.path.join(folder, "config.yaml")
    lab.network.server.run(os.path.join(root, "usr/bin/cscli"), "-c", config, "machines", "add", "lab", "--auto", "--force")
    run = _Run([program, "-c", config, "-dsn", f"file://{log}", "-type", "nginx"], lab.network.server, folder)
    bans = {}
    for address, at in _OVERFLOW.findall(run.out + run.err):
        bans.setdefault(address, calendar.timegm(time.strptime(at, "%Y-%m-%d %H:%M:%S")))
    return run, [_decision(address, at) for address, at in bans.items()]


def _visitors(recorded, people_count, lines):
    """{scenario: entries} of all that can be made of what was recorded, and so many people that all is about `lines`."""
    world = World(recorded, trace.Stretcher(people_count), random.Random(1))
    made = {scenario: scenario.make(world) for scenario in STRETCHED + _FAST
            if scenario.make and scenario.records <= set(recorded)}
    some = people(world)
    needed = max(lines - sum(map(len, made.values())), len(some))
    return made, people(world, 150 * needed // len(some))


def compare(lab, recorded, people_count, lines, progress):
    """The programs one after the other over the same log: see table.print_peers for what is in the answer."""
    progress(f"writing one log of about {lines:,} lines")
    made, crowd = _visitors(recorded, people_count, lines)
    entries = [entry for of in made.values() for entry in of] + crowd
    whole, few = os.path.join(lab.folder, "peers.log"), os.path.join(lab.folder, "few.log")
    trace.write(whole, entries, combined=True)
    trace.write(few, [entry for of in made.values() for entry in of], combined=True)
    programs = []
    for name, run in (("Sluice", run_sluice), ("fail2ban", run_fail2ban), ("CrowdSec", run_crowdsec)):
        progress(f"{name} reads {len(entries):,} lines")
        ran, decided = run(lab, whole, _folder(lab))
        complete = ran.finished
        if not complete:
            # Each address has a count of its own there: without the crowd it decides the same about the rest.
            progress(f"{name} is not through after {_PATIENCE_SECONDS} s; who is caught, without the crowd")
            alone, decided = run(lab, few, _folder(lab))
            complete = alone.finished
        programs.append({"name": name, "lines_a_second": len(entries) / ran.seconds, "finished": ran.finished, "complete": complete,
                         "cpu_seconds": ran.cpu_seconds, "seconds": ran.seconds, "peak_bytes": ran.peak_bytes,
                         **_judged(made, crowd, decided)})
    return {"lines": len(entries), "visitors": len({entry.address for entry in entries}), "pages_per_minute": PAGES_PER_MINUTE,
            "scenarios": [scenario.name for scenario in made], "programs": programs}


def _folder(lab):
    return tempfile.mkdtemp(prefix="peer-", dir=lab.folder)


def _judged(made, crowd, decided):
    """What one program's decisions did to whom."""
    outcome, touched = {}, []
    for scenario, entries in made.items():
        row = judge(scenario, entries, [], decided, [])
        if scenario.expected == UNTOUCHED:
            outcome[scenario.name] = "untouched" if row.action == "none" else "TOUCHED"
            touched += [alarm["who"] for alarm in row.false_alarms]
        else:
            outcome[scenario.name] = f"{row.people:,} of {row.wanted:,}" if row.action != "none" else "not found"
    alarms = judge(Scenario("people", UNTOUCHED, set(), "", None), crowd, [], decided, []).false_alarms
    return {"outcome": outcome, "false_alarms": len(alarms) + len(touched), "touched": touched + [alarm["source"] for alarm in alarms]}
