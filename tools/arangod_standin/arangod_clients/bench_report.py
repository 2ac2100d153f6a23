"""What arangobench tells of its runs: times, percentiles, a histogram; as text, JSON and JUnit XML."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options


class RunResult:
    """One run: how long each request took, how long all together, and how many failed."""

    def __init__(self, latencies_s: Sequence[float], total_s: float, failures: int, incomplete: int) -> None:
        self.latencies_s = sorted(latencies_s)
        self.total_s = total_s
        self.failures = failures
        self.incomplete = incomplete

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return len(self.latencies_s)

    def percentile_ms(self, percent: float) -> float:
        """Return the time within which this share of the requests was answered."""
        if not self.latencies_s:
            return 0.0
        place = max(math.ceil(percent / 100.0 * self.requests) - 1, 0)
        return self.latencies_s[min(place, self.requests - 1)] * 1000.0

    def histogram(self, intervals: int, width_s: float) -> dict[str, Any]:
        """Return how many requests took how long; the last interval holds all that took longer."""
        longest_s = self.latencies_s[-1] if self.latencies_s else 0.0
        width_s = width_s or max(longest_s / max(intervals, 1), 1e-9)
        counts = [0] * max(intervals, 1)
        for latency_s in self.latencies_s:
            counts[min(int(latency_s / width_s), len(counts) - 1)] += 1
        while len(counts) > 1 and counts[-1] == 0:
            counts.pop()
        return {"intervalSizeMs": width_s * 1000.0, "counts": counts}


def report(options: Options, results: list[RunResult]) -> dict[str, Any]:
    """Return what the JSON report holds."""
    runs = [
        {
            "requests": result.requests,
            "failures": result.failures,
            "incomplete": result.incomplete,
            "totalTimeSeconds": result.total_s,
            "requestsPerSecond": result.requests / result.total_s if result.total_s else 0.0,
            "minMs": result.percentile_ms(0.0),
            "meanMs": sum(result.latencies_s) / result.requests * 1000.0 if result.requests else 0.0,
            "maxMs": result.percentile_ms(100.0),
            "percentilesMs": {f"{p:g}": result.percentile_ms(p) for p in options["histogram.percentiles"]},
            "histogram": result.histogram(options["histogram.num-intervals"], options["histogram.interval-size"]),
        }
        for result in results
    ]
    middle = sorted(results, key=lambda result: result.total_s)[len(results) // 2]
    return {
        "testCase": options["test-case"],
        "threads": options["threads"],
        "complexity": options["complexity"],
        "collection": options["collection"],
        "waitForSync": options["wait-for-sync"],
        "numberOfShards": options["number-of-shards"],
        "replicationFactor": options["replication-factor"],
        "medianTotalTimeSeconds": middle.total_s,
        "failures": sum(result.failures for result in results),
        "runs": runs,
    }


def lines(options: Options, found: dict[str, Any]) -> list[str]:
    """Return the report as text."""
    written = [
        "",
        f"Total number of operations: {sum(run['requests'] for run in found['runs'])}, runs: {len(found['runs'])}, "
        f"concurrency level (threads): {found['threads']}",
        f"Test case: {found['testCase']}, complexity: {found['complexity']}, collection: '{found['collection']}'",
    ]
    for number, run in enumerate(found["runs"], 1):
        written += [
            f"Run {number}:",
            f"  Total request/response duration: {run['meanMs'] * run['requests'] / 1000.0:.6f} s",
            f"  Time needed per operation: {run['meanMs']:.6f} ms (min {run['minMs']:.3f}, max {run['maxMs']:.3f})",
            f"  Operations per second rate: {run['requestsPerSecond']:.3f}",
            f"  Elapsed time since start: {run['totalTimeSeconds']:.6f} s",
        ]
        if options["histogram.generate"]:
            shares = ", ".join(f"{percent}%: {ms:.3f} ms" for percent, ms in run["percentilesMs"].items())
            written.append(f"  Percentiles: {shares}")
        if run["failures"]:
            written.append(f"  WARNING: {run['failures']} request(s) failed!")
    return written


def write_json(path: str, found: dict[str, Any]) -> None:
    """Write the JSON report."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=2)
        file.write("\n")


def write_junit(path: str, found: dict[str, Any]) -> None:
    """Write the JUnit report: a test case per run."""
    cases = []
    for number, run in enumerate(found["runs"], 1):
        inside = f'<failure message="{run["failures"]} requests failed"/>' if run["failures"] else ""
        name = quoteattr(f"{found['testCase']} run {number}")
        cases.append(
            f'<testcase classname="arangobench" name={name} time="{run["totalTimeSeconds"]:.6f}">{inside}</testcase>'
        )
    failed = sum(bool(run["failures"]) for run in found["runs"])
    with open(path, "w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(
            f'<testsuite name="arangobench" tests="{len(cases)}" failures="{failed}">{"".join(cases)}</testsuite>\n'
        )
