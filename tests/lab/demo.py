# SPDX-License-Identifier: Apache-2.0
"""What `scripts/demo` shows: scrapers come to a real web server, are found from what they do and dropped at the NIC.

Runs the lab once, tells what happens as it happens, sums it up in one table, and ends with status 1 naming every promise
that did not hold. Judges by nginx's log and the network driver's counter, not by what the daemon says of itself.
"""

import ipaddress
import os
import sys
import threading
import time

from lab.lab import Lab
from lab.network import SERVER_V4, SERVER_V6, exit_on_signals
from lab.visitors.hopper import Hopper
from lab.visitors.mirror import Mirror
from lab.visitors.person import Person
from lab.visitors.walker import Walker
from lab.wait import TimedOut, wait_until

PEOPLE = 5000
# Between one thing and the next, so that a reader can follow, and so that the persons read in peace between scrapers.
PAUSE_SECONDS = 6
# Long enough for every stubborn scraper to knock again.
WATCH_BLOCKED_SECONDS = 8
FOUND_WITHIN_SECONDS = 40
# A person who waits as long as this for an answer has noticed.
NOTICED_SECONDS = 1.0


class Story:
    """Prints what happens, with the time since the beginning; colour only on a terminal."""

    _COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}

    def __init__(self, out=sys.stdout):
        self._out = out
        self._colour = out.isatty() and "NO_COLOR" not in os.environ
        self._begin = time.monotonic()
        self._lock = threading.Lock()

    def paint(self, text, colour):
        return f"\033[{self._COLOURS[colour]}m{text}\033[0m" if self._colour and colour else text

    def line(self, text="", colour=None):
        with self._lock:
            print(self.paint(text, colour), file=self._out, flush=True)

    def tell(self, text, colour=None):
        self.line(f"{time.monotonic() - self._begin:6.1f} s  {self.paint(text, colour)}")

    def more(self, text, colour=None):
        self.line(f"{'':10}{self.paint(text, colour)}")


class Caught:
    """What became of one scraper."""

    def __init__(self, visitor):
        self.visitor = visitor
        self.seconds = None          # from its first request in nginx's log to the block
        self.pages = 0               # served before the first packet of it was dropped by the block
        self.people = 0
        self.pages_after = 0
        self.dropped = 0             # by the driver's counter, since the block


class Demo:
    def __init__(self, lab, story):
        self._lab, self._story = lab, story
        self._failures = []
        self._caught = []
        self.persons = []

    def run(self):
        """Gives the promises that did not hold, in words."""
        lab, story = self._lab, self._story
        lab.filter.start()
        watch = lab.filter.watch()
        try:
            self._introduce()
            self.persons = [Person(lab.network.visitors, "198.51.100.23", SERVER_V4),
                            Person(lab.network.visitors, "2001:db8:1000:23::5", SERVER_V6)]
            for person in self.persons:
                story.tell(f"A person comes from {person.address}: reads a page every 4 to 6 seconds", "green")
            time.sleep(PAUSE_SECONDS)
            for kind, where, server in ((Walker, "198.51.100.77", SERVER_V4), (Mirror, "203.0.113.140", SERVER_V4),
                                        (Hopper, "2001:db8:1000:99::/64", SERVER_V6)):
                self._meet(kind, where, server, watch)
                time.sleep(PAUSE_SECONDS)
            self._judge_persons()
            self._table()
        finally:
            watch.stop()
            for caught in self._caught:
                caught.visitor.leave()
        return self._failures

    def _introduce(self):
        status = self._lab.filter.ask("status")
        story = self._story
        story.tell(f"nginx shows {PEOPLE:,} people at http://{SERVER_V4}/ and http://[{SERVER_V6}]/")
        for interface in status["interfaces"]:
            story.tell(f"sluiced filters at {interface['name']}: XDP {interface['xdp_mode']}, {interface['placement']}, "
                       f"mode {status['mode']}")
            if interface["xdp_mode"] != "native":
                self._failures.append(f"XDP is {interface['xdp_mode']} at {interface['name']}, not native")

    def _meet(self, kind, where, server, watch):
        lab, story = self._lab, self._story
        story.line()
        visitor = kind(lab.network.visitors, where, server, lab.folder)
        caught = Caught(visitor)
        self._caught.append(caught)
        story.tell(f"{visitor.name}: comes from {where}", "yellow")
        wait_until("its first request", lambda: lab.nginx.hits(visitor.network), 60)
        first = time.monotonic()
        told = set()

        def blocked():
            for event in list(watch.events):
                if event["source"] == visitor.network and event["event"] == "decision" and event["action"] not in told:
                    told.add(event["action"])
                    self._tell_decision(visitor, event, time.monotonic() - first)
            return "block" in told

        try:
            wait_until(f"{visitor.name} to be found", blocked, FOUND_WITHIN_SECONDS)
            # Nobody else is blocked and still knocking, so what the driver drops from here on is this scraper's.
            before = lab.network.driver_drops()
            caught.seconds = time.monotonic() - first
            wait_until(f"the driver to drop a packet of {visitor.name}", lambda: lab.network.driver_drops() > before, 15)
        except TimedOut as failure:
            self._fail(str(failure))
            return
        lab.nginx.settle()
        hits = lab.nginx.hits(visitor.network)
        caught.pages = sum(hit.is_page for hit in hits)
        caught.people = len({hit.target for hit in hits if hit.is_person})
        time.sleep(WATCH_BLOCKED_SECONDS)
        caught.dropped = lab.network.driver_drops() - before
        caught.pages_after = len(lab.nginx.hits(visitor.network)) - len(hits)
        visitor.leave()
        story.tell(f"It had reached {caught.pages:,} pages, {caught.people:,} of them people's. In {WATCH_BLOCKED_SECONDS} s since: "
                   f"{caught.dropped:,} packets dropped at the NIC, {caught.pages_after} requests served")
        if caught.pages_after:
            self._fail(f"{visitor.name} was served {caught.pages_after} requests after its first packet was dropped")

    def _tell_decision(self, visitor, event, seconds):
        story = self._story
        story.tell(f"{event['action'].upper()} {event['source']} after {seconds:.1f} s, until {event['until']}, by "
                   f"{event['actor']}, score {event['score']:.1f}", "red" if event["action"] == "block" else "yellow")
        explained = self._lab.filter.ask("explain", event["source"])
        for detail in explained["in_force"]:
            if detail["decision"]["action"] == event["action"]:
                for signal in detail["signals"]:
                    story.more(f"{signal['heuristic']} {signal['weight']:+.1f}: {signal['text']}")
                hits = self._lab.nginx.hits(visitor.network)
                story.more(f"it asked for {', '.join(hit.target for hit in hits if hit.is_page)[:70]}...", "dim")
                addresses = len({hit.address for hit in hits})
                if addresses > 1:
                    story.more(f"it came from {addresses} addresses, all held against its network", "dim")

    def _fail(self, words):
        self._failures.append(words)
        self._story.tell(f"Not kept: {words}", "red")

    def _judge_persons(self):
        story, persons = self._story, self.persons
        story.line()
        story.tell("The scrapers are held. Are the persons still served?")
        for person in persons:
            before = person.pages
            try:
                # The page in hand may have been asked for before: two more are proof.
                wait_until(f"the person at {person.address} to be served two more pages",
                           lambda person=person, before=before: person.pages >= before + 2, 20)
            except TimedOut as failure:
                self._fail(str(failure))
            person.leave()
            for trouble in person.troubles:
                self._fail(f"the person at {person.address} met trouble: {trouble}")
            if person.connections != 1:
                self._fail(f"the person at {person.address} needed {person.connections} connections instead of one")
            if person.lost:
                self._fail(f"the person at {person.address} had to send {person.lost} packets again")
            if person.slowest >= NOTICED_SECONDS:
                self._fail(f"the person at {person.address} waited {person.slowest * 1000:,.0f} ms for an answer")
        people = {person.address for person in persons}
        for decision in self._lab.filter.decisions():
            network = ipaddress.ip_network(decision["source"])
            if decision["action"] != "allow" and any(ipaddress.ip_address(one) in network for one in people):
                self._fail(f"a person was taken for a scraper: {decision['action']} {decision['source']}, {decision['reason']}")

    def _table(self):
        story = self._story
        rows = [("who", "from", "pages", "people", "found after", "dropped at the NIC", "served since")]
        for person in self.persons:
            hits = self._lab.nginx.hits(person.address)
            people = len({hit.target for hit in hits if hit.is_person})
            rows.append(("person", person.address, f"{person.pages}", f"{people}", "-", "-",
                         f"to the end: {len(person.answers)} answers, the slowest in {person.slowest * 1000:,.0f} ms, "
                         f"{person.lost} packets lost"))
        for caught in self._caught:
            found = "not found" if caught.seconds is None else f"{caught.seconds:.1f} s"
            rows.append((caught.visitor.name, caught.visitor.network, f"{caught.pages:,}", f"{caught.people:,}", found,
                         f"{caught.dropped:,}", f"{caught.pages_after}"))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        story.line()
        for number, row in enumerate(rows):
            text = "  ".join(cell.rjust(width) if column in (2, 3, 4, 5) else cell.ljust(width)
                             for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
            story.line(text, "bold" if number == 0 else None)
        story.line()


def measured(persons):
    """What the persons met, in numbers."""
    return (f"the slowest of the persons' {sum(len(person.answers) for person in persons)} answers took "
            f"{max(person.slowest for person in persons) * 1000:,.0f} ms, and {sum(person.lost for person in persons)} of their packets "
            "had to be sent again")


def main():
    exit_on_signals()
    story = Story()
    story.line("Sluice: scrapers at a real web server, found from what they do and dropped at the network interface", "bold")
    story.tell(f"Making the lab: two network namespaces, nginx, {PEOPLE:,} people")
    try:
        with Lab(PEOPLE) as lab:
            demo = Demo(lab, story)
            failures = demo.run()
    except KeyboardInterrupt:
        story.line("\nInterrupted; the lab is taken away.")
        return 130
    if failures:
        story.line("What was promised and did not hold:", "red")
        for failure in failures:
            story.line(f"  - {failure}", "red")
        return 1
    story.line("Every scraper was found and dropped at the NIC.", "green")
    story.line(f"Nobody else noticed: {measured(demo.persons)}.", "green")
    return 0


if __name__ == "__main__":
    sys.exit(main())
