"""A history: the operations of all clients in the order in which they began, and the file that keeps them.

The file has one JSON value a line: a header, then an array for each beginning (`["b", index, process, time_ns, kind,
key, value, through]`) and each end (`["e", index, time_ns, outcome, result, error]`) of an operation. Every line is
written at once by one call, before the request is sent: whatever kills the test process, all that was under way is
in the file, and counts as unknown. Closing compresses the file (gzip); `read_history` reads both forms.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import ArmadilloError
from .operation import Operation, OperationOutcome

FORMAT = "armadillo-history"
_COMPRESSED = ".gz"
_NS_PER_S = 1_000_000_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class History:
    """Operations in the order of their beginnings; `started_ns` is the zero of the times that people are told."""

    workload: str
    operations: tuple[Operation, ...]
    started_ns: int = 0
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def only(self, operations: Iterable[Operation]) -> History:
        """The same history with these operations alone."""
        return replace(self, operations=tuple(sorted(operations, key=lambda one: one.index)))

    def second(self, time_ns: int | None) -> str:
        """A time in seconds since the history began: "3.214 s"."""
        return "never" if time_ns is None else f"{(time_ns - self.started_ns) / _NS_PER_S:.3f} s"

    def counts(self) -> dict[str, int]:
        """How many operations ended in which way."""
        found = {outcome.value: 0 for outcome in OperationOutcome}
        for operation in self.operations:
            found[operation.outcome.value] += 1
        return found


class HistoryRecorder:
    """Keeps the operations of one load in memory and in a file; `close` is idempotent.

    Belongs to one event loop. `acknowledged` counts operations, `last_error` is the newest refusal or doubt. Raises
    OSError when the file cannot be written: a history with holes proves nothing.
    """

    def __init__(
        self, path: str, workload: str, *, seed: int = 0, settings: Mapping[str, Any] | None = None, process: int = 0
    ) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        self.path = path
        self._workload = workload
        self._seed = seed
        self._settings = dict(settings or {})
        self._started_ns = time.monotonic_ns()
        self._operations: list[Operation] = []
        self._next_process = process
        self.acknowledged = 0
        self.last_error = ""
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by close()
        header = {
            "format": FORMAT,
            "version": 1,
            "workload": workload,
            "seed": seed,
            "settings": self._settings,
            "started_ns": self._started_ns,
        }
        self._write(_encode(header))

    def new_process(self) -> int:
        """A number that no client had before."""
        self._next_process += 1
        return self._next_process

    def begin(self, process: int, kind: str, key: str, value: Any, through: str = "") -> Operation:
        """Records that a request is about to be sent."""
        now_ns = time.monotonic_ns()
        operation = Operation(len(self._operations), process, kind, key, value, through, now_ns)
        self._write(_encode(["b", operation.index, process, now_ns, kind, key, value, through]))
        self._operations.append(operation)
        return operation

    def end(self, operation: Operation, outcome: OperationOutcome, result: Any = None, error: str = "") -> None:
        """Records what came of it."""
        operation.completed_ns = now_ns = time.monotonic_ns()
        operation.outcome, operation.result, operation.error = outcome, result, error
        self.acknowledged += outcome is OperationOutcome.OK
        self.last_error = error or self.last_error
        self._write(_encode(["e", operation.index, now_ns, outcome, result, error]))

    def history(self) -> History:
        """What is recorded by now."""
        return History(self._workload, tuple(self._operations), self._started_ns, self._seed, self._settings)

    def close(self) -> None:
        """Closes the file and compresses it; where there is no room for that, it stays as it is."""
        if self._file.closed:
            return
        self._file.close()
        packed = self.path + _COMPRESSED
        try:
            with open(self.path, "rb") as plain, gzip.open(packed, "wb", compresslevel=3) as target:
                shutil.copyfileobj(plain, target)
        except OSError:
            with suppress(OSError):
                os.unlink(packed)
            return
        os.unlink(self.path)
        self.path = packed

    def _write(self, text: str) -> None:
        rest = memoryview((text + "\n").encode("utf-8", "surrogatepass"))
        while rest:
            rest = rest[self._file.write(rest) :]


def read_history(path: str) -> History:
    """Reads a history; whatever the end of the file looks like, all whole lines before it count.

    Raises `ArmadilloError` for a file that is no history.
    """
    lines = _lines(path)
    header = next(lines, None)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ArmadilloError(f"expected a history of Armadillo in {path}, found another file")
    operations: dict[int, Operation] = {}
    for line in lines:
        if not _take(line, operations):
            break
    settings = header.get("settings") or {}
    return History(
        header["workload"], tuple(operations.values()), header["started_ns"], header.get("seed", 0), settings
    )


def _take(line: Any, operations: dict[int, Operation]) -> bool:
    match line:
        case ["b", int(index), int(process), int(time_ns), str(kind), str(key), value, str(through)]:
            operations[index] = Operation(index, process, kind, key, value, through, time_ns)
            return True
        case ["e", int(index), int(time_ns), str(outcome), result, str(error)] if index in operations:
            ended = operations[index]
            ended.completed_ns, ended.outcome = time_ns, OperationOutcome(outcome)
            ended.result, ended.error = result, error
            return True
    return False


def _lines(path: str) -> Iterator[Any]:
    opened: Any = gzip.open if path.endswith(_COMPRESSED) else open
    with opened(path, "rb") as file:
        while True:
            try:
                line = file.readline()
                if not line.endswith(b"\n"):
                    return  # the writer was killed in the middle, or the end of the file
                yield json.loads(line)
            except (OSError, EOFError, ValueError):
                return
