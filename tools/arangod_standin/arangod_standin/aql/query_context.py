"""What one running query knows of itself: warnings, its clock and randomness, its limits, whether it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError, message_of

if TYPE_CHECKING:
    import random

_DEFAULT_WARNINGS = 10
_YIELD_EVERY_S = 0.02
_MEMORY_GRAIN_BYTES = 32_768
_BATCH_ROWS = 1000


class QueryContext:
    """Shared by everything that runs for one query; `options` are those of the request."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        # what VERSION() gives; the default's when empty
        self.arangodb_version = ""
        self.warnings: list[dict[str, Any]] = []
        self.state = "initializing"
        self.killed = asyncio.Event()
        self.peak_bytes = 0
        self.held_bytes = 0
        # how many rows go through the operators together: few when somebody waits for the first of them
        self.batch_rows = _BATCH_ROWS
        self._now_ms: int | None = None
        self._random: random.Random | None = None
        limit = options.get("memoryLimit")
        self._limit_bytes = int(limit) if isinstance(limit, (int, float)) and limit > 0 else 0
        runtime_s = options.get("maxRuntime")
        self._started_s = self._last_yield_s = time.monotonic()
        is_limited = isinstance(runtime_s, (int, float)) and runtime_s > 0
        self._deadline_s = self._started_s + float(runtime_s or 0) if is_limited else float("inf")
        most = options.get("maxWarningCount")
        self._most_warnings = int(most) if isinstance(most, (int, float)) else _DEFAULT_WARNINGS

    @property
    def now_ms(self) -> int:
        """The time of the query in milliseconds since 1970: the same in all of it."""
        if self._now_ms is None:
            self._now_ms = time.time_ns() // 1_000_000
        return self._now_ms

    @property
    def random(self) -> random.Random:
        """The query's source of randomness."""
        if self._random is None:
            import random

            self._random = random.Random()
        return self._random

    def warn(self, number: int, message: str | None = None) -> None:
        """Add a warning. Raises ArangoError of that number when the query must not give any."""
        text = message_of(number) if message is None else message
        if self.options.get("failOnWarning"):
            raise ArangoError(number, text)
        if len(self.warnings) < self._most_warnings:
            self.warnings.append({"code": number, "message": text})

    # -- limits ------------------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Raise ArangoError 1500 when the query was killed or has run for too long."""
        if self.killed.is_set() or time.monotonic() > self._deadline_s:
            raise ArangoError(errors.QUERY_KILLED)

    async def breathe(self) -> None:
        """Check the limits, and let other requests run when this query has held the event loop for long."""
        now = time.monotonic()
        if now - self._last_yield_s > _YIELD_EVERY_S:
            self.check()
            await asyncio.sleep(0)
            self._last_yield_s = time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the query's end. Raises ArangoError 1500 when it is killed or runs out of time."""
        self.check()
        until_s = min(time.monotonic() + max(seconds, 0.0), self._deadline_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.killed.wait(), max(until_s - time.monotonic(), 0.0))
        if seconds > 0:
            self.check()
        self._last_yield_s = time.monotonic()

    def use_memory(self, size_bytes: int) -> None:
        """Count memory that the query holds from now on (negative: gives back).

        Raises ArangoError 32 beyond its limit.
        """
        self.held_bytes += size_bytes
        if self.held_bytes > self.peak_bytes:
            self.peak_bytes = self.held_bytes
            if self._limit_bytes and self.held_bytes > self._limit_bytes:
                raise ArangoError(errors.RESOURCE_LIMIT, "query would use more memory than allowed")

    @property
    def peak_memory_bytes(self) -> int:
        """The most memory the query held, in ArangoDB's grains of 32 KiB."""
        return -(-self.peak_bytes // _MEMORY_GRAIN_BYTES) * _MEMORY_GRAIN_BYTES


def estimated_bytes(value: Any) -> int:
    """Return about how much memory a value takes."""
    kind = type(value)
    if kind is str:
        return 50 + len(value)
    if kind is dict:
        return 200 + sum(16 + estimated_bytes(item) for item in value.values())
    if kind is list:
        return 56 + 8 * len(value) + estimated_bytes_of_all(value)
    return 32


def estimated_bytes_of_all(values: list[Any]) -> int:
    """Return about how much memory many values take, judged by a few of them."""
    if len(values) <= 8:
        return sum(map(estimated_bytes, values))
    sample = values[:: max(len(values) // 8, 1)]
    return sum(map(estimated_bytes, sample)) * len(values) // len(sample)
