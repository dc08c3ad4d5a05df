#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That sluice.toml(5) names every key, names no other, and says the defaults of the heuristics.

Reads the mdoc source. A key is introduced by `.It Ic key`, several of one paragraph by `.It Ic one , Ic two`. In the tables
`heuristics.NAME` an item is a heuristic, and its keys stand in its text as `.Ic key Pq default`. In the items `fields` of a log
and `format` of a list every `.Ic key` of the text is a key, unless the line before says that it is a table.
"""

import pathlib
import re
import tomllib
import unittest

from test_config import FOLDER, effective, effective_of, leaves

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "config" / "man" / "sluice.toml.5"
KEY = re.compile(r"[a-z][a-z0-9_]*")


def sections():
    """Of DESCRIPTION: title and lines of each subsection."""
    text = MANUAL.read_text(encoding="utf-8")
    for part in text.partition(".Sh FILES")[0].split("\n.Ss ")[1:]:
        title, _, body = part.partition("\n")
        yield title, body.splitlines()


def items(body):
    """The words of each `.It`, and the lines up to the next one that introduces a key."""
    found = []
    for line in body:
        if line.startswith((".It Ic ", ".It Ar ")):
            found.append((line.split()[1:], []))
        elif found:
            found[-1][1].append(line)
    return found


def keys_of(words):
    """`Ic a Pq 1 , Ic b , c`: a, b and c."""
    after_ic = False
    for word in words:
        if word in ("Ic", ","):
            after_ic = True if word == "Ic" else after_ic
        elif after_ic and KEY.fullmatch(word):
            yield word
        else:
            after_ic = False


def heuristic_keys(name, words, lines):
    """Dotted keys of one heuristic, each with the default that the manual says, as text."""
    head = " ".join(words)
    yield f"heuristics.{name}.enabled", "true"
    yield f"heuristics.{name}.weight", re.search(r"weight ([0-9.]+)", head).group(1)
    if "at most" in head:
        yield f"heuristics.{name}.max_weight", re.search(r"at most ([0-9.]+)", head).group(1)
    for line in lines:
        said = re.fullmatch(r"\.Ic ([a-z_]+) Pq (\S+)( [.,;])?", line)
        if said:
            yield f"heuristics.{name}.{said.group(1)}", said.group(2)


def keys_in_text(lines):
    for before, line in zip(["", *lines], lines):
        said = re.match(r"\.Ic ([a-z_]+)", line)
        if said and not before.endswith("table"):
            yield said.group(1)


def manual():
    """Dotted keys of the manual, with the default where it is one of a heuristic."""
    named = {}
    for title, body in sections():
        heuristics = re.findall(r"\.?([a-z_]+)(?:,| and|$)", title.partition("heuristics.")[2])
        for words, lines in items(body):
            if title.startswith("Tables heuristics."):
                (name,) = keys_of(words)
                if name not in heuristics:
                    raise AssertionError(f"the title of the section does not name heuristics.{name}")
                named |= heuristic_keys(name, words, lines)
                continue
            table = "" if title == "Top level" else title.split()[-1] + "."
            if words[0] == "Ar":
                named[table + "*"] = None
            for key in keys_of(words):
                if table == "log." and key == "fields":
                    named |= {f"log.fields.{field}": None for field in keys_in_text(lines)}
                else:
                    if table == "list." and key == "format":
                        named |= {table + inner: None for inner in keys_in_text(lines)}
                    default = re.search(r"Pq ([0-9.]+)$", " ".join(words)) if table == "heuristics." else None
                    named[table + key] = default.group(1) if default else None
    return named


class Manual(unittest.TestCase):
    maxDiff = None

    def test_it_names_every_key_and_no_other(self):
        keys = {name for name, _ in leaves(tomllib.loads(effective(FOLDER / "every_key.toml")))}
        # Each heuristic has one scale.
        scales = {name for name in keys if name.startswith("heuristics.scale.")}
        heuristics = {name.split(".")[1] for name in keys if name.startswith("heuristics.") and name.endswith(".enabled")}
        self.assertEqual(scales, {f"heuristics.scale.{name}" for name in heuristics})
        named = set(manual())
        self.assertEqual((keys - scales | {"heuristics.scale.*"}) - named, set(), "keys that the manual does not name")
        self.assertEqual(named - (keys - scales | {"heuristics.scale.*"}), set(), "keys of the manual that there are not")

    def test_it_says_the_defaults_of_the_heuristics(self):
        defaults = dict(leaves(tomllib.loads(effective_of(""))))
        said = {name: text for name, text in manual().items() if text is not None}
        self.assertGreater(len(said), 80)
        for name, text in said.items():
            default = defaults[name]
            with self.subTest(name):
                if isinstance(default, (bool, str)):
                    self.assertEqual(text, str(default).lower())
                else:
                    self.assertEqual(float(text), default)


if __name__ == "__main__":
    unittest.main()
