"""Where log lines go: ``--log.output`` and ``--log.file``.

A definition is ``[TOPIC=]TARGET[;TOPIC=LEVEL...]``; the target is ``-`` (standard output), ``+`` (standard error) or
``file://PATH``. Lines of a topic that has outputs of its own go there alone (documentation: ``--log.output``).
"""

from __future__ import annotations

import os
import sys


class LogOutput:
    """One target. `topic` is empty for an output of all topics; `levels` bound what it takes, by topic or ``all``."""

    def __init__(self, target: str, topic: str, levels: dict[str, str], mode: int) -> None:
        self.target = target
        self.topic = topic
        self.levels = levels
        self._mode = mode
        self._descriptor = -1

    def open(self) -> None:
        """Open the target; a file that cannot be opened is told to standard error and goes without lines."""
        if self.target in ("-", "+"):
            self._descriptor = 1 if self.target == "-" else 2
            return
        pid = str(os.getpid())
        path = self.target[7:].replace("$PID", pid).replace("@PID", pid)
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, self._mode)
        except OSError as error:
            sys.stderr.write(f"cannot write to log file '{path}': {error.strerror}; its folder must exist\n")

    def close(self) -> None:
        """Close the file."""
        if self._descriptor > 2:
            os.close(self._descriptor)
        self._descriptor = -1

    def write(self, data: bytes) -> None:
        """Write whole lines; what cannot be written is lost, as in arangod: a full disk must not stop the server."""
        if self._descriptor < 0:
            return
        try:
            os.write(self._descriptor, data)
        except OSError:
            return


def parse_output(definition: str, topics: list[str], mode: int) -> LogOutput | None:
    """Return the output of a definition, None for an empty one."""
    target, *filters = definition.split(";")
    head, separator, rest = target.partition("=")
    topic = ""
    if separator and head in topics:
        topic, target = head, rest
    if not target:
        return None
    if target not in ("-", "+") and not target.startswith("file://"):
        target = f"file://{target}"
    levels = {}
    for text in filters:
        name, _, level = text.partition("=")
        levels[name.strip()] = level.strip().upper()
    return LogOutput(target, topic, levels, mode)


def make_outputs(definitions: list[str], topics: list[str], mode: int) -> list[LogOutput]:
    """Return the outputs of all definitions, each target and topic once; standard output when there is none."""
    outputs: list[LogOutput] = []
    for definition in definitions:
        made = parse_output(definition, topics, mode)
        if made is not None and all((made.target, made.topic) != (old.target, old.topic) for old in outputs):
            outputs.append(made)
    return outputs or [LogOutput("-", "", {}, mode)]
