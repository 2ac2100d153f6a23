"""The log viewer: all logs of the servers within the page, unpacked piece by piece when somebody looks at them."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET

from ..results.judgement import judge
from ..results.run_record import RunRecord
from .element import add, element, printable, raw_text
from .embedded_log import EmbeddedLog
from .evidence import Evidence
from .words import seconds, size

_LONGEST_LABEL = 90


def logs_section(record: RunRecord, evidence: Evidence) -> ET.Element | None:
    """Choice of log, filter, jump to an incident, and the packed pieces; None without logs."""
    if not evidence.logs:
        return None
    moments = _moments(record, evidence)
    first = _first(record, evidence)
    tools = element(
        "div",
        element(
            "select",
            *[
                element("option", _title(log), value=str(index), selected=index == first)
                for index, log in enumerate(evidence.logs)
            ],
            id="log-choice",
            aria_label="log",
        ),
        element(
            "select",
            element("option", "jump to ...", value=""),
            *[element("option", label, value=str(time_ms)) for label, time_ms in moments],
            id="log-moment",
            aria_label="jump to a moment",
        ),
        element("input", id="log-filter", type="search", placeholder="show only lines with these words"),
        element("span", id="log-count", class_="quiet"),
        class_="tools",
    )
    section = element(
        "section",
        element("h2", "Logs"),
        tools,
        element("div", element("div", id="log-rows"), id="log-view", tabindex="0"),
        element("p", element("a", "the file", id="log-file", href=evidence.logs[first].path), class_="quiet"),
        element("noscript", element("p", "The viewer needs scripts; the logs are in servers/ beside this page.")),
        raw_text("script", _json(evidence.logs), type="application/json", id="log-data"),
        id="logs",
    )
    if evidence.logs_left_out:
        add(
            section, element("p", f"truncated: {evidence.logs_left_out} more logs are beside this page", class_="quiet")
        )
    for index, log in enumerate(evidence.logs):
        for number, piece in enumerate(log.pieces):
            if piece.packed:
                data = raw_text("script", piece.packed, type="application/octet-stream", id=f"log-{index}-{number}")
                add(section, data)
    return section


def show_button(evidence: Evidence, path: str, time_ns: int) -> ET.Element | None:
    """A button that opens a log in the viewer at a moment; None when the page does not have that log."""
    for index, log in enumerate(evidence.logs):
        if log.path == path:
            text = "show in the viewer"
            return element("button", text, type="button", data_log=str(index), data_ms=str(time_ns // 10**6))
    return None


def _first(record: RunRecord, evidence: Evidence) -> int:
    """The log that is shown first: of the server that the root cause is about, else of whoever comes first."""
    names = [finding.server for finding in judge(record).counting if finding.server]
    places = [one.started.directory for one in record.incarnations if one.started.server in names[:1]]
    found = [index for index, log in enumerate(evidence.logs) if os.path.dirname(log.path) in places]
    return found[0] if found else 0


def _title(log: EmbeddedLog) -> str:
    cut = f", truncated: {size(log.left_out_bytes)} are not in this page" if log.left_out_bytes else ""
    return f"{log.title} ({size(log.size_bytes)}{cut})"


def _moments(record: RunRecord, evidence: Evidence) -> list[tuple[str, int]]:
    """Findings by their numbers, then failed cases: label and milliseconds."""
    found = [
        (f"{number}: {finding.message}", time_ns)
        for number, (finding, time_ns) in enumerate(zip(record.findings, evidence.moments_ns, strict=False), 1)
    ]
    found += [
        (case.case.node_id, case.finished_ns) for case in record.cases.values() if case.finished_ns in evidence.excerpts
    ]
    return [
        (f"{seconds(time_ns, record.started_ns)} {printable(label)}"[:_LONGEST_LABEL], time_ns // 10**6)
        for label, time_ns in found
        if time_ns in evidence.excerpts
    ]


def _json(logs: list[EmbeddedLog]) -> str:
    """For each log its path, and for each piece first line, number of lines, milliseconds, bytes that are missing."""
    data = [
        {
            "path": printable(log.path),
            "pieces": [
                [one.first_line, one.lines, one.time_ns // 10**6, 0 if one.packed else one.size_bytes]
                for one in log.pieces
            ],
        }
        for log in logs
    ]
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
