# SPDX-License-Identifier: Apache-2.0
"""The scenarios in log time: which recordings, at whose pace, from where, for how long, and what is expected.

Each gives the entries of its visitor; the people who are on the site meanwhile are in all of them. Pure: chance comes in.
"""

import zlib

from lab.evaluate.trace import Guise, loads

BEGIN = 1_768_176_000  # Monday, 12 January 2026, 00:00 UTC
HOUR = 3600
DAY = 24 * HOUR

CAUGHT, UNTOUCHED, NOT_CAUGHT = "caught", "untouched", "not caught"


class World:
    """What scenarios are made of: recordings {name: [lines, ...]}, a Stretcher, and chance (random.Random)."""

    def __init__(self, recordings, stretcher, chance):
        self.recordings, self.stretcher, self.chance = recordings, stretcher, chance

    def loads(self, name, number=0):
        of = self.recordings[name]
        return loads(of[number % len(of)])

    def reading(self):
        """Seconds that a page is looked at. Dwell times on web pages follow a Weibull distribution whose shape is below 1
        (Liu, White and Dumais, SIGIR 2010): most are short, a few are very long."""
        return 1.0 + min(self.chance.weibullvariate(40, 0.75), 900)

    def sitting(self, name, number, guise, begin):
        return self.stretcher.paced(self.loads(name, number), guise, begin, self.reading)


def _account(kind, number):
    """A third of all people are logged in."""
    return f"{kind}{number}" if number % 3 == 0 else "-"


def people(world, count=150, days=2):
    """Ordinary people: each comes once to three times by day, a third of them over IPv6. Some were there eight days before: by
    BEGIN it is known which accounts are no news."""
    made = []
    for number in range(count):
        address = f"2001:db8:1080:{number:x}::1" if number % 3 == 1 else f"10.80.{number // 200}.{number % 200 + 1}"
        for _ in range(world.chance.randint(1, 3)):
            guise = Guise("people", address, world.chance.randrange(5000), _account("member", number))
            begin = BEGIN + world.chance.randrange(days) * DAY + world.chance.uniform(7, 22) * HOUR
            made += world.sitting("persons", number, guise, begin)
        if number % 10 == 0:
            made += world.sitting("persons", number, guise, begin - 8 * DAY)
    return made


def office(world):
    """Thirty people behind one address, each with 14 pages within a working day."""
    made = []
    for number in range(30):
        guise = Guise("office", "10.81.0.1", world.chance.randrange(5000), _account("colleague", number))
        made += world.sitting("persons", number, guise, BEGIN + DAY + world.chance.uniform(8, 16) * HOUR)
    return made


def busy_office(world):
    """The same with two sittings each, the second within the hour after lunch."""
    made = office(world)
    for number in range(30):
        guise = Guise("office", "10.81.0.1", world.chance.randrange(5000), _account("colleague", number))
        made += world.sitting("persons", number + 7, guise, BEGIN + DAY + world.chance.uniform(12.5, 13.5) * HOUR)
    return made


def power(world):
    """Eighty profiles in one day, in four sittings."""
    pages, made = world.loads("power"), []
    guise = Guise("power", "10.81.1.1", world.chance.randrange(5000))
    for part in range(4):
        some = pages[part * len(pages) // 4:(part + 1) * len(pages) // 4]
        made += world.stretcher.paced(some, guise, BEGIN + DAY + (8 + 3.5 * part) * HOUR, world.reading)
    return made


def newcomer(world):
    guise = Guise("newcomer", "2001:db8:1081:2::1", world.chance.randrange(5000))
    return world.sitting("newcomer", 0, guise, BEGIN + DAY + 18 * HOUR)


def phone(world):
    """Comes three times a day, and its icons are not there each time."""
    made = []
    for hour in (8, 13, 20, 32, 37, 44):
        made += world.sitting("phone", 0, Guise("phone", "10.81.3.1", world.chance.randrange(5000)), BEGIN + hour * HOUR)
    return made


def uptime(world):
    pages = world.loads("probe") * (2 * DAY // 60 // 40)
    return world.stretcher.paced(pages, Guise("uptime", "10.81.4.1"), BEGIN, lambda: 60)


def feed(world):
    pages = [[line] for line in world.recordings["feed"][0]]
    pages = pages[:1] + pages[1:] * (2 * DAY // 1800 // (len(pages) - 1))
    return world.stretcher.paced(pages, Guise("feed", "10.81.5.1"), BEGIN, lambda: 1800)


def crawler(world):
    made, begin = [], BEGIN + 10 * HOUR
    for part in range(5):
        guise = Guise("crawler", "198.51.100.250", part * 1000)
        made += world.stretcher.paced(world.loads("crawler"), guise, begin, lambda: world.chance.uniform(0.5, 1.5))
        begin = made[-1].at + 1
    return made


def polite(world):
    """AutoThrottle's pace is the delay times 0.5 to 1.5."""
    made, begin = [], BEGIN + DAY + 9 * HOUR
    for part in range(3):
        guise = Guise("polite", "10.82.0.1", part * 1000)
        made += world.stretcher.paced(world.loads("polite"), guise, begin, lambda: world.chance.uniform(5, 15))
        begin = made[-1].at + 10
    return made


def walker(world):
    made, begin = [], BEGIN + DAY + 9 * HOUR
    for part in range(12):
        guise = Guise("walker", "10.82.1.1", part * 50)
        made += world.sitting("walker", 0, guise, begin)
        begin = made[-1].at + world.reading()
    return made


def _any_of(count):
    """Which of so many addresses the n-th page load takes: any, as the workers happen to be free."""
    return lambda number: zlib.crc32(str(number).encode()) % count


def _keys(world, who, address, parts, begin, gap):
    made = []
    for part in range(parts):
        made += world.stretcher.paced(world.loads("keys"), Guise(who, address, part * 1000), begin, gap)
        begin = made[-1].at + gap()
    return made


def divided(world):
    return _keys(world, "divided", lambda number: f"10.82.2.{_any_of(50)(number) + 1}", 4, BEGIN + DAY,
                 lambda: world.chance.expovariate(1 / 20))


def divided_homes(world):
    homes = [f"10.{130 + home}.{home * 5}.{home * 3 + 9}" for home in range(50)]
    return _keys(world, "divided-homes", lambda number: homes[_any_of(50)(number)], 4, BEGIN + DAY, lambda: world.chance.expovariate(1 / 20))


def rotating(world):
    return _keys(world, "rotating", lambda number: f"2001:db8:2000:{number * 40503 % 65536:x}::{number % 9 + 1}", 2, BEGIN + DAY + 9 * HOUR,
                 lambda: world.chance.uniform(1, 3))


def account(world):
    guise = Guise("account", lambda number: f"10.82.{10 + _any_of(5)(number)}.1")
    return world.stretcher.paced(world.loads("account"), guise, BEGIN + DAY + 9 * HOUR, lambda: world.chance.uniform(20, 60))


def patient(world):
    """Sixty profiles a day, one by one from all over the site, for five days: little in it differs from somebody who reads a lot."""
    pages, made = [load for load in world.loads("walker") if "/people/" in load[0].target], []
    for day in range(5):
        begin = BEGIN + (day * 24 + 9) * HOUR
        for _ in range(60):
            guise = Guise("patient", "10.82.20.1", world.chance.randrange(5000))
            made += world.stretcher.paced([world.chance.choice(pages)], guise, begin, world.reading)
            begin += 60 + world.reading() * 4
    return made


class Scenario:
    """`records`: the recordings it is made of, beside persons. `make`: World -> entries."""

    def __init__(self, name, expected, records, what, make):
        self.name, self.expected, self.records, self.what, self.make = name, expected, records, what, make

    @property
    def needs_browser(self):
        return bool(self.records & {"power", "newcomer", "phone", "walker"})


STRETCHED = [Scenario(*row) for row in (
    ("polite", CAUGHT, {"polite"}, "Scrapy with AutoThrottle, a browser's user agent, a page in 5 to 15 s", polite),
    ("walker", CAUGHT, {"walker"}, "Chromium by Playwright: all profiles, loads everything, waits like a person", walker),
    ("divided", CAUGHT, {"keys"}, "fifty addresses of a /24 divide the keys, each a page in 17 min", divided),
    ("divided-homes", CAUGHT, {"keys"}, "the same from fifty unrelated networks", divided_homes),
    ("rotating", CAUGHT, {"keys"}, "another /64 of an IPv6 /48 for each page", rotating),
    ("account", CAUGHT, {"account"}, "logs in with a fresh account, five addresses, a page in 20 to 60 s", account),
    ("patient", NOT_CAUGHT, {"walker"}, "Chromium, sixty profiles a day in no order, five days", patient),
    ("people", UNTOUCHED, set(), "150 people with Chromium: read, search, go back, open tabs; two days", None),
    ("office", UNTOUCHED, set(), "thirty of them behind one address, a working day", office),
    ("busy-office", UNTOUCHED, set(), "the same, each twice, half of it in the hour after lunch", busy_office),
    ("power", UNTOUCHED, {"power"}, "a power user: eighty profiles in a day", power),
    ("newcomer", UNTOUCHED, {"newcomer"}, "opens an account and reads 25 profiles at once", newcomer),
    ("phone", UNTOUCHED, {"phone"}, "a phone that asks for touch icons that are not there", phone),
    ("uptime", UNTOUCHED, {"probe"}, "an uptime probe, each minute for two days", uptime),
    ("feed", UNTOUCHED, {"feed"}, "a feed reader, twice an hour for two days", feed),
    ("crawler", UNTOUCHED, {"crawler"}, "a verified crawler that crawls everything", crawler),
)]
