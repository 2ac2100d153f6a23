"""A point in time that several steps share."""

from __future__ import annotations

import time


class Deadline:
    """Counts down from its creation; steps of one operation share one deadline instead of adding up theirs."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._end_s = time.monotonic() + timeout_s

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 when the deadline has passed."""
        return max(0.0, self._end_s - time.monotonic())

    @property
    def passed(self) -> bool:
        """True when no time is left."""
        return self.left_s <= 0.0

    def __repr__(self) -> str:
        return f"<Deadline {self.left_s:.1f} s of {self.timeout_s:g} s left>"
