"""`Anomaly`: one broken promise with the operations that prove it; `Findings`: all that a checker has to say."""

from __future__ import annotations

from dataclasses import dataclass, field

from .history import History
from .operation import Operation

LOST = "acknowledged write lost"
STALE = "stale read"
OWN_WRITE = "own write not read"
RESURRECTED = "removed document is back"
ABORTED = "read of a write that failed (G1a)"
NOWHERE = "value that nobody wrote"


@dataclass(frozen=True)
class Anomaly:
    """`name` is the broken promise, `summary` a sentence, `operations` the witnesses in the order they began.

    `subject` is the operation that must not have ended so (for a cycle there is none).
    """

    name: str
    summary: str
    operations: tuple[Operation, ...]
    subject: Operation | None = None
    reasons: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The name and the sentence."""
        return f"{self.name}: {self.summary}"


@dataclass
class Findings:
    """What a checker found: anomalies, the plainest first, and what it could not decide within its limits."""

    anomalies: list[Anomaly] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def add(self, name: str, summary: str, *operations: Operation, subject: Operation | None = None) -> None:
        """Notes an anomaly."""
        witnesses = tuple(sorted(set_of(operations), key=lambda one: one.index))
        self.anomalies.append(Anomaly(name, summary, witnesses, subject))

    def extend(self, other: Findings) -> None:
        """Takes over what another checker found."""
        self.anomalies += other.anomalies
        self.undecided += other.undecided

    @property
    def names(self) -> set[str]:
        """The promises that are broken."""
        return {anomaly.name for anomaly in self.anomalies}


def set_of(operations: tuple[Operation, ...]) -> list[Operation]:
    """The operations without repetitions."""
    return list({one.index: one for one in operations}.values())


_PAST = {
    "insert": "inserted",
    "replace": "replaced",
    "remove": "removed",
    "write": "wrote",
    "read": "read",
    "add": "added",
    "increment": "incremented",
    "compare_and_swap": "swapped",
    "read_all": "read everything",
}
_LONGEST_TEXT = 160


def told(history: History, operation: Operation) -> str:
    """One operation in words: who did what through whom, when, and how it ended."""
    if operation.kind == "transaction":
        what = _transaction(operation)
    else:
        what = _PAST.get(operation.kind, operation.kind)
        what += f" {operation.key!r}" if operation.key else ""
        if operation.value is not None:
            sign = {"add": " ", "increment": " by ", "compare_and_swap": " from, to "}.get(operation.kind, " = ")
            what += f"{sign}{shortened(operation.value)}"
        if operation.kind in ("read", "read_all") and operation.is_ok:
            what += f" -> {shortened(operation.result)}"
    through = f" through {operation.through}" if operation.through else ""
    return f"client {operation.process} {what}{through}, {_times(history, operation)}"


def shortened(value: object) -> str:
    """A value for a text; the middle of a long one is left out."""
    text = "nothing" if value is None else repr(value)
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]} ... {text[-half:]}"


def _times(history: History, operation: Operation) -> str:
    asked = f"asked at {history.second(operation.invoked_ns)}"
    if operation.completed_ns is None:
        return f"{asked}, never answered"
    ended = history.second(operation.completed_ns)
    if operation.is_ok:
        return f"{asked}, {'answered' if _only_reads(operation) else 'acknowledged'} at {ended}"
    word = "refused" if operation.is_failed else "in doubt"
    return f"{asked}, {word} at {ended} ({shortened(operation.error)})"


def _only_reads(operation: Operation) -> bool:
    if operation.kind == "transaction":
        return all(kind == "read" for kind, _, _ in operation.value)
    return operation.kind.startswith("read")


def _transaction(operation: Operation) -> str:
    parts = []
    for kind, key, value in operation.result if operation.is_ok and operation.result else operation.value:
        parts.append(f"appended {value!r} to {key!r}" if kind == "append" else f"read {key!r} -> {shortened(value)}")
    return ", ".join(parts)
