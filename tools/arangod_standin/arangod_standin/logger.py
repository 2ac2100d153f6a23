"""arangod's log: its line format, topics with levels, outputs, and the entries ``/_admin/log/entries`` shows.

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

LEVELS = ["FATAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE"]
_TOPIC_WORDS = (
    "agency agencycomm agencystore aql authentication authorization backup bench cache cluster communication config"
    " crash development engines general graphs heartbeat httpclient license maintenance memory queries replication"
    " requests restore rocksdb security ssl startup statistics supervision syscall threads trx ttl validation views"
)
TOPICS = _TOPIC_WORDS.split()
ROLE_LETTERS = {"SINGLE": "S", "AGENT": "A", "PRIMARY": "P", "COORDINATOR": "C"}
_KEPT_ENTRIES = 2048


def level_name(text: str) -> str | None:
    """Return the canonical level for a word of the command line or the API, None if there is no such level."""
    upper = text.strip().upper()
    upper = {"WARN": "WARNING", "ERR": "ERROR", "DEFAULT": "INFO"}.get(upper, upper)
    return upper if upper in LEVELS else None


class Logger:
    """Writes log lines of one process to its outputs and keeps the newest ones for the API."""

    def __init__(self, settings: Settings) -> None:
        self.role_letter = ROLE_LETTERS.get(settings.role, "U")
        self._ids = settings.boolean("log.ids", True)
        self._process = settings.boolean("log.process", True)
        self._thread = settings.boolean("log.thread", True)
        self._role = settings.boolean("log.role", False)
        self._json = settings.boolean("log.use-json-format", False)
        self._micros = settings.string("log.time-format", "utc-datestring-micros") != "utc-datestring"
        self.general_level = "INFO"
        self.levels = dict.fromkeys(TOPICS, "INFO")
        self.entries: deque[tuple[int, float, str, str, str]] = deque(maxlen=_KEPT_ENTRIES)
        self._next_entry = 0
        self._structured: dict[str, bool] = {}
        for text in settings.strings("log.level", []):
            self._take_level(text)
        self._outputs = self._make_outputs(settings)
        self._files: dict[str, int] = {}
        self._open_files()

    def _take_level(self, text: str) -> None:
        topic, separator, word = text.rpartition("=")
        level = level_name(word)
        if level is None or (separator and topic != "all" and topic not in self.levels):
            raise OptionError(f"invalid value '{text}' for --log.level: expected LEVEL or TOPIC=LEVEL", EXIT_BAD_VALUE)
        if not separator:
            self.general_level = level
        if not separator or topic == "all":
            self.levels = dict.fromkeys(self.levels, level)
        else:
            self.levels[topic] = level

    def _make_outputs(self, settings: Settings) -> list[str]:
        outputs = []
        for definition in [*settings.strings("log.output", []), settings.string("log.file", "")]:
            name = definition.split(";")[0]
            head, separator, rest = name.partition("=")
            if separator and not head.startswith("file:"):
                name = rest
            if name and not name.startswith(("file://", "-", "+")):
                name = f"file://{name}"
            if name and name not in outputs:
                outputs.append(name)
        return outputs or ["-"]

    def _open_files(self) -> None:
        for output in self._outputs:
            if output.startswith("file://"):
                path = output[7:].replace("$PID", str(os.getpid())).replace("@PID", str(os.getpid()))
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                try:
                    self._files[output] = os.open(path, flags, 0o640)
                except OSError as error:
                    sys.stderr.write(f"cannot write to log file '{path}': {error.strerror}; its folder must exist\n")

    def reopen(self) -> None:
        """Close and open the log files again (SIGHUP after a rotation)."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()
        self._open_files()
        self.info("00000", "general", "log file reopened")

    def enabled(self, topic: str, level: str) -> bool:
        """Say whether a line of this topic and level is written."""
        return LEVELS.index(level) <= LEVELS.index(self.levels.get(topic, self.general_level))

    def log(self, level: str, log_id: str, topic: str, message: str) -> None:
        """Write one line if the topic's level lets it through."""
        if not self.enabled(topic, level):
            return
        now = time.time()
        self.entries.append((self._next_entry, now, level, topic, message))
        self._next_entry += 1
        data = self._format(now, level, log_id, topic, message).encode("utf-8", "replace")
        for output in self._outputs:
            descriptor = {"-": 1, "+": 2}.get(output, self._files.get(output))
            if descriptor is not None:
                self._write(descriptor, data)

    @staticmethod
    def _write(descriptor: int, data: bytes) -> None:
        try:
            os.write(descriptor, data)
        except OSError:
            # a full disk or a closed pipe must not stop the server; arangod loses the line as well
            return

    def _format(self, now: float, level: str, log_id: str, topic: str, message: str) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        stamp = f"{seconds}.{int(now % 1 * 1_000_000):06d}Z" if self._micros else f"{seconds}Z"
        if self._json:
            record = {"time": stamp, "pid": os.getpid(), "tid": threading.get_native_id(), "role": self.role_letter,
                      "level": level, "topic": topic, "id": log_id, "message": message}  # fmt: skip
            return json.dumps(record) + "\n"
        parts = [stamp]
        if self._process:
            tid = f"-{threading.get_native_id()}" if self._thread else ""
            parts.append(f"[{os.getpid()}{tid}]")
        if self._role:
            parts.append(self.role_letter)
        parts.append(level)
        if self._ids:
            parts.append(f"[{log_id}]")
        parts.append(f"{{{topic}}}")
        return " ".join(parts) + " " + message.replace("\n", "\\n") + "\n"

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
