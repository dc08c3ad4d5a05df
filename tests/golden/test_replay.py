#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `sluiced replay --json --all` says of a fixed set of logs, byte for byte.

The logs are made by replay/traffic.py and not kept; logs.sha256 tells a changed generator from a changed Sluice. `--update`
takes what it says now as what it shall say.
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from replay import asn, traffic  # noqa: E402
from replay.request import FORMATS  # noqa: E402

FOLDER = HERE / "replay"
EXPECTED = FOLDER / "expected"
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD_DIR", HERE.parents[1] / "build"))
SLUICED = BUILD / "daemon" / "sluiced"

# Name of the log: who comes, and in which format.
LOGS = {
    "site": (traffic.site, "combined"),
    "slow": (traffic.slow, "combined"),
    "accounts": (traffic.accounts, "nginx"),
    "proxied": (traffic.proxied, "json"),
    "forwarded": (traffic.proxied, "forwarded"),
    "haproxy": (traffic.plain, "haproxy"),
    "common": (traffic.plain, "common"),
    "vhost": (traffic.plain, "vhost_combined"),
    "apache": (traffic.plain, "apache"),
    "caddy": (traffic.plain, "caddy"),
    "traefik": (traffic.plain, "traefik"),
    "envoy": (traffic.plain, "envoy"),
}

# Name of the expectation: configuration, files of the log, further arguments.
REPLAYS = {
    "site": ("site.toml", ["site.log"], []),
    "strict": ("strict.toml", ["site.log"], []),
    "watchful": ("watchful.toml", ["site.log"], []),
    "slow": ("site.toml", ["slow.log"], []),
    "accounts": ("accounts.toml", ["accounts.log"], []),
    "proxied": ("proxied.toml", ["proxied.log"], []),
    "haproxy": ("haproxy.toml", ["haproxy.log"], []),
    "common": ("plain.toml", ["common.log"], ["--format", "common"]),
    "vhost": ("plain.toml", ["vhost.log"], ["--format", "vhost_combined"]),
    "forwarded": ("forwarded.toml", ["forwarded.log"], []),
    "apache": ("apache.toml", ["apache.log"], []),
    "caddy": ("caddy.toml", ["caddy.log"], []),
    "traefik": ("traefik.toml", ["traefik.log"], []),
    "envoy": ("envoy.toml", ["envoy.log"], []),
}

# The labelled visitors of the site, for `sluiced learn`.
LABELS = "".join(f"203.0.113.{number},scraper\n" for number in range(1, 30) if number not in (9, 13)) + \
    "".join(f"192.0.2.{number + 1},person\n" for number in range(60)) + "192.0.2.200,person\n192.0.2.201,person\n"

# Which heuristics no replay can show, and why. unit.FindingsGolden shows them.
NEVER = {
    "connections": "counts TCP connections, which the filter in the kernel reports",
    "tls_claim": "reads the beginnings of TLS connections, which the filter in the kernel copies",
    "returning": "speaks after a first block, and replay shows the first block of a source",
}


def lines_of(log):
    visits, format_name = LOGS[log]
    requests = sorted(visits(), key=lambda request: request.ms)
    return "".join(FORMATS[format_name](request) + "\n" for request in requests)


def run(folder, *arguments, **environment):
    """In a folder of its own, with HAProxy's times, which have no zone, taken as UTC."""
    done = subprocess.run([SLUICED, *arguments], cwd=folder, env={"TZ": "UTC", "LC_ALL": "C", **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, encoding="utf-8", check=False, timeout=250)
    if done.returncode != 0:
        raise AssertionError(f"sluiced {' '.join(arguments)}: {done.stderr}")
    return done


def replay(folder, name, files=None, **environment):
    config, its_files, options = REPLAYS[name]
    done = run(folder, "replay", "--json", "--all", "-c", config, *options, *(files or its_files), **environment)
    if "could not be read" in done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout


def prepare(folder):
    """Writes what the replays read. Returns the digests of the logs."""
    for path in FOLDER.iterdir():
        if path.suffix in (".toml", ".txt", ".json", ".jsonl"):
            text = path.read_text(encoding="utf-8").replace('"/golden/', f'"{folder}/')
            (folder / path.name).write_text(text, encoding="utf-8")
    networks = {f"100.{64 + number}.0.0/16": (64500, "Example Hosting") for number in range(20)}
    (folder / "asn.mmdb").write_bytes(asn.database({**networks, "192.0.2.0/24": (64501, "Example Telecom")}))
    digests = ""
    for log in LOGS:
        text = lines_of(log).encode()
        (folder / f"{log}.log").write_bytes(text)
        digests += f"{hashlib.sha256(text).hexdigest()}  {log}.log\n"
    return digests


def told(folder):
    """What other forms of output there are: name and text of each."""
    (folder / "labels.csv").write_text(LABELS, encoding="utf-8")
    (folder / "found.toml").unlink(missing_ok=True)
    learn = ("learn", "-c", "site.toml", "--labels", "labels.csv")
    return {
        "table.txt": run(folder, "replay", "-c", "site.toml", "site.log").stdout,
        "learn.txt": run(folder, *learn, "site.log").stdout,
        "learn.json": run(folder, *learn, "--json", "-o", "found.toml", "site.log").stdout,
        "learned.toml": (folder / "found.toml").read_text(encoding="utf-8"),
    }


def update():
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (EXPECTED / "logs.sha256").write_text(prepare(folder), encoding="utf-8")
        for expectation in REPLAYS:
            (EXPECTED / f"{expectation}.jsonl").write_text(replay(folder, expectation), encoding="utf-8")
        for name, text in told(folder).items():
            (EXPECTED / name).write_text(text, encoding="utf-8")


def expected(name):
    return (EXPECTED / f"{name}.jsonl").read_text(encoding="utf-8")


class Replay(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.digests = prepare(cls.folder)

    def test_the_logs_are_those_that_the_expectations_were_made_of(self):
        self.assertEqual(self.digests, (EXPECTED / "logs.sha256").read_text(encoding="utf-8"))

    def test_it_says_what_it_said(self):
        for name in REPLAYS:
            with self.subTest(name):
                self.assertEqual(replay(self.folder, name).splitlines(), expected(name).splitlines())

    def test_the_table_and_learn_say_what_they_said(self):
        for name, text in told(self.folder).items():
            with self.subTest(name):
                self.assertEqual(text.splitlines(), (EXPECTED / name).read_text(encoding="utf-8").splitlines())

    def test_neither_zone_nor_locale_nor_chance_changes_a_byte(self):
        for name in REPLAYS:
            if name == "haproxy":
                continue  # its times are those of this host
            for environment in ({"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}, {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8"}):
                with self.subTest(name, **environment):
                    self.assertEqual(replay(self.folder, name, **environment), expected(name))

    def test_rotated_and_packed_files_make_one_log(self):
        lines = (self.folder / "site.log").read_bytes().splitlines(keepends=True)
        cuts = (0, len(lines) // 3, 2 * len(lines) // 3, len(lines))
        parts = [b"".join(lines[begin:end]) for begin, end in zip(cuts, cuts[1:])]
        for name, text in (("part.log.2.gz", gzip.compress(parts[0])), ("part.log.1", parts[1]), ("part.log", parts[2])):
            (self.folder / name).write_bytes(text)
        self.assertEqual(replay(self.folder, "site", ["part.log", "part.log.1", "part.log.2.gz"]), expected("site"))

    def test_every_heuristic_fires(self):
        settings = run(self.folder, "check-config", "--effective", "site.toml").stdout
        heuristics = {line.split(".")[1] for line in settings.splitlines() if line.startswith("heuristics.") and ".enabled = " in line}
        self.assertGreater(len(heuristics), 15)
        self.assertLessEqual(set(NEVER), heuristics)
        fired = {reason["heuristic"] for name in REPLAYS for line in expected(name).splitlines() for reason in json.loads(line)["reasons"]}
        self.assertEqual(fired, heuristics - set(NEVER), "a heuristic needs a visitor in replay/traffic.py")
        findings = (HERE / "findings" / "expected.jsonl").read_text(encoding="utf-8")
        shown = {signal["heuristic"] for line in findings.splitlines() for signal in json.loads(line)["signals"]}
        self.assertLessEqual(set(NEVER), shown)

    def test_people_are_left_alone(self):
        for name in REPLAYS:
            if name == "strict":
                continue
            for line in expected(name).splitlines():
                row = json.loads(line)
                if row["source"].startswith("192.0.2.") and not row["source"].startswith("192.0.2.20"):
                    self.assertEqual((row["action"], row["decided_at"]), ("none", None), row)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
