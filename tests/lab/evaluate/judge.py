# SPDX-License-Identifier: Apache-2.0
"""What became of a scenario: `sluiced replay` over its log, held against who really was who.

A row of the result says whether the visitor was caught, when, and how many pages and people it had reached by then; and names
everybody else who was touched. Knows no heuristic.
"""

import datetime
import ipaddress
import json
import subprocess

from lab.evaluate import trace
from lab.evaluate.scenarios import CAUGHT, UNTOUCHED
from lab.filter import sluiced

# A scraper is caught when most of the people whom it went for are spared: of one in many addresses each must be found.
_MOST = 0.5


class Row:
    """One scenario's result. `right`: as it must be; a scenario that is known not to be caught is right either way."""

    def __init__(self, name, expected, what, time):
        self.name, self.expected, self.what, self.time = name, expected, what, time
        self.action = "none"      # the strongest that met the visitor
        self.caught = False
        self.after_seconds = None  # from its first request to the first decision about it
        self.pages = self.people = self.wanted = 0  # reached before its decisions; people it went for in all
        self.sources = self.decided = 0
        self.score = 0.0
        self.reasons = []
        self.false_alarms = []    # dicts: who, source, action, reasons
        self.troubles = []        # what a visitor who must be served met, in words

    @property
    def right(self):
        if self.false_alarms or self.troubles:
            return False
        return self.caught if self.expected == CAUGHT else self.expected != UNTOUCHED or self.action == "none"

    def to_json(self):
        return {**vars(self), "right": self.right}


def seconds_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def decisions_of(log, config):
    """What `sluiced replay` says of every source of a log: (decided sources, all sources)."""
    done = subprocess.run([sluiced(), "replay", "--json", "--all", "--config", config, log], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0 or "could not be read" in done.stderr:
        raise RuntimeError(f"sluiced replay {log}: exit {done.returncode}: {done.stderr}")
    sources = [json.loads(line) for line in done.stdout.splitlines()]
    return [source for source in sources if source["action"] not in ("none", "allow")], sources


def network_of(source):
    """The network that a source is, or None for what is none: an account, say."""
    try:
        return ipaddress.ip_network(source, strict=False)
    except ValueError:
        return None


class _Decisions:
    """Finds the decision that holds for a request."""

    def __init__(self, decided):
        self._exact, self._wide, self._accounts = {}, [], {}
        for one in decided:
            network = network_of(one["source"])
            if network is None:
                self._accounts[one["source"].rpartition(":")[2].strip('"')] = one
            elif network.prefixlen in ((32,) if network.version == 4 else (64, 128)):
                self._exact[network] = one
            else:
                self._wide.append((network, one))

    def about(self, entry):
        key = trace.source_key(entry.address)
        found = [self._exact.get(key), self._exact.get(trace.host_key(entry.address)), self._accounts.get(entry.account)]
        found = [one for one in found if one]
        found += [one for network, one in self._wide if network.version == key.version and key.subnet_of(network)]
        return min(found, key=lambda one: one["decided_at"], default=None)


def judge(scenario, entries, background, decided, sources):
    """The row of a scenario in log time."""
    row = Row(scenario.name, scenario.expected, scenario.what, "log")
    decisions, spared, reached, met = _Decisions(decided), set(), set(), []
    keys = {trace.source_key(entry.address) for entry in entries}
    row.sources = len(keys)
    for entry in entries:
        decision = decisions.about(entry)
        if decision and decision not in met:
            met.append(decision)
        if decision and int(entry.at) > seconds_of(decision["decided_at"]):
            spared.add(entry.subject)
            continue
        row.pages += entry.page
        reached.add(entry.subject)
    for one in (reached, spared):
        one.discard(None)
    row.people, row.wanted, row.decided = len(reached), len(reached | spared), len(met)
    if met:
        first = min(met, key=lambda one: one["decided_at"])
        row.action = "block" if any(one["action"] == "block" for one in met) else "throttle"
        row.after_seconds = seconds_of(first["decided_at"]) - min(entry.at for entry in entries)
        row.score, row.reasons = first["score"], [reason["text"] for reason in first["reasons"]]
        row.caught = row.people <= _MOST * row.wanted
    else:
        of = [source for source in sources if network_of(source["source"]) in keys]
        if of:
            strongest = max(of, key=lambda source: source["score"])
            row.score, row.reasons = strongest["score"], [reason["text"] for reason in strongest["reasons"]]
    row.false_alarms = _alarms(scenario, entries, background, decisions)
    return row


def _alarms(scenario, entries, background, decisions):
    """Everybody who must not be touched and met a decision, at once with what for."""
    found = {}
    for entry in background + (entries if scenario.expected == UNTOUCHED else []):
        decision = decisions.about(entry)
        if decision and int(entry.at) >= seconds_of(decision["decided_at"]):
            found[decision["source"]] = {"who": entry.who, "source": decision["source"], "action": decision["action"],
                                         "score": decision["score"], "reasons": [reason["text"] for reason in decision["reasons"]]}
    return list(found.values())


def worst(rows):
    """Of several draws of a scenario the least favourable, with the false alarms of all."""
    row = max(rows, key=lambda row: (not row.right, row.people))
    row.false_alarms = [alarm for one in rows for alarm in one.false_alarms]
    return row
