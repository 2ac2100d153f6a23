"""What the shapes of the timeline's drawing mean; only those that are in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..model.outcome import Outcome
from ..results.run_record import RunRecord
from .element import add, element
from .evidence import Evidence
from .request_entries import left_out

_WIDTH, _HEIGHT = 26, 18


def timeline_legend(record: RunRecord, evidence: Evidence) -> ET.Element:
    """A list of shapes with their words, and what the caps have left out."""
    legend = element("ul", *[_entry(shape, text) for shape, text in _shapes(record, evidence)], class_="legend")
    told = element("div", legend, element("p", "Rest the pointer on anything to read what it is.", class_="quiet"))
    return add(told, *[element("p", f"truncated: {text}", class_="quiet") for text in left_out(record)])


def _entry(shape: ET.Element, text: str) -> ET.Element:
    return element("li", element("svg", shape, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", aria_hidden="true"), text)


def _bar(class_: str, top: float = 2, height: float = 14) -> ET.Element:
    return element("rect", x=2, y=top, width=22, height=height, class_=class_)


def _shapes(record: RunRecord, evidence: Evidence) -> Iterator[tuple[ET.Element, str]]:
    outcomes = {Outcome(case.finished.outcome) for case in record.cases.values() if case.finished}
    for outcome, class_ in ((Outcome.PASSED, "passed"), (Outcome.SKIPPED, "skipped"), (Outcome.FLAKY, "flaky")):
        if outcome in outcomes:
            yield _bar(class_), f"case {outcome.name.lower()}"
    if any(case.started_ns and not case.finished for case in record.cases.values()) or any(
        not outcome.is_good for outcome in outcomes
    ):
        yield _bar("failed", 0, 18), "case that went wrong or did not end"
    if record.requests.told:
        yield _bar("sent", 9, 7), "requests: the more, the higher"
        yield _bar("slow", 9, 7), "a request of a second or longer"
        yield (
            element("rect", x=11, y=1, width=3, height=16, class_="failed"),
            "a request without an answer, or 400 and above",
        )
    if record.faults:
        yield _bar("fault"), "fault, from injected to recovered"
        yield _bar("hit", 1, 16), "a server that it hit"
    yield from _server_shapes(record)
    if evidence.severe:
        yield element("path", d="M9,13 l8,0 l-4,-7 z", class_="severe"), "FATAL or ERROR line"
    if record.findings:
        yield element("line", x1=13, x2=13, y1=0, y2=18, class_="incident"), "finding, by its number"


def _server_shapes(record: RunRecord) -> Iterator[tuple[ET.Element, str]]:
    if not record.incarnations:
        return
    yield _bar("starting"), "server starting"
    yield _bar("ready"), "ready"
    yield _bar("stopping"), "stopping"
    if any(one.suspensions for one in record.incarnations):
        yield _bar("frozen"), "suspended"
    ends = {one.exited.expected for one in record.incarnations if one.exited}
    if True in ends:
        yield element("circle", cx=13, cy=9, r=4, class_="end"), "end that was asked for"
    if False in ends:
        yield element("path", d="M7,3 l12,12 m0,-12 l-12,12", class_="died"), "end that nobody asked for"
