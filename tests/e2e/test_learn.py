# SPDX-License-Identifier: Apache-2.0
"""`sluiced learn` as an operator runs it, over files: what it says, writes, and what `replay` then makes of it."""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

from lab.filter import sluiced

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_SCRIPT = "python-requests/2.32.3"  # what the site's own app is called too


def visits():
    """Lines of an access log: 24 scrapers, half of them hurried, and 24 people of whom half use the app."""
    draw = random.Random(4)
    lines = []

    def ask(second, client, target, agent):
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        lines.append((second, f'{client} - - [24/Nov/2026:{clock} +0000] "GET {target} HTTP/1.1" 200 4000 "-" "{agent}"'))

    for i in range(24):
        agent = _SCRIPT if i % 2 else _BROWSER
        for page in range(40):
            ask(3000 * i + page * (20 if i % 3 else 60), f"192.0.2.{i}", f"/people/{100 * i + page}", agent)
        for page in range(12):
            second = 3000 * i + page * 100 + draw.randrange(90)
            ask(second, f"198.51.100.{i}", f"/people/{draw.randrange(5000)}", agent)
            ask(second, f"198.51.100.{i}", "/assets/style.css", agent)
    return "\n".join(line for _, line in sorted(lines, key=lambda item: item[0])) + "\n"


class Learn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.log = self.write("access.log", visits())
        self.labels = self.write("labels.csv", "source,label\n" + "".join(
            f"192.0.2.{i},scraper\n198.51.100.{i},person\n" for i in range(24)))
        self.config = self.write("sluice.toml", 'include = ["learned.toml"]\n')
        self.empty = self.write("empty.toml", "")
        self.learned = os.path.join(self.folder, "learned.toml")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_sluiced(self, *arguments, status=0):
        done = subprocess.run([sluiced(), *arguments], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def learn(self, *arguments, **options):
        return self.run_sluiced("learn", "-c", self.empty, "--labels", self.labels, *arguments, self.log, **options)

    def test_what_is_learned_is_a_part_of_the_configuration(self):
        said = self.learn("--output", self.learned)
        self.assertIn("24 scrapers of 24 labels and 24 people of 24 labels are in the logs", said.stdout)
        self.assertIn("Brier score", said.stdout)
        found = json.loads(self.learn("--json").stdout)
        scales = {one["heuristic"]: one["new_scale"] for one in found["heuristics"]}
        self.assertLess(scales["user_agent"], 0.9)
        self.assertGreater(scales["enumeration"], 1.0)
        self.assertEqual(scales["decoy"], 1.0)
        self.assertLessEqual(found["new"]["brier"], found["old"]["brier"])
        # In force, and it says from where.
        effective = self.run_sluiced("check-config", "--effective", self.config).stdout
        self.assertIn(f"heuristics.scale.user_agent = {scales['user_agent']:g}  # {self.learned}:", effective)
        blocked = {one["source"]: one for one in map(json.loads, self.run_sluiced(
            "replay", "--json", "--all", "-c", self.config, self.log).stdout.splitlines())}
        for i in range(24):
            self.assertNotEqual(blocked[f"192.0.2.{i}"]["action"], "none", blocked[f"192.0.2.{i}"])
            self.assertEqual(blocked[f"198.51.100.{i}"]["action"], "none", blocked[f"198.51.100.{i}"])
        weights = [reason["weight"] for reason in blocked["192.0.2.1"]["reasons"] if reason["heuristic"] == "user_agent"]
        self.assertTrue(weights and weights[0] < 2.0, weights)

    def test_it_refuses_in_words(self):
        self.write("learned.toml", "# mine\n")
        self.assertIn("--force writes over it", self.learn("--output", self.learned, status=1).stderr)
        self.learn("--output", self.learned, "--force")
        bad = self.write("bad.csv", "192.0.2.1,scraper\n192.0.2.2;person\n")
        said = self.run_sluiced("learn", "-c", self.empty, "--labels", bad, self.log, status=1)
        self.assertIn(f"{bad}:2: ", said.stderr)
        few = self.write("few.csv", "192.0.2.1,scraper\n198.51.100.1,person\n")
        said = self.run_sluiced("learn", "-c", self.empty, "--labels", few, self.log, status=1)
        self.assertIn("it takes 10 of each", said.stderr)
        self.run_sluiced("learn", self.log, status=2)

    def test_a_preset_shows_why(self):
        strict = self.write("strict.toml", 'preset = "strict"\n[policy]\nblock_score = 5.5\n')
        effective = self.run_sluiced("check-config", "--effective", strict).stdout
        self.assertIn("policy.throttle_score = 3.5  # preset strict: ", effective)
        self.assertIn(f"policy.block_score = 5.5  # {strict}:3, over preset strict: ", effective)
        self.assertIn('mode = "observe"  # default', effective)


if __name__ == "__main__":
    if not os.path.exists(sluiced()):
        sys.exit(f"{sluiced()} is not built (scripts/build builds it)")
    unittest.main(verbosity=2)
