"""`results.json`: the run for programs, with what JUnit's XML has no place for."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from ..model.outcome import Outcome
from .judgement import Judged, judge
from .junit_xml import case_counts
from .run_record import CaseRecord, IncarnationRecord, RunRecord

SCHEMA_VERSION = 1


def render_results(record: RunRecord) -> str:
    """The document as text; times are nanoseconds since the epoch, durations seconds."""
    return json.dumps(results(record), indent=2, ensure_ascii=False) + "\n"


def results(record: RunRecord) -> dict[str, Any]:
    """The document as a dictionary; `schema_version` changes only when a field changes its meaning."""
    finished = record.finished
    judgement = judge(record)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": _message(record.started),
        "started_unix_ns": record.started_ns,
        "duration_s": round((record.last_ns - record.started_ns) / 1e9, 3),
        "outcome": Outcome(finished.outcome).name.lower() if finished else "unfinished",
        "headline": finished.headline if finished else "",
        "exit_code": finished.exit_code if finished else None,
        "counts": case_counts(record),
        "cases": [_case(case) for case in record.cases.values()],
        "collection_errors": [_message(error) for error in record.collection_errors],
        "findings": [_finding(one) for one in judgement.judged],
        "unused_allowances": judgement.unused,
        "notes": record.notes,
        "servers": [_incarnation(incarnation) for incarnation in record.incarnations],
        "resources": _resources(record),
        "test_process": _message(record.test_process) if record.test_process else None,
    }


def _resources(record: RunRecord) -> dict[str, Any]:
    """What each process used in the run, all its incarnations together, and what went over the network meanwhile."""
    processes = {
        name: {
            "cpu_s": round(totals.cpu_s, 3),
            "max_cpu_share": round(totals.max_cpu_share, 3),
            "max_rss_bytes": totals.max_rss_bytes,
            "max_threads": totals.max_threads,
            "max_open_files": totals.max_open_files,
            "read_bytes": totals.read_bytes,
            "written_bytes": totals.written_bytes,
            "sample_count": totals.sample_count,
        }
        for name, totals in record.resources.totals.items()
    }
    networks = {
        name: {
            field.name: getattr(last, field.name) - getattr(first, field.name)
            for field in last.DESCRIPTOR.fields
            if field.name != "interface"
        }
        for name, (first, last) in record.resources.networks.items()
    }
    return {"processes": processes, "networks": networks}


def _message(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return data


def _finding(judged: Judged) -> dict[str, Any]:
    outcome = Outcome(judged.finding.outcome).name.lower()
    return {**_message(judged.finding), "outcome": outcome, "counts": judged.counts, "because": judged.because}


def _case(record: CaseRecord) -> dict[str, Any]:
    finished = record.finished
    data = {**_message(record.case), "started_unix_ns": record.started_ns, "outcome": "unfinished"}
    if finished:
        data.update(_message(finished))
        data["outcome"] = Outcome(finished.outcome).name.lower()
    if record.failed_attempts:
        data["failed_attempts"] = [_message(attempt) for attempt in record.failed_attempts]
    return data


def _incarnation(record: IncarnationRecord) -> dict[str, Any]:
    started, exited = record.started, record.exited
    return {
        "server": started.server,
        "role": _message(started).get("role", ""),
        "incarnation": started.incarnation,
        "pid": started.pid,
        "endpoint": started.endpoint,
        "directory": started.directory,
        "started_unix_ns": record.started_ns,
        "ready_unix_ns": record.ready_ns or None,
        "exited_unix_ns": record.exited_ns or None,
        "exit_code": exited.exit_code if exited and not exited.signal else None,
        "signal": exited.signal if exited and exited.signal else None,
        "expected": exited.expected if exited else None,
        "message": exited.message if exited else "",
    }
