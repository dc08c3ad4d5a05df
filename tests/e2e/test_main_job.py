# SPDX-License-Identifier: Apache-2.0
"""The main job: three scrapers at once are each found from what they do and dropped at the NIC; the persons beside them
notice nothing. Judged by nginx's log, the driver's counter and the persons' own connections."""

import case
from lab.network import SERVER_V4, SERVER_V6
from lab.visitors.hopper import Hopper
from lab.visitors.mirror import Mirror
from lab.visitors.person import Person
from lab.visitors.walker import Walker
from lab.wait import wait_until


class MainJob(case.LabCase):
    people = 5000

    def block_of(self, visitor):
        decision = self.filter.decision(visitor.network)
        return decision if decision and decision["action"] == "block" else None

    def test_scrapers_are_dropped_and_persons_are_not(self):
        persons = [Person(self.network.visitors, "198.51.100.23", SERVER_V4),
                   Person(self.network.visitors, "2001:db8:1000:23::5", SERVER_V6)]
        wait_until("the persons' first pages", lambda: all(person.pages for person in persons))
        scrapers = [kind(self.network.visitors, where, server, self.lab.folder) for kind, where, server in (
            (Walker, "198.51.100.77", SERVER_V4), (Mirror, "203.0.113.140", SERVER_V4),
            (Hopper, "2001:db8:1000:99::/64", SERVER_V6))]
        for scraper in scrapers:
            self.addCleanup(scraper.leave)

        reached = {}
        for scraper in scrapers:
            block = wait_until(f"{scraper.name} to be blocked", lambda scraper=scraper: self.block_of(scraper), 60)
            self.assertEqual(block["actor"], "detector")
            self.assertTrue(block["armed"])
            signals = self.filter.ask("explain", scraper.network)["in_force"][0]["signals"]
            self.assertGreater(len(signals), 0, "a decision without its proof")
            wait_until(f"a packet of {scraper.name} to be dropped by its block",
                       lambda scraper=scraper: self.block_of(scraper)["packets"] > 0, 20)
            self.nginx.settle()
            reached[scraper] = len(self.nginx.hits(scraper.network))
            print(f"{scraper.name}: {reached[scraper]} requests before its first packet was dropped")

        # All three knock on: retransmissions, retries, new addresses of the /64.
        drops = self.network.driver_drops()
        before = [person.pages for person in persons]
        wait_until("the persons to be served three more pages",
                   lambda: all(person.pages >= pages + 3 for person, pages in zip(persons, before)), 40)
        self.assertGreater(self.network.driver_drops(), drops)
        self.nginx.settle()
        for scraper in scrapers:
            self.assertEqual(len(self.nginx.hits(scraper.network)), reached[scraper], f"{scraper.name} was served while blocked")
            self.assertLess(reached[scraper], 1500, f"{scraper.name} reached too much before it was found")
        self.assertGreater(len({hit.address for hit in self.nginx.hits("2001:db8:1000:99::/64")}), 20,
                           "the loop was to change its address")

        for person in persons:
            person.leave()
            self.assertEqual(person.troubles, [])
            self.assertEqual(person.connections, 1, "a person's connection broke")
            self.assertEqual(person.lost, 0, "packets of a person were lost")
            self.assertTrue(all(hit.status == 200 for hit in self.nginx.hits(person.address)))
            self.assertEqual(self.filter.ask("explain", person.address)["in_force"], [])


if __name__ == "__main__":
    case.main()
