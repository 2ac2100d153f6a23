"""arangod's log: its line format, topics with levels, and the entries ``/_admin/log/entries`` shows.

Format (reference: RTA's and the starter's parsers): ``2025-01-02T03:04:05Z [pid-tid] R LEVEL [id] {topic} message``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque

from .config.options import EXIT_BAD_VALUE, OptionError
from .config.settings import Settings
from .log_output import make_outputs

LEVELS = ["FATAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE"]
_TOPIC_WORDS = (
    "agency agencycomm agencystore aql arangosearch audit-authentication audit-authorization audit-collection"
    " audit-database audit-document audit-hotbackup audit-service audit-view authentication authorization backup bench"
    " cache cluster communication config crash deprecation development dump engines flush general graphs heartbeat"
    " httpclient libiresearch license maintenance memory queries rep-state rep-wal replication replication2 requests"
    " restore rocksdb security ssl startup statistics supervision syscall threads trx ttl v8 validation views"
)
TOPICS = _TOPIC_WORDS.split()
ROLE_LETTERS = {"SINGLE": "S", "AGENT": "A", "PRIMARY": "P", "COORDINATOR": "C"}
_KEPT_ENTRIES = 2048


# not __file__: code from an archive has another path there
_THIS_FILE = (lambda: None).__code__.co_filename


def level_name(text: str) -> str | None:
    """Return the canonical level for a word of the command line or the API, None if there is no such level."""
    upper = text.strip().upper()
    upper = {"WARN": "WARNING", "ERR": "ERROR", "DEFAULT": "INFO"}.get(upper, upper)
    return upper if upper in LEVELS else None


def time_stamp(kind: str, now_s: float, started_s: float) -> str:
    """Return a time as ``--log.time-format`` asks for."""
    base, _, fraction = kind.rpartition("-") if kind.endswith(("-millis", "-micros")) else (kind, "", "")
    digits = {"millis": 3, "micros": 6}.get(fraction, 0)
    if base in ("uptime", "timestamp"):
        value = now_s - started_s if base == "uptime" else now_s
        return f"{int(value * 10**digits) / 10**digits:.{digits}f}" if digits else str(int(value))
    local = base == "local-datestring"
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(now_s) if local else time.gmtime(now_s))
    part = f".{int(now_s % 1 * 10**digits):0{digits}d}" if digits else ""
    return f"{seconds}{part}" if local else f"{seconds}{part}Z"


class Logger:
    """Writes log lines of one process to its outputs and keeps the newest ones for the API."""

    def __init__(self, settings: Settings) -> None:
        self.role_letter = ROLE_LETTERS.get(settings.role, "U")
        self._ids = settings.boolean("log.ids", True)
        self._process = settings.boolean("log.process", True)
        self._thread = settings.boolean("log.thread", True)
        self._thread_name = settings.boolean("log.thread-name", False)
        self._role = settings.boolean("log.role", False)
        self._line_number = settings.boolean("log.line-number", False)
        self._json = settings.boolean("log.use-json-format", False)
        self._hostname = settings.string("log.hostname", "")
        self._prefix = settings.string("log.prefix", "")
        self._time_format = settings.string("log.time-format", "utc-datestring-micros")
        self._max_length = settings.integer("log.max-entry-length", 128 << 20)
        self._keeps = settings.boolean("log.in-memory", True)
        self._kept_level = level_name(settings.string("log.in-memory-level", "info")) or "INFO"
        self._started_s = time.time()
        self.levels = dict.fromkeys(TOPICS, "INFO")
        self.entries: deque[tuple[int, float, str, str, str]] = deque(maxlen=_KEPT_ENTRIES)
        self._next_entry = 0
        unknown = [text for text in settings.strings("log.level", []) if not self._take_level(text)]
        definitions = [*settings.strings("log.output", []), *settings.strings("log", [])]
        file = settings.string("log.file", "")
        mode = settings.string("log.file-mode", "") or "640"
        if mode.strip("01234567"):
            raise OptionError(f"invalid value '{mode}' for --log.file-mode: expected octal digits", EXIT_BAD_VALUE)
        self._outputs = make_outputs([*definitions, file], TOPICS, int(mode, 8))
        self._own_topics = {output.topic for output in self._outputs if output.topic}
        for output in self._outputs:
            output.open()
        for text in unknown:
            self.warning("2c0c7", "general", f"strange topic in --log.level '{text}'; it is ignored")

    def _take_level(self, text: str) -> bool:
        """Set a level as ``--log.level`` says; false if it names an unknown topic. Raises OptionError."""
        topic, separator, word = text.rpartition("=")
        level = level_name(word)
        if level is None:
            raise OptionError(f"invalid value '{text}' for --log.level: expected LEVEL or TOPIC=LEVEL", EXIT_BAD_VALUE)
        topic = topic.strip() if separator else "general"
        if topic == "all":
            self.levels = dict.fromkeys(self.levels, level)
        elif topic in self.levels:
            self.levels[topic] = level
        return topic == "all" or topic in self.levels

    def reopen(self) -> None:
        """Close and open the log files again (SIGHUP after a rotation)."""
        for output in self._outputs:
            output.close()
            output.open()
        self.info("00000", "general", "log file reopened")

    def enabled(self, topic: str, level: str) -> bool:
        """Say whether a line of this topic and level is written."""
        return LEVELS.index(level) <= LEVELS.index(self.levels.get(topic, self.levels["general"]))

    def log(self, level: str, log_id: str, topic: str, message: str) -> None:
        """Write one line if the topic's level lets it through."""
        if not self.enabled(topic, level):
            return
        now = time.time()
        if len(message) > self._max_length:
            message = message[: self._max_length] + "..."
        if self._keeps and LEVELS.index(level) <= LEVELS.index(self._kept_level):
            self.entries.append((self._next_entry, now, level, topic, message))
            self._next_entry += 1
        data = self._format(now, level, log_id, topic, message).encode("utf-8", "replace")
        wanted = topic if topic in self._own_topics else ""
        for output in self._outputs:
            if output.topic == wanted and self._takes(output.levels, topic, level):
                output.write(data)

    @staticmethod
    def _takes(levels: dict[str, str], topic: str, level: str) -> bool:
        bound = levels.get(topic, levels.get("all")) if levels else None
        return bound not in LEVELS or LEVELS.index(level) <= LEVELS.index(str(bound))

    def _format(self, now: float, level: str, log_id: str, topic: str, message: str) -> str:
        stamp = time_stamp(self._time_format, now, self._started_s)
        caller = self._caller() if self._line_number else ("", "", 0)
        if self._json:
            record = {
                "time": float(stamp) if self._time_format.startswith(("uptime", "timestamp")) else stamp,
                **({"prefix": self._prefix} if self._prefix else {}),
                **({"pid": os.getpid()} if self._process else {}),
                **({"tid": threading.get_native_id()} if self._thread else {}),
                **({"thread": threading.current_thread().name} if self._thread_name else {}),
                "role": self.role_letter,
                "level": level,
                **({"file": caller[1], "line": caller[2], "function": caller[0]} if self._line_number else {}),
                "topic": topic,
                **({"id": log_id} if self._ids else {}),
                **({"hostname": self._hostname} if self._hostname else {}),
                "message": message,
            }
            return json.dumps(record) + "\n"
        parts = [self._hostname] if self._hostname else []
        parts.append(stamp)
        if self._prefix:
            parts.append(self._prefix)
        who = [str(os.getpid())] if self._process else []
        who += [str(threading.get_native_id())] if self._thread else []
        who += [threading.current_thread().name] if self._thread_name else []
        if who:
            parts.append(f"[{'-'.join(who)}]")
        if self._role:
            parts.append(self.role_letter)
        parts.append(level)
        if self._line_number:
            parts.append(f"[{caller[0]}@{caller[1]}:{caller[2]}]")
        if self._ids:
            parts.append(f"[{log_id}]")
        parts.append(f"{{{topic}}}")
        return " ".join(parts) + " " + message.replace("\n", "\\n") + "\n"

    @staticmethod
    def _caller() -> tuple[str, str, int]:
        """Return function, file and line of the code that logs: the nearest frame outside this file."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename == _THIS_FILE:
            frame = frame.f_back
        return frame.f_code.co_name, os.path.basename(frame.f_code.co_filename), frame.f_lineno

    def fatal(self, log_id: str, topic: str, message: str) -> None:
        """Write a FATAL line."""
        self.log("FATAL", log_id, topic, message)

    def error(self, log_id: str, topic: str, message: str) -> None:
        """Write an ERROR line."""
        self.log("ERROR", log_id, topic, message)

    def warning(self, log_id: str, topic: str, message: str) -> None:
        """Write a WARNING line."""
        self.log("WARNING", log_id, topic, message)

    def info(self, log_id: str, topic: str, message: str) -> None:
        """Write an INFO line."""
        self.log("INFO", log_id, topic, message)

    def debug(self, log_id: str, topic: str, message: str) -> None:
        """Write a DEBUG line."""
        self.log("DEBUG", log_id, topic, message)
