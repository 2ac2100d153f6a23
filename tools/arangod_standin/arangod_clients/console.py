"""What the tools print: lines in the form of ArangoDB's log on standard output, errors on standard error."""

from __future__ import annotations

import os
import sys
import threading
import time


class Console:
    """Prints for one tool; `topic` is what ArangoDB puts into braces."""

    def __init__(self, topic: str, *, quiet: bool = False) -> None:
        self._topic = topic
        self._quiet = quiet
        self._lock = threading.Lock()

    def _line(self, level: str, message_id: str, message: str) -> str:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return f"{now} [{os.getpid()}] {level} [{message_id}] {{{self._topic}}} {message}\n"

    def info(self, message_id: str, message: str) -> None:
        """Print an INFO line unless the tool is to be quiet."""
        if not self._quiet:
            with self._lock:
                sys.stdout.write(self._line("INFO", message_id, message))
                sys.stdout.flush()

    def warning(self, message_id: str, message: str) -> None:
        """Print a WARNING line."""
        with self._lock:
            sys.stderr.write(self._line("WARNING", message_id, message))

    def error(self, message_id: str, message: str) -> None:
        """Print an ERROR line."""
        with self._lock:
            sys.stderr.write(self._line("ERROR", message_id, message))

    def plain(self, message: str) -> None:
        """Print a line as it is."""
        if not self._quiet:
            with self._lock:
                sys.stdout.write(message + "\n")
                sys.stdout.flush()
