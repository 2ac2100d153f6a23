"""How a case or a run ended, and the fixed order in which outcomes are merged."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Outcome(enum.IntEnum):
    """The numbers are those of `armadillo_api.v1.Outcome`; they say nothing of the order, `severity` does.

    `FLAKY` is a case that failed and passed when it was tried again in the same run. `UNKNOWN` means that a check
    broke; it is worse than every good outcome, so it can never end as a pass.
    """

    PASSED = 1
    SKIPPED = 2
    UNKNOWN = 3
    FAILED = 4
    ERROR = 5
    TIMEOUT = 6
    CRASHED = 7
    FLAKY = 8

    @classmethod
    def _missing_(cls, value: object) -> Outcome:
        """A number from the wire that means nothing here: a client left it out, or is newer."""
        return cls.UNKNOWN

    @property
    def severity(self) -> int:
        """Place in the order of merging: of two outcomes the one with the greater severity wins."""
        return MERGE_ORDER.index(self)

    @property
    def is_good(self) -> bool:
        """Whether a run with this outcome may exit with 0."""
        return self.severity <= Outcome.FLAKY.severity


MERGE_ORDER = (
    Outcome.PASSED,
    Outcome.SKIPPED,
    Outcome.FLAKY,
    Outcome.UNKNOWN,
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.TIMEOUT,
    Outcome.CRASHED,
)
"""From the best to the worst."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that is last in the order of merging; `UNKNOWN` where there is none."""
    return max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.UNKNOWN)


def merge(outcomes: Iterable[Outcome]) -> Outcome:
    """The run's outcome from its parts: passed if any part passed and the rest was skipped, else the worst.

    Without any part the answer is `UNKNOWN`: nothing was checked.
    """
    parts = list(outcomes)
    merged = worst(parts)
    if merged is Outcome.SKIPPED and Outcome.PASSED in parts:
        return Outcome.PASSED
    return merged
