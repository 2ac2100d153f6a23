"""Appends that were acknowledged before a read began and are not in it: lost, or not seen yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

from ..anomaly import LOST, OWN_WRITE, STALE, Findings, told
from ..history import History
from ..operation import NEVER_NS, Operation
from .list_reads import Reads

_NOWHERE = 1 << 60
_TOLD_PER_KEY = 3


def stale_reads(history: History, reads: Reads, findings: Findings, *, realtime: bool) -> None:
    """Notes the reads that miss what was acknowledged before; without `realtime` only each process's own writes."""
    for key in reads.orders:
        if key in reads.forked:
            _look_at_fork(history, key, reads, findings, realtime=realtime)
            continue
        place = {element: number for number, element in enumerate(reads.orders[key])}
        groups: dict[int, list[tuple[int, int, Operation, Hashable]]] = defaultdict(list)
        for element, writer in reads.appended[key].items():
            if writer.is_ok:
                where = place.get(element, _NOWHERE)
                groups[0 if realtime else writer.process].append((writer.acknowledged_ns, where, writer, element))
        last_seen_ns = _last_seen(key, reads, place)
        for reader, _, (writer, element) in _misses(key, reads, groups, realtime)[:_TOLD_PER_KEY]:
            is_lost = last_seen_ns.get(element, 0) < reader.invoked_ns
            _note(history, (writer, element), reader, findings, is_lost=is_lost)


def _note(
    history: History, missed: tuple[Operation, Hashable], reader: Operation, findings: Findings, *, is_lost: bool
) -> None:
    writer, element = missed
    text = f"{told(history, writer)}; yet {told(history, reader)}, without {element!r}"
    name = OWN_WRITE if reader.process == writer.process else STALE
    if is_lost:
        name = LOST
        text += ", and no later read shows it"
    findings.add(name, text, writer, reader, subject=reader)


def _look_at_fork(history: History, key: str, reads: Reads, findings: Findings, *, realtime: bool) -> None:
    """The same where there is no one order: each list is searched for each element that must be in it."""
    writes = sorted(
        ((writer, element) for element, writer in reads.appended[key].items() if writer.is_ok),
        key=lambda one: one[0].acknowledged_ns,
    )
    problems = 0
    for reader, items in sorted(reads.lists[key], key=lambda one: one[0].invoked_ns):
        there = set(items)
        missed = next(
            (
                (writer, element)
                for writer, element in writes
                if writer.acknowledged_ns < reader.invoked_ns
                and element not in there
                and (realtime or writer.process == reader.process)
            ),
            None,
        )
        if missed is None:
            continue
        later = any(one.invoked_ns > reader.invoked_ns and missed[1] in other for one, other in reads.lists[key])
        _note(history, missed, reader, findings, is_lost=not later)
        problems += 1
        if problems == _TOLD_PER_KEY:
            return


def _last_seen(key: str, reads: Reads, place: dict[Hashable, int]) -> dict[Hashable, int]:
    """When the last read that shows an element began; a read of n elements shows the first n."""
    latest = [0] * (len(reads.orders[key]) + 1)
    for reader, length in reads.versions[key]:
        latest[length] = max(latest[length], reader.invoked_ns)
    for number in range(len(latest) - 2, -1, -1):
        latest[number] = max(latest[number], latest[number + 1])
    return {element: latest[number + 1] for element, number in place.items()}


def _misses(
    key: str,
    reads: Reads,
    groups: dict[int, list[tuple[int, int, Operation, Hashable]]],
    realtime: bool,
) -> list[tuple[Operation, int, tuple[Operation, Hashable]]]:
    """Of each read that misses something the append that should have been there, found by the furthest place."""
    readers: dict[int, list[tuple[int, Operation, int]]] = defaultdict(list)
    for reader, length in reads.versions[key]:
        readers[0 if realtime else reader.process].append((reader.invoked_ns, reader, length))
    found = []
    for group, of_group in readers.items():
        writes = sorted(groups.get(group, ()), key=lambda one: one[0])
        position, furthest, missed = 0, -1, None
        for began_ns, reader, length in sorted(of_group, key=lambda one: one[0]):
            while position < len(writes) and writes[position][0] < min(began_ns, NEVER_NS):
                _, where, writer, element = writes[position]
                if where > furthest:
                    furthest, missed = where, (writer, element)
                position += 1
            if missed is not None and furthest >= length:
                found.append((reader, length, missed))
    return sorted(found, key=lambda one: one[0].index)
