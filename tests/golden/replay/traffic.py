# SPDX-License-Identifier: Apache-2.0
"""The visitors of the golden replay: people, offices, crawlers, and one scraper or more for each heuristic.

Every function yields Requests. Used by test_replay.py. The site has people under /people/NUMBER and /authors/NAME, a list
/people?page=N, and four assets a page.
"""

from replay.request import Chance, Request, at

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
SAFARI = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
          "Mobile/15E148 Safari/604.1")
BROWSERS = [CHROME.format(134), CHROME.format(133), FIREFOX.format(135), FIREFOX.format(136), SAFARI]
IMPOSSIBLE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/999.0.0.0 Safari/537.36"
HEADLESS = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/134.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
COMMON = ("/assets/site.css", "/assets/site.js")  # a browser keeps them

NAMES = sorted({a + b + c for a in ("al", "be", "ca", "do", "fe", "ga", "ho", "ke", "lu", "mo", "pe", "ro", "su", "ta", "wi")
                for b in ("ba", "de", "li", "no", "ra", "vi") for c in ("n", "sen", "witz")})


def page(ms, client, target, agent, referer="-", first=False, **more):
    """A page as a browser loads it, with portraits of its own."""
    yield Request(ms, client, target, agent, referer=referer, **more)
    portraits = (f"/assets{target.split('?')[0]}-small.jpg", f"/assets{target.split('?')[0]}-large.jpg")
    for i, asset in enumerate((COMMON if first else ()) + portraits):
        yield Request(ms + 200 + 40 * i, client, asset, agent, size=3000, referer=f"https://www.example.org{target}", **more)


def person(seed, client, begin, pages=12, agent=None, known=400, **more):
    """Searches, opens some of what was found, comes back to it, and rests in between."""
    chance = Chance(seed)
    agent = agent or chance.choice(BROWSERS)
    ms, here, opened = begin, "/", []
    yield from page(ms, client, "/", agent, first=True, **more)
    for _ in range(pages):
        ms += 1000 * (4 + chance.below(20) * chance.below(20))
        if opened and chance.below(3) == 0:
            target = chance.choice(opened)
        elif chance.below(4) == 0:
            target = f"/search?q={chance.choice(NAMES)}"
        else:
            target = f"/people/{1 + chance.below(known) * chance.below(known) // known}"
            opened.append(target)
        yield from page(ms, client, target, agent, f"https://www.example.org{here}", **more)
        here = target


def people(seed, network, count, day, days=1, pages=12, **more):
    """A crowd, awake from 7 to 22."""
    chance = Chance(seed)
    for number in range(count):
        for offset in range(days):
            begin = at(day + offset, 7) + chance.below(14 * 3600) * 1000
            yield from person(chance.next(), f"{network}.{number + 1}", begin, pages, **more)


def office(seed, client, day, seats, pages=14, agents=(CHROME.format(134),), known=400):
    """Many browsers behind one address. By default all of one kind: then the number of clients is estimated from what they
    keep. Where it is estimated from many kinds of browser it is not the same in each run, so those offices stay small."""
    chance = Chance(seed)
    for seat in range(seats):
        begin = at(day, 8) + chance.below(8 * 3600) * 1000
        yield from person(chance.next(), client, begin, pages, agents[seat % len(agents)], known)


def fetch(client, begin, targets, agent, gap=1000, jitter=0, seed=1, **more):
    """A program: one target after the other and nothing else."""
    chance = Chance(seed)
    ms = begin
    for target in targets:
        yield Request(ms, client, target, agent, **more)
        ms += gap + (chance.below(2 * jitter) - jitter if jitter else 0)


def numbers(first, count, stride=1):
    return [f"/people/{first + stride * i}" for i in range(count)]


def scattered(seed, count, known=100_000):
    chance = Chance(seed)
    return [f"/people/{1 + chance.below(known)}" for _ in range(count)]


def scrapers(day):
    """Alone, one or more for each heuristic."""
    # enumeration: in order, backwards with a stride, a block in mixed order, names.
    yield from fetch("203.0.113.1", at(day, 9), numbers(1000, 200), CHROME.format(134), 900, 300)
    yield from fetch("203.0.113.2", at(day, 9), numbers(9000, 60, -7), FIREFOX.format(135), 20_000, 15_000)
    yield from fetch("203.0.113.3", at(day, 10), Chance(3).shuffled(numbers(2000, 64)), FIREFOX.format(136), 15_000, 9_000)
    yield from fetch("203.0.113.4", at(day, 10), [f"/authors/{name}" for name in NAMES[:110]], CHROME.format(133), 30_000, 25_000)
    # breadth: in an hour, in a day, and in a day of a sensitive route.
    yield from fetch("203.0.113.5", at(day, 11), scattered(5, 260), CHROME.format(134), 7_000, 5_000)
    yield from fetch("203.0.113.6", at(day, 3), scattered(6, 420), FIREFOX.format(135), 150_000, 100_000)
    chance = Chance(7)
    yield from fetch("203.0.113.7", at(day, 11), [f"/patients/{chance.below(90_000)}" for _ in range(90)], CHROME.format(134),
                     30_000, 20_000)
    # coverage: reads a list through; opens each person once, as a browser.
    yield from fetch("203.0.113.8", at(day, 12), [f"/people?page={number}" for number in range(1, 26)], FIREFOX.format(135), 20_000, 15_000)
    chance, ms = Chance(9), at(day, 8)
    for target in scattered(9, 70):
        yield from page(ms, "203.0.113.9", target, CHROME.format(134), "https://www.example.org/")
        ms += 1000 * (60 + chance.below(400))
    # decoy: once; several times.
    yield from fetch("203.0.113.10", at(day, 9), ["/", "/people/all-contacts"], FIREFOX.format(135), 9_000)
    yield from fetch("203.0.113.11", at(day, 9), ["/people/all-contacts?x=1", "/export/contacts", "/people/all-contacts"], CHROME.format(133), 9_000)
    # probing: known probes; pages that are not there.
    yield from fetch("203.0.113.12", at(day, 13), ["/.env", "/wp-login.php", "/.git/config", "/xmlrpc.php", "/"], "sqlmap/1.8", status=404)
    yield from fetch("203.0.113.13", at(day, 13), [f"/old/{number}.html" for number in range(30)], FIREFOX.format(135), 8_000, 5_000, status=404)
    # crawler: says to be one whose ranges are published. And the real one, much faster than a person.
    yield from fetch("203.0.113.14", at(day, 14), scattered(14, 60), GOOGLEBOT, 30_000, 20_000)
    yield from fetch("66.249.66.1", at(day, 14), ["/robots.txt"] + numbers(1, 400), GOOGLEBOT, 2_000)
    # user_agent: none, a library, a driven browser, a collector, a scanner, an impossible one, another one each time, and
    # one that a list alone knows.
    for number, agent in ((15, "-"), (16, "python-requests/2.32.3"), (17, HEADLESS), (18, "GPTBot/1.2"), (19, "Nikto/2.5.0"),
                          (20, IMPOSSIBLE), (22, "Mozilla/5.0 (compatible; CuriousReader/1.0)")):
        yield from fetch(f"203.0.113.{number}", at(day, 15, number), scattered(number, 45), agent, 25_000, 20_000, seed=number)
    chance = Chance(21)
    for number, target in enumerate(scattered(21, 45)):
        yield Request(at(day, 7) + number * 40_000 + chance.below(30_000), "203.0.113.21", target, CHROME.format(90 + number))
    # robots: read it and went on; asks faster than it says; never read it.
    private = [f"/private/{number}" for number in range(8)]
    yield from fetch("203.0.113.23", at(day, 16), ["/robots.txt"] + private, "ExampleBot/1.0 (+https://bot.example/)", 30_000, 20_000)
    yield from fetch("203.0.113.24", at(day, 16), ["/robots.txt"] + ["/news"] * 60, "HastyBot/1.0 (+https://bot.example/)", 2_000, 1_000)
    yield from fetch("203.0.113.25", at(day, 16), ["/news"] * 40 + private, "OtherBot/1.0 (+https://bot.example/)", 30_000, 20_000)
    # page_rate and timing: fast, without a pause.
    yield from fetch("203.0.113.26", at(day, 17), scattered(26, 90), FIREFOX.format(136), 400, 100)
    # timing: by a timer; at any hour.
    yield from fetch("203.0.113.27", at(day, 17), scattered(27, 70), FIREFOX.format(136), 30_000, 1_000)
    yield from fetch("203.0.113.28", at(day), scattered(28, 110), CHROME.format(134), 780_000, 700_000)
    # volume: heavy pages.
    yield from fetch("203.0.113.29", at(day, 18), scattered(29, 150), CHROME.format(134), 16_000, 14_000, size=900_000)
    # Is blocked, and goes on for hours after the block has ended.
    yield from fetch("203.0.113.30", at(day, 9), numbers(20_000, 700), "curl/8.5.0", 20_000)
    # IPv6: one /64, several addresses.
    for number, target in enumerate(numbers(40_000, 120)):
        yield Request(at(day, 19) + 5_000 * number, f"2001:db8:64:1::{1 + number % 9:x}", target, "Wget/1.21.4")


def divided(seed, clients, begin, first, count, agents, gap=6000, fingerprints=("-",), prefix="/people/"):
    """Many sources, each asking for identifiers that no other asks for."""
    chance = Chance(seed)
    ms = begin
    for number in chance.shuffled(range(first, first + count)):
        which = chance.below(len(clients))
        yield Request(ms, clients[which], f"{prefix}{number}", agents[which % len(agents)],
                      fingerprint=fingerprints[which % len(fingerprints)])
        ms += gap + chance.below(gap)


def groups(day):
    """Divide the people among themselves: in one network, in one system, with one user agent, and a network that rotates."""
    many = [CHROME.format(100 + number) for number in range(24)]
    yield from divided(31, [f"198.51.100.{number}" for number in range(10, 30)], at(day, 9), 50_000, 640, many)
    yield from divided(32, [f"100.{64 + number}.7.9" for number in range(20)], at(day, 11), 60_032, 640, many)
    scattered_clients = [f"{11 + 7 * number}.{3 * number}.0.{number + 1}" for number in range(20)]
    yield from divided(33, scattered_clients, at(day, 14), 70_016, 640, [FIREFOX.format(128)])
    chance, ms = Chance(34), at(day, 17)
    for number in chance.shuffled(range(80_000, 80_400)):
        yield Request(ms, f"2001:db8:7:{number % 60:x}::1", f"/people/{number}", CHROME.format(120 + number % 12))
        ms += 4_000 + chance.below(8_000)


def site():
    """Two days of a public site, as combined."""
    yield from people(1, "192.0.2", 60, 2, 2)
    yield from office(2, "192.0.2.200", 2, 12, agents=[FIREFOX.format(110 + number) for number in range(12)])
    yield from office(3, "192.0.2.201", 3, 30)
    yield from office(4, "192.0.2.202", 3, 6, 260, known=30_000)  # reads more than six people do
    yield from scrapers(3)
    yield from groups(3)


def slow():
    """Four weeks: people who stay within each day's limit, one until the week's is reached, one until that of four weeks is."""
    chance = Chance(60)
    for client, days, each in (("203.0.113.70", range(2, 10), 140), ("203.0.113.71", range(2, 32), 128)):
        for day in days:
            yield from fetch(client, at(day, 8), scattered(chance.next(), each, 10_000_000), FIREFOX.format(136), 200_000, 190_000,
                             seed=day)


def accounts():
    """Two weeks of a site with accounts: old ones, a new one that reads much, one shared by many networks."""
    for day in (2, 6, 12):
        for number in range(20):
            yield from person(100 + number, f"192.0.2.{number + 1}", at(day, 8, number), 20, account=f"user{number}",
                              credential=f"session{number}-{day}", fingerprint=f"t13d15{number:02}h2_8daaf6152771_02713d6af862")
    yield from fetch("203.0.113.40", at(12, 9), scattered(40, 110), CHROME.format(134), 25_000, 20_000, account="newcomer")
    yield from fetch("203.0.113.41", at(12, 9), scattered(41, 15), CHROME.format(134), 60_000, 50_000, account="guest")
    chance = Chance(42)
    for number, target in enumerate(scattered(42, 90)):
        yield Request(at(12, 10) + 25_000 * number + chance.below(9_000), f"{20 + number % 12}.1.{number % 12}.9", target,
                      FIREFOX.format(120 + number % 12), account="user3")
        yield Request(at(12, 12) + 25_000 * number + chance.below(9_000), f"{60 + number % 10}.1.{number % 10}.9", target,
                      FIREFOX.format(120 + number % 10), credential="key-7")
    clients = [f"{100 + number}.{number}.9.1" for number in range(18)]
    yield from divided(43, clients, at(12, 14), 30_016, 640, [CHROME.format(100 + number) for number in range(18)],
                       fingerprints=("t13d190900_9dc949149365_97f8aa674fd9",))


def proxied():
    """Behind two trusted proxies: the visitor stands in X-Forwarded-For; some write lies in front of it."""
    more = {"language": "de,en;q=0.7", "encoding": "gzip, br", "protocol": "HTTP/2.0"}
    for number in range(30):
        for request in person(200 + number, f"10.0.0.{1 + number % 2}", at(4, 9, number), 14, **more):
            request.forwarded_for = f"192.0.2.{number + 1}, 10.0.0.7"
            yield request
    for number, target in enumerate(numbers(500, 80)):
        yield Request(at(4, 11) + 2_000 * number, "10.0.0.1", target, CHROME.format(134),
                      forwarded_for=f"198.51.100.{number}, 203.0.113.50")
    yield from fetch("10.0.0.2", at(4, 10), numbers(1, 90), GOOGLEBOT, 2_000, forwarded_for="66.249.66.7")
    yield from fetch("10.0.0.2", at(4, 10), numbers(1, 90), GOOGLEBOT, 2_000, forwarded_for="2001:db8:9::7")
    # Claims a browser, and sends nothing of what the site's browsers send.
    yield from fetch("203.0.113.51", at(4, 12), scattered(51, 60), CHROME.format(134), 30_000, 25_000, protocol="HTTP/1.0")
    # Nobody may speak for others who is no proxy; a management network and a proxy are never touched.
    for client, number in (("203.0.113.52", 52), ("10.9.9.9", 53), ("10.0.0.2", 54)):
        yield from fetch(client, at(4, 13), numbers(1000 * number, 80), "curl/8.5.0", 3_000, forwarded_for="-" if number != 52 else "192.0.2.1")


def plain():
    """A small day for the formats that say less."""
    yield from people(4, "192.0.2", 12, 5)
    yield from fetch("203.0.113.60", at(5, 9), numbers(1, 120), "Scrapy/2.11.2 (+https://scrapy.org)", 1_500, 600)
    yield from fetch("203.0.113.61", at(5, 10), ["/people/5"] * 90, "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", 60_000)
    yield from fetch("203.0.113.62", at(5, 11), ["/.env", "/.git/HEAD", "/wp-login.php", "/phpmyadmin"], CHROME.format(134), status=403)
