# SPDX-License-Identifier: Apache-2.0
"""The results of scripts/bench for people, and the goals that the project set itself beside them. Measures nothing."""

TEMPERATURES = ("warm", "cold")


def _ns(results, family, entries, peer, state, temperature):
    return next((row[f"{temperature}_ns"] for row in results["lookup"]
                 if (row["family"], row["entries"], row["peer"], row["state"]) == (family, entries, peer, state)), None)


def _row(results, peer, entries):
    return next((row for row in results["flood"]["rows"] if (row["peer"], row["entries"]) == (peer, entries)), None)


def goals(results):
    """[{goal, found, met}], of those that this run measured: a goal speaks of a million prefixes."""
    million, found = 1_000_000, []

    def add(goal, value, unit, met):
        found.append({"goal": goal, "found": f"{value:.2f}{unit}", "met": met})

    for family, limits in (("IPv4", (1.2, 1.5)), ("IPv6", (2.5, 4.0))):
        for temperature, limit in zip(TEMPERATURES, limits):
            clean = _ns(results, family, million, "Sluice", "clean, lists", temperature)
            if clean is not None:
                ratio = clean / _ns(results, family, million, "no table", "parse only", temperature)
                add(f"clean {family} packet, {temperature}: at most {limit:g}x of parse only", ratio, "x", ratio <= limit)
        for temperature in TEMPERATURES:
            listed = _ns(results, family, million, "Sluice", "listed", temperature)
            theirs = _ns(results, family, million, "xdp-filter", "listed, 10,000", temperature)
            if listed is not None and theirs is not None:
                add(f"listed {family} packet, {temperature}: below xdp-filter with ten thousand addresses", listed / theirs,
                    "x", listed < theirs)
    ours, ipset = _row(results, "Sluice, listed", million), _row(results, "ipset hash:net in raw", million)
    if ours and ipset:
        add("a million prefixes in force within 1 s from the file", ours["load_s"], " s", ours["load_s"] <= 1)
        add("at least 10x faster than ipset restore", ipset["load_s"] / ours["load_s"], "x", ipset["load_s"] >= 10 * ours["load_s"])
    ours, theirs = _row(results, "Sluice, listed", million), _row(results, "xdp-filter", 10_000)
    if ours and theirs:
        add("a flood dropped for less CPU than xdp-filter with ten thousand addresses", ours["cpu_ns"] / theirs["cpu_ns"], "x",
            ours["cpu_ns"] < theirs["cpu_ns"])
    return found


def wrong(results):
    """What gave a packet another verdict than its source deserved, or lost count; must be empty."""
    return ([f"{row['family']} {row['peer']}, {row['state']}, {row['entries']:,}" for row in results["lookup"] if not row["right"]] +
            [f"flood: {row['peer']}, {row['entries']:,}" for row in results["flood"]["rows"] if not row["right"]])


def most_events(events):
    """The highest rate of events a second at which none was lost, or None."""
    return max((row["events_a_second"] for row in events["rows"] if not row["lost"]), default=None)


def event_ns(events):
    """What an event adds to its packet, nanoseconds."""
    return next(row["packet_ns"] for row in events["rows"] if row["packets_an_event"] == 1) - events["counted_packet_ns"]


def show(results):
    machine = results["machine"]
    print(f"{machine['processor']}, {machine['cpus']} CPUs, Linux {machine['kernel']}; {results['effort']} run\n")
    _show_lookup(results["lookup"])
    _show_flood(results["flood"])
    _show_load(results["flood"]["rows"])
    _show_events(results["events"])
    print("\nGoals")
    for goal in results["goals"]:
        print(f"  {goal['goal']:<78} {goal['found']:>9}  {'met' if goal['met'] else 'NOT MET'}")
    for fault in wrong(results):
        print(f"  WRONG VERDICTS: {fault}")


def _show_lookup(rows):
    print("Nanoseconds a packet (BPF_PROG_TEST_RUN, every packet from another source; warm: 4,096 sources, cold: 1,048,576 in random\n"
          "order; the whole run and the rewriting of the source, about 10, included; x: times parse only). Prefixes of mixed lengths for\n"
          "Sluice and the trie, one address in each for the hash and xdp-filter: the same packets hit all of them.")
    groups = {}
    for row in rows:
        groups.setdefault((row["family"], row["entries"]), []).append(row)
    for (family, entries), group in groups.items():
        parse = next(row for row in group if row["state"] == "parse only")
        print(f"\n  {family}, {entries:,} entries{'':<22} {'warm':>8} {'x':>6} {'cold':>8} {'x':>6}")
        for row in group:
            cells = "".join(f" {row[f'{t}_ns']:>8} {row[f'{t}_ns'] / max(parse[f'{t}_ns'], 1):>6.2f}" for t in TEMPERATURES)
            note = ", its limit raised" if row["peer"] == "xdp-filter" and entries > 10_000 and not row["state"].endswith("10,000") else ""
            print(f"    {row['peer'] + ', ' + row['state'] + note:<42}{cells}")


def _show_flood(flood):
    quiet = flood["quiet_transfer_mbit"]
    print("\nA flood of IPv4 packets dropped on a veth (native XDP; one CPU sends at its highest rate, the other drops; x: times drop all)"
          + (f";\none TCP connection beside it (without filter and flood: {quiet:,.0f} Mbit/s)" if quiet else ""))
    print(f"\n  {'':<44} {'entries':>10} {'CPU ns':>8} {'x':>6} {'drops/s a core':>15} {'dropped/s':>11} {'TCP Mbit/s':>11}")
    base = {row["entries"]: row["cpu_ns"] for row in flood["rows"] if row["peer"] == "drop all"}
    for row in flood["rows"]:
        transfer = f"{row['transfer_mbit']:>11,.1f}" if "transfer_mbit" in row else f"{'-':>11}"
        print(f"  {row['peer']:<44} {row['entries']:>10,} {row['cpu_ns']:>8.0f} {row['cpu_ns'] / base[row['entries']]:>6.2f} "
              f"{1e9 / row['cpu_ns']:>15,.0f} {row['drops_a_second']:>11,.0f} {transfer}")


def _show_load(rows):
    print("\nFrom the file to the list in force, and another list of the same size in its place; kernel memory (/proc/meminfo).\n"
          "The XDP tables but Sluice's lists are filled by batches of 65,536, and hold neither list for a while as they are replaced.")
    print(f"\n  {'':<44} {'entries':>10} {'load s':>9} {'replace s':>10} {'bytes/entry':>12}")
    for row in rows:
        if row["peer"] != "drop all":
            replace = f"{row['replace_s']:>10.3f}" if row["replace_s"] else f"{'-':>10}"
            print(f"  {row['peer']:<44} {row['entries']:>10,} {row['load_s']:>9.3f} {replace} {row['bytes_an_entry']:>12.0f}")


def _show_events(events):
    print(f"\nActivity reports through the ring buffer, read on another CPU. A packet that is counted costs {events['counted_packet_ns']} ns, "
          f"its report {event_ns(events):.0f} ns more.")
    print(f"\n  {'packets to a report':>20} {'ns a packet':>12} {'events/s':>12} {'read':>10} {'lost':>10}")
    for row in events["rows"]:
        print(f"  {row['packets_an_event']:>20} {row['packet_ns']:>12.0f} {row['events_a_second']:>12,.0f} {row['read']:>10,} {row['lost']:>10,}")
    most = most_events(events)
    print(f"  The highest rate without a loss: {most:,.0f} a second" if most else "  Some were lost at every rate.")
