#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That configurations of today load, and mean what they meant.

config/sluice.toml is the one that is shipped; every_key.toml sets every key to a valid value other than its default; the
presets set some. Kept is what `sluiced check-config --effective` says of each. `--update` takes what it says now.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unittest

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "config"
EXPECTED = FOLDER / "expected"
SHIPPED = HERE.parents[1] / "config" / "sluice.toml"
SLUICED = pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", HERE.parents[1] / "build")) / "daemon" / "sluiced"
PRESETS = ("balanced", "strict", "small_site")


def check(*arguments):
    return subprocess.run([SLUICED, "check-config", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          encoding="utf-8", check=False, timeout=60)


def effective(path):
    done = check("--effective", str(path))
    if done.returncode != 0:
        raise AssertionError(f"{path}: {done.stdout}{done.stderr}")
    return done.stdout


def effective_of(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sluice.toml"
        path.write_text(text, encoding="utf-8")
        return effective(path)


def lines():
    """What is kept: each value, and whether a file, a preset or nobody says it."""
    answers = {"sluice": effective(SHIPPED), "every_key": effective(FOLDER / "every_key.toml"), "defaults": effective_of("")}
    answers |= {preset: effective_of(f'preset = "{preset}"\n') for preset in PRESETS}
    kept = {}
    for name, answer in answers.items():
        kept[name] = ""
        for line in answer.splitlines():
            setting, origin = line.rsplit("  # ", 1)
            kept[name] += f"{setting}  # {'file' if '.toml:' in origin else origin.split(':')[0]}\n"
    return kept


def leaves(value, place=""):
    """Dotted names and values. Tables of an array are taken together: a key is there if one of them has it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from leaves(inner, place)
    else:
        yield place, value


class Config(unittest.TestCase):
    maxDiff = None

    def test_they_mean_what_they_meant(self):
        for name, kept in lines().items():
            with self.subTest(name):
                self.assertEqual(kept, (EXPECTED / f"{name}.txt").read_text(encoding="utf-8"))

    def test_both_are_accepted_without_a_word_of_doubt(self):
        for path in (SHIPPED, FOLDER / "every_key.toml"):
            done = check("--effective", str(path))
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        done = check(str(SHIPPED))
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_files_that_are_not_there_are_the_only_fault(self):
        done = check(str(FOLDER / "every_key.toml"))
        *files, end = done.stderr.splitlines()
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split(": ")[0] for line in files],
                         ["agents.lists", "crawlers.lists", "asn.database", "robots.path", "proxies.lists", "list cdn"])
        self.assertTrue(all(line.endswith(": No such file or directory") for line in files), files)
        self.assertIn("6 of the files that it names cannot be read", end)

    def test_every_key_is_set_to_what_is_not_its_default(self):
        answer = effective(FOLDER / "every_key.toml")
        self.assertEqual([line for line in answer.splitlines() if "every_key.toml:" not in line], [])
        defaults = dict(leaves(tomllib.loads(effective_of(""))))
        given = tomllib.loads(answer)
        same = [name for name, value in leaves(given) if name in defaults and defaults[name] == value]
        self.assertEqual([name for name in same if not name.startswith(("log.", "list.", "site.software"))], [])


def update():
    EXPECTED.mkdir(exist_ok=True)
    for name, kept in lines().items():
        (EXPECTED / f"{name}.txt").write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
