"""What the page and the timeline show of the files beside them: bounded pieces, read once."""

from __future__ import annotations

import glob
import itertools
import os
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from ..observe.log_excerpt import LogExcerpt, excerpt_around
from ..observe.log_line import LogLine
from ..observe.severe_lines import severe_lines
from ..results.artifact_caps import Cut
from ..results.judgement import SANITIZER_REPORT
from ..results.outputs_index import list_files
from ..results.run_record import IncarnationRecord, RunRecord
from .embedded_log import EmbeddedLog, LogSource, embed_logs

LOG_NAME = "arangod.log"
_MOST_SEVERE = 200
_MOST_INCIDENTS = 24
_OWN_LINES = (20, 10)
_OTHERS_LINES = (6, 6)
_MOST_LOGS = 12
_EMBEDDED = (LOG_NAME, "output.log")
_MOST_EMBEDDED = 200
_TEXT_BYTES = 128 * 1024
_ALL_TEXTS_BYTES = 2 * 1024 * 1024
_SHOWN_TEXTS = ("stacks.txt", "hang.txt", "sanitizer.")


class SevereLine(NamedTuple):
    """A FATAL or ERROR line and the server that logged it."""

    server: str
    line: LogLine


class ServerExcerpt(NamedTuple):
    """Lines of one server's log near a moment; `path` is relative to the outputs."""

    server: str
    path: str
    excerpt: LogExcerpt


class TextFile(NamedTuple):
    """The beginning of a text file, and how many bytes of it are not shown."""

    path: str
    text: str
    left_out_bytes: int


@dataclass(frozen=True)
class Evidence:
    """Pieces of the outputs; any of them may be missing."""

    severe: list[SevereLine] = field(default_factory=list)
    severe_left_out: list[str] = field(default_factory=list)
    """Paths of logs with more FATAL and ERROR lines than are shown."""
    moments_ns: list[int] = field(default_factory=list)
    """When each of the record's findings happened, as far as that is known."""
    excerpts: dict[int, list[ServerExcerpt]] = field(default_factory=dict)
    """By the time of an incident: a finding's moment, the end of a failed case."""
    texts: list[TextFile] = field(default_factory=list)
    logs: list[EmbeddedLog] = field(default_factory=list)
    logs_left_out: int = 0
    """How many logs the page does not have at all."""
    files: list[dict[str, Any]] = field(default_factory=list)
    """The entries of index.json."""


def gather(record: RunRecord, outputs_directory: str, cuts: list[Cut]) -> Evidence:
    """Reads what is shown. A file that cannot be read is left out: the page is no place to fail."""
    severe, left_out = _severe(record, outputs_directory)
    moments = [
        _moment(finding, time_ns, record, severe, outputs_directory)
        for finding, time_ns in zip(record.findings, record.finding_times_ns, strict=True)
    ]
    failed = [
        case.finished_ns
        for case in record.cases.values()
        if case.finished and not Outcome(case.finished.outcome).is_good
    ]
    servers = {time_ns: finding.server for finding, time_ns in zip(record.findings, moments, strict=True)}
    excerpts = {
        time_ns: _excerpts(record, outputs_directory, time_ns, servers.get(time_ns, ""))
        for time_ns in list(dict.fromkeys([*moments, *failed]))[:_MOST_INCIDENTS]
    }
    files = list_files(outputs_directory, cuts)
    sources = _log_sources(record, list(excerpts))
    return Evidence(
        severe=severe,
        severe_left_out=left_out,
        moments_ns=moments,
        excerpts=excerpts,
        texts=_texts(files, outputs_directory),
        logs=embed_logs(outputs_directory, sources[:_MOST_EMBEDDED]),
        logs_left_out=len(sources[_MOST_EMBEDDED:]),
        files=files,
    )


def _moment(
    finding: result_pb2.Finding, found_ns: int, record: RunRecord, severe: list[SevereLine], outputs_directory: str
) -> int:
    """When it happened, which may be long before it was found: a server's unasked end, a line in a log."""
    if finding.kind.startswith("log_"):
        for one in severe:
            if one.server == finding.server and finding.message.startswith(f"{one.server} logged {one.line}"):
                return one.line.time_ns or found_ns
    if finding.kind.startswith("server_"):
        # it may have run and ended again before the core of its death was read
        is_unasked = finding.kind in ("server_died", "server_start_failed")
        ends = [
            one.exited_ns
            for one in record.incarnations
            if one.started.server == finding.server and one.exited and 0 < one.exited_ns <= found_ns
            and (not is_unasked or not one.exited.expected)
        ]  # fmt: skip
        return ends[-1] if ends else found_ns
    if finding.kind == SANITIZER_REPORT:
        time_ns = _reported_ns(finding.server, record, outputs_directory) or found_ns
        case = record.cases.get(finding.node_id)  # it came in this case, whatever was written after it
        return min(time_ns, case.finished_ns) if case is not None and case.finished_ns else time_ns
    return found_ns


def _reported_ns(server: str, record: RunRecord, root: str) -> int:
    """When a sanitizer wrote last about a server while the run went on; 0 where that is not known."""
    times_ns = [
        os.stat(path).st_mtime_ns
        for one in record.incarnations
        if one.started.server == server and one.started.directory
        for path in glob.glob(os.path.join(glob.escape(os.path.join(root, one.started.directory)), "sanitizer.*"))
    ]
    return max((time_ns for time_ns in times_ns if record.started_ns <= time_ns <= record.last_ns), default=0)


def _severe(record: RunRecord, root: str) -> tuple[list[SevereLine], list[str]]:
    found: list[SevereLine] = []
    left_out = []
    for one in record.incarnations:
        path = os.path.join(one.started.directory, LOG_NAME)
        try:
            lines = list(itertools.islice(severe_lines(os.path.join(root, path)), _MOST_SEVERE + 1))
        except OSError:
            continue
        if len(lines) > _MOST_SEVERE:
            left_out.append(path)
        found += [SevereLine(one.started.server, line) for line in lines[:_MOST_SEVERE]]
    return found, left_out


def _excerpts(record: RunRecord, root: str, time_ns: int, server: str) -> list[ServerExcerpt]:
    """The server that is meant first and at length, then the others; each by the incarnation of that time."""
    at_that_time: dict[str, IncarnationRecord] = {}
    for one in record.incarnations:
        if one.started_ns <= time_ns:
            at_that_time[one.started.server] = one
    names = sorted(at_that_time, key=lambda name: name != server)[:_MOST_LOGS]
    found = []
    for name in names:
        path = os.path.join(at_that_time[name].started.directory, LOG_NAME)
        before, after = _OWN_LINES if name == server else _OTHERS_LINES
        excerpt = excerpt_around(os.path.join(root, path), time_ns, before, after)
        if excerpt is not None:
            found.append(ServerExcerpt(name, path, excerpt))
    return found


def _log_sources(record: RunRecord, moments_ns: list[int]) -> list[LogSource]:
    """Every server's own log, then what its processes wrote beside it."""
    found = []
    for name in _EMBEDDED:
        for one in record.incarnations:
            if one.started.directory:
                end_ns = one.exited_ns or record.last_ns
                inside = [time_ns for time_ns in moments_ns if one.started_ns <= time_ns <= end_ns]
                start = f", start {one.started.incarnation}" if one.started.incarnation > 1 else ""
                path = os.path.join(one.started.directory, name)
                found.append(LogSource(f"{one.started.server}{start}: {name}", path, inside))
    return found


def _texts(files: list[dict[str, Any]], root: str) -> list[TextFile]:
    found, left = [], _ALL_TEXTS_BYTES
    for entry in files:
        path = entry["path"]
        if not os.path.basename(path).startswith(_SHOWN_TEXTS) or not path.startswith(("servers/", "hang/")):
            continue
        try:
            with open(os.path.join(root, path), "rb") as file:
                content = file.read(min(_TEXT_BYTES, left))
        except OSError:
            continue
        left -= len(content)
        found.append(TextFile(path, content.decode("utf-8", "replace"), entry["size_bytes"] - len(content)))
    return found
