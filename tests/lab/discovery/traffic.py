# SPDX-License-Identifier: Apache-2.0
"""Turns the description of a site into an access log, and remembers which URL is of which shape."""

import random
import re
import time
from itertools import accumulate

from lab.discovery import words

BROWSERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
    "Mozilla/5.0 (Linux; Android 13; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile Safari/537.36",
]
CRAWLERS = [
    ("66.249.66.{}", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("40.77.167.{}", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    ("5.255.231.{}", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
]
PROBES = ["/wp-login.php", "/.env", "/xmlrpc.php", "/.git/config", "/phpmyadmin/", "/admin.php", "/backup.zip", "/vendor/phpunit/phpunit/phpunit.xml",
          "/actuator/health", "/owa/auth/logon.aspx", "/cgi-bin/luci", "/wp-content/plugins/x/readme.txt"]
BEGIN = 1746835200  # 10 May 2025


class Pool:
    """Things or people with their popularity. `make` gives one's texts in URLs; `owner` names the pool whom each belongs to."""

    def __init__(self, size, make, owner=None, skew=0.8):
        self.size, self.make, self.owner_pool, self.skew = size, make, owner, skew

    def fill(self, rng, pools):
        self.rng = rng
        self.items = [self.make(rng, number) for number in range(self.size)]
        self.order = rng.sample(range(self.size), self.size)
        self.weights = list(accumulate((rank + 3) ** -self.skew for rank in range(self.size)))
        self.drawn = []
        self.owners, self.owned = None, {}
        if self.owner_pool:
            self.owners = [pools[self.owner_pool].draw() for _ in range(self.size)]
            for item, owner in enumerate(self.owners):
                self.owned.setdefault(owner, []).append(item)

    def draw(self):
        if not self.drawn:
            self.drawn = self.rng.choices(self.order, cum_weights=self.weights, k=1000)
        return self.drawn.pop()


class Shape:
    """URLs with the same template.

    `label`: person, thing, list (shows several people and names none), either (honest people would disagree), other (none of these).
    `of`: the pool that a person's URL names. `{pool.text}` in the template is a text of an item, `{~word}` something that changes by itself.
    `w`: how often people go there. `loads`: what a page loads, `shape` for the same person or thing, `shape*3` for others. `then`: what people
    like to open next.
    """

    def __init__(self, name, template, label, of=None, w=0, loads="", then="", method="GET", crawl=None, reads=True):
        self.name, self.template, self.label, self.of, self.w, self.method, self.reads = name, template, label, of, w, method, reads
        self.loads = [(part.partition("*")[0], int(part.partition("*")[2] or 0)) for part in loads.split()]
        self.then = then.split()
        self.crawl = (w > 0 and method == "GET") if crawl is None else crawl
        self.parts = re.split(r"\{([^}]*)\}", template)
        self.pools = list(dict.fromkeys(p.partition(".")[0] for p in self.parts[1::2] if not p.startswith("~")))


class Site:
    """A made-up site: its pools, its shapes, its size and what is particular about it."""

    def __init__(self, name, pools, shapes, visitors, pages, days=1, most=120000, assets=5, vhost=None, host="www.example.org"):
        self.name, self.pools, self.shapes, self.visitors, self.pages, self.days = name, pools, shapes, visitors, pages, days
        self.most, self.assets, self.vhost, self.host = most, assets, vhost, host


class Traffic:
    """One log of one site. `seen` counts the answered requests: (shape, method, host, target) -> [requests, items by pool]."""

    def __init__(self, site, seed):
        self.site, self.rng = site, random.Random(f"{site.name}/{seed}")
        for pool in site.pools.values():
            pool.fill(self.rng, site.pools)
        self.by_name = {shape.name: shape for shape in site.shapes}
        self.lines, self.seen = [], {}
        walked = [shape for shape in site.shapes if shape.w]
        self.walked, self.walk_weights = walked, list(accumulate(shape.w for shape in walked))
        self.crawled = [shape for shape in site.shapes if shape.crawl]

    def changing(self, what, visitor):
        """Values that name nothing: of the session, of the page, of the moment."""
        rng = self.rng
        if what == "sid":
            return visitor["sid"]
        if what == "uuid":
            return words.random_uuid(rng)
        if what == "ts":
            return str(rng.randint(1746835200000, 1746999900000))
        if what == "q":
            return rng.choice(words.NOUNS) + rng.choice(["", "", "+" + rng.choice(words.NOUNS)])
        if what == "name":
            return rng.choice(words.LAST)
        if what == "letter":
            return rng.choice("ABCDEFGHIKLMNPRSTW")
        if what.startswith("page"):
            return str(min(int(rng.expovariate(0.35)) + 1, 60) * int(what[4:] or 1))
        if what.startswith("of:"):
            return rng.choice(what[3:].split("|"))
        if what.startswith("n:"):
            return str(rng.randint(1, int(what[2:])))
        raise ValueError(what)

    def target(self, shape, bound, visitor, uniform=False):
        """A URL of this shape, of the items that are bound already where it can be: (host, target, items)."""
        items = {}
        pools = self.site.pools
        for name in reversed(shape.pools):
            pool = pools[name]
            if name in items:
                continue
            if name in bound and not uniform:
                items[name] = bound[name]
            elif pool.owner_pool in bound and pool.owner_pool in shape.pools and bound[pool.owner_pool] in pool.owned:
                items[name] = self.rng.choice(pool.owned[bound[pool.owner_pool]])
            else:
                items[name] = self.rng.randrange(pool.size) if uniform else pool.draw()
            if pool.owners and pool.owner_pool not in items:
                items[pool.owner_pool] = pool.owners[items[name]]
        text = []
        for position, part in enumerate(shape.parts):
            if position % 2 == 0:
                text.append(part)
            elif part[0] == "~":
                text.append(self.changing(part[1:], visitor))
            else:
                name, _, key = part.partition(".")
                text.append(pools[name].items[items[name]][key])
        url = "".join(text)
        if url.startswith("//"):
            host, _, path = url[2:].partition("/")
            return host, "/" + path, items
        return self.site.host, url, items

    def write(self, when, visitor, method, host, target, status, size, referer):
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(when))
        front = f"{host}:443 " if self.site.vhost else ""
        agent = visitor["agent"]
        self.lines.append((when, f'{front}{visitor["address"]} - - [{stamp}] "{method} {target} HTTP/{visitor["http"]}" {status} {size} '
                                 f'"{referer}" "{agent}"\n'))

    def ask(self, when, visitor, shape, bound, referer, uniform=False, tail=""):
        """One answered request; returns its URL and whom it is about."""
        host, target, items = self.target(shape, bound, visitor, uniform)
        if tail:
            target += ("&" if "?" in target else "?") + tail
        size = 900 + hash_of(target) % 30000 + (20000 if shape.label == "list" else 0)
        status = 200
        if shape.method == "POST":
            status = 200 if shape.reads else 204
        elif target in visitor["had"] and self.rng.random() < 0.3:
            status, size = 304, 0
        visitor["had"].add(target)
        self.write(when, visitor, shape.method, host, target, status, size, referer)
        entry = self.seen.setdefault((shape.name, shape.method, host, target), [0, items])
        entry[0] += 1
        return f"https://{host}{target}", items

    def static(self, when, visitor, target, referer, status=200):
        host = self.site.host
        self.write(when, visitor, "GET", host, target, status, 300 + hash_of(target) % 90000 if status == 200 else 548, referer)
        if status == 200:
            self.seen.setdefault(("", "GET", host, target), [0, {}])[0] += 1

    def visit(self, visitor, when, pages):
        """One person's session."""
        rng = self.rng
        referer = rng.choice(["-", "-", "https://www.google.com/", "https://www.google.com/", "https://duckduckgo.com/", "https://t.co/"])
        shape, items = None, {}
        for page in range(pages):
            if shape is not None and shape.then and rng.random() < 0.6:
                following = self.by_name[rng.choice(shape.then)]
                bound = items if rng.random() < 0.8 else {}
            else:
                following, bound = rng.choices(self.walked, cum_weights=self.walk_weights)[0], {}
            shape = following
            tail = ""
            if page == 0 and rng.random() < 0.08:
                tail = rng.choice(["utm_source=newsletter&utm_medium=email&utm_campaign=may", "utm_source=facebook&fbclid=IwAR" + words.hexa(rng, 24),
                                   "gclid=Cj0K" + words.hexa(rng, 20)])
            url, items = self.ask(when, visitor, shape, bound, referer, tail=tail)
            if page == 0 and "css" not in visitor["had"]:
                visitor["had"].add("css")
                for number in range(self.site.assets):
                    self.static(when + 1, visitor, ["/static/main.3f2a.css", "/static/app.91bc.js", "/favicon.ico", "/static/logo.svg",
                                                    "/static/fonts/inter.woff2", "/static/vendor.77d0.js", "/static/hero.jpg"][number], url)
            for name, others in shape.loads:
                loaded = self.by_name[name]
                for _ in range(others or 1):
                    for _ in range(4):
                        before = len(self.lines)
                        host, target, _ = found = self.target(loaded, {} if others else items, visitor)
                        if target in visitor["had"] and loaded.method == "GET" and rng.random() < 0.85:
                            if others:
                                continue
                            break
                        self.again(when + rng.randint(1, 2), visitor, loaded, found, url)
                        assert len(self.lines) > before
                        break
            referer = url
            when += int(rng.lognormvariate(3.0, 1.0)) + 2

    def again(self, when, visitor, shape, found, referer):
        host, target, items = found
        visitor["had"].add(target)
        self.write(when, visitor, shape.method, host, target, 200, 400 + hash_of(target) % 15000, referer)
        self.seen.setdefault((shape.name, shape.method, host, target), [0, items])[0] += 1

    def visitor(self, number):
        rng = self.rng
        address = f"2001:db8:{rng.randint(1, 9999):x}:{number:x}::{rng.randint(1, 999):x}" if rng.random() < 0.25 else \
            f"{rng.choice([81, 84, 91, 176, 188, 203])}.{rng.randint(1, 250)}.{rng.randint(1, 250)}.{rng.randint(1, 250)}"
        return {"address": address, "agent": rng.choice(BROWSERS), "http": rng.choice(["1.1", "2.0", "2.0"]), "sid": words.hexa(rng, 32), "had": set()}

    def make(self):
        """All lines, in the order of time."""
        rng, site = self.rng, self.site
        for number in range(site.visitors):
            visitor = self.visitor(number)
            for _ in range(1 if rng.random() < 0.75 else rng.randint(2, 3)):
                hour = rng.choices(range(24), weights=[2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 9, 9, 9, 8, 8, 8, 9, 10, 11, 12, 11, 8, 4])[0]
                when = BEGIN + 86400 * rng.randrange(site.days) + 3600 * hour + rng.randrange(3600)
                self.visit(visitor, when, min(1 + int(rng.expovariate(1 / site.pages)), 80))
            if rng.random() < 0.06:
                shape = rng.choice(self.walked)
                _, target, _ = self.target(shape, {}, visitor)
                self.static(when, visitor, target.split("?")[0].rstrip("/") + rng.choice(["x", "/null", "/undefined", "%22", "-"]), "-", 404)
            if len(self.lines) > site.most:
                break
        people = len(self.lines)
        for pattern, agent in CRAWLERS:
            share = int(people * rng.uniform(0.01, 0.06))
            crawler = {"address": pattern.format(rng.randint(1, 200)), "agent": agent, "http": "1.1", "sid": words.hexa(rng, 32), "had": set()}
            for request in range(share):
                when = BEGIN + rng.randrange(86400 * site.days)
                if request % 400 == 0:
                    self.static(when, crawler, "/robots.txt", "-")
                self.ask(when, crawler, rng.choice(self.crawled), {}, "-", uniform=True)
        for _ in range(max(2, people // 4000)):
            scanner = self.visitor(99999)
            when = BEGIN + rng.randrange(86400 * site.days)
            for probe in rng.sample(PROBES, 8):
                self.static(when, scanner, probe, "-", 404)
                when += 1
        self.lines.sort(key=lambda line: line[0])
        return [line for _, line in self.lines]


def hash_of(text):
    """The same number in every run, unlike hash()."""
    number = 7
    for letter in text[-12:]:
        number = (number * 31 + ord(letter)) & 0xFFFFFF
    return number
