# SPDX-License-Identifier: Apache-2.0
"""Writes the static site that the lab's web server shows: invented people, one page each, with names and portraits, lists of
them, answers to a search for a first name, a feed and a page to log in.

Pure files: `write_site(folder, people)`. The same people every time. nginx.py maps the URLs to the files.
"""

import os
import random

LIST_SIZE = 50
DECOY = "/people/all-contacts"

_FIRST = [a + b for a in ("A", "Be", "Ca", "Da", "E", "Fi", "Ge", "Ha", "I", "Jo", "Ka", "Li", "Ma", "No", "O", "Pa")
          for b in ("lin", "ra", "nne", "vid", "mo", "sha", "ter", "bel", "rik", "dora")]
_LAST = [a + b for a in ("Ash", "Brook", "Clay", "Dun", "East", "Fern", "Gold", "Hart", "Iver", "Kes", "Lang", "Mar")
         for b in ("by", "field", "ford", "ham", "ley", "more", "sen", "stad", "ton", "wick", "worth")]
_TOWN = [a + b for a in ("Nord", "Alt", "Klein", "Ober", "Sankt-", "Unter", "Wald") for b in ("au", "berg", "hafen", "see")]
_WORK = ["archivist", "baker", "carpenter", "doctor", "electrician", "florist", "gardener", "librarian", "nurse",
         "optician", "potter", "roofer", "surveyor", "teacher", "vet"]

_STYLE = """body{font:16px/1.5 sans-serif;margin:0 auto;max-width:46rem;padding:1rem;color:#223}
header{border-bottom:1px solid #ccd;margin-bottom:1rem}nav a{margin-right:1rem}img{float:right;margin-left:1rem}
dt{font-weight:bold}ul.people{columns:2}footer{color:#778;margin-top:3rem}
"""
_SCRIPT = """document.addEventListener('DOMContentLoaded', () => {
  const box = document.querySelector('input[name=q]');
  if (box) box.focus();
});
"""
# One transparent pixel: what every browser asks for without being told.
_ICON = bytes.fromhex("00000100010001010000010020003000000016000000280000000100000002000000010020000000000008000000"
                      "0000000000000000000000000000000000000000" "00000000")
_SEARCH = '<h1>Search</h1><form action="/search"><input name="q" placeholder="First name"><button>Search</button></form>'
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="24"><rect width="96" height="24" rx="4" ' \
        'fill="#246"/><text x="8" y="17" fill="#fff" font-size="14">Neighbours</text></svg>\n'


def _page(title, body):
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/assets/site.css"><script src="/assets/site.js"></script></head>
<body><header><img src="/assets/logo.svg" alt="" width="96" height="24">
<nav><a href="/">Neighbours</a><a href="/list/1">Everybody</a><a href="/search">Search</a> <a href="/login">Log in</a></nav></header>
{body}
<footer>People of Neighbours, shown to people.</footer></body></html>
"""


class _Person:
    def __init__(self, number):
        chance = random.Random(number)
        self.number = number
        self.name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        self.town = chance.choice(_TOWN)
        self.work = chance.choice(_WORK)
        self.born = f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.{chance.randint(1940, 2004)}"
        self.phone = f"0{chance.randint(200, 999)} 555 {chance.randint(1000, 9999)}"
        self.skin, self.shirt, self.hair = (f"hsl({chance.randint(*hues)},{chance.randint(30, 60)}%,{light}%)"
                                            for hues, light in (((15, 40), 70), ((0, 359), 45), ((0, 60), 25)))
        self.chance = chance

    def page(self, people):
        friends = [_Person(self.chance.randint(1, people)) for _ in range(4)]
        links = "".join(f'<li><a href="/people/{friend.number}">{friend.name}</a></li>' for friend in friends)
        return _page(self.name, f"""<img src="/assets/portraits/{self.number}.svg" alt="{self.name}" width="120" height="150">
<h1>{self.name}</h1><dl><dt>Lives in</dt><dd>{self.town}</dd><dt>Works as</dt><dd>{self.work}</dd>
<dt>Born</dt><dd>{self.born}</dd><dt>Telephone</dt><dd>{self.phone}</dd></dl>
<h2>Friends</h2><ul>{links}</ul><p><a href="/list/{(self.number - 1) // LIST_SIZE + 1}">Back to the list</a></p>""")

    def portrait(self):
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 150"><rect width="120" height="150" fill="#e8ecf2"/>
<path d="M10 150a50 55 0 0 1 100 0z" fill="{self.shirt}"/><circle cx="60" cy="62" r="32" fill="{self.skin}"/>
<path d="M28 58a32 34 0 0 1 64 0q-32-22-64 0z" fill="{self.hair}"/><circle cx="49" cy="64" r="3"/><circle cx="71" cy="64" r="3"/>
<path d="M48 78q12 {self.chance.randint(2, 12)} 24 0" fill="none" stroke="#733" stroke-width="2"/></svg>
"""


def write_site(folder, people=5000):
    """Writes the site of people 1 to `people` into `folder`, which is created."""

    def write(path, text):
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)

    for name in ("people", "list", "search", "assets/portraits"):
        os.makedirs(os.path.join(folder, name))
    write("assets/site.css", _STYLE)
    write("assets/site.js", _SCRIPT)
    write("assets/logo.svg", _LOGO)
    # Nothing links the decoy: only who reads robots.txt as a map, or guesses, asks for it.
    write("robots.txt", f"User-agent: *\nDisallow: {DECOY}\n")
    write(f"{DECOY[1:]}.html", _page("Contacts", "<p>There is nothing here.</p>"))
    write("search.html", _page("Search", f'{_SEARCH}<p>Nobody of that name. <a href="/list/1">See everybody.</a></p>'))
    write("login.html", _page("Log in", '<h1>Log in</h1><form action="/login"><input name="name" placeholder="Account">'
                              '<button>Log in</button></form><p><a href="/">On to the people.</a></p>'))
    with open(os.path.join(folder, "favicon.ico"), "wb") as icon:
        icon.write(_ICON)
    names = []
    for number in range(1, people + 1):
        person = _Person(number)
        names.append(person.name)
        write(f"people/{number}.html", person.page(people))
        write(f"assets/portraits/{number}.svg", person.portrait())
    by_first_name = {}
    for number, name in enumerate(names, 1):
        by_first_name.setdefault(name.split()[0], []).append(f'<li><a href="/people/{number}">{name}</a></li>')
    for name, found in by_first_name.items():
        write(f"search/{name}.html", _page("Search", f'{_SEARCH}<ul class="people">{"".join(found[:20])}</ul>'))
    items = "".join(f"<item><title>{names[number - 1]}</title><link>/people/{number}</link><guid>{number}</guid></item>"
                    for number in range(people, max(people - 20, 0), -1))
    write("feed.xml", '<?xml version="1.0"?><rss version="2.0"><channel><title>New at Neighbours</title><link>/</link>'
                      f"<description>People who came last</description>{items}</channel></rss>\n")
    pages = (people + LIST_SIZE - 1) // LIST_SIZE
    for page in range(1, pages + 1):
        first = (page - 1) * LIST_SIZE + 1
        rows = "".join(f'<li><a href="/people/{number}">{names[number - 1]}</a></li>'
                       for number in range(first, min(first + LIST_SIZE, people + 1)))
        turn = "".join(f'<a href="/list/{other}">{word}</a> ' for other, word in ((page - 1, "Before"), (page + 1, "Next"))
                       if 1 <= other <= pages)
        write(f"list/{page}.html", _page(f"Everybody, page {page}", f'<h1>Everybody</h1><ul class="people">{rows}</ul><p>{turn}</p>'))
    links = "".join(f'<a href="/list/{page}">{page}</a> ' for page in range(1, pages + 1))
    write("index.html", _page("Neighbours", f'<h1>Neighbours</h1><p>{people} people. '
                              f'<a href="/feed.xml">Who came last</a></p><p>{links}</p>'))
