"""A histogram with fixed limits, as Prometheus and ``/_admin/statistics`` show it."""

from __future__ import annotations

from bisect import bisect_left


class Histogram:
    """Counts values by the first limit they do not exceed."""

    __slots__ = ("buckets", "limits", "total")

    def __init__(self, limits: tuple[float, ...]) -> None:
        self.limits = limits
        self.buckets = [0] * (len(limits) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.buckets[bisect_left(self.limits, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values were counted."""
        return sum(self.buckets)

    def lines(self, name: str) -> list[str]:
        """Return the samples in Prometheus' text format, which are cumulative."""
        lines = []
        below = 0
        for limit, counted in zip((*self.limits, None), self.buckets, strict=True):
            below += counted
            label = "+Inf" if limit is None else f"{limit:g}"
            lines.append(f'{name}_bucket{{le="{label}"}} {below}')
        return [*lines, f"{name}_count {below}", f"{name}_sum {self.total:.6f}"]

    def figures(self) -> dict[str, object]:
        """Return the member that ``/_admin/statistics`` shows."""
        return {"sum": round(self.total, 6), "count": self.count, "counts": list(self.buckets)}
