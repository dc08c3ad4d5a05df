#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That tests/golden/protocol shows the whole of the operators' protocol.

unit.ProtocolGolden reads each of these messages into its type and writes it again. That proves nothing about a field which no
message fills. So this test holds the list of all fields (protocol/keys.txt) against the messages, and asks that each field has a
value somewhere. `--update` rewrites the list after a change that is meant.
"""

import json
import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent / "protocol"
KEYS = FOLDER / "keys.txt"


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def walk(place, value, found):
    """Adds the kinds of what stands at each place, and whether anything but the empty value of that kind does."""
    kinds, filled = found.get(place, (set(), False))
    found[place] = (kinds | {kind(value)}, filled or bool(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            walk(f"{place}.{key}", inner, found)
    elif isinstance(value, list):
        for inner in value:
            walk(f"{place}[]", inner, found)


def fields():
    found = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            place = f"request {message['command']}" if "command" in message else path.stem
            walk(place, message, found)
    return found


def listed(found):
    return "".join(f"{place}: {' or '.join(sorted(kinds))}\n" for place, (kinds, _) in found.items())


class Protocol(unittest.TestCase):
    def test_the_list_of_fields_stays(self):
        self.assertEqual(listed(fields()), KEYS.read_text(encoding="utf-8"))

    def test_each_field_is_filled_somewhere(self):
        # A request other than throttle has no rate.
        never = {f"request {command}.{key}" for command in ("block", "allow") for key in ("rate", "burst")}
        empty = {place for place, (_, filled) in fields().items() if not filled}
        self.assertEqual(empty - {"error.ok"}, never)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        KEYS.write_text(listed(fields()), encoding="utf-8")
    else:
        unittest.main()
