# SPDX-License-Identifier: Apache-2.0
"""Counts what a change of one kind touches: a change is made in a scratch copy of the tree, and what must be compiled for it is.

A check makes a `Change`, edits files through it, and asks how many it touched and whether the translation units compile with
the flags that the build has for them.
"""

import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile


def _commands(build):
    """{source: entry of compile_commands.json}. A source that is compiled together with others has the entry of all of them."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    commands = {}
    for entry in entries:
        commands[entry["file"]] = entry
        if re.search(r"/Unity/unity_\d+_cxx\.cxx$", entry["file"]) and os.path.exists(entry["file"]):
            with open(entry["file"], encoding="utf-8") as file:
                commands.update((source, entry) for source in re.findall(r'^#include "(/.*\.cpp)"$', file.read(), re.M))
    return commands


class Change:
    """A change in a copy of the sources. Files are named from the top of the tree."""

    def __init__(self, tree, build):
        self.tree = tree
        self._commands = _commands(build)
        self._folder = tempfile.TemporaryDirectory(prefix="sluice-price-")
        self.copy = os.path.join(self._folder.name, "tree")
        for top in ("bpf", "daemon", "ctl", "tests"):
            shutil.copytree(os.path.join(tree, top), os.path.join(self.copy, top))
        self.touched = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def add(self, path, text):
        """A new file."""
        whole = os.path.join(self.copy, path)
        assert not os.path.exists(whole), f"{path} is there already"
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
        self._touch(path)

    def insert(self, path, anchor, text):
        """Puts text behind the first match of the pattern `anchor`."""
        whole = os.path.join(self.copy, path)
        with open(whole, encoding="utf-8") as file:
            old = file.read()
        match = re.search(anchor, old)
        assert match, f"{path} has nothing like {anchor!r}"
        with open(whole, "w", encoding="utf-8") as file:
            file.write(old[:match.end()] + text + old[match.end():])
        self._touch(path)

    def append(self, path, text):
        """Lets a file that is compiled prove something; no part of the change."""
        with open(os.path.join(self.copy, path), "a", encoding="utf-8") as file:
            file.write(text)

    def _touch(self, path):
        if path not in self.touched:
            self.touched.append(path)

    def _compile(self, unit):
        """The errors of one translation unit, or nothing. Of a pair the first is compiled with the flags of the second."""
        path, flags_of = unit if isinstance(unit, tuple) else (unit, unit)
        entry = self._commands.get(os.path.join(self.tree, flags_of))
        if entry is None:
            return f"{path} is not in the build"
        words = shlex.split(entry["command"])
        words = words[words.index(next(word for word in words if re.search(r"(\+\+|g\+\+-\d+|clang\+\+\S*)$", word))):]
        # Generated headers stay those of the build.
        words = [word.replace(f"-I{self.tree}", f"-I{self.copy}") if word == f"-I{self.tree}" else word for word in words]
        words = [os.path.join(self.copy, path) if word == entry["file"] else word for word in words]
        if "-o" in words:
            at = words.index("-o")
            del words[at:at + 2]
        words = [word for word in words if word not in ("-c", "-MD")] + ["-fsyntax-only"]
        for option in ("-MT", "-MF"):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        done = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else f"{path}:\n{done.stderr[:4000]}"

    def faults(self, units):
        """What does not compile of these translation units."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return [fault for fault in pool.map(self._compile, units) if fault]


def report(what, change, units, most):
    """Prints the price; the exit status."""
    print(f"{what} touches {len(change.touched)} files, at most {most} are wanted:")
    for path in change.touched:
        print(f"  {path}")
    faults = change.faults(units)
    for fault in faults:
        print(fault)
    return 0 if len(change.touched) <= most and not faults else 1


def folders():
    """The tree and the build, from the arguments."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} TREE BUILD")
    return os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
