"""`Operation`: one thing that a client asked for, and what became of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class OperationOutcome(enum.StrEnum):
    """How an operation ended, as far as its client can know."""

    OK = "ok"
    """It was acknowledged, or answered."""
    FAIL = "fail"
    """It certainly had no effect."""
    UNKNOWN = "unknown"
    """It may have had an effect, now or at any later time: no answer, a broken connection, an error in doubt."""


@dataclass(slots=True)
class Operation:
    """What was asked, by whom, when, and what came of it; times are `time.monotonic_ns`.

    `process` is the session: one client has one operation under way, and goes on as another process after an unknown
    outcome. `value` is what was asked for, `result` what was answered; their meaning belongs to `kind`. An operation
    that never ended has the outcome UNKNOWN and no `completed_ns`. `through` is the name of the server that was asked.
    """

    index: int
    process: int
    kind: str
    key: str
    value: Any
    through: str
    invoked_ns: int
    completed_ns: int | None = None
    outcome: OperationOutcome = OperationOutcome.UNKNOWN
    result: Any = None
    error: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.outcome is OperationOutcome.OK

    @property
    def is_failed(self) -> bool:
        """Whether it certainly had no effect."""
        return self.outcome is OperationOutcome.FAIL

    @property
    def is_unknown(self) -> bool:
        """Whether nobody can say if it had an effect."""
        return self.outcome is OperationOutcome.UNKNOWN

    @property
    def acknowledged_ns(self) -> int:
        """When it was acknowledged; for one that was not, later than everything."""
        return self.completed_ns if self.is_ok and self.completed_ns is not None else NEVER_NS


NEVER_NS = 1 << 63
"""Later than every time of `time.monotonic_ns`."""
