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


if __name__ == "__main__":
    unittest.main()
