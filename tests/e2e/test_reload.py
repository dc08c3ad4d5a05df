# SPDX-License-Identifier: Apache-2.0
"""A reload puts the whole file in force or changes nothing and names every fault with file and line."""

import case
from lab.wait import wait_until


class Reload(case.LabCase):
    def write(self, text):
        with open(self.filter.config, "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_broken_file_changes_nothing(self):
        with open(self.filter.config, encoding="utf-8") as file:
            good = file.read()
        self.filter.ctl("block", "198.51.100.10", "--for", "1h")
        before = self.filter.decisions()
        lines = good.splitlines()
        wrong = [*lines, "", "[policy]", 'block_for = "soon"', "throttle_rate = -1", "", "[heuristics.decoy]", "wieght = 1.0"]
        faulty = {len(lines) + 3, len(lines) + 4, len(lines) + 7}
        self.write("\n".join(wrong) + "\n")
        with self.subTest("sluicectl reload"):
            answer = self.filter.ctl("reload")
            for line in faulty:
                self.assertRefused(answer, f"{self.filter.config}:{line}:")
            self.assertRefused(answer, "block_for", "throttle_rate", "wieght")
        with self.subTest("SIGHUP"):
            self.filter.signal_reload()
            for line in faulty:
                wait_until("the log to name the fault", lambda line=line: f"{self.filter.config}:{line}:" in self.filter.log_text())
        with self.subTest("sluiced check-config says the same"):
            answer = self.filter.daemon("check-config")
            for line in faulty:
                self.assertRefused(answer, f"{self.filter.config}:{line}:")
        with self.subTest("not even TOML"):
            self.write(good + "\n[policy\n")
            self.assertRefused(self.filter.ctl("reload"), f"{self.filter.config}:{len(lines) + 2}")
        self.assertTrue(self.filter.running())
        self.assertEqual(case.as_decided(self.filter.decisions()), case.as_decided(before))
        self.assertDropped("198.51.100.10")
        self.write(good)
        self.assertEqual(self.filter.ctl("reload").status, 0)
        self.fall_for_decoy("198.51.100.11")
        self.assertDropped("198.51.100.11")

    def test_a_good_file_comes_into_force(self):
        self.filter.configure({"decoy": {"paths": ["/people/7"]}})
        self.filter.signal_reload()
        address = "198.51.100.12"

        def caught():
            self.ask(address, "/people/7", 0.3)
            return self.filter.decision(address)

        wait_until("the new decoy to be known", caught)
        self.assertDropped(address)

    def test_what_only_an_attach_can_change_is_said(self):
        def scope():
            answer = self.filter.ctl("--json", "status")
            return answer.json()["scope"] if answer.status == 0 else None

        with self.subTest("run --attach attaches"):
            self.filter.configure({"filter": {"scope": "all"}})
            answer = self.filter.ctl("reload")
            self.assertEqual(answer.status, 0, answer)
            wait_until("the filter to have the new scope", lambda: scope() == "all")
        self.filter.stop()
        with self.subTest("run says what is to be done"):
            self.filter.attach()
            self.filter.start(attach=False)
            self.filter.configure({"filter": {"scope": "ports"}})
            answer = self.filter.ctl("reload")
            self.assertEqual(answer.status, 0, answer)
            self.assertIn("at the next `sluiced attach`", answer.out + answer.err)
            self.assertEqual(scope(), "all")
            self.filter.attach()
            wait_until("the filter to have the former scope again", lambda: scope() == "ports")
        self.filter.stop()
        self.filter.detach()
        self.filter.start()


if __name__ == "__main__":
    case.main()
