"""The requests of the test process in the timeline: slow and failed ones by themselves, the others as counts."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

from ..model.sent_request import SLOW_NS, SentRequest
from ..results.run_record import RunRecord
from .entry import Entry

_WHO = "tests"


def server_names(record: RunRecord) -> dict[str, str]:
    """Names of servers by their endpoints."""
    return {one.started.endpoint: one.started.server for one in record.incarnations if one.started.endpoint}


def request_entries(record: RunRecord, others_ns: Sequence[int]) -> Iterator[Entry]:
    """Between two other entries (their times, ascending): a count of all quick ones, and each kind of notable ones."""
    names = server_names(record)
    gaps: dict[int, list[SentRequest]] = {}
    for told in sorted(record.requests.told, key=lambda one: one.request.started_ns):
        gaps.setdefault(bisect.bisect_right(others_ns, told.request.started_ns), []).append(told.request)
    for requests in gaps.values():
        quick = [one for one in requests if not one.is_notable]
        if quick:
            yield Entry(quick[0].started_ns, _WHO, "requests", _counted(quick, names))
        alike: dict[tuple[object, ...], list[SentRequest]] = {}
        for one in requests:
            if one.is_notable:
                alike.setdefault((one.method, one.path, one.endpoint, one.status, one.error), []).append(one)
        for group in alike.values():
            again = ""
            if len(group) > 1:
                again = f", {len(group)} times until {(group[-1].started_ns - record.started_ns) / 1e9:+.3f}"
            yield Entry(group[0].started_ns, _WHO, "request", f"{describe(group[0], names)}{again}")


def describe(request: SentRequest, names: dict[str, str]) -> str:
    """A request in one line: what was sent to whom, what came, and after how long."""
    came = f"status {request.status}" if request.status else "no answer"
    why = f" ({request.error})" if request.error else ""
    slow = " (slow)" if request.duration_ns >= SLOW_NS else ""
    where = names.get(request.endpoint, request.endpoint)
    return f"{request.method} {request.path} to {where}: {came}{why} after {request.duration_ns / 1e9:.3f} s{slow}"


def left_out(record: RunRecord) -> list[str]:
    """What the caps of a run have left out, in words; an empty list when nothing is missing."""
    texts = []
    if record.requests.left_out:
        texts.append(f"{record.requests.left_out} more requests with a quick and good answer were only counted")
    if record.requests.notable_left_out:
        texts.append(f"{record.requests.notable_left_out} more slow or failed requests were only counted")
    return texts


def _counted(requests: Sequence[SentRequest], names: dict[str, str]) -> str:
    if len(requests) == 1:
        return describe(requests[0], names)
    slowest = max(requests, key=lambda one: one.duration_ns)
    where = ", ".join(dict.fromkeys(names.get(one.endpoint, one.endpoint) for one in requests))
    return f"{len(requests)} requests to {where}; the slowest: {describe(slowest, names)}"
