"""Measures how fast operations are recorded, and how much room they take.

    tools/bazel run //bench/lab:consistency_bench

Each operation is two lines, each written at once: a killed process loses none of them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from armadillo.workload.history import HistoryRecorder, read_history
from armadillo.workload.operation import OperationOutcome

OPERATIONS = 100_000
LIST_LENGTH = 30


def measure(folder: Path, operations: int = OPERATIONS) -> dict[str, float]:
    """Operations a second while recording; MB while open and when closed; seconds to close and to read again."""
    recorder = HistoryRecorder(str(folder / "history.jsonl"), "list_append")
    process = recorder.new_process()
    read = list(range(LIST_LENGTH))
    began_s = time.perf_counter()
    for number in range(operations):
        step = ["append", "list-1", number] if number % 2 else ["read", "list-1", None]
        operation = recorder.begin(process, "transaction", "", [step], "coordinator-1")
        result = [step] if number % 2 else [["read", "list-1", read]]
        recorder.end(operation, OperationOutcome.OK, result)
    recorded_s = time.perf_counter() - began_s
    open_bytes = os.path.getsize(recorder.path)
    began_s = time.perf_counter()
    recorder.close()
    closed_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    assert read_history(recorder.path).operations == recorder.history().operations
    return {
        "recorded_per_s": operations / recorded_s,
        "open_mb": open_bytes / 1e6,
        "closed_mb": os.path.getsize(recorder.path) / 1e6,
        "close_s": closed_s,
        "read_s": time.perf_counter() - began_s,
    }
