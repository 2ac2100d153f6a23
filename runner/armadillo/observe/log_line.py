"""Lines of an arangod log, text or JSON.

Text: ``2025-01-02T03:04:05Z [<pid>[-<tid>]] [R] LEVEL [<5 hex id>] {topic} message``; which parts are there depends on
the version and on ``--log.*`` options. JSON: one object a line (``--log.use-json-format``). Lines without a head
continue the one before them.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TEXT = re.compile(
    r"^(?P<time>\S+) \[(?P<pid>\d+)(?:-(?P<tid>\d+))?\] (?:(?P<role>[A-Z]) )?"
    r"(?P<level>FATAL|ERROR|WARNING|INFO|DEBUG|TRACE) (?:\[(?P<id>[0-9a-f]{5})\] )?"
    r"(?:\{(?P<topic>\w[\w-]*)\} )?(?P<message>.*)$"
)
LEVELS = ("FATAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE")


@dataclass(frozen=True)
class LogLine:
    """One entry; `message` holds its continuation lines, `number` is that of its first line, from 1."""

    number: int
    time: str
    level: str
    log_id: str
    topic: str
    message: str

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the epoch; 0 for a time stamp that cannot be read."""
        try:
            return int(datetime.datetime.fromisoformat(self.time).timestamp() * 1e9)
        except (ValueError, OverflowError):
            return 0

    def __str__(self) -> str:
        log_id = f" [{self.log_id}]" if self.log_id else ""
        topic = f" {{{self.topic}}}" if self.topic else ""
        return f"{self.level}{log_id}{topic} {self.message}"


def parse_log(lines: Iterable[str]) -> Iterator[LogLine]:
    """The entries of a log in their order; what stands before the first entry belongs to none and is left out."""
    head: LogLine | None = None
    rest: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        parsed = _json_line(number, text) if text.startswith("{") else _text_line(number, text)
        if parsed is None:
            rest.append(text)
            continue
        if head is not None:
            yield _with(head, rest)
        head, rest = parsed, []
    if head is not None:
        yield _with(head, rest)


def _with(head: LogLine, rest: list[str]) -> LogLine:
    if not rest:
        return head
    return LogLine(head.number, head.time, head.level, head.log_id, head.topic, "\n".join([head.message, *rest]))


def _text_line(number: int, line: str) -> LogLine | None:
    found = _TEXT.match(line)
    if found is None:
        return None
    return LogLine(
        number, found["time"], found["level"], found["id"] or "", found["topic"] or "general", found["message"]
    )


def _json_line(number: int, line: str) -> LogLine | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("level") not in LEVELS:
        return None
    texts = (str(fields.get(name, "")) for name in ("time", "level", "id", "topic", "message"))
    return LogLine(number, *texts)
