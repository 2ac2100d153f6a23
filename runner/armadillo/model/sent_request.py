"""`SentRequest`: what is kept of one HTTP request of the test process."""

from __future__ import annotations

from typing import NamedTuple

SLOW_NS = 1_000_000_000
"""A request that took longer is shown by itself, as those that failed are."""

LONGEST_PATH = 200
LONGEST_ERROR = 200
_FIRST_BAD_STATUS = 400


class SentRequest(NamedTuple):
    """Method, path without query values, endpoint, status (0 without an answer) and times; never a body or a header."""

    started_ns: int
    duration_ns: int
    method: str
    path: str
    endpoint: str
    status: int
    error: str

    @property
    def is_failed(self) -> bool:
        """No answer, or one of the statuses from 400 on."""
        return not 0 < self.status < _FIRST_BAD_STATUS

    @property
    def is_notable(self) -> bool:
        """Failed or slow: worth a line of its own."""
        return self.is_failed or self.duration_ns >= SLOW_NS
