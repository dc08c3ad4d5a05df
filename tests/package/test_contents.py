# SPDX-License-Identifier: Apache-2.0
"""The Debian package: lintian has nothing against it, all that belongs into it is there, and what is there works."""

import os
import re
import subprocess
import tempfile
import unittest

_TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BUILD = os.environ.get("SLUICE_BUILD_DIR", os.path.join(_TOP, "build"))
# Path in the package: mode.
_FILES = {
    "usr/sbin/sluiced": 0o755,
    "usr/bin/sluicectl": 0o755,
    "etc/sluice/sluice.toml": 0o644,
    "lib/systemd/system/sluice-filter.service": 0o644,
    "lib/systemd/system/sluiced.service": 0o644,
    "lib/systemd/system/sluice-reattach.path": 0o644,
    "lib/systemd/system/sluice-reattach.service": 0o644,
    "usr/lib/sysusers.d/sluice.conf": 0o644,
    "usr/lib/tmpfiles.d/sluice.conf": 0o644,
    "usr/share/man/man8/sluiced.8.gz": 0o644,
    "usr/share/man/man1/sluicectl.1.gz": 0o644,
    "usr/share/man/man5/sluice.toml.5.gz": 0o644,
    "usr/share/man/man7/sluice-sites.7.gz": 0o644,
    "usr/share/man/man7/sluice-subjects.7.gz": 0o644,
    "usr/share/bash-completion/completions/sluicectl": 0o644,
    "usr/share/bash-completion/completions/sluiced": 0o644,
    "usr/share/zsh/vendor-completions/_sluicectl": 0o644,
    "usr/share/zsh/vendor-completions/_sluiced": 0o644,
    "usr/share/fish/vendor_completions.d/sluicectl.fish": 0o644,
    "usr/share/fish/vendor_completions.d/sluiced.fish": 0o644,
    "usr/share/doc/sluice/copyright": 0o644,
    "usr/share/doc/sluice/changelog.gz": 0o644,
    "usr/share/doc/sluice/CHANGELOG.md.gz": 0o644,
    "usr/share/doc/sluice/examples/nginx-log.conf": 0o644,
    "usr/share/doc/sluice/examples/nginx-subjects.conf": 0o644,
    "usr/share/doc/sluice/examples/apache-log.conf": 0o644,
    "usr/share/doc/sluice/examples/apache-subjects.conf": 0o644,
    "usr/share/doc/sluice/examples/haproxy-log.cfg": 0o644,
    "usr/share/doc/sluice/examples/haproxy-subjects.cfg": 0o644,
    "usr/share/doc/sluice/examples/caddy-log.Caddyfile": 0o644,
    "usr/share/doc/sluice/examples/caddy-subjects.Caddyfile": 0o644,
    "usr/share/doc/sluice/examples/sluice.toml": 0o644,
    "usr/share/doc/sluice/examples/fail2ban/sluice.conf": 0o644,
    "usr/share/doc/sluice/examples/grafana/sluice.json": 0o644,
    "usr/share/doc/sluice/examples/prometheus/sluice.rules.yml": 0o644,
}
# Ready-made sites: whatever the tree has.
_FILES |= {f"usr/share/sluice/sites/{name}": 0o644 for name in os.listdir(os.path.join(_TOP, "config", "sites"))}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.package = run(os.path.join(_TOP, "scripts", "package"), "--from", _BUILD, "--output", folder.name).strip()
        cls.root, cls.control = (os.path.join(folder.name, name) for name in ("root", "control"))
        run("dpkg-deb", "--extract", cls.package, cls.root)
        run("dpkg-deb", "--control", cls.package, cls.control)

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).strip()

    def test_lintian(self):
        self.assertEqual(run("lintian", "--fail-on", "error,warning", "--no-tag-display-limit", self.package), "")

    def test_every_file_is_there_and_no_other(self):
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.root)] = os.stat(path).st_mode & 0o7777
        found.pop("usr/share/lintian/overrides/sluice", None)
        self.assertEqual(found, _FILES)

    def test_name_and_version(self):
        with open(os.path.join(_TOP, "CMakeLists.txt"), encoding="utf-8") as file:
            version = re.search(r"project\(sluice VERSION ([\d.]+)", file.read())[1]
        architecture = run("dpkg", "--print-architecture").strip()
        self.assertEqual(os.path.basename(self.package), f"sluice_{version}_{architecture}.deb")
        self.assertEqual(self.field("Version"), version)
        self.assertEqual(run(os.path.join(self.root, "usr/sbin/sluiced"), "--version"), f"sluiced {version}\n")

    def test_it_depends_on_every_library_that_its_programs_load(self):
        depends = {re.split(r"[ :]", entry.strip())[0] for entry in self.field("Depends").split(",")}
        for program in ("usr/sbin/sluiced", "usr/bin/sluicectl"):
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", os.path.join(self.root, program)))
            self.assertIn("libc.so.6", needed)
            for library in needed:
                if library.startswith("ld-linux"):
                    continue
                owners = {line.split(":")[0] for line in run("dpkg", "--search", library).splitlines()
                          if os.path.basename(line.split(": ")[1]) == library}
                # A name that packages only provide tells apart which build of a library it is.
                owners |= {name.split(" ")[0] for owner in set(owners)
                           for name in run("dpkg-query", "--show", "--showformat=${Provides}", owner).split(", ")}
                self.assertTrue(owners & depends, f"{program} needs {library} of {owners}; Depends: {sorted(depends)}")

    def test_the_configuration_is_kept_and_only_watches(self):
        with open(os.path.join(self.control, "conffiles"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["/etc/sluice/sluice.toml"])
        said = run(os.path.join(self.root, "usr/sbin/sluiced"), "check-config", "--effective",
                   os.path.join(self.root, "etc/sluice/sluice.toml"))
        self.assertIn('\nfilter.interfaces = ["auto"]', said)
        self.assertRegex(said, r'(?m)^mode = "observe"')

    def test_the_filter_is_inside_the_program(self):
        # An ELF file for the BPF machine (247) within the program's own.
        with open(os.path.join(self.root, "usr/sbin/sluiced"), "rb") as file:
            program = file.read()
        self.assertTrue(re.search(rb"\x7fELF\x02\x01\x01.{9}\x01\x00\xf7\x00", program, re.DOTALL))

    def test_an_upgrade_reloads_the_filter_and_never_stops_it(self):
        texts = {}
        for name in ("postinst", "prerm", "postrm"):
            with open(os.path.join(self.control, name), encoding="utf-8") as file:
                texts[name] = file.read()
            run("sh", "-n", os.path.join(self.control, name))
        self.assertLess(texts["postinst"].index("reload sluice-filter.service"), texts["postinst"].index("sluiced.service"))
        self.assertNotRegex(texts["postinst"] + texts["prerm"], r"restart[^\n]*sluice-filter")
        self.assertNotRegex(texts["postinst"], r"stop[^\n]*sluice")
        # What prerm stops it stops for a removal alone.
        self.assertRegex(texts["prerm"], r"= remove \][^\n]*\n[^\n]*stop[^\n]*sluice-filter")

    def test_units(self):
        for name, most in (("sluiced.service", 15), ("sluice-filter.service", 22)):
            unit = os.path.join(self.root, "lib/systemd/system", name)
            run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={most}", unit)


if __name__ == "__main__":
    unittest.main(verbosity=2)
