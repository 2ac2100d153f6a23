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
        place = {element: number for number, element in enumerate(reads.orders[key])}
        groups: dict[int, list[tuple[int, int, Operation, Hashable]]] = defaultdict(list)
        for element, writer in reads.appended[key].items():
            if writer.is_ok:
                where = place.get(element, _NOWHERE)
                groups[0 if realtime else writer.process].append((writer.acknowledged_ns, where, writer, element))
        last_seen_ns = _last_seen(key, reads, place)
        for reader, length, (writer, element) in _misses(key, reads, groups, realtime)[:_TOLD_PER_KEY]:
            text = f"{told(history, writer)}; yet {told(history, reader)} saw {length} elements without {element!r}"
            name = OWN_WRITE if reader.process == writer.process else STALE
            if last_seen_ns.get(element, 0) < reader.invoked_ns:
                name = LOST
                text += ", and no later read shows it"
            findings.add(name, text, writer, reader, subject=reader)


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
