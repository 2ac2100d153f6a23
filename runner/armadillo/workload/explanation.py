"""An anomaly for people: a headline, a few sentences, the operations of the smallest example."""

from __future__ import annotations

from collections.abc import Sequence

from .anomaly import ABORTED, LOST, NOWHERE, OWN_WRITE, RESURRECTED, STALE, Anomaly, Findings, told
from .check import checker_of
from .history import History
from .shrinking import Shrinker

_MOST_OPERATIONS = 40
_MOST_ANOMALIES = 20
_PLAINEST = (LOST, RESURRECTED, ABORTED, NOWHERE, STALE, OWN_WRITE)
"""Anomalies that say what happened; they are told before those that only say that something cannot be."""
_SHRUNK = 3
"""How many anomalies are shrunk; the rest is told as it was found."""


def shrunk(history: History, findings: Findings) -> list[Anomaly]:
    """The anomalies, the plainest first, one of each name before the rest; the first few in their smallest form."""
    first: dict[str, Anomaly] = {}
    rest = []
    for anomaly in findings.anomalies:
        if anomaly.name in first:
            rest.append(anomaly)
        else:
            first[anomaly.name] = anomaly
    check = checker_of(history)
    order = sorted(
        first.values(), key=lambda one: _PLAINEST.index(one.name) if one.name in _PLAINEST else len(_PLAINEST)
    )
    small = [
        Shrinker(history, check).shrink(anomaly, findings.names) if number < _SHRUNK else anomaly
        for number, anomaly in enumerate(order)
    ]
    return [*small, *rest]


def explained(history: History, anomaly: Anomaly) -> str:
    """Several lines: the headline, the operations in the order in which they began, and why they cannot all be."""
    lines = [anomaly.headline, ""]
    shown = anomaly.operations
    if len(shown) > _MOST_OPERATIONS:
        lines.append(f"  ... {len(shown) - _MOST_OPERATIONS} earlier operations are left out here")
        shown = shown[-_MOST_OPERATIONS:]
    if anomaly.reasons:
        lines += [f"  {reason}" for reason in anomaly.reasons]
    else:
        lines += [f"  {told(history, operation)}" for operation in shown]
    return "\n".join(lines)


def report(history: History, anomalies: Sequence[Anomaly], undecided: Sequence[str]) -> str:
    """The whole of what was found, for a file in the outputs."""
    counts = ", ".join(f"{number} {outcome}" for outcome, number in history.counts().items())
    lines = [f"{history.workload}: {len(history.operations)} operations ({counts}), seed {history.seed}", ""]
    for number, anomaly in enumerate(anomalies[:_MOST_ANOMALIES], 1):
        lines += [f"{number}. {explained(history, anomaly)}", ""]
    if len(anomalies) > _MOST_ANOMALIES:
        lines.append(f"... and {len(anomalies) - _MOST_ANOMALIES} more")
    lines += [f"undecided: {text}" for text in undecided]
    return "\n".join(lines) + "\n"
