"""Counters: they are only counted up, so every read lies between bounds, and no later read is smaller.

Kinds: "increment" (`value` is how much, more than 0) and "read" (`result` is the number). A read is at least the sum of
what was acknowledged before it began and at most the sum of what had begun, and had not failed, before it ended.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from ..anomaly import LOST, NOWHERE, Findings, told
from ..history import History
from ..operation import Operation

BACKWARDS = "counter went back"
_WITNESSES = 5


def check_counters(history: History) -> Findings:
    """Checks each key by itself, and tells the first bad read of each."""
    findings = Findings()
    by_key: dict[str, list[Operation]] = defaultdict(list)
    for operation in history.operations:
        by_key[operation.key].append(operation)
    for _, operations in sorted(by_key.items()):
        reads = sorted((o for o in operations if o.kind == "read" and o.is_ok), key=lambda one: one.invoked_ns)
        increments = [one for one in operations if one.kind == "increment" and not one.is_failed]
        _ = _bounds(history, reads, increments, findings) or _order(history, reads, findings)
    return findings


def _bounds(history: History, reads: Sequence[Operation], increments: Sequence[Operation], findings: Findings) -> bool:
    ended = sorted((one for one in increments if one.is_ok), key=lambda one: one.acknowledged_ns)
    begun = sorted(increments, key=lambda one: one.invoked_ns)
    ended_ns = [one.acknowledged_ns for one in ended]
    begun_ns = [one.invoked_ns for one in begun]
    at_least = [0, *accumulate(one.value for one in ended)]
    at_most = [0, *accumulate(one.value for one in begun)]
    for read in reads:
        known = bisect_left(ended_ns, read.invoked_ns)
        possible = bisect_left(begun_ns, read.completed_ns or 0)
        found = read.result or 0
        if found < at_least[known]:
            text = f"{told(history, read)}, although {known} increments with a sum of {at_least[known]} had been "
            text += f"acknowledged before, the last of them: {told(history, ended[known - 1])}"
            findings.add(LOST, text, *ended[max(known - _WITNESSES, 0) : known], read, subject=read)
            return True
        if found > at_most[possible]:
            text = f"{told(history, read)}, although all increments until then have a sum of {at_most[possible]}"
            findings.add(NOWHERE, text, read, subject=read)
            return True
    return False


def _order(history: History, reads: Sequence[Operation], findings: Findings) -> bool:
    ended = sorted(reads, key=lambda one: one.acknowledged_ns)
    position, highest = 0, None
    for read in reads:
        while position < len(ended) and ended[position].acknowledged_ns < read.invoked_ns:
            if highest is None or (ended[position].result or 0) > (highest.result or 0):
                highest = ended[position]
            position += 1
        if highest is not None and (read.result or 0) < (highest.result or 0):
            text = f"{told(history, highest)}; then {told(history, read)}"
            findings.add(BACKWARDS, text, highest, read, subject=read)
            return True
    return False
