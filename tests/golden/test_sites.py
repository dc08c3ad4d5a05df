#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That the ready-made sites (config/sites) find the people in the URLs of their software, and nobody in its other pages.

Each file has samples: a URL, and the route and the subject that it must have. `sluiced test-route` is asked with only that file in
force. The answers are compared with the samples of that file.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import tomllib
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
SITES = TOP / "config" / "sites"
FILES = sorted(SITES.glob("*.toml"))
SLUICED = pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", TOP / "build")) / "daemon" / "sluiced"

LEAST_ABOUT_PEOPLE = 6
LEAST_ABOUT_NOBODY = 4
LEAST_FILES = 22


def site(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_route(software, urls):
    """What `sluiced test-route` says of each URL, when nothing but these ready-made sites is configured."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "sluice.toml"
        config.write_text(f"[site]\nsoftware = {json.dumps(software)}\nfolder = {json.dumps(str(SITES))}\n", encoding="utf-8")
        done = subprocess.run([SLUICED, "test-route", "--json", "--config", config, *urls],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{software}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(sample, decoys):
    """What the answer must have of what the sample speaks of."""
    return {"url": sample["url"], "route": sample["route"], "subject": sample.get("subject", ""),
            "exposes": sample.get("exposes", 0), "decoy": sample["url"] in decoys}


class Sites(unittest.TestCase):
    maxDiff = None

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(FILES), LEAST_FILES)

    def test_each_sample_has_its_route_and_subject(self):
        for path in FILES:
            samples, decoys = site(path)["sample"], site(path).get("decoy", {}).get("paths", [])
            answers = test_route([path.stem], [sample["url"] for sample in samples])
            self.assertEqual(len(answers), len(samples), path.name)
            for sample, answer in zip(samples, answers):
                with self.subTest(file=path.name, url=sample["url"]):
                    wanted = expected(sample, decoys)
                    self.assertEqual({key: answer.get(key) for key in wanted}, wanted)

    def test_each_file_has_enough_samples(self):
        for path in FILES:
            with self.subTest(path.name):
                routes = [sample["route"] for sample in site(path)["sample"]]
                self.assertGreaterEqual(len([route for route in routes if route]), LEAST_ABOUT_PEOPLE)
                self.assertGreaterEqual(routes.count(""), LEAST_ABOUT_NOBODY)
                self.assertEqual({table["name"] for table in site(path)["route"]}, {route for route in routes if route},
                                 "routes without a sample, or samples of no route")

    def test_names_begin_with_the_name_of_the_file(self):
        for path in FILES:
            for route in site(path)["route"]:
                with self.subTest(route["name"]):
                    self.assertTrue(route["name"].startswith(path.stem + "."))
                    self.assertEqual(route.get("space", path.stem).split(".")[0], path.stem)
                    # A list names nobody, and whoever names somebody is no list.
                    self.assertEqual("exposes" in route, "{subject" not in route["pattern"])
                    self.assertEqual("space" in route, "{subject" in route["pattern"])

    def test_the_readme_names_each_file(self):
        readme = (SITES / "README.md").read_text(encoding="utf-8")
        rows = [line.split("`")[1] for line in readme.splitlines() if line.startswith("| `")]
        self.assertEqual(rows, [path.stem for path in FILES])

    def test_several_in_one_configuration(self):
        # A site may run several: none of their routes is refused or hidden.
        answers = test_route(["wordpress", "mediawiki", "phpbb", "discourse"],
                             ["/author/anna/", "/wiki/User:Anna", "/memberlist.php?mode=viewprofile&u=48", "/u/anna", "/about"])
        self.assertEqual([answer["route"] for answer in answers],
                         ["wordpress.author", "mediawiki.user", "phpbb.profile", "discourse.user", ""])


def software_in(log):
    """What `sluiced routes` recognises in lines of a log, (clear ones, those that little speaks for)."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "sluice.toml"
        config.write_text(f"[site]\nfolder = {json.dumps(str(SITES))}\n", encoding="utf-8")
        file = pathlib.Path(folder) / "access.log"
        file.write_text("".join(log), encoding="utf-8")
        done = subprocess.run([SLUICED, "routes", "--json", "--config", config, file],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
    found = json.loads(done.stdout)["software"]
    return sorted(row["name"] for row in found if row["clear"]), sorted(row["name"] for row in found if not row["clear"])


def lines(urls, status=200, visitors=20):
    for number, url in enumerate(urls):
        yield (f'192.0.2.{number % visitors + 1} - - [30/Nov/2026:08:{number // 60 % 60:02}:{number % 60:02} +0000] '
               f'"GET {url.split("#")[0]} HTTP/1.1" {status} 512 "-" "-"\n')


def samples(name):
    return [sample["url"] for sample in site(SITES / f"{name}.toml")["sample"]]


# A site of its own making, with pages such as any site has.
_PLAIN = ([f"/people/{name}-{number}" for number, name in enumerate(("anna", "ben", "carla", "dirk", "eva", "finn") * 20)] +
          [f"/products/{number}" for number in range(60)] + [f"/news/2026/{number}-what-happened" for number in range(60)] +
          ["/", "/about", "/contact", "/login", "/register", "/search?q=anna", "/static/site.css", "/js/app.js", "/img/logo.png",
           "/api/users?page=2", "/api/v1/users/7", "/index.php", "/index.php?id=7", "/users", "/user/anna", "/members/", "/profile/7",
           "/favicon.ico", "/sitemap.xml", "/feed/", "/tags/new", "/topic/new", "/images/a.jpg", "/uploads/a.pdf"])


class Recognition(unittest.TestCase):
    """Ready-made sites are recognised by the URLs that the software alone has, and none is taken for another."""

    maxDiff = None

    def test_none_is_taken_for_another(self):
        # These are no software: nothing can be said of who made a plain site.
        nobody = {path.stem for path in FILES if "markers" not in site(path)}
        self.assertEqual(nobody, {"directory", "profile_slugs"})
        confusion = []
        for path in FILES:
            clear, little = software_in(lines(samples(path.stem)))
            wanted = [] if path.stem in nobody else [path.stem]
            if clear != wanted:
                confusion.append(f"{path.stem}: clear {clear}, little speaks for {little}")
        self.assertEqual(confusion, [], "\n" + "\n".join(confusion))

    def test_a_plain_site_is_none_of_them(self):
        self.assertEqual(software_in(lines(_PLAIN)), ([], []))

    def test_two_on_one_site_are_both_named(self):
        forum = ["/forum" + url for url in samples("phpbb") if url.startswith("/")]
        clear, _ = software_in(lines(_PLAIN + samples("wordpress") + forum))
        self.assertEqual(clear, ["phpbb", "wordpress"])

    def test_probes_are_no_evidence(self):
        probes = ["/wp-login.php", "/wp-content/x.php", "/wp-admin/", "/wp-json/wp/v2/users"]
        with self.subTest("that were refused"):
            self.assertEqual(software_in([*lines(_PLAIN), *lines(probes * 20, status=404)]), ([], []))
        with self.subTest("that one visitor made, and a site answered that answers everything"):
            clear, little = software_in([*lines(_PLAIN), *lines(probes * 20, visitors=1)])
            self.assertEqual((clear, little), ([], ["wordpress"]))
        with self.subTest("that were few"):
            clear, _ = software_in([*lines(_PLAIN * 4), *lines(probes)])
            self.assertEqual(clear, [])

    def test_it_is_said_with_the_routes(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "sluice.toml"
            config.write_text(f"[site]\nfolder = {json.dumps(str(SITES))}\n", encoding="utf-8")
            file = pathlib.Path(folder) / "access.log"
            file.write_text("".join(lines(samples("phpbb") * 10)), encoding="utf-8")
            for options, words in (([], 'software = ["phpbb"]'), (["--toml"], '# Ready-made routes fit: software = ["phpbb"]')):
                done = subprocess.run([SLUICED, "routes", *options, "--config", config, file], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, encoding="utf-8", check=True, timeout=60)
                self.assertIn(words, done.stdout)


if __name__ == "__main__":
    unittest.main()
