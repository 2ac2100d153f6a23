"""The row of requests in the timeline's drawing: how many at a time, and which of them failed or were slow."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from ..model.sent_request import SLOW_NS, SentRequest
from ..results.run_record import RunRecord
from .element import add, element
from .request_entries import describe, server_names
from .time_axis import TimeAxis

_COLUMN = 3
_MOST_TOLD = 6
_LEAST_HEIGHT = 3.0


@dataclass
class _Column:
    """What was sent within the same few pixels."""

    count: int = 0
    failed: list[SentRequest] = field(default_factory=list)
    slow: list[SentRequest] = field(default_factory=list)


def draw_requests(drawing: ET.Element, record: RunRecord, axis: TimeAxis, y: float, height: float) -> None:
    """Grey columns whose height grows with the number of requests; bars for slow ones, full columns for failed ones."""
    columns: dict[int, _Column] = {}
    for told in record.requests.told:
        request = told.request
        column = columns.setdefault(int((axis.x(request.started_ns) - axis.left) // _COLUMN), _Column())
        column.count += 1
        if request.is_failed:
            column.failed.append(request)
        elif request.duration_ns >= SLOW_NS:
            column.slow.append(request)
    names = server_names(record)
    most = max((column.count for column in columns.values()), default=1)
    for number, column in sorted(columns.items()):
        x = axis.left + number * _COLUMN
        share = math.log1p(column.count) / math.log1p(most)
        tall = _LEAST_HEIGHT + share * (height - _LEAST_HEIGHT)
        bar = element("rect", x=x, y=y + height - tall, width=_COLUMN - 0.5, height=tall, class_="sent")
        add(drawing, add(bar, element("title", _title(column, [], names))))
    for number, column in sorted(columns.items()):
        x = axis.left + number * _COLUMN
        if column.slow:
            end = max(axis.x(one.started_ns + one.duration_ns) for one in column.slow)
            bar = element("rect", x=x, y=y + height / 2, width=max(end - x, _COLUMN), height=height / 2, class_="slow")
            add(drawing, add(bar, element("title", _title(column, column.slow, names))))
        if column.failed:
            bar = element("rect", x=x, y=y - 2, width=_COLUMN, height=height + 2, class_="failed")
            add(drawing, add(bar, element("title", _title(column, column.failed, names))))


def _title(column: _Column, told: list[SentRequest], names: dict[str, str]) -> str:
    lines = [f"{column.count} request{'s' if column.count > 1 else ''}"]
    for count, word in ((len(column.failed), "failed"), (len(column.slow), "slow")):
        if count:
            lines[0] += f", {count} {word}"
    lines += [describe(one, names) for one in told[:_MOST_TOLD]]
    if len(told) > _MOST_TOLD:
        lines.append(f"and {len(told) - _MOST_TOLD} more, see timeline.txt")
    return "\n".join(lines)
