"""All incarnations of all servers: when they started, were ready and ended, and the links to what they left."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET

from ..results.run_record import IncarnationRecord, RunRecord
from .element import add, element
from .evidence import Evidence
from .server_state import server_states
from .timeline import end_of
from .topology_drawing import topology_drawing
from .words import badge, link, seconds

_HEADS = ("server", "start", "pid", "endpoint", "started", "ready after", "ended", "how it ended", "files")


def servers_section(record: RunRecord, evidence: Evidence) -> ET.Element | None:
    """Drawing and table; None when no server was started."""
    drawing = topology_drawing(record)
    if drawing is None:
        return None
    body = element("tbody")
    for state in server_states(record):
        for index, one in enumerate(state.incarnations):
            row = _row(one, record, evidence)
            if index == 0:
                row.set("id", f"server-{state.name}")
            add(body, row)
    head = element("thead", element("tr", *[element("th", text) for text in _HEADS]))
    return element(
        "section",
        element("h2", "Servers"),
        element("p", "States when the tests ended.", class_="quiet"),
        drawing,
        element("div", element("table", head, body), class_="scroll"),
        id="servers",
    )


def _row(one: IncarnationRecord, record: RunRecord, evidence: Evidence) -> ET.Element:
    started = one.started
    ready = f"{(one.ready_ns - one.started_ns) / 1e9:.3f} s" if one.ready_ns else "never"
    ended = seconds(one.exited_ns, record.started_ns) if one.exited_ns else ""
    how = element("td", end_of(one) or "was not seen to end", class_="long")
    if one.exited is not None and not one.exited.expected:
        how = element("td", badge("unasked", "bad"), " ", one.exited.message, class_="long")
    return element(
        "tr",
        element("td", element("strong", started.server)),
        element("td", str(started.incarnation)),
        element("td", str(started.pid)),
        element("td", started.endpoint, class_="mono"),
        element("td", seconds(one.started_ns, record.started_ns), class_="time"),
        element("td", ready, class_="time"),
        element("td", ended, class_="time"),
        how,
        _files(started.directory, evidence),
    )


def _files(directory: str, evidence: Evidence) -> ET.Element:
    cell = element("td")
    for entry in evidence.files:
        if os.path.dirname(entry["path"]) == directory and directory and entry["size_bytes"]:
            add(cell, link(entry["path"], os.path.basename(entry["path"])), " ")
    return cell
