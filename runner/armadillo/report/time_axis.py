"""From times to places on a drawing, and round numbers for its ticks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

_TICKS = 9


@dataclass(frozen=True)
class TimeAxis:
    """Times between `begin_ns` and `end_ns` lie between `left` and `right`."""

    begin_ns: int
    end_ns: int
    left: float
    right: float

    @property
    def length_s(self) -> float:
        """Seconds from begin to end; never 0."""
        return max((self.end_ns - self.begin_ns) / 1e9, 0.001)

    def x(self, time_ns: int) -> float:
        """Where a time lies; times outside lie on the border."""
        share = (time_ns - self.begin_ns) / 1e9 / self.length_s
        return round(self.left + min(max(share, 0.0), 1.0) * (self.right - self.left), 2)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Places of about nine round numbers of seconds, with their texts."""
        rough = self.length_s / _TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
        digits = max(0, -math.floor(math.log10(step)))
        for number in range(int(self.length_s / step) + 1):
            second = number * step
            yield self.x(self.begin_ns + int(second * 1e9)), f"{second:.{digits}f} s"
