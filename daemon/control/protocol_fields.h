// SPDX-License-Identifier: Apache-2.0
// Which fields each message of protocol.h has, under which names: the one list, for both directions of its
// JSON. Used by protocol.cpp alone.
#pragma once

#include "daemon/control/protocol.h"

namespace sluice::control {

// each(self, f) calls f(name, member) for every field, in the order in which they are written.
template <class T>
struct Fields;

struct NoFields {
  static void each(auto&, auto&&) {}
};
template <>
struct Fields<StatusRequest> : NoFields {};
template <>
struct Fields<ListsRequest> : NoFields {};
template <>
struct Fields<WatchRequest> {
  static void each(auto& self, auto&& f) { f("frames", self.frames); }
};
template <>
struct Fields<ReloadRequest> : NoFields {};
template <>
struct Fields<VersionRequest> : NoFields {};

template <>
struct Fields<DecideRequest> {  // `action` is the command
  static void each(auto& self, auto&& f) {
    f("addresses", self.addresses);
    f("for_seconds", self.for_seconds);
    f("reason", self.reason);
    f("rate", self.rate);
    f("burst", self.burst);
    f("connected_from", self.connected_from);
  }
};

template <>
struct Fields<UnblockRequest> {
  static void each(auto& self, auto&& f) { f("addresses", self.addresses); }
};

template <>
struct Fields<ImportRow> {
  static void each(auto& self, auto&& f) {
    f("source", self.source);
    f("action", self.action);
    f("until", self.until);
    f("reason", self.reason);
    f("rate", self.rate);
    f("burst", self.burst);
  }
};

template <>
struct Fields<ImportRequest> {
  static void each(auto& self, auto&& f) {
    f("decisions", self.decisions);
    f("dry_run", self.dry_run);
    f("connected_from", self.connected_from);
  }
};

template <>
struct Fields<ImportNote> {
  static void each(auto& self, auto&& f) {
    f("number", self.number);
    f("address", self.address);
    f("outcome", self.outcome);
    f("note", self.note);
  }
};

template <>
struct Fields<ImportAnswer> {
  static void each(auto& self, auto&& f) {
    f("added", self.added);
    f("replaced", self.replaced);
    f("kept", self.kept);
    f("overruled", self.overruled);
    f("refused", self.refused);
    f("notes", self.notes);
  }
};

template <>
struct Fields<AuditRequest> {
  static void each(auto& self, auto&& f) {
    f("after", self.after);
    f("since", self.since);
  }
};

template <>
struct Fields<AuditRow> {
  static void each(auto& self, auto&& f) {
    f("seq", self.seq);
    f("time", self.time);
    f("uid", self.uid);
    f("name", self.name);
    f("role", self.role);
    f("command", self.command);
    f("what", self.what);
    f("reason", self.reason);
    f("outcome", self.outcome);
    f("previous", self.previous);
    f("hash", self.hash);
  }
};

template <>
struct Fields<AuditAnswer> {
  static void each(auto& self, auto&& f) {
    f("rows", self.rows);
    f("more", self.more);
    f("head_seq", self.head_seq);
    f("head_hash", self.head_hash);
    f("anchor_seq", self.anchor_seq);
    f("anchor_hash", self.anchor_hash);
  }
};

template <>
struct Fields<ListRequest> {
  static void each(auto& self, auto&& f) {
    f("source", self.source);
    f("action", self.action);
    f("actor", self.actor);
  }
};

template <>
struct Fields<ExplainRequest> {
  static void each(auto& self, auto&& f) { f("address", self.address); }
};

template <>
struct Fields<RefreshRequest> {
  static void each(auto& self, auto&& f) {
    f("names", self.names);
    f("force", self.force);
  }
};

template <>
struct Fields<TestListsRequest> {
  static void each(auto& self, auto&& f) { f("addresses", self.addresses); }
};

template <>
struct Fields<AddressResult> {
  static void each(auto& self, auto&& f) {
    f("address", self.address);
    f("outcome", self.outcome);
    f("armed", self.armed);
    f("note", self.note);
    f("until", self.until);
  }
};

template <>
struct Fields<DecideAnswer> {
  static void each(auto& self, auto&& f) { f("results", self.results); }
};

template <>
struct Fields<UnblockResult> {
  static void each(auto& self, auto&& f) {
    f("address", self.address);
    f("ended", self.ended);
    f("still_covered", self.still_covered);
    f("note", self.note);
  }
};

template <>
struct Fields<UnblockAnswer> {
  static void each(auto& self, auto&& f) { f("results", self.results); }
};

template <>
struct Fields<DecisionRow> {
  static void each(auto& self, auto&& f) {
    f("source", self.source);
    f("action", self.action);
    f("armed", self.armed);
    f("since", self.since);
    f("until", self.until);
    f("reason", self.reason);
    f("actor", self.actor);
    f("score", self.score);
    f("rate", self.rate);
    f("burst", self.burst);
    f("packets", self.packets);
    f("bytes", self.bytes);
  }
};

template <>
struct Fields<ListAnswer> {
  static void each(auto& self, auto&& f) {
    f("decisions", self.decisions);
    f("more", self.more);
  }
};

template <>
struct Fields<NumberRow> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("value", self.value);
  }
};

template <>
struct Fields<SignalRow> {
  static void each(auto& self, auto&& f) {
    f("heuristic", self.heuristic);
    f("cause", self.cause);
    f("weight", self.weight);
    f("counted", self.counted);
    f("text", self.text);
    f("numbers", self.numbers);
  }
};

template <>
struct Fields<DecisionDetail> {
  static void each(auto& self, auto&& f) {
    f("decision", self.decision);
    f("signals", self.signals);
    f("requests_before", self.requests_before);
    f("pages_before", self.pages_before);
    f("subjects_before", self.subjects_before);
  }
};

template <>
struct Fields<SourceDetail> {
  static void each(auto& self, auto&& f) {
    f("first_seen", self.first_seen);
    f("last_seen", self.last_seen);
    f("requests", self.requests);
    f("pages", self.pages);
    f("subjects", self.subjects);
    f("pages_per_minute", self.pages_per_minute);
    f("user_agent", self.user_agent);
    f("agent_class", self.agent_class);
    f("system", self.system);
    f("fingerprint", self.fingerprint);
    f("crawler", self.crawler);
    f("exempt", self.exempt);
    f("score", self.score);
    f("signals", self.signals);
  }
};

template <>
struct Fields<ListMatch> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("action", self.action);
    f("why", self.why);
    f("until", self.until);
    f("remedy", self.remedy);
  }
};

template <>
struct Fields<ExplainAnswer> {
  static void each(auto& self, auto&& f) {
    f("address", self.address);
    f("source", self.source);
    f("mode", self.mode);
    f("verdict", self.verdict);
    f("throttle_score", self.throttle_score);
    f("block_score", self.block_score);
    f("in_force", self.in_force);
    f("list", self.list);
    f("known", self.known);
    f("what_would_change", self.what_would_change);
  }
};

template <>
struct Fields<InterfaceStatus> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("xdp_mode", self.xdp_mode);
    f("placement", self.placement);
    f("program_id", self.program_id);
  }
};

template <>
struct Fields<CounterRow> {
  static void each(auto& self, auto&& f) {
    f("reason", self.reason);
    f("packets", self.packets);
    f("bytes", self.bytes);
  }
};

template <>
struct Fields<LossRow> {
  static void each(auto& self, auto&& f) {
    f("kind", self.kind);
    f("name", self.name);
    f("count", self.count);
  }
};

template <>
struct Fields<LogStatus> {
  static void each(auto& self, auto&& f) {
    f("path", self.path);
    f("state", self.state);
    f("lines", self.lines);
    f("requests", self.requests);
    f("unreadable", self.unreadable);
    f("last_line", self.last_line);
    f("lag_bytes", self.lag_bytes);
    f("forwarded", self.forwarded);
    f("nameless", self.nameless);
    f("datagrams_lost", self.datagrams_lost);
    f("datagrams_refused", self.datagrams_refused);
    f("datagrams_cut", self.datagrams_cut);
  }
};

template <>
struct Fields<LeftOut> {
  static void each(auto& self, auto&& f) {
    f("what", self.what);
    f("count", self.count);
  }
};

template <>
struct Fields<ListStatus> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("action", self.action);
    f("source", self.source);
    f("priority", self.priority);
    f("state", self.state);
    f("entries_v4", self.entries_v4);
    f("entries_v6", self.entries_v6);
    f("redundant", self.redundant);
    f("host_bits", self.host_bits);
    f("bad_lines", self.bad_lines);
    f("too_wide", self.too_wide);
    f("spared", self.spared);
    f("not_for_packets", self.not_for_packets);
    f("loaded", self.loaded);
    f("checked", self.checked);
    f("next", self.next);
    f("failure", self.failure);
    f("failures", self.failures);
    f("packets", self.packets);
    f("bytes", self.bytes);
    f("verified", self.verified);
    f("contradicted", self.contradicted);
  }
};

template <>
struct Fields<ListMemory> {
  static void each(auto& self, auto&& f) {
    f("entries_v4", self.entries_v4);
    f("entries_v6", self.entries_v6);
    f("used", self.used);
    f("available", self.available);
  }
};

template <>
struct Fields<ListsAnswer> {
  static void each(auto& self, auto&& f) {
    f("lists", self.lists);
    f("memory", self.memory);
  }
};

template <>
struct Fields<RefreshResult> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("outcome", self.outcome);
    f("note", self.note);
    f("entries", self.entries);
  }
};

template <>
struct Fields<RefreshAnswer> {
  static void each(auto& self, auto&& f) { f("results", self.results); }
};

template <>
struct Fields<ListHit> {
  static void each(auto& self, auto&& f) {
    f("name", self.name);
    f("action", self.action);
    f("entry", self.entry);
    f("counts", self.counts);
    f("why", self.why);
    f("until", self.until);
  }
};

template <>
struct Fields<TestListsResult> {
  static void each(auto& self, auto&& f) {
    f("address", self.address);
    f("hits", self.hits);
  }
};

template <>
struct Fields<TestListsAnswer> {
  static void each(auto& self, auto&& f) { f("results", self.results); }
};

template <>
struct Fields<ControlStatus> {
  static void each(auto& self, auto&& f) {
    f("connections", self.connections);
    f("watchers", self.watchers);
    f("refused_full", self.refused_full);
    f("refused_peers", self.refused_peers);
    f("cut_slow", self.cut_slow);
    f("cut_watchers", self.cut_watchers);
    f("events_unsent", self.events_unsent);
  }
};

template <>
struct Fields<CheckRow> {
  static void each(auto& self, auto&& f) {
    f("area", self.area);
    f("state", self.state);
    f("text", self.text);
    f("remedy", self.remedy);
  }
};

template <>
struct Fields<StatusAnswer> {
  static void each(auto& self, auto&& f) {
    f("version", self.version);
    f("mode", self.mode);
    f("uptime_seconds", self.uptime_seconds);
    f("interfaces", self.interfaces);
    f("scope", self.scope);
    f("ports", self.ports);
    f("counters", self.counters);
    f("losses", self.losses);
    f("resets", self.resets);
    f("hellos", self.hellos);
    f("throttles", self.throttles);
    f("blocks", self.blocks);
    f("allows", self.allows);
    f("decisions_capacity", self.decisions_capacity);
    f("allows_capacity", self.allows_capacity);
    f("refused_full", self.refused_full);
    f("sources", self.sources);
    f("sources_capacity", self.sources_capacity);
    f("sources_forgotten", self.sources_forgotten);
    f("logs", self.logs);
    f("lists", self.lists);
    f("lists_in_force", self.lists_in_force);
    f("list_memory", self.list_memory);
    f("store", self.store);
    f("control", self.control);
    f("rss_bytes", self.rss_bytes);
    f("checks", self.checks);
    f("warnings", self.warnings);
  }
};

template <>
struct Fields<ReloadAnswer> {
  static void each(auto& self, auto&& f) {
    f("ok", self.ok);
    f("faults", self.faults);
    f("notes", self.notes);
  }
};

template <>
struct Fields<VersionAnswer> {
  static void each(auto& self, auto&& f) { f("version", self.version); }
};

template <>
struct Fields<Event> {
  static void each(auto& self, auto&& f) {
    f("time", self.time);
    f("event", self.event);
    f("source", self.source);
    f("action", self.action);
    f("armed", self.armed);
    f("until", self.until);
    f("actor", self.actor);
    f("reason", self.reason);
    f("score", self.score);
    f("text", self.text);
  }
};

template <>
struct Fields<Frame> {
  static void each(auto& self, auto&& f) {
    f("time", self.time);
    f("time_ns", self.time_ns);
    f("interface", self.interface);
    f("reason", self.reason);
    f("source", self.source);
    f("destination", self.destination);
    f("protocol", self.protocol);
    f("source_port", self.source_port);
    f("destination_port", self.destination_port);
    f("bytes", self.bytes);
    f("data", self.data);
  }
};

}  // namespace sluice::control
