"""List-append: transactions that append to lists and read them, checked in the manner of Elle.

Since every element is appended once and a list keeps its order, each read tells the order of the writes before it. From
that follow dependencies between transactions, and a cycle of dependencies is an anomaly: who comes first?

An operation is of kind "transaction"; `value` is a list of `["append", key, element]` and `["read", key, None]`, and
`result` the same with the lists that were read. Elements of one key are unique.

Limits: what no read ever shows is only known to come after all that reads show. No predicates (G1-predicate, G2). Of
each kind of cycle one is told, a short one but not always the shortest; for cycles with anti-dependencies the search
ends after `CYCLE_SEARCH_S` and then tells the cycle that it has, maybe under the name of a weaker promise.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..anomaly import Anomaly, Findings, told
from ..history import History
from ..operation import Operation
from .graph import PROCESS, REALTIME, RW, WR, WW, Graph, Step
from .levels import G0, G1C, G2_ITEM, G_NONADJACENT, G_SINGLE, WITH_TIME, Level
from .list_reads import Reads, reads_of
from .realtime import add_realtime, add_sessions
from .staleness import stale_reads

CYCLE_SEARCH_S = 5.0
_TIME = PROCESS | REALTIME


def check_list_append(
    history: History, *, level: Level = Level.SERIALIZABLE, realtime: bool = True, sessions: bool = True
) -> Findings:
    """Checks one history; `realtime` and `sessions` say whether the order of time, and of each process, is promised."""
    findings = Findings()
    reads = reads_of(history, findings)
    if realtime or sessions:
        stale_reads(history, reads, findings, realtime=realtime)
    graph = dependencies(reads)
    found = _cycles(history, graph, reads.transactions, level, 0)
    kinds = (REALTIME if realtime else 0) | (PROCESS if sessions else 0)
    if kinds and not found and not findings.anomalies:  # the order of time would only tell the same again
        if realtime:
            add_realtime(graph, reads.transactions)
        if sessions:
            add_sessions(graph, reads.transactions)
        found = _cycles(history, graph, reads.transactions, level, kinds)
    findings.anomalies += found
    return findings


def dependencies(reads: Reads) -> Graph:
    """The graph of what follows from the reads alone; nodes are the places in `reads.transactions`.

    Keys whose reads do not fit into one order are left out.
    """
    node_of = {one.index: node for node, one in enumerate(reads.transactions)}
    graph = Graph(len(node_of))
    for key, order in reads.orders.items():
        if key in reads.forked:
            continue  # told already; what one read puts first another puts last
        writers = [node_of.get(writer.index) if writer else None for writer in reads.writers(key, order)]
        unseen = [node_of[one.index] for one in reads.unseen(key)]
        known = [writer for writer in writers if writer is not None]
        for earlier, later in pairwise(known):
            graph.add(earlier, later, WW, key)
        for later in unseen if known else ():
            graph.add(known[-1], later, WW, key)
        for reader, length in reads.versions[key]:
            node = node_of[reader.index]
            if length and (writer := writers[length - 1]) is not None:
                graph.add(writer, node, WR, key)
            following = next((w for w in writers[length:] if w is not None), None)
            for later in unseen if following is None else (following,):
                graph.add(node, later, RW, key)
    return graph


def _cycles(
    history: History, graph: Graph, transactions: Sequence[Operation], level: Level, extra: int
) -> list[Anomaly]:
    """One anomaly for the worst kind of forbidden cycle in each component; with `extra` kinds of edges of time."""
    everything = WW | WR | extra | (0 if level is Level.READ_COMMITTED else RW)
    found: list[Anomaly] = []
    end_s = time.monotonic() + CYCLE_SEARCH_S
    names: set[str] = set()
    for component in sorted(graph.components(everything), key=len):
        for name, steps in _worst(graph, component, level, extra, end_s):
            if name not in names:
                names.add(name)
                found.append(_anomaly(history, transactions, name, steps))
    return found


def _worst(
    graph: Graph, component: Sequence[int], level: Level, extra: int, end_s: float
) -> Iterator[tuple[str, list[Step]]]:
    for name in level.forbidden:
        steps = _cycle_of(graph, component, name, extra, end_s)
        if steps:
            uses_time = any(step.edge.kind & _TIME for step in steps)
            yield name + (WITH_TIME if uses_time else ""), steps
            return


def _cycle_of(graph: Graph, component: Sequence[int], name: str, extra: int, end_s: float) -> list[Step] | None:
    plain = WW | WR | extra
    if name in (G0, G1C):
        kinds = (WW if name == G0 else WW | WR) | extra
        parts = graph.components(kinds, component)
        return graph.short_cycle(min(parts, key=len), kinds, end_s=end_s) if parts else None
    if name == G_SINGLE:
        return graph.short_cycle(component, plain, RW, end_s=end_s)
    if name == G_NONADJACENT:
        return graph.short_cycle(component, plain, RW, end_s=end_s, adjacent=False)
    assert name == G2_ITEM
    return graph.short_cycle(component, plain | RW, end_s=end_s)


def _anomaly(history: History, transactions: Sequence[Operation], name: str, steps: Sequence[Step]) -> Anomaly:
    members = [transactions[step.source] for step in steps]
    labels = {one.index: f"T{number}" for number, one in enumerate(members, 1)}
    reasons = [f"{labels[one.index]}: {told(history, one)}" for one in members]
    for step in steps:
        source, target = transactions[step.source], transactions[step.edge.target]
        reasons.append(f"{labels[source.index]} before {labels[target.index]}: {_why(step)}")
    ring = " before ".join([*labels.values(), "T1"])
    summary = f"{ring}, a circle over {_keys(steps)}"
    return Anomaly(name, summary, tuple(sorted(members, key=lambda one: one.index)), None, tuple(reasons))


def _keys(steps: Sequence[Step]) -> str:
    return ", ".join(sorted({repr(step.edge.key) for step in steps if step.edge.key})) or "time alone"


def _why(step: Step) -> str:
    key = step.edge.key
    return {
        WW: f"its append to {key!r} comes first in the list",
        WR: f"its append to {key!r} was read by the other",
        RW: f"it read {key!r} without the other's append",
        PROCESS: "the same client did it first",
        REALTIME: "it was acknowledged before the other began",
    }[step.edge.kind]
