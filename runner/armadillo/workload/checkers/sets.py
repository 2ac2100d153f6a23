"""Sets: unique elements are added and never removed; reads tell all of them.

Kinds: "add" (`value` is the element), "read_all" (`result` is a list of elements). What was acknowledged before a read
began must be in it; what failed, or was never tried before the read ended, must not.
"""

from __future__ import annotations

from ..anomaly import ABORTED, LOST, NOWHERE, OWN_WRITE, STALE, Findings, told
from ..history import History
from ..operation import Operation

_TOLD = 5


def check_sets(history: History) -> Findings:
    """Checks one history."""
    findings = Findings()
    adds = {one.value: one for one in history.operations if one.kind == "add"}
    acknowledged = sorted((one for one in adds.values() if one.is_ok), key=lambda one: one.acknowledged_ns)
    reads = [one for one in history.operations if one.kind == "read_all" and one.is_ok]
    reads.sort(key=lambda one: one.invoked_ns)
    contents = {read.index: set(read.result) for read in reads}
    expected: set[object] = set()
    position = 0
    for read in reads:
        while position < len(acknowledged) and acknowledged[position].acknowledged_ns < read.invoked_ns:
            expected.add(acknowledged[position].value)
            position += 1
        found = contents[read.index]
        for element in sorted(found - adds.keys(), key=repr)[:_TOLD]:
            findings.add(NOWHERE, f"a read has {element!r}, which nobody added; {_short(history, read)}", read)
        for element in found & adds.keys():
            _look_at_unwanted(history, adds[element], read, findings)
        missing = expected - found
        for element in sorted(missing, key=lambda one: adds[one].index)[:_TOLD]:
            having = [one for one in reads if element in contents[one.index]]
            _note_missing(history, adds[element], read, having, findings)
        if missing:
            _count(findings, len(missing), len(expected))
        if findings.anomalies:
            break
    return findings


def _note_missing(
    history: History, add: Operation, read: Operation, having: list[Operation], findings: Findings
) -> None:
    later = [one for one in having if one.invoked_ns > read.invoked_ns]
    text = f"{told(history, add)}; yet it is not among what {_short(history, read)}"
    if not later:
        findings.add(LOST, f"{text}, nor in any later read", add, read, subject=read)
    else:
        name = OWN_WRITE if read.process == add.process else STALE
        findings.add(name, f"{text}, while a later one has it", add, read, later[0], subject=read)


def _look_at_unwanted(history: History, add: Operation, read: Operation, findings: Findings) -> None:
    if add.is_failed:
        text = f"{told(history, add)}; yet it is among what {_short(history, read)}"
        findings.add(ABORTED, text, add, read, subject=read)
    elif read.completed_ns is not None and add.invoked_ns > read.completed_ns:
        text = f"{_short(history, read)} has {add.value!r} before {told(history, add)}"
        findings.add(NOWHERE, text, add, read, subject=read)


def _count(findings: Findings, missing: int, expected: int) -> None:
    if missing > _TOLD:
        last = findings.anomalies.pop()
        summary = f"{last.summary} ({missing} of {expected} acknowledged elements are missing)"
        findings.add(last.name, summary, *last.operations, subject=last.subject)


def _short(history: History, read: Operation) -> str:
    through = f" through {read.through}" if read.through else ""
    at = history.second(read.invoked_ns)
    return f"client {read.process} read{through} at {at} ({len(read.result)} elements)"
