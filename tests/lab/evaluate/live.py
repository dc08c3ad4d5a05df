# SPDX-License-Identifier: Apache-2.0
"""The scenarios that need no stretching: visitors come to the web server while sluiced guards it and drops.

Judged by nginx's log (what was really served) and by what `sluicectl watch` tells; the people judge for themselves.
"""

import contextlib
import ipaddress
import os
import time

from lab.evaluate import trace
from lab.evaluate.judge import Row
from lab.evaluate.recordings import CRAWLER_AGENT
from lab.evaluate.scenarios import CAUGHT, UNTOUCHED
from lab.network import SERVER_V4, SERVER_V6
from lab.visitors.browser import Browsers
from lab.visitors.curl import Loop
from lab.visitors.hopper import Hopper
from lab.visitors.mirror import Mirror
from lab.visitors.person import Person
from lab.visitors.spider import Spider
from lab.visitors.walker import Walker

HOUSEHOLD = "198.51.100.30"
_FOUND_WITHIN_SECONDS = 60
_NUMBERS = ["/people/NUMBER"]


class Live:
    """`start`: lab -> a visitor with running() and leave(), or with wait(); `network`: where it comes from."""

    def __init__(self, name, expected, what, network, start, needs_browser=False):
        self.name, self.expected, self.what, self.network, self.start = name, expected, what, network, start
        self.needs_browser, self.records = needs_browser, set()


class _Household:
    """Three people and a phone with Chromium behind one address, at human pace, until they are told to leave."""

    def __init__(self, lab, seconds):
        lab.network.route_unbound(HOUSEHOLD)
        orders = [{"name": f"home-{number}", "kind": "person", "read": [3, 7], "seconds": seconds} for number in range(3)]
        orders.append({"name": "home-phone", "kind": "phone", "read": [3, 7], "seconds": seconds})
        self._browsers = Browsers(lab.network.visitors, lab.folder, orders)
        self._seconds = seconds

    def troubles(self):
        found = []
        try:
            answers = self._browsers.wait(self._seconds + 90)
        except RuntimeError as error:
            return [str(error)]
        for name, answer in answers.items():
            found += [f"{name}: {trouble}" for trouble in answer["troubles"]]
            if answer["pages"] < 3:
                found.append(f"{name} saw {answer['pages']} pages only")
        return found

    def leave(self):
        self._browsers.leave()


class _Reader:
    """The lab's own person, over IPv6."""

    def __init__(self, lab, address):
        self._person = Person(lab.network.visitors, address, SERVER_V6)

    def troubles(self):
        self._person.leave()
        person = self._person
        return person.troubles + ([] if person.connections == 1 else [f"needed {person.connections} connections"])

    def leave(self):
        self._person.leave()


def live(seconds):
    """The scenarios; people stay for `seconds`."""
    def visitor(kind, where, server):
        return lambda lab: kind(lab.network.visitors, where, server, lab.folder)

    return [Live(*row) for row in (
        ("scrapy", CAUGHT, "Scrapy with its defaults, /people/1, 2, 3", "198.51.100.77", visitor(Walker, "198.51.100.77", SERVER_V4)),
        ("wget", CAUGHT, "wget --recursive", "203.0.113.140", visitor(Mirror, "203.0.113.140", SERVER_V4)),
        ("curl", CAUGHT, "a curl loop, /people/1, 2, 3", "203.0.113.60",
         lambda lab: Loop(lab.network.visitors, "203.0.113.60", SERVER_V4, _NUMBERS)),
        ("hopper", CAUGHT, "a curl loop, another address of its IPv6 /64 each time, out of order", "2001:db8:1000:99::/64",
         visitor(Hopper, "2001:db8:1000:99::/64", SERVER_V6)),
        ("household", UNTOUCHED, "three people and a phone with Chromium behind one address", HOUSEHOLD,
         lambda lab: _Household(lab, seconds), True),
        ("reader", UNTOUCHED, "a person over IPv6", "2001:db8:1000:23::5", lambda lab: _Reader(lab, "2001:db8:1000:23::5")),
        ("probe", UNTOUCHED, "an uptime probe with curl, each second", "198.51.100.40",
         lambda lab: Loop(lab.network.visitors, "198.51.100.40", SERVER_V4, ["/"], 1.0)),
        ("bot", UNTOUCHED, "a verified crawler (Scrapy), everything, as fast as AutoThrottle goes", "198.51.100.250",
         lambda lab: Spider(lab.network.visitors, "198.51.100.250", SERVER_V4, lab.folder, CRAWLER_AGENT)),
    )]


def _key(network):
    net = ipaddress.ip_network(network)
    return net.supernet(new_prefix=64) if net.version == 6 and net.prefixlen > 64 else net


def _decisions(watch):
    """{network: [(event, ...)]} of throttles and blocks so far."""
    found = {}
    for event in list(watch.events):
        if event["event"] == "decision" and event["action"] in ("throttle", "block"):
            found.setdefault(event["source"], []).append(event)
    return found


def _await_blocks(watch, scrapers):
    """Until every scraper is blocked, or time is up: {name: when the first decision about it was told, seconds since 1970}."""
    firsts, deadline = {}, time.monotonic() + _FOUND_WITHIN_SECONDS
    while time.monotonic() < deadline:
        decisions = _decisions(watch)
        for one in scrapers:
            if str(_key(one.network)) in {str(_key(source)) for source in decisions}:
                firsts.setdefault(one.name, time.time())
        blocked = {str(_key(source)) for source, events in decisions.items() if any(event["action"] == "block" for event in events)}
        if all(str(_key(one.network)) in blocked for one in scrapers):
            break
        watch.wait_for_more(0.2)
    return firsts


def run(lab, chosen, seconds):
    """The rows of the chosen live scenarios, which all run at the same time."""
    lab.filter.start()
    watch = lab.filter.watch()
    with contextlib.ExitStack() as stack:
        stack.callback(watch.stop)
        begin, visitors = time.monotonic(), {}
        # People first: they are on the site already when scrapers come.
        for one in sorted(chosen, key=lambda one: one.expected == CAUGHT):
            visitors[one.name] = one.start(lab)
            stack.callback(visitors[one.name].leave)
        firsts = _await_blocks(watch, [one for one in chosen if one.expected == CAUGHT])
        rest = seconds - (time.monotonic() - begin)
        if rest > 0 and any(one.expected == UNTOUCHED for one in chosen):
            time.sleep(rest)  # the time that people are to be watched for
        troubles = {name: visitor.troubles() for name, visitor in visitors.items() if hasattr(visitor, "troubles")}
        lab.nginx.settle()
        decisions = _decisions(watch)
        came = _first_requests(lab)
        rows = [_row(lab, one, decisions, troubles.get(one.name, [])) for one in chosen]
        for row, one in zip(rows, chosen):
            if one.name in firsts:
                row.after_seconds = firsts[one.name] - came[_key(one.network)]
    known = {_key(one.network) for one in chosen}
    for source, events in decisions.items():
        if _key(source) not in known:
            rows[0].false_alarms.append(_alarm("nobody of these", events[-1], lab))
    return rows


def _first_requests(lab):
    """{source: when its first request was answered, seconds since 1970}."""
    found = {}
    for line in trace.read(os.path.join(os.path.dirname(lab.nginx.access_log), "record.log")):
        found.setdefault(trace.source_key(line.address), line.at)
    return found


def _alarm(who, event, lab):
    explained = lab.filter.ask("explain", event["source"])["in_force"]
    return {"who": who, "source": event["source"], "action": event["action"], "score": event["score"],
            "reasons": [signal["text"] for detail in explained for signal in detail["signals"]]}


def _row(lab, one, decisions, troubles):
    row = Row(one.name, one.expected, one.what, "live")
    hits = lab.nginx.hits(one.network)
    row.pages = sum(hit.is_page for hit in hits)
    row.people = len({hit.target for hit in hits if hit.is_person and hit.status in (200, 304)})
    row.sources, row.troubles = 1, troubles
    events = [event for source, of in decisions.items() for event in of if _key(source) == _key(one.network)]
    if events:
        row.decided, row.caught = 1, True
        row.action = "block" if any(event["action"] == "block" for event in events) else "throttle"
        alarm = _alarm(one.name, events[-1], lab)
        row.score, row.reasons = alarm["score"], alarm["reasons"]
        if one.expected == UNTOUCHED:
            row.false_alarms.append(alarm)
    if one.expected == UNTOUCHED and not hits:
        row.troubles = row.troubles + ["it never reached the server"]
    return row
