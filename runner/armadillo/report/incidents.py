"""What went wrong: findings with their weight, failed cases, and what the servers logged around each of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..model.outcome import Outcome
from ..results.flakiness import attempts_text, describe_attempts, flaky_cases
from ..results.judgement import Judged, judge
from ..results.run_record import CaseRecord, RunRecord
from .element import add, element
from .evidence import Evidence, ServerExcerpt
from .logs import show_button
from .words import badge, folded, outcome_badge, seconds, short_paths

_MOST_FINDINGS = 100
_MOST_FAILED_CASES = 6
_LONGEST_DETAILS = 64 * 1024


def incidents_section(record: RunRecord, evidence: Evidence) -> ET.Element | None:
    """Findings first, because they are the causes; None when there is nothing to tell."""
    judgement = judge(record)
    failed = [
        case for case in record.cases.values() if case.finished and not Outcome(case.finished.outcome).is_good
    ]  # fmt: skip
    flaky = flaky_cases(record)
    if not (judgement.judged or judgement.unused or record.notes or failed or flaky or record.collection_errors):
        return None
    section = element("section", element("h2", "What was found"), id="incidents")
    pairs = list(zip(judgement.judged, evidence.moments_ns or record.finding_times_ns, strict=True))
    opened = next((index for index, (judged, _) in enumerate(pairs, 1) if judged.finding.details), 0)
    for number, (judged, time_ns) in enumerate(pairs[:_MOST_FINDINGS], 1):
        add(section, _finding(number, judged, time_ns, record, evidence, is_open=number == opened))
    _tell_left_out(section, len(pairs) - _MOST_FINDINGS, "findings", "results.json")
    for error in record.collection_errors:
        card = _card(True, badge("error", "bad"), element("h3", f"{error.file} could not be collected"))
        add(section, add(card, element("pre", _cut(error.text))))
    for case in failed[:_MOST_FAILED_CASES]:
        add(section, _case(case, record, evidence, is_open=case is failed[0] and not judgement.counting))
    _tell_left_out(section, len(failed) - _MOST_FAILED_CASES, "failed cases", "the table of cases below")
    for case in flaky[:_MOST_FAILED_CASES]:
        add(section, _flaky_case(case, record))
    _tell_left_out(section, len(flaky) - _MOST_FAILED_CASES, "flaky cases", "the table of cases below")
    if judgement.unused or record.notes:
        notes = element(
            "ul", *[element("li", text) for text in dict.fromkeys([*record.notes, *judgement.unused])], class_="quiet"
        )
        add(section, element("h3", "Notes"), notes)
    return section


def _tell_left_out(section: ET.Element, count: int, what: str, where: str) -> None:
    if count > 0:
        add(section, element("p", f"truncated: {count} more {what}, see {where}", class_="quiet"))


def _card(counts: bool, *top: ET.Element) -> ET.Element:
    *badges, title = top
    return element(
        "div", element("div", *badges, class_="top"), title, class_="card counts" if counts else "card allowed"
    )


def _finding(
    number: int, judged: Judged, time_ns: int, record: RunRecord, evidence: Evidence, *, is_open: bool
) -> ET.Element:
    finding = judged.finding
    weight = badge("counts", "bad") if judged.counts else badge(f"does not count: {judged.because}", "warn")
    where = [finding.kind, *([finding.server] if finding.server else []), seconds(time_ns, record.started_ns)]
    card = _card(
        judged.counts,
        element("span", str(number), class_="number" if judged.counts else "number allowed"),
        outcome_badge(Outcome(finding.outcome)),
        weight,
        element("span", " · ".join(where), class_="quiet"),
        element("h3", finding.message),
    )
    card.set("id", f"finding-{number}")
    if finding.node_id and finding.node_id not in finding.message:
        add(card, element("div", "while ", element("span", finding.node_id, class_="mono"), " ran", class_="quiet"))
    if finding.details:
        add(card, folded("details", element("pre", _cut(short_paths(finding.details))), is_open=is_open))
    add(card, _excerpts(evidence, time_ns, finding.server))
    return card


def _flaky_case(case: CaseRecord, record: RunRecord) -> ET.Element:
    """A case that passed at a later attempt: no failure of the run, and no reason to overlook it."""
    card = _card(
        False,
        outcome_badge(Outcome.FLAKY),
        element("span", f"case · {seconds(case.finished_ns, record.started_ns)}", class_="quiet"),
        element("h3", case.case.node_id, class_="mono"),
    )
    add(card, element("div", describe_attempts(case)))
    return add(card, folded("failed attempts", element("pre", _cut(attempts_text(case.failed_attempts)))))


def _case(case: CaseRecord, record: RunRecord, evidence: Evidence, is_open: bool) -> ET.Element:
    finished = case.finished
    assert finished is not None
    card = _card(
        True,
        outcome_badge(Outcome(finished.outcome)),
        badge(finished.phase or "case", ""),
        element("span", f"case · {seconds(case.finished_ns, record.started_ns)}", class_="quiet"),
        element("h3", case.case.node_id, class_="mono"),
    )
    add(card, element("div", finished.message))
    if finished.text:
        add(card, folded("traceback", element("pre", _cut(finished.text)), is_open=is_open))
    if finished.captured_output:
        add(card, folded("captured output", element("pre", _cut(finished.captured_output))))
    return add(card, _excerpts(evidence, case.finished_ns, ""))


def _excerpts(evidence: Evidence, time_ns: int, server: str) -> ET.Element | None:
    """The logs near that moment; a dashed line stands where the moment is."""
    excerpts = evidence.excerpts.get(time_ns, [])
    if not excerpts:
        return None
    parts: list[ET.Element] = []
    for one in excerpts:
        title = element(
            "div", element("strong", one.server), " ", element("a", one.path, href=one.path), class_="quiet"
        )
        add(title, " " if one.excerpt.is_whole else " (truncated: the file has more) ")
        add(title, show_button(evidence, one.path, time_ns))
        lines, before = one.excerpt.lines, one.excerpt.before
        text = element("pre", "\n".join(lines[:before]), element("span", f"here: {what_of(one, server)}", class_="now"))
        parts += [title, add(text, "\n".join(lines[before:]))]
    names = len(excerpts)
    return folded(f"logs around this moment ({names} server{'s' if names > 1 else ''})", *parts)


def what_of(one: ServerExcerpt, server: str) -> str:
    """What the dashed line in an excerpt marks."""
    return f"the moment of this finding about {server}" if one.server == server else "that moment"


def _cut(text: str) -> str:
    """The whole text, or its two ends with a line between that says what is missing."""
    if len(text) <= _LONGEST_DETAILS:
        return text
    half = _LONGEST_DETAILS // 2
    left_out = len(text) - 2 * half
    return (
        f"{text[:half]}\n--- truncated: {left_out} characters are left out; results.json has them ---\n{text[-half:]}"
    )
