"""How a case or a run ended, and the fixed order in which outcomes are merged."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Outcome(enum.IntEnum):
    """The numbers are those of `armadillo_api.v1.Outcome` and the order of merging: the greatest wins.

    `UNKNOWN` means that a check broke; it is greater than `PASSED`, so it can never end as a pass.
    """

    PASSED = 1
    SKIPPED = 2
    UNKNOWN = 3
    FAILED = 4
    ERROR = 5
    TIMEOUT = 6
    CRASHED = 7

    @classmethod
    def _missing_(cls, value: object) -> Outcome:
        """A number from the wire that means nothing here: a client left it out, or is newer."""
        return cls.UNKNOWN

    @property
    def is_good(self) -> bool:
        """Whether a run with this outcome may exit with 0."""
        return self in (Outcome.PASSED, Outcome.SKIPPED)


def merge(outcomes: Iterable[Outcome]) -> Outcome:
    """The run's outcome from its parts: passed if any part passed and the rest was skipped, else the worst.

    Without any part the answer is `UNKNOWN`: nothing was checked.
    """
    parts = list(outcomes)
    if not parts:
        return Outcome.UNKNOWN
    worst = max(parts)
    if worst is Outcome.SKIPPED and Outcome.PASSED in parts:
        return Outcome.PASSED
    return worst
