# SPDX-License-Identifier: Apache-2.0
"""Compares what the tool says of a log with the truth.

A shape of the truth is found, called people or called a list if that holds for at least half of its requests. Which route a request belongs to is
read here from the patterns, as sluice.toml(5) describes them, so that the tool does not judge itself. The subject of a route must tell the same
people (or things) apart as the truth does: a page about a person whose route takes the city for the person is a miss.
"""

import re
from collections import Counter, defaultdict
from urllib.parse import unquote

LEAST_VALUES, LEAST_REQUESTS, LEAST_LIST_REQUESTS = 25, 50, 30
KINDS = {"number": r"[0-9]+", "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "hex": r"[0-9a-fA-F]+"}
ENDS = ["asp", "aspx", "htm", "html", "json", "jsp", "php", "txt", "xml"]  # of the same person, unless a route says otherwise
ASSETS = re.compile(r"^/(?:assets|static)/|\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|bmp|woff2?|ttf|otf|eot|mp4|webm|mp3|webmanifest)$")
MARK = re.compile(r"\{subject(?::(\w+))?\}|\*")


def compiled(text, flags, within="[^/]"):
    """A segment, a value or a host of a pattern as a regular expression; its groups are the subject. `within`: what a value is made of."""
    result, at = [], 0
    for mark in MARK.finditer(text):
        result.append(re.escape(unquote(text[at:mark.start()])))
        result.append(f"{within}*?" if mark[0] == "*" else f"({KINDS[mark[1]] if mark[1] else within + '+?'})")
        at = mark.end()
    result.append(re.escape(unquote(text[at:])))
    return re.compile("".join(result), flags)


def split_target(target):
    path, _, query = target.partition("?")
    segments = [unquote(segment) for segment in path.split("/") if segment]
    keys = {}
    for part in query.split("&") if query else []:
        key, _, value = part.partition("=")
        keys.setdefault(unquote(key), unquote(value.replace("+", " ")))
    return segments, keys


class Route:
    """A route of the tool, with what it is asked here: does this URL belong to it, and whom does it name?"""

    def __init__(self, route):
        self.route = route
        self.text = "".join(route.get("hosts") or []) + route["pattern"]
        flags = re.IGNORECASE if route.get("fold_case") else 0
        path, _, query = route["pattern"].partition("?")
        regex = ""
        for segment in path.split("/"):
            if segment == "**":
                regex += "(?:/[^/]+)*"
            elif segment:
                regex += "/" + compiled(segment, flags).pattern
        self.path = re.compile(regex or "/?", flags | re.DOTALL)
        self.query = [(unquote(key), compiled(value, flags | re.DOTALL, ".")) for key, _, value in (part.partition("=") for part in query.split("&") if part)]
        self.hosts = [compiled(host.removeprefix("www."), re.IGNORECASE) for host in route.get("hosts") or []]
        self.methods = route.get("methods") or ["GET", "HEAD"]
        self.excepted = [compiled(text.lstrip("/"), flags) for text in route.get("except") or []]
        self.extensions = [end.lstrip(".") for end in route.get("extensions") or ENDS]
        self.assets = route["assets"]
        self.is_list = route["role"] == "list"
        self.people = route["looks_like_people"]

    def match(self, method, host, segments, keys):
        """The subject as a tuple of texts, () for a list, None if the URL is of another route."""
        if method not in self.methods:
            return None
        subject = ()
        if self.hosts:
            host = host.removeprefix("www.")  # no part of a host
            found = next((found for found in (pattern.fullmatch(host) for pattern in self.hosts) if found), None)
            if not found:
                return None
            subject += found.groups()
        path = "/" + "/".join(segments) if segments else ""
        if not self.assets and ASSETS.search(path):
            return None
        bare, dot, end = path.rpartition(".")
        found = (self.path.fullmatch(bare) if dot and end in self.extensions else None) or self.path.fullmatch(path)
        if not found:
            return None
        subject += found.groups()
        for key, pattern in self.query:
            if key not in keys:
                return None
            value = pattern.fullmatch(keys[key])
            if not value:
                return None
            subject += value.groups()
        if any(pattern.fullmatch(text) for pattern in self.excepted for text in subject):
            return None
        return subject


def tells_apart(pairs, least=0.9):
    """Whether subjects and items are the same but for a few: `pairs` of (item, subject)."""
    if not pairs:
        return False
    items, subjects = {item for item, _ in pairs}, {subject for _, subject in pairs}
    return len(items) >= least * len(pairs) and len(subjects) >= least * len(pairs)


class Tally:
    """What is counted of one shape of the truth."""

    def __init__(self, shape):
        self.shape = shape
        self.requests = self.people = self.lists = 0
        self.items = defaultdict(set)
        self.subjects = set()
        self.by_route = defaultdict(set)  # (items, subject) of each route that takes the URL, people or not
        self.taken = Counter()  # requests by the routes that take them
        self.routes = Counter()
        self.example = ""


def judge(site, seen, answer):
    """The figures of one log: what the tool said (`answer`) against what was asked for (`seen`)."""
    routes = [Route(route) for route in answer["routes"]]
    proposed = [route for route in routes if route.people and not route.is_list]
    lists = [route for route in routes if route.people and route.is_list]
    shapes = {shape.name: shape for shape in site.shapes}
    tallies, per_route = {}, defaultdict(Counter)
    for (name, method, host, target), (requests, items) in seen.items():
        tally = tallies.setdefault(name or "static files", Tally(shapes.get(name)))
        tally.requests += requests
        tally.example = tally.example or ("" if method == "GET" else method + " ") + (host if site.vhost else "") + target
        for pool, item in items.items():
            tally.items[pool].add(item)
        segments, keys = split_target(target)
        for route in proposed:
            subject = route.match(method, host, segments, keys)
            if subject is not None:
                tally.people += requests
                tally.routes["people " + route.text] += requests
                if tally.shape and tally.shape.of:
                    tally.subjects.add((items[tally.shape.of], subject))
                break
        else:
            for route in lists:
                if route.match(method, host, segments, keys) is not None:
                    tally.lists += requests
                    tally.routes["list " + route.text] += requests
                    break
        taking = []
        for route in routes:
            subject = route.match(method, host, segments, keys)
            if subject:
                pattern = route.text
                taking.append(pattern)
                per_route[pattern][name] += requests
                tally.by_route[pattern].add((tuple(sorted(items.items())), subject))
                if not route.people:
                    tally.routes["not people " + pattern] += requests
        tally.taken[tuple(taking)] += requests
    return Result(site, tallies, per_route)


class Result:
    """Counters of one log, and its misses. They can be added up."""

    def __init__(self, site=None, tallies=None, per_route=None):
        self.name = site.name if site else "all"
        self.count = Counter()
        self.misses = []
        for name, tally in (tallies or {}).items():
            self.add_shape(name, tally)
        for pattern, names in (per_route or {}).items():
            main = names.most_common(1)[0][0]
            self.count["routes"] += 1
            self.count["routes of a shape"] += bool(main) and bool(tallies[main].shape.pools)

    def add_shape(self, name, tally):
        shape = tally.shape
        label = shape.label if shape else "other"
        half = tally.requests / 2
        called, listed = tally.people >= half and tally.people > 0, tally.lists >= half and tally.lists > 0
        values = len(tally.items.get(shape.of, ())) if shape and shape.of else max(map(len, tally.items.values()), default=0)
        many = label in ("person", "thing", "either") and values >= LEAST_VALUES and tally.requests >= LEAST_REQUESTS
        count = self.count
        if label != "either" and tally.people:
            count["requests called people"] += tally.people
            count["requests called people, of people"] += tally.people if label == "person" else 0
        if label == "person":
            right = tells_apart(tally.subjects)
            count["requests of people"] += tally.requests
            count["requests of people, found"] += tally.people if right else 0
        if many:
            found = self.found(tally) >= half
            count["shapes"] += 1
            count["shapes found"] += found
            if not found:
                self.miss("no shape", name, tally, values)
        if label == "person" and many:
            count["people"] += 1
            if called and tells_apart(tally.subjects):
                count["people found"] += 1
            else:
                self.miss("person, other subject" if called else "person called list" if listed else "person not called people", name, tally, values)
        if label == "list" and tally.requests >= LEAST_LIST_REQUESTS:
            count["lists"] += 1
            count["lists found"] += listed
            if not listed:
                self.miss("list called people" if called else "list not found", name, tally, values)
        if called and label != "either":
            count["called people"] += 1
            count["called people, are"] += label == "person"
            if label in ("thing", "other"):
                self.miss("not a person, called people", name, tally, values)
        if listed and label != "either":
            count["called lists"] += 1
            count["called lists, are"] += label == "list"
            if label in ("thing", "other"):
                self.miss("not a list of people, called list", name, tally, values)

    @staticmethod
    def found(tally):
        """The requests that a route takes, people or not, which tells apart whom the URL shows, or one kind of things if it shows nobody."""
        right = set()
        for pattern, pairs in tally.by_route.items():
            for pool in [tally.shape.of] if tally.shape.of else list(tally.items):
                if tells_apart({(dict(items)[pool], subject) for items, subject in pairs}):
                    right.add(pattern)
        return sum(requests for patterns, requests in tally.taken.items() if right.intersection(patterns))

    def miss(self, kind, name, tally, values):
        said = ", ".join(f"{pattern} ({requests * 100 // tally.requests} %)" for pattern, requests in tally.routes.most_common(2)) or "nothing"
        self.misses.append({"kind": kind, "site": self.name, "shape": name, "url": tally.shape.template if tally.shape else tally.example,
                            "example": tally.example, "requests": tally.requests, "values": values, "label": tally.shape.label if tally.shape else "other",
                            "said": said})

    def __iadd__(self, other):
        self.count.update(other.count)
        self.misses += other.misses
        return self

    def share(self, part, whole):
        return self.count[part] / self.count[whole] if self.count[whole] else None

    def figures(self):
        return {
            "people_precision": self.share("called people, are", "called people"),
            "people_recall": self.share("people found", "people"),
            "people_precision_requests": self.share("requests called people, of people", "requests called people"),
            "people_recall_requests": self.share("requests of people, found", "requests of people"),
            "lists_precision": self.share("called lists, are", "called lists"),
            "lists_recall": self.share("lists found", "lists"),
            "shapes_precision": self.share("routes of a shape", "routes"),
            "shapes_recall": self.share("shapes found", "shapes"),
        }
