# SPDX-License-Identifier: Apache-2.0
"""The rows of an evaluation for people. Judges nothing."""

from lab.evaluate.scenarios import CAUGHT, NOT_CAUGHT


def _duration(seconds):
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _outcome(row):
    if row.expected == CAUGHT:
        word = {"block": "blocked", "throttle": "throttled"}.get(row.action, "NOT CAUGHT")
        return word if row.caught else f"NOT CAUGHT ({row.decided} of {row.sources})" if row.decided else "NOT CAUGHT"
    if row.expected == NOT_CAUGHT:
        return f"{row.action} after all" if row.caught else "not caught, as known"
    return "untouched" if row.right else "TOUCHED" if row.action != "none" else "TROUBLE" if row.troubles else "untouched"


def print_rows(rows, out):
    """One row a scenario, then every false alarm with its reasons, then what was caught by what."""
    cells = [("scenario", "time", "outcome", "after", "score", "pages", "people", "of", "false alarms", "what")]
    for row in rows:
        scraper = row.expected != "untouched"
        of = f"{row.wanted:,}" if scraper and row.time == "log" else "-"
        cells.append((row.name, row.time, _outcome(row), _duration(row.after_seconds), f"{row.score:.1f}", f"{row.pages:,}", f"{row.people:,}",
                      of, str(len(row.false_alarms)), row.what))
    _print_columns(cells, {3, 4, 5, 6, 7, 8}, out)
    print("\ntime: live, really dropped by sluiced; log, recorded off the real client, stretched and replayed. after: from its first\n"
          "request to the first decision. pages, people: reached until the decision (untouched: in all); of: people it went for. Who is\n"
          "throttled is slowed (policy.throttle_rate), not stopped.", file=out)
    for row in rows:
        for alarm in row.false_alarms:
            print(f"\nFALSE ALARM in {row.name}: {alarm['action']} of {alarm['source']} ({alarm['who']}), score {alarm['score']:.1f}", file=out)
            for reason in alarm["reasons"]:
                print(f"    {reason}", file=out)
        for trouble in row.troubles:
            print(f"\nTROUBLE in {row.name}: {trouble}", file=out)
    print("\nWhy:", file=out)
    for row in rows:
        if row.expected != "untouched":
            print(f"  {row.name}: {'; '.join(row.reasons) or 'no signal'}", file=out)


def _print_columns(cells, right, out):
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        print("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip(), file=out)


def print_peers(answer, out):
    """The programs side by side on one log."""
    programs = answer["programs"]
    print(f"\nThe same {answer['lines']:,} lines (combined format) of {answer['visitors']:,} visitors, one run each, a page rate of "
          f"{answer['pages_per_minute']} a minute for all:\n", file=out)
    cells = [("", *(one["name"] for one in programs))]
    cells.append(("lines a second", *(f"{'' if one['finished'] else 'under '}{one['lines_a_second']:,.0f}" for one in programs)))
    cells.append(("CPU seconds", *(f"{one['cpu_seconds']:.1f}" for one in programs)))
    cells.append(("peak memory", *(f"{one['peak_bytes'] / 2**20:,.0f} MiB" for one in programs)))
    for name in answer["scenarios"]:
        cells.append((name, *(one["outcome"][name] + ("" if one["complete"] else " ?") for one in programs)))
    cells.append(("people touched", *(str(one["false_alarms"]) for one in programs)))
    _print_columns(cells, set(range(1, len(cells[0]))), out)
    print("\nA number: people whom it reached before it was caught, of those it went for. under: not through when its time was up. ?: nor\n"
          "with the log without the crowd, so that it might have caught more.", file=out)
