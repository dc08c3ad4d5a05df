# SPDX-License-Identifier: Apache-2.0
"""Short real visits of real clients to the real nginx, nothing filtered, kept as recordings that scenarios stretch.

`record` lets all that are wanted come at the same time and gives {name: lines}. Decides nothing and changes no line.
"""

import contextlib
import os
import random
import shlex

from lab.evaluate import trace
from lab.network import SERVER_V4
from lab.visitors import curl
from lab.visitors.browser import Browsers, host
from lab.visitors.person import Person
from lab.visitors.spider import Spider
from lab.wait import wait_until

# Of the example in README: a crawler whose operator publishes its ranges.
CRAWLER_AGENT = "Mozilla/5.0 (compatible; Examplebot/2.1; +https://search.example/bot)"
_CURL_KEYS = 1000


class _Visit:
    """Lines of the log by the address that the visitor has."""

    def __init__(self, addresses):
        self._addresses = set(addresses)

    def has(self, line):
        return line.address in self._addresses


class _HostVisit:
    def __init__(self, name):
        self._host = host(name)

    def has(self, line):
        return line.host == self._host


def _spider(address, agent, pages, delay):
    def start(lab, stack):
        visitor = Spider(lab.network.visitors, address, SERVER_V4, lab.folder, agent, pages, delay)
        stack.callback(visitor.leave)
        return lambda seconds: visitor.wait(seconds)

    return start, _Visit([address])


def _curl(addresses, paths, headers):
    def start(lab, stack):
        requests = [(addresses[number % len(addresses)], path) for number, path in enumerate(paths)]
        process = curl.fetch(lab.network.visitors, lab.folder, SERVER_V4, requests, headers)
        stack.callback(process.kill)
        return process.wait

    return start, _Visit(addresses)


def _feed_reader():
    """newsboat reloads one feed six times; it has the address of whoever binds to none."""
    def start(lab, stack):
        folder = os.path.join(lab.folder, "newsboat")
        os.mkdir(folder)
        with open(f"{folder}/urls", "w", encoding="utf-8") as urls:
            urls.write(f"http://{SERVER_V4}/feed.xml\n")
        command = f"newsboat -C /dev/null -u {folder}/urls -c {folder}/cache.db -x reload"
        process = lab.network.visitors.popen("sh", "-c", " && ".join([shlex.join(shlex.split(command))] * 6),
                                             env={**os.environ, "HOME": folder})
        stack.callback(process.kill)
        return process.wait

    class Visit:
        @staticmethod
        def has(line):
            return line.agent.startswith("newsboat")

    return start, Visit()


def _shuffled(count):
    """Every key once, in no order."""
    keys = list(range(1, count + 1))
    random.Random(count).shuffle(keys)
    return [f"/people/{key}" for key in keys]


def clients():
    """{name: (start, visit)} of all that need no browser."""
    fresh = ["/login?name=fresh", *_shuffled(_CURL_KEYS)[:400]]
    return {
        "polite": _spider("10.66.0.1", curl.BROWSER_HEADERS["User-Agent"], 400, 0.05),
        "crawler": _spider("10.66.0.2", CRAWLER_AGENT, 1000, 0.0),
        "keys": _curl([f"10.66.1.{number + 1}" for number in range(50)], _shuffled(_CURL_KEYS), curl.BROWSER_HEADERS),
        "account": _curl([f"10.66.2.{number + 1}" for number in range(5)], fresh, curl.BROWSER_HEADERS),
        "probe": _curl(["10.66.0.3"], ["/", "/people/1"] * 20, {"User-Agent": "curl/7.88.1"}),
        "feed": _feed_reader(),
    }


def browser_orders(persons):
    """{recording: orders of its visitors}."""
    return {
        "persons": [{"name": f"person-{number}", "kind": "person", "pages": 14} for number in range(persons)],
        "power": [{"name": "power", "kind": "person", "people": 80, "read": [0.02, 0.1]}],
        "newcomer": [{"name": "newcomer", "kind": "person", "people": 25, "first": "/login?name=newcomer"}],
        "phone": [{"name": "phone", "kind": "phone", "pages": 10}],
        "walker": [{"name": "walker", "kind": "walker", "people": 50, "read": [0.0, 0.05]}],
    }


def _lab_persons(lab, stack, count):
    """The lab's own persons, where no browser is to be used."""
    addresses = [f"10.66.3.{number + 1}" for number in range(count)]
    persons = [Person(lab.network.visitors, address, SERVER_V4, (0.1, 0.4)) for address in addresses]

    def wait(seconds):
        wait_until("the persons' pages", lambda: min(person.pages for person in persons) >= 14, seconds, 0.1)
        for person in persons:
            person.leave()

    return wait, [_Visit([address]) for address in addresses]


def record(lab, wanted, persons, browser, seconds=240):
    """Lets the wanted ones come, and `persons` persons always. Gives {name: [lines of one visit, ...]}."""
    waits, visits = [], {}
    with contextlib.ExitStack() as stack:
        if browser:
            chosen = {name: orders for name, orders in browser_orders(persons).items() if name in wanted or name == "persons"}
            browsers = Browsers(lab.network.visitors, lab.folder, [order for orders in chosen.values() for order in orders])
            stack.callback(browsers.leave)
            visits.update({name: [_HostVisit(order["name"]) for order in orders] for name, orders in chosen.items()})

            def left(seconds):
                for name, answer in browsers.wait(seconds).items():
                    if answer["troubles"]:
                        raise RuntimeError(f"{name} met trouble while it was recorded: {answer['troubles'][:3]}")

            waits.append(left)
        else:
            wait, visits["persons"] = _lab_persons(lab, stack, persons)
            waits.append(wait)
        for name, (start, visit) in clients().items():
            if name in wanted:
                waits.append(start(lab, stack))
                visits[name] = [visit]
        for wait in waits:
            wait(seconds)
    lab.nginx.settle()
    lines = trace.read(os.path.join(os.path.dirname(lab.nginx.access_log), "record.log"))
    found = {name: [[line for line in lines if visit.has(line)] for visit in of] for name, of in visits.items()}
    for name, recorded in found.items():
        if not all(recorded):
            raise RuntimeError(f"{name} was to be recorded and left nothing in the log")
    return found
