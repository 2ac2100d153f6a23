"""The smallest example of an anomaly: operations are left out as long as the checker still finds it.

Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), first with the
witnesses alone, then with the keys, then with single operations. A part of a history can be wrong where the whole is
right: without a write its reads come from nowhere. So a part counts only if it shows the same anomaly, at the same
operation where there is one, and nothing that the whole does not show.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from .anomaly import Anomaly, Findings
from .history import History
from .operation import Operation

LONGEST_S = 10.0
MOST_CHECKS = 2000


class Shrinker:
    """Shrinks one anomaly of a history within limits of time and of checks."""

    def __init__(
        self,
        history: History,
        check: Callable[[History], Findings],
        *,
        longest_s: float = LONGEST_S,
        most_checks: int = MOST_CHECKS,
    ) -> None:
        self._history = history
        self._check = check
        self._end_s = time.monotonic() + longest_s
        self._checks_left = most_checks

    def shrink(self, anomaly: Anomaly, names: Iterable[str]) -> Anomaly:
        """The same anomaly with fewer operations; `names` are all anomalies that the whole history has."""
        allowed = set(names) | {anomaly.name}
        smallest = self._found(anomaly.operations, anomaly, allowed)
        start: Sequence[Operation] = anomaly.operations
        if smallest is None:
            start = self._of_the_same_keys(anomaly)
            smallest = self._found(start, anomaly, allowed) or anomaly
            if smallest is anomaly:
                return anomaly
        return self._minimized(list(start), smallest, anomaly, allowed)

    def _minimized(
        self, operations: list[Operation], smallest: Anomaly, anomaly: Anomaly, allowed: set[str]
    ) -> Anomaly:
        parts = 2
        while len(operations) > 1 and not self._is_over():
            size = max(len(operations) // parts, 1)
            for start in range(0, len(operations), size):
                fewer = operations[:start] + operations[start + size :]
                found = self._found(fewer, anomaly, allowed)
                if found is not None:
                    operations, smallest = fewer, found
                    parts = max(parts - 1, 2)
                    break
            else:
                if size == 1:
                    break
                parts = min(parts * 2, len(operations))
        return smallest

    def _of_the_same_keys(self, anomaly: Anomaly) -> list[Operation]:
        keys = {key for operation in anomaly.operations for key in keys_of(operation)}
        return [one for one in self._history.operations if not keys or keys & keys_of(one) or not keys_of(one)]

    def _found(self, operations: Sequence[Operation], anomaly: Anomaly, allowed: set[str]) -> Anomaly | None:
        """The same anomaly in a part of the history, None when it is not there or other things are."""
        if self._is_over():
            return None
        self._checks_left -= 1
        findings = self._check(self._history.only(operations))
        if not findings.names <= allowed:
            return None
        return next((one for one in findings.anomalies if _is_same(one, anomaly)), None)

    def _is_over(self) -> bool:
        return self._checks_left <= 0 or time.monotonic() > self._end_s


def keys_of(operation: Operation) -> set[str]:
    """The keys that an operation touches; none for one that reads everything."""
    if operation.kind == "transaction":
        return {key for _, key, _ in operation.value}
    return {operation.key} if operation.key else set()


def _is_same(one: Anomaly, other: Anomaly) -> bool:
    if one.name != other.name or (one.subject is None) != (other.subject is None):
        return False
    return one.subject is None or other.subject is None or one.subject.index == other.subject.index
