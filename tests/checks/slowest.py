#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What took longest in a run of scripts/test, and what was left out, on one screen.

    slowest.py RESULTS.xml BUILD... -- NAME=SECONDS...

    RESULTS.xml   what `ctest --output-junit` wrote
    BUILD         build folders, whose .ninja_log says how long each step took when it was last done
    NAME=SECONDS  the parts of the run, by the clock
"""

import collections
import os
import re
import sys
import xml.etree.ElementTree

TESTS = 12
STEPS = 6
GROUP_ORDER = 8


def tests(path):
    """(seconds, name) of each test, the longest first."""
    found = []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        found.append((float(case.get("time") or 0), case.get("name")))
    return sorted(found, reverse=True)


def skips(path):
    """(test, reason) of whatever an executable with many tests left out: GoogleTest writes the reason behind a line of its own."""
    found = []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        out = case.findtext("system-out") or ""
        found += [(case.get("name"), reason) for reason in re.findall(r": Skipped\n(.*)", out)]
    return found


def group(name):
    """What a test's name begins with: "unit", "e2e", "bpf_run"."""
    return name.split(".")[0]


def steps(folder):
    """(seconds, output) of each step of a build, the longest first."""
    last = {}
    try:
        with open(os.path.join(folder, ".ninja_log"), encoding="utf-8") as file:
            for line in file:
                parts = line.split("\t")
                if len(parts) == 5:
                    last[parts[3]] = (int(parts[1]) - int(parts[0])) / 1000
    except OSError:
        return []
    return sorted(((seconds, output) for output, seconds in last.items()), reverse=True)


def main(arguments):
    if "--" not in arguments or len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    cut = arguments.index("--")
    results, builds = arguments[0], arguments[1:cut]
    print("\nWhat took longest")
    print("  " + ", ".join(f"{name} {float(seconds):.0f} s" for name, seconds in
                           (part.split("=") for part in arguments[cut + 1:])))
    found = tests(results)
    sums = collections.defaultdict(lambda: [0.0, 0])
    for seconds, name in found:
        sums[group(name)][0] += seconds
        sums[group(name)][1] += 1
    rows = sorted(sums.items(), key=lambda row: -row[1][0])[:GROUP_ORDER]
    print("  tests by kind: " + ", ".join(f"{name} {total:.0f} s ({count})" for name, (total, count) in rows))
    for seconds, name in found[:TESTS]:
        print(f"  {seconds:7.1f} s  {name}")
    for name, reason in skips(results):
        print(f"  skipped in {name}: {reason}")
    for folder in builds:
        done = steps(folder)
        if not done:
            continue
        print(f"  {os.path.basename(folder)}: {len(done)} steps, {sum(seconds for seconds, _ in done):.0f} s of them together")
        for seconds, output in done[:STEPS]:
            print(f"  {seconds:7.1f} s  {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
