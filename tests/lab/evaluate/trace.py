# SPDX-License-Identifier: Apache-2.0
"""Recorded requests, and the same requests at another time, from another address, about other people.

A recording is what a real client asked of the real nginx, line by line. `Entry` is one line as it stands in a log of a
scenario; who the visitor is stands beside it, for the judge alone. Pure but for reading and writing files.
"""

import functools
import ipaddress
import re
import time

# The log format of config/nginx-log.conf with the account after it, and milliseconds before it in recordings.
_LINE = re.compile(
    r'^(?P<at>\d+\.\d+) (?P<address>\S+) - \S+ \[[^\]]*\] "(?P<request>[^"]*)" (?P<status>\d{3}) (?P<size>\d+) "(?P<referer>[^"]*)" '
    r'"(?P<agent>[^"]*)" "(?P<host>[^"]*)" (?P<rest>.*) (?P<connection>\d+) "(?P<account>[^"]*)"$')
_NUMBERED = re.compile(r"/(people|list|assets/portraits)/(\d+)")
_SUBJECT = re.compile(r"^/people/(\d+)$")
_ASSET = re.compile(r"^/assets/|\.(ico|png|xml|txt|css|js|svg)$")
LIST_SIZE = 50


class Line:
    """One recorded request."""

    __slots__ = ("at", "address", "request", "status", "size", "referer", "agent", "host", "rest", "connection", "account")

    def __init__(self, match):
        for name in self.__slots__:
            setattr(self, name, match[name])
        self.at = float(self.at)
        self.connection = int(self.connection)

    @property
    def target(self):
        return self.request.split(" ")[1] if self.request.count(" ") == 2 else ""

    @property
    def is_page(self):
        return not _ASSET.search(self.target.split("?")[0])


def read(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return [Line(match) for match in map(_LINE.match, log) if match]


def loads(lines):
    """The lines as page loads: lists that begin with a page, with what it pulled in after it."""
    found = []
    for line in lines:
        if line.is_page or not found:
            found.append([])
        found[-1].append(line)
    return found


class Guise:
    """Who makes recorded requests anew: name for the judge, address (or one for each page load by its number), how far the
    people asked for lie from those recorded, and the account if it is to be another than recorded."""

    _made = 0

    def __init__(self, who, address, shift=0, account=None, agent=None):
        self.who, self.account, self.agent = who, account, agent
        self._address = address if callable(address) else lambda number: address
        # A list of people stays a list of people.
        self.shift = shift // LIST_SIZE * LIST_SIZE
        # Connections of different visitors are different ones.
        Guise._made += 1
        self.first_connection = Guise._made * 1_000_000

    def address(self, number):
        return self._address(number)


class Entry:
    """One line of a scenario's log; `at` in seconds since 1970."""

    __slots__ = ("at", "who", "address", "account", "target", "status", "page", "_line", "_guise", "people")

    def __init__(self, at, line, guise, number, people):
        self.at, self._line, self._guise, self.people = at, line, guise, people
        self.who, self.address, self.status, self.page = guise.who, guise.address(number), int(line.status), line.is_page
        self.account = line.account if guise.account is None else guise.account
        self.target = self._moved(line.target)

    def _moved(self, text):
        def other(match):
            count = self.people if match[1] != "list" else self.people // LIST_SIZE
            shift = self._guise.shift if match[1] != "list" else self._guise.shift // LIST_SIZE
            return f"/{match[1]}/{(int(match[2]) - 1 + shift) % count + 1}"

        return _NUMBERED.sub(other, text) if self._guise.shift else text

    @property
    def subject(self):
        """The person whose data this request reached, or None."""
        match = _SUBJECT.match(self.target)
        return int(match[1]) if match and self.status in (200, 206, 304) else None

    def _combined(self):
        line = self._line
        when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self.at))
        referer = self._moved(line.referer).replace(line.host, "neighbours.example")
        request = line.request.replace(line.target, self.target) if line.target else line.request
        agent = self._guise.agent or line.agent
        return f'{self.address} - - [{when}] "{request}" {line.status} {line.size} "{referer}" "{agent}"'

    def text(self, combined=False):
        """The line as nginx would have written it; `combined`: in the format that other programs know."""
        if combined:
            return self._combined() + "\n"
        line = self._line
        connection = self._guise.first_connection + line.connection
        return f'{self._combined()} "neighbours.example" {line.rest} {connection} "{self.account}"\n'


class Stretcher:
    """Puts recordings on the time of a scenario, on a site of so many people."""

    def __init__(self, people):
        self._people = people

    def paced(self, page_loads, guise, begin, gap):
        """Page loads from `begin` on, with gap() seconds between two; what a page pulls in keeps its distance to it."""
        made, at = [], begin
        for number, load in enumerate(page_loads):
            if number:
                at += gap()
            made += [Entry(at + min(line.at - load[0].at, 2.0), line, guise, number, self._people) for line in load]
        return made


@functools.lru_cache(maxsize=100_000)
def source_key(address):
    """What Sluice holds to account for an address: itself, or its /64."""
    ip = ipaddress.ip_address(address)
    return ipaddress.ip_network((ip, 32 if ip.version == 4 else 64), strict=False)


@functools.lru_cache(maxsize=100_000)
def host_key(address):
    """The address itself as a network."""
    return ipaddress.ip_network(address)


def write(path, entries, combined=False):
    """The entries in the order of their time."""
    with open(path, "w", encoding="utf-8") as log:
        for entry in sorted(entries, key=lambda entry: entry.at):
            log.write(entry.text(combined))
