"""When what a server uses is suspicious: pure functions over figures, with every limit as an argument.

The limits come from the target's policy; docs/monitoring.md says what each rule sees and what it cannot see.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SLOTS = 10
"""Parts of the window of the growth rule."""
_THIRDS = 3
_LEAST_PART_OF_SLOPE = 0.5
_GIVEN_BACK_PART = 0.25
_BYTES_PER_MB = 1024 * 1024
_S_PER_MINUTE = 60.0


class MemoryPoint(NamedTuple):
    """Resident memory at a monotonic time."""

    time_s: float
    rss_bytes: int


class LowestInSlots:
    """The lowest memory in each of the last `SLOTS` parts of a window.

    What is allocated and given back within a slot does not show in its lowest value.
    """

    def __init__(self, window_s: float) -> None:
        self.slot_s = window_s / SLOTS
        self.points: deque[MemoryPoint] = deque(maxlen=SLOTS)
        self._lowest: MemoryPoint | None = None
        self._end_s = 0.0

    def add(self, point: MemoryPoint) -> bool:
        """Takes one value in; True when a slot has come to its end, so that the rule has something new to look at."""
        if self._lowest is None:
            self._lowest, self._end_s = point, point.time_s + self.slot_s
            return False
        if point.time_s >= self._end_s:
            self.points.append(self._lowest)
            self._lowest, self._end_s = point, point.time_s + self.slot_s
            return True
        self._lowest = min(self._lowest, point, key=lambda one: one.rss_bytes)
        return False


def growth_mb_per_minute(points: Sequence[MemoryPoint]) -> float:
    """How fast memory grows, in MiB per minute; 0.0 when it does not grow steadily.

    Steadily means: `SLOTS` values are there; no fall gives back a quarter of what was gained; and each third of the
    time has at least half of the whole slope, so that one step (a cache that fills, a collection that is loaded) is no
    growth. The slope is the median of the slopes between all pairs of values (Theil and Sen), which a few odd values
    do not move.
    """
    if len(points) < SLOTS:
        return 0.0
    gained = points[-1].rss_bytes - points[0].rss_bytes
    if gained <= 0 or _deepest_fall(points) > gained * _GIVEN_BACK_PART:
        return 0.0
    slope = statistics.median(
        _slope(first, second) for index, first in enumerate(points) for second in points[index + 1 :]
    )
    step = (len(points) - 1) // _THIRDS
    thirds = [_slope(points[part * step], points[(part + 1) * step]) for part in range(_THIRDS)]
    if slope <= 0 or min(thirds) < slope * _LEAST_PART_OF_SLOPE:
        return 0.0
    return slope / _BYTES_PER_MB * _S_PER_MINUTE


def _slope(first: MemoryPoint, second: MemoryPoint) -> float:
    """Bytes a second."""
    return (second.rss_bytes - first.rss_bytes) / max(second.time_s - first.time_s, 1e-9)


def _deepest_fall(points: Iterable[MemoryPoint]) -> int:
    """The most that was given back after any height."""
    highest = deepest = 0
    for point in points:
        highest = max(highest, point.rss_bytes)
        deepest = max(deepest, highest - point.rss_bytes)
    return deepest


def unanswered_in_row(answers: Iterable[bool | None]) -> int:
    """Health probes without an answer at the end of the list.

    True is an answer, False none, None a probe that says nothing (the server was suspended, stopping or new): it
    begins the count anew as an answer does.
    """
    count = 0
    for answer in answers:
        count = count + 1 if answer is False else 0
    return count


class Load(NamedTuple):
    """A server's processor time since the sample before, and whether it had anything to do."""

    time_s: float
    cpu_share: float
    is_idle: bool


def spinning_since_s(since_s: float | None, load: Load, percent: float) -> float | None:
    """Begin of the time in which an idle server keeps `percent` of one core busy; None when it does not.

    A fold: `since_s` is what the sample before gave.
    """
    if not load.is_idle or load.cpu_share * 100 < percent:
        return None
    return load.time_s if since_s is None else since_s
