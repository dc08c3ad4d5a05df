# SPDX-License-Identifier: Apache-2.0
"""What the kernel itself says of programs and maps, through bpftool: a witness that is not ours. Used by the story's files."""

import json

from lab.network import run


def bpftool(*arguments):
    return json.loads(run("bpftool", "-j", *arguments))


def program_ids(name):
    """Of the programs with that name in the kernel, attached or not."""
    return [program["id"] for program in bpftool("prog", "show") if program.get("name") == name]


def pinned_map(path):
    return bpftool("map", "show", "pinned", path)
