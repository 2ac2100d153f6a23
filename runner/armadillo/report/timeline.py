"""Everything that happened, in the order of time: servers, faults, cases, requests, findings, severe log lines."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from ..model.outcome import Outcome
from ..results.fault_record import FaultRecord, phase_name
from ..results.flakiness import describe_attempts
from ..results.judgement import judge
from ..results.run_record import IncarnationRecord, RunRecord
from .entry import Entry
from .evidence import Evidence, SevereLine
from .request_entries import left_out, request_entries

_MOST_ENTRIES = 20_000
_LONGEST_TEXT = 400
_LONGEST_NAME = 24


def merged_timeline(record: RunRecord, evidence: Evidence) -> list[Entry]:
    """All entries by time. Log lines carry whole seconds by default, so they may stand up to a second too early."""
    parts: tuple[Iterable[Entry], ...] = (
        _run(record),
        (Entry(time_ns, "runner", "run", text) for time_ns, text in record.routine),
        (entry for one in record.incarnations for entry in _server(one)),
        _cases(record),
        (entry for fault in record.faults.values() for entry in _fault(fault)),
        _findings(record, evidence),
        _logged(evidence.severe),
    )
    others = sorted((entry for part in parts for entry in part), key=lambda entry: entry.time_ns)
    requests = request_entries(record, [entry.time_ns for entry in others])
    return sorted([*others, *requests], key=lambda entry: entry.time_ns)[:_MOST_ENTRIES]


def timeline_text(record: RunRecord, evidence: Evidence) -> str:
    """The timeline as a file: seconds since the begin, who, kind, text."""
    began = datetime.datetime.fromtimestamp(record.started_ns / 1e9, datetime.UTC).isoformat(timespec="milliseconds")
    entries = merged_timeline(record, evidence)
    width = max((len(entry.who) for entry in entries), default=0)
    lines = [f"# {record.started.target}, seconds since {began}"]
    lines += [
        f"{(entry.time_ns - record.started_ns) / 1e9:+10.3f}  {entry.who:<{width}}  {entry.kind:<8}  "
        f"{one_line(entry.text)}"
        for entry in entries
    ]
    lines += [f"# truncated: {text}" for text in left_out(record)]
    lines += [f"# truncated: {path} has more FATAL and ERROR lines" for path in evidence.severe_left_out]
    if len(entries) == _MOST_ENTRIES:
        lines.append(f"# truncated after {_MOST_ENTRIES} entries; events.binpb has all of them")
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """A text without ends of lines, of bearable length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_TEXT else f"{flat[:_LONGEST_TEXT]} ..."


def _run(record: RunRecord) -> Iterator[Entry]:
    yield Entry(record.started_ns, "runner", "run", "begins")
    if record.finished is not None:
        outcome = Outcome(record.finished.outcome).name.lower()
        headline = f": {record.finished.headline}" if record.finished.headline else ""
        yield Entry(record.last_ns, "runner", "run", f"{outcome}{headline}")


def _server(one: IncarnationRecord) -> Iterator[Entry]:
    name, number = one.started.server, one.started.incarnation
    again = f" (start {number})" if number > 1 else ""
    yield Entry(one.started_ns, name, "server", f"starts{again}, pid {one.started.pid}, {one.started.endpoint}")
    if one.ready_ns:
        yield Entry(one.ready_ns, name, "server", f"is ready after {(one.ready_ns - one.started_ns) / 1e9:.3f} s")
    for begin_ns, end_ns in one.suspensions:
        yield Entry(begin_ns, name, "fault", "is suspended")
        if end_ns:
            yield Entry(end_ns, name, "fault", f"goes on after {(end_ns - begin_ns) / 1e9:.3f} s")
    if one.stopping is not None:
        yield Entry(one.stopping_ns, name, "server", f"is told to stop by the {one.stopping.message}")
    if one.exited is not None:
        yield Entry(one.exited_ns, name, "server" if one.exited.expected else "incident", f"ended: {end_of(one)}")


def end_of(one: IncarnationRecord) -> str:
    """How an incarnation ended, in words; "" while it lives."""
    exited = one.exited
    if exited is None:
        return ""
    how = f"signal {exited.signal}" if exited.signal else f"exit code {exited.exit_code}"
    if exited.expected:
        return f"{how}, asked for by the {exited.message}" if exited.message in ("test", "runner") else (
            f"{how}, {exited.message}"
        )  # fmt: skip
    return f"unasked, {exited.message or how}"


def _fault(fault: FaultRecord) -> Iterator[Entry]:
    who = ",".join(fault.servers) or "fault"
    for number, (time_ns, step) in enumerate(fault.steps):
        told = [f"{step.fault_id} {phase_name(step.phase)}"]
        if number == 0:
            told.append(fault.description)
            if step.asked_for:
                told.append(f"asked for: {step.asked_for}")
        if step.message:
            told.append(step.message)
        yield Entry(
            time_ns, who if len(who) <= _LONGEST_NAME else f"{len(fault.servers)} servers", "fault", ": ".join(told)
        )


def _cases(record: RunRecord) -> Iterator[Entry]:
    for node_id, case in record.cases.items():
        if not case.started_ns:
            continue
        if case.finished is None:
            yield Entry(case.started_ns, "case", "case", f"{node_id} begins and does not end")
            continue
        outcome = Outcome(case.finished.outcome)
        name = outcome.name.lower()
        if outcome.is_good:
            told = describe_attempts(case) or f"{case.finished.duration_s:.3f} s"
            yield Entry(case.started_ns, "case", "case", f"{node_id} {name}, {told}")
        else:
            yield Entry(case.started_ns, "case", "case", f"{node_id} begins")
            yield Entry(case.finished_ns, "case", "incident", f"{node_id} {name}: {case.finished.message}")


def _findings(record: RunRecord, evidence: Evidence) -> Iterator[Entry]:
    for judged, time_ns in zip(judge(record).judged, evidence.moments_ns or record.finding_times_ns, strict=True):
        weight = "" if judged.counts else f" (does not count: {judged.because})"
        yield Entry(time_ns, judged.finding.server or "runner", "finding", f"{judged.finding.message}{weight}")


def _logged(severe: Iterable[SevereLine]) -> Iterator[Entry]:
    for one in severe:
        if one.line.time_ns:
            yield Entry(one.line.time_ns, one.server, "log", f"line {one.line.number}: {one.line}")
