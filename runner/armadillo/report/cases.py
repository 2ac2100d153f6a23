"""The table of cases: data for the page's script, which draws, searches and sorts it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

from ..model.outcome import Outcome
from ..results.flakiness import attempts_text, describe_attempts
from ..results.junit_xml import case_counts
from ..results.run_record import CaseRecord, RunRecord
from .element import element, printable, raw_text
from .words import tone

_LONGEST_MESSAGE = 400
_LONGEST_TEXT = 16 * 1024
_ALL_TEXTS = 2 * 1024 * 1024
_UNFINISHED = 0
_COLUMNS = (("outcome", 0, ""), ("case", 2, ""), ("started", 3, "time"), ("duration", 4, "time"))


def cases_section(record: RunRecord) -> ET.Element:
    """Search, filter, table and the data; without scripts there is a pointer to results.json."""
    counts = case_counts(record)
    options = [element("option", "all outcomes", value="")]
    options += [
        element("option", f"{name} ({counts[name]})", value=str(number))
        for number, name in enumerate(_names())
        if counts.get(name)
    ]
    tools = element(
        "div",
        element(
            "input", id="case-search", type="search", placeholder="search in names and messages", aria_label="search"
        ),
        element("select", *options, id="case-outcome", aria_label="outcome"),
        element("span", id="case-count", class_="quiet"),
        id="case-tools",
    )
    heads = [
        element("th", element("button", text, data_column=column, type="button"), class_=class_ or None)
        for text, column, class_ in _COLUMNS
    ]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", id="case-rows"))
    return element(
        "section",
        element("h2", "Cases"),
        tools,
        element("div", table, class_="scroll"),
        element("p", element("button", "show more", id="case-more", type="button", hidden=True)),
        element("noscript", element("p", "The table needs scripts; results.json has the same cases.")),
        raw_text("script", _json(_data(record)), type="application/json", id="case-data"),
        id="cases",
    )


def _names() -> list[str]:
    return ["unfinished", *[outcome.name.lower() for outcome in Outcome]]


def _data(record: RunRecord) -> dict[str, Any]:
    files: dict[str, int] = {}
    budget = _ALL_TEXTS
    rows = []
    for case in sorted(record.cases.values(), key=_worst_first):
        file, _, name = case.case.node_id.partition("::")
        text = _text(case, budget)
        budget -= len(text)
        rows.append(
            [
                _number(case),
                files.setdefault(file, len(files)),
                printable(name),
                round((case.started_ns - record.started_ns) / 1e9, 3) if case.started_ns else None,
                round(case.finished.duration_s, 3) if case.finished else None,
                printable(_message(case))[:_LONGEST_MESSAGE],
                text,
            ]
        )
    tones = ["warn", *[tone(outcome) for outcome in Outcome]]
    return {"outcomes": _names(), "tones": tones, "files": [printable(file) for file in files], "cases": rows}


def _number(case: CaseRecord) -> int:
    return int(Outcome(case.finished.outcome)) if case.finished else _UNFINISHED


def _worst_first(case: CaseRecord) -> tuple[bool, int]:
    """What went wrong before what did not end, and that before what is good; else in their order."""
    if case.finished is None:
        return False, 0
    outcome = Outcome(case.finished.outcome)
    return outcome.is_good, -outcome.severity


def _message(case: CaseRecord) -> str:
    return case.finished.message or describe_attempts(case) if case.finished else ""


def _text(case: CaseRecord, budget: int) -> str:
    """Traceback and output of a case that went wrong, and of its attempts; "" for others: test.xml has theirs."""
    finished = case.finished
    if finished is None or (Outcome(finished.outcome).is_good and not case.failed_attempts):
        return ""
    attempts = attempts_text(case.failed_attempts)
    text = "\n".join(part for part in (attempts, finished.text, finished.captured_output) if part)
    if len(text) > min(_LONGEST_TEXT, budget):
        kept = text[: min(_LONGEST_TEXT, budget)]
        text = f"{kept}\n--- truncated: {len(text) - len(kept)} more characters are in results.json ---"
    return printable(text)


def _json(data: dict[str, Any]) -> str:
    """JSON that may stand in a script element: no "<" in it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
