"""The deployment as a picture: who talks to whom, and in which state each server was when the tests ended."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

from armadillo_api.v1 import deployment_pb2

from ..results.run_record import RunRecord
from .element import add, element
from .server_state import Health, ServerState, server_states

_WIDTH = 1140
_BOX_WIDTH = 176
_BOX_HEIGHT = 52
_GAP = 14
_TIER_GAP = 34
_BOXES_A_ROW = 5
_TIERS = (deployment_pb2.COORDINATOR, deployment_pb2.DBSERVER, deployment_pb2.AGENT, deployment_pb2.SINGLE)
_TITLES = {
    deployment_pb2.COORDINATOR: "coordinators",
    deployment_pb2.DBSERVER: "dbservers",
    deployment_pb2.AGENT: "agents",
    deployment_pb2.SINGLE: "single server",
}
_LEFT = 112


def topology_drawing(record: RunRecord) -> ET.Element | None:
    """An SVG with a tier for each role; None when no server was started."""
    states = server_states(record)
    tiers = [(role, [state for state in states if state.role == role]) for role in _TIERS]
    tiers = [(role, members) for role, members in tiers if members]
    if not tiers:
        return None
    places: dict[str, tuple[float, float]] = {}
    titles = []
    y = 6.0
    for role, members in tiers:
        rows = [members[start : start + _BOXES_A_ROW] for start in range(0, len(members), _BOXES_A_ROW)]
        titles.append((_TITLES[role], y + _BOX_HEIGHT / 2 + 4))
        for row in rows:
            for column, member in enumerate(row):
                places[member.name] = (_LEFT + column * (_BOX_WIDTH + _GAP), y)
            y += _BOX_HEIGHT + 10
        y += _TIER_GAP - 10
    height = y - _TIER_GAP + 8
    drawing = element("svg", viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label="servers and their states")
    for (_, upper), (_, lower) in itertools.pairwise(tiers):
        _draw_wires(drawing, upper, lower, places)
    for title, middle in titles:
        add(drawing, element("text", title, x=_LEFT - 12, y=middle, text_anchor="end", class_="quiet"))
    for state in states:
        if state.name in places:
            add(drawing, _box(state, *places[state.name]))
    return drawing


def _draw_wires(
    drawing: ET.Element, upper: list[ServerState], lower: list[ServerState], places: dict[str, tuple[float, float]]
) -> None:
    for one in upper:
        for other in lower:
            (x1, y1), (x2, y2) = places[one.name], places[other.name]
            half = _BOX_WIDTH / 2
            add(drawing, element("line", x1=x1 + half, y1=y1 + _BOX_HEIGHT, x2=x2 + half, y2=y2, class_="wire"))


def _box(state: ServerState, x: float, y: float) -> ET.Element:
    last = state.incarnations[-1].started
    starts = f" · start {last.incarnation}" if last.incarnation > 1 else ""
    group = element("a", href=f"#server-{state.name}")
    class_ = f"box {state.health.value}".strip()
    add(group, element("rect", x=x, y=y, width=_BOX_WIDTH, height=_BOX_HEIGHT, rx=4, class_=class_))
    add(group, element("text", state.name + starts, x=x + 10, y=y + 20, class_="name"))
    text_class = "bad" if state.health is Health.BAD else "quiet"
    add(group, element("text", state.text, x=x + 10, y=y + 38, class_=text_class))
    if state.health is Health.BAD:
        mark = f"M{x + _BOX_WIDTH - 22},{y + 9} l12,12 m0,-12 l-12,12"
        add(group, element("path", d=mark, class_="died"))
    return add(group, element("title", f"{state.name} {last.endpoint}: {state.text}"))
