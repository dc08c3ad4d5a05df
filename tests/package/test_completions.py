# SPDX-License-Identifier: Apache-2.0
"""Every option that --help shows is completed by bash, zsh and fish: asked of the shells themselves."""

import os
import pty
import re
import select
import subprocess
import time
import unittest

_TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BUILD = os.environ.get("SLUICE_BUILD_DIR", os.path.join(_TOP, "build"))
_COMPLETIONS = os.path.join(_BUILD, "completions")
_PROGRAMS = {"sluicectl": os.path.join(_BUILD, "ctl", "sluicectl"), "sluiced": os.path.join(_BUILD, "daemon", "sluiced")}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


def shown(program, *command):
    """The long options and the subcommands that its help shows."""
    text = run(program, *command, "--help")
    # An option begins its line; in the text behind it others may be spoken of.
    options = set(re.findall(r"(?m)^  (?:-\w,)?(--[\w-]+)", text))
    subcommands = text.partition("Subcommands:\n")[2]
    return options, re.findall(r"(?m)^  ([a-z][a-z-]*)\s", subcommands)


def bash(name, line):
    script = f"""source '{_COMPLETIONS}/{name}.bash'
words=({line})
COMP_WORDS=("${{words[@]}}" "$1") COMP_CWORD=${{#words[@]}}
_{name}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return lambda begun: set(run("bash", "--norc", "-c", script, "bash", begun).split())


def fish(name, line):
    def ask(begun):
        said = run("fish", "--no-config", "-c", f"source '{_COMPLETIONS}/{name}.fish'; complete -C '{line} {begun}'")
        return {entry.split("\t")[0] for entry in said.splitlines()}

    return ask


class Zsh:
    """An interactive zsh at a terminal, which lists what would complete a line."""

    def __init__(self):
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "COLUMNS": "200", "LINES": "1000"})
        self._wait_for("%|#")
        self.say(f"stty -echo cols 200 rows 1000; PS1='READ''Y>'; fpath=('{_COMPLETIONS}' $fpath); autoload -Uz compinit; "
                 "compinit -u -D; unsetopt zle_bracketed_paste; bindkey '^D' list-choices; LISTMAX=0; setopt list_rows_first\n",
                 "READY>")

    def _wait_for(self, pattern, seconds=60):
        text, deadline = "", time.monotonic() + seconds
        while not re.search(pattern, text):
            ready, _, _ = select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"zsh did not say {pattern!r}: {text!r}")
            text += os.read(self._terminal, 65536).decode(errors="replace")
        return text

    def say(self, text, pattern):
        os.write(self._terminal, text.encode())
        return self._wait_for(pattern)

    def ask(self, name, line, begun):
        # What it lists ends with the line written anew; Ctrl-U and a command of our own end that. Until the prompt behind it
        # the terminal takes whole lines, and Ctrl-D and Ctrl-U would be the terminal's own.
        os.write(self._terminal, f"{line} {begun}\x04".encode())
        said = self.say("\x15print -r -- do''ne\n", "(?s)done\r?\n.*READY>")
        return set(re.findall(r"(?<![\w-])--[\w-]+|(?m:^[a-z][a-z-]*)(?=\s+--)", said)) - {"--"}

    def close(self):
        os.close(self._terminal)
        os.waitpid(self._pid, 0)


class Completions(unittest.TestCase):
    def assertComplete(self, ask_of):
        for name, program in _PROGRAMS.items():
            options, commands = shown(program)
            self.assertTrue(options and commands)
            with self.subTest(name):
                self.assertLessEqual(options, ask_of(name, name)("--"))
                self.assertLessEqual(set(commands), ask_of(name, name)(""))
            for command in commands:
                with self.subTest(f"{name} {command}"):
                    self.assertLessEqual(shown(program, command)[0], ask_of(name, f"{name} {command}")("--"))

    def test_bash(self):
        self.assertComplete(bash)
        self.assertEqual(bash("sluicectl", "sluicectl decisions --action")("b"), {"block"})
        self.assertIn("/etc/passwd", bash("sluiced", "sluiced replay")("/etc/pass"))
        self.assertEqual(bash("sluicectl", "sluicectl block")("--no-such"), set())

    def test_fish(self):
        self.assertComplete(fish)
        self.assertEqual(fish("sluicectl", "sluicectl decisions --action")("b"), {"block"})

    def test_zsh(self):
        zsh = Zsh()
        self.addCleanup(zsh.close)
        self.assertComplete(lambda name, line: lambda begun: zsh.ask(name, line, begun))


if __name__ == "__main__":
    unittest.main(verbosity=2)
