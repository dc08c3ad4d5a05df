# SPDX-License-Identifier: Apache-2.0
"""What an account does is held against the address it acts through, and since when it is there survives a restart."""

import base64
import os
import random
import sqlite3

import case
from lab.visitors.probe import ask
from lab.wait import wait_until


def login(name):
    """HTTP authentication, whose user the server logs."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()}


class Accounts(case.LabCase):
    # Whoever is seen is new; and who is found out reads on.
    settings = {"mode": "observe", "heuristics": {"new_account": {"learning": "0s"}}}

    def read(self, address, name, people):
        for person in people:
            self.assertEqual(ask(self.network, address, f"/people/{person}", 5.0, login(name)), 200)

    def stored(self):
        """When each account was first seen, by its number, as far as that is on the disk."""
        database = sqlite3.connect(f"file:{self.filter.folder}/state.db?mode=ro", uri=True)
        try:
            return dict(database.execute("SELECT number, first FROM account").fetchall())
        finally:
            database.close()

    def signals_of(self, address):
        known = self.filter.ask("explain", address)["known"]
        return {signal["heuristic"]: signal for signal in known["signals"]} if known else {}

    def test_a_new_account_that_looks_at_many_is_held_against_its_address(self):
        address = "198.51.100.30"
        people = random.Random(1).sample(range(1, self.people + 1), 50)
        self.read(address, "fresh", people[:20])
        self.assertNotIn("new_account", self.signals_of(address))
        self.read(address, "fresh", people[20:])
        signal = wait_until("the signal", lambda: self.signals_of(address).get("new_account"))
        self.assertIn("an account that was first seen", signal["text"])
        wait_until("the account to be stored", self.stored)

    def test_an_account_stays_known_over_a_restart_without_its_name(self):
        address, name = "198.51.100.31", "annamariaschmidt"
        known = set(self.stored())
        self.read(address, name, [1])
        before = wait_until("the account to be stored", lambda: {
            number: first for number, first in self.stored().items() if number not in known})
        self.assertEqual(len(before), 1)
        self.filter.stop()
        for file in os.listdir(self.filter.folder):
            if file.startswith("state.db"):
                with open(os.path.join(self.filter.folder, file), "rb") as content:
                    self.assertNotIn(name.encode(), content.read(), file)
        self.filter.start()
        self.read(address, name, [2])
        self.read(address, "somebodyelse", [3])
        after = wait_until("the other one to be stored", lambda: len(self.stored()) == len(known) + 2 and self.stored())
        number, first = before.popitem()
        self.assertEqual(after[number], first)


if __name__ == "__main__":
    case.main()
