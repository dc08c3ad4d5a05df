# SPDX-License-Identifier: Apache-2.0
"""Measures `sluiced routes` on logs of sites that it was not made for: PYTHONPATH=tests python3 -m lab.discovery --sluiced FILE.

Prints a table, a line for each site and the sum, as means of all seeds. It judges nothing: the exit status is 0 if the tool ran.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from lab.discovery.judge import Result, judge
from lab.discovery.sites import SITES
from lab.discovery.traffic import Traffic

COLUMNS = [("people_precision", "people P"), ("people_recall", "people R"), ("people_precision_requests", "P (req)"), ("people_recall_requests", "R (req)"),
           ("lists_precision", "lists P"), ("lists_recall", "lists R"), ("shapes_precision", "shapes P"), ("shapes_recall", "shapes R")]


def answer_of(sluiced, lines, folder, keep=None):
    """What the tool says of a log."""
    path = keep or os.path.join(folder, "access.log")
    with open(path, "w", encoding="utf-8") as log:
        log.writelines(lines)
    ran = subprocess.run([sluiced, "routes", path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, cwd=folder)
    return json.loads(ran.stdout)


def cell(values):
    known = [value for value in values if value is not None]
    return f"{100 * sum(known) / len(known):8.0f}%" if known else "        -"


def main():
    parser = argparse.ArgumentParser(prog="lab.discovery", description=__doc__)
    parser.add_argument("--sluiced", required=True, help="the program to measure")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sites", nargs="*", help="only these")
    parser.add_argument("--keep", help="folder for the logs and answers")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--misses", action="store_true", help="also what was missed, of the first seed")
    options = parser.parse_args()

    results, sums, sizes = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            sums[seed] = Result()
            for make in SITES:
                site = make()
                if options.sites and site.name not in options.sites:
                    continue
                traffic = Traffic(site, seed)
                lines = traffic.make()
                keep = os.path.join(options.keep, f"{site.name}.{seed}.log") if options.keep else None
                answer = answer_of(os.path.abspath(options.sluiced), lines, folder, keep)
                if keep:
                    with open(keep[:-4] + ".json", "w", encoding="utf-8") as file:
                        json.dump(answer, file, indent=1, ensure_ascii=False)
                result = judge(site, traffic.seen, answer)
                results.setdefault(site.name, []).append(result)
                sizes[site.name] = len(lines)
                sums[seed] += result

    if options.json:
        json.dump({"seeds": options.seeds,
                   "sites": {name: [{"figures": result.figures(), "counts": result.count, "misses": result.misses} for result in of]
                             for name, of in results.items()},
                   "all": [{"seed": seed, "figures": result.figures(), "counts": result.count} for seed, result in sums.items()]}, sys.stdout, indent=1)
        print()
        return
    print(f"{'site':15}{'lines':>8}" + "".join(f"{title:>9}" for _, title in COLUMNS))
    for name, of in results.items():
        print(f"{name:15}{sizes[name]:8}" + "".join(cell([result.figures()[key] for result in of]) for key, _ in COLUMNS))
    print(f"{'all, mean':15}{sum(sizes.values()):8}" + "".join(cell([result.figures()[key] for result in sums.values()]) for key, _ in COLUMNS))
    for label, pick in (("all, lowest", min), ("all, highest", max)):
        print(f"{label:15}{'':8}" + "".join(cell([pick((v for v in (r.figures()[key] for r in sums.values()) if v is not None), default=None)])
                                           for key, _ in COLUMNS))
    if options.misses:
        for miss in sorted(sums[options.seeds[0]].misses, key=lambda miss: (miss["kind"], miss["site"])):
            print(f'{miss["kind"]}: {miss["site"]} {miss["url"]} ({miss["label"]}, {miss["requests"]} requests, {miss["values"]} values): {miss["said"]}')


if __name__ == "__main__":
    main()
