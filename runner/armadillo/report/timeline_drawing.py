"""The timeline as a picture: cases, each server's incarnations, suspensions, incidents and severe log lines."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..model.outcome import Outcome
from ..results.run_record import IncarnationRecord, RunRecord
from .element import add, element
from .evidence import Evidence
from .fault_band import draw_faults, fault_lanes, frame_servers
from .request_band import draw_requests
from .time_axis import TimeAxis
from .timeline import end_of

_WIDTH = 1140
_LEFT = 112
_RIGHT = 1128
_TOP = 30
_ROW = 24
_BAND = 14
_CLOSE = 24
"""Incidents nearer to each other share a label."""
_CASE_CLASSES = {
    Outcome.PASSED: "passed",
    Outcome.SKIPPED: "skipped",
    Outcome.UNKNOWN: "unknown",
    Outcome.FLAKY: "flaky",
}


def timeline_drawing(record: RunRecord, evidence: Evidence) -> ET.Element:
    """An SVG; numbers on top lead to the findings."""
    axis = TimeAxis(record.started_ns, max(record.last_ns, record.started_ns + 1), _LEFT, _RIGHT)
    servers = list(dict.fromkeys(one.started.server for one in record.incarnations))
    lanes = fault_lanes(record)
    names = ["cases", *(["requests"] if record.requests.told else []), *(["faults"] * len(lanes)), *servers]
    tops = [_TOP + index * _ROW for index in range(len(names))]
    bottom = _TOP + len(names) * _ROW
    drawing = element("svg", viewBox=f"0 0 {_WIDTH} {bottom + 24}", role="img", aria_label="timeline of the run")
    hatch = element("path", d="M-2,6 L6,-2 M2,10 L10,2", class_="hatch")
    pattern = element("pattern", hatch, id="frozen", width=8, height=8, patternUnits="userSpaceOnUse")
    add(drawing, element("defs", pattern))
    for x, text in axis.ticks():
        add(drawing, element("line", x1=x, x2=x, y1=_TOP, y2=bottom, class_="axis"))
        add(drawing, element("text", text, x=x, y=bottom + 16, class_="quiet", text_anchor="middle"))
    for index, (name, y) in enumerate(zip(names, tops, strict=True)):
        if names.index(name) == index:
            add(drawing, element("text", name, x=_LEFT - 8, y=y + 15, text_anchor="end"))
        add(drawing, element("rect", x=_LEFT, y=y + 4, width=_RIGHT - _LEFT, height=_BAND + 2, class_="row"))
    rows = dict(zip(servers, tops[len(names) - len(servers) :], strict=True))
    _draw_cases(drawing, record, axis)
    draw_requests(drawing, record, axis, _TOP + _ROW + 5, _BAND)
    first_lane = len(names) - len(servers) - len(lanes)
    draw_faults(drawing, record, axis, {tops[first_lane + n] + 5: lane for n, lane in enumerate(lanes)}, _BAND)
    for one in record.incarnations:
        _draw_incarnation(drawing, one, axis, rows[one.started.server] + 5, record.last_ns)
    frame_servers(drawing, record, axis, {name: y + 3 for name, y in rows.items()}, _BAND + 4)
    _draw_severe(drawing, evidence, axis, rows)
    _draw_incidents(drawing, record, evidence, axis, bottom)
    return drawing


def _titled(shape: ET.Element, title: str) -> ET.Element:
    return add(shape, element("title", title))


def _draw_cases(drawing: ET.Element, record: RunRecord, axis: TimeAxis) -> None:
    """One shape for each case, or for all cases within the same pixel: then the worst of them."""
    columns: dict[int, tuple[Outcome, int, str]] = {}
    for node_id, case in record.cases.items():
        if not case.started_ns:
            continue
        left = axis.x(case.started_ns)
        right = axis.x(case.finished_ns or record.last_ns)
        outcome = Outcome(case.finished.outcome) if case.finished else Outcome.TIMEOUT
        if right - left >= 2:
            word = outcome.name.lower() if case.finished else "did not end"
            _add_case(drawing, left, right - left - 0.5, outcome, f"{node_id}: {word}")
            continue
        worst, count, name = columns.get(int(left), (outcome, 0, node_id))
        is_worse = outcome.severity > worst.severity
        columns[int(left)] = (outcome, count + 1, node_id) if is_worse else (worst, count + 1, name)
    for left, (outcome, count, name) in columns.items():
        more = f" and {count - 1} more cases" if count > 1 else ""
        _add_case(drawing, left, 1.5, outcome, f"{name}: {outcome.name.lower()}{more}")


def _add_case(drawing: ET.Element, x: float, width: float, outcome: Outcome, title: str) -> None:
    class_ = _CASE_CLASSES.get(outcome, "failed")
    grow = 0 if outcome.is_good else 3  # those that went wrong stand out by their height, too
    shape = element("rect", x=x, y=_TOP + 5 - grow, width=width, height=_BAND + 2 * grow, class_=class_)
    add(drawing, _titled(shape, title))


def _draw_incarnation(drawing: ET.Element, one: IncarnationRecord, axis: TimeAxis, y: int, last_ns: int) -> None:
    end_ns = one.exited_ns or last_ns
    stopping_ns = one.stopping_ns or end_ns
    name = f"{one.started.server}, start {one.started.incarnation}, pid {one.started.pid}"
    parts = [("starting", one.started_ns, one.ready_ns or stopping_ns)]
    if one.ready_ns:
        parts.append(("ready", one.ready_ns, stopping_ns))
    parts.append(("stopping", stopping_ns, end_ns))
    parts += [("frozen", begin_ns, until_ns or end_ns) for begin_ns, until_ns in one.suspensions]
    for what, begin_ns, until_ns in parts:
        left, width = axis.x(begin_ns), axis.x(until_ns) - axis.x(begin_ns)
        if width > 0:
            word = {"frozen": "suspended"}.get(what, what)
            title = f"{name}: {word} for {(until_ns - begin_ns) / 1e9:.3f} s"
            add(drawing, _titled(element("rect", x=left, y=y, width=width, height=_BAND, class_=what), title))
    if one.exited is None:
        return
    x, middle = axis.x(one.exited_ns), y + _BAND / 2
    if one.exited.expected:
        mark = element("circle", cx=x, cy=middle, r=4, class_="end")
    else:
        mark = element("path", d=f"M{x - 6},{middle - 6} l12,12 m0,-12 l-12,12", class_="died")
    add(drawing, _titled(mark, f"{name}: ended, {end_of(one)}"))


def _draw_severe(drawing: ET.Element, evidence: Evidence, axis: TimeAxis, rows: dict[str, int]) -> None:
    drawn: dict[tuple[str, int], ET.Element] = {}
    for one in evidence.severe:
        if not one.line.time_ns or one.server not in rows:
            continue
        x, y = axis.x(one.line.time_ns), rows[one.server] + 24
        if (one.server, int(x)) not in drawn:
            shape = element("path", d=f"M{x - 4},{y} l8,0 l-4,-7 z", class_="severe")
            drawn[one.server, int(x)] = add(drawing, _titled(shape, f"{one.server}: {one.line}"[:300]))


def _draw_incidents(drawing: ET.Element, record: RunRecord, evidence: Evidence, axis: TimeAxis, bottom: int) -> None:
    groups: list[tuple[float, list[int], list[str]]] = []
    moments = evidence.moments_ns or record.finding_times_ns
    pairs = sorted(zip(moments, range(1, len(moments) + 1), record.findings, strict=True), key=lambda pair: pair[:2])
    for time_ns, number, finding in pairs:
        x = axis.x(time_ns)
        if not groups or x - groups[-1][0] > _CLOSE:
            groups.append((x, [], []))
        groups[-1][1].append(number)
        groups[-1][2].append(finding.message)
    for x, numbers, messages in groups:
        numbers.sort()
        text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}…{numbers[-1]}"
        width = 12 + 7 * len(text)
        left = min(max(x - width / 2, _LEFT), _RIGHT - width)
        add(drawing, element("line", x1=x, x2=x, y1=22, y2=bottom, class_="incident"))
        label = element("a", href=f"#finding-{numbers[0]}")
        add(label, element("rect", x=left, y=4, width=width, height=18, rx=9, class_="incident-label"))
        add(label, element("text", text, x=left + width / 2, y=17, text_anchor="middle", class_="on-bad"))
        add(drawing, _titled(label, "\n".join(messages[:5])))
