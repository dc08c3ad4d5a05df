# SPDX-License-Identifier: Apache-2.0
"""A person's first packet goes out at once, over IPv4 and IPv6, with Sluice's filter and without; and a packet of a person that
is dropped is counted as lost."""

import json

import case
from lab.network import GATEWAY_V4, GATEWAY_V6, SERVER_V4, SERVER_V6, ready_scopes
from lab.visitors.person import Person
from lab.wait import wait_until


class Unfiltered(case.LabCase):
    """What a first packet waits for is the answer to who has the next hop's address. A host that may not ask yet counts an attempt
    nevertheless, and tries again a second later."""

    start = False

    def attempts(self, namespace, device, neighbour):
        """How often `namespace` tried to ask for the link-layer address of `neighbour`, sent or not."""
        entry = next(entry for entry in json.loads(namespace.ip("-s", "-j", "neigh", "show", "dev", device))
                     if entry["dst"] == neighbour)
        family = "ipv6" if ":" in neighbour else "ipv4"
        # The kernel begins to count at the number of its unicast attempts, which it leaves out where it knows no address yet.
        return entry["probes"] - int(namespace.run("sysctl", "-n", f"net.{family}.neigh.{device}.ucast_solicit"))

    def icmp6(self, namespace, name):
        """A counter of ICMPv6 messages of the whole namespace."""
        rows = dict(line.split() for line in namespace.run("cat", "/proc/net/snmp6").splitlines())
        return int(rows[f"Icmp6{name}"])

    def test_each_neighbour_is_asked_for_once(self):
        server, visitors = self.network.server, self.network.visitors
        for visitor, to_server, to_visitor in (("198.51.100.30", SERVER_V4, GATEWAY_V4), ("2001:db8:1000:b::10", SERVER_V6, GATEWAY_V6)):
            with self.subTest(visitor=visitor):
                self.assertServed(visitor)
                self.assertEqual(self.attempts(visitors, self.network.uplink, to_server), 1)
                self.assertEqual(self.attempts(server, self.network.interface, to_visitor), 1)
        for namespace in (server, visitors):
            # Duplicate address detection asks too, and nobody answers.
            self.assertEqual(self.icmp6(namespace, "OutNeighborSolicits"), self.icmp6(namespace, "InNeighborAdvertisements"))

    def test_every_address_can_be_sent_from(self):
        self.assertEqual(ready_scopes(self.network.server, self.network.interface), {"global", "link"})
        self.assertEqual(ready_scopes(self.network.visitors, self.network.uplink), {"global", "link"})


class Filtered(Unfiltered):
    start = True

    def test_what_is_dropped_of_a_person_is_lost(self):
        address = "2001:db8:1000:23::5"
        person = Person(self.network.visitors, address, SERVER_V6, (0.01, 0.02))
        self.addCleanup(person.leave)
        wait_until("the first page", lambda: person.pages)
        self.assertEqual(self.filter.ctl("block", address).status, 0)
        wait_until("a packet of the person to be dropped", lambda: self.decision_about(address)["packets"] > 0)
        self.assertEqual(self.filter.ctl("unblock", address).status, 0)
        before = person.pages
        wait_until("the person to be served again", lambda: person.pages > before + 1)
        person.leave()
        self.assertEqual((person.connections, person.troubles), (1, []))
        self.assertGreater(person.lost, 0)


if __name__ == "__main__":
    case.main()
