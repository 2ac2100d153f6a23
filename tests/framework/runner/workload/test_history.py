"""The history file: readable whatever ends the process that writes it."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.arangodb.transport import NotSentError
from armadillo.errors import ArmadilloError, arango_error
from armadillo.workload.history import History, HistoryRecorder, read_history
from armadillo.workload.operation import Operation, OperationOutcome
from armadillo.workload.outcomes import outcome_of

OK, FAIL, UNKNOWN = OperationOutcome.OK, OperationOutcome.FAIL, OperationOutcome.UNKNOWN


def recorded(path: Path) -> tuple[HistoryRecorder, History]:
    """A small history with one operation of each outcome, and one that is under way."""
    recorder = HistoryRecorder(str(path), "register", seed=7, settings={"keys": 1})
    process = recorder.new_process()
    for number, outcome in enumerate((OK, FAIL, UNKNOWN)):
        operation = recorder.begin(process, "write", "ключ", number, "coordinator-1")
        recorder.end(operation, outcome, None, "" if outcome is OK else "503/0 why")
    recorder.begin(process, "read", "ключ", None)
    return recorder, recorder.history()


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    """Open and closed, plain and compressed: the same history."""
    recorder, history = recorded(tmp_path / "a" / "h.jsonl")
    assert read_history(recorder.path) == history
    recorder.close()
    recorder.close()
    assert recorder.path.endswith(".jsonl.gz")
    assert os.listdir(tmp_path / "a") == ["h.jsonl.gz"]
    assert read_history(recorder.path) == history
    assert history.counts() == {"ok": 1, "fail": 1, "unknown": 2}


def test_every_torn_end_is_readable(tmp_path: Path) -> None:
    """Cut anywhere, the file holds all whole lines before the cut, and what has no end is unknown."""
    recorder, history = recorded(tmp_path / "h.jsonl")
    data = Path(recorder.path).read_bytes()
    header = data.index(b"\n") + 1
    torn = tmp_path / "torn.jsonl"
    for length in range(header, len(data)):
        torn.write_bytes(data[:length])
        found = read_history(str(torn))
        assert len(found.operations) <= len(history.operations)
        for one, whole in zip(found.operations, history.operations, strict=False):
            assert one == whole or (one.is_unknown and one.completed_ns is None)


def test_a_damaged_end_is_left_out(tmp_path: Path) -> None:
    """Zeros, and the torn end of a compressed file, end the history and nothing else."""
    recorder, _ = recorded(tmp_path / "h.jsonl")
    data = Path(recorder.path).read_bytes()
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(data + b"\0" * 100 + b"\n")
    assert len(read_history(str(bad)).operations) == 4
    packed = tmp_path / "bad.jsonl.gz"
    packed.write_bytes(gzip.compress(data)[:-9])
    assert len(read_history(str(packed)).operations) <= 4


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that is no history is an error, and not an empty history."""
    (tmp_path / "x").write_text("{}\n")
    with pytest.raises(ArmadilloError, match="expected a history of Armadillo"):
        read_history(str(tmp_path / "x"))


def test_a_killed_process_leaves_all_that_it_had_begun(tmp_path: Path) -> None:
    """SIGKILL right after a request was begun: the file has it."""
    code = (
        "import os, signal, sys\n"
        "from armadillo.workload.history import HistoryRecorder\n"
        "recorder = HistoryRecorder(sys.argv[1], 'set')\n"
        "for number in range(100): recorder.begin(1, 'add', '', number)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = str(tmp_path / "h.jsonl")
    env = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code, path], env=env, check=False).returncode == -signal.SIGKILL
    assert [one.value for one in read_history(path).operations] == list(range(100))


@pytest.mark.parametrize(
    ("status", "number", "outcome"),
    [
        (409, 1200, FAIL),
        (409, 1210, FAIL),
        (412, 1200, FAIL),
        (404, 1202, FAIL),
        (400, 1501, FAIL),
        (409, 1447, UNKNOWN),
        (403, 1004, UNKNOWN),
        (503, 1465, UNKNOWN),
        (500, 4, UNKNOWN),
        (410, 1654, UNKNOWN),
        (0, 0, UNKNOWN),
    ],
)
def test_an_error_is_a_refusal_or_a_doubt(status: int, number: int, outcome: OperationOutcome) -> None:
    """Only what certainly had no effect counts as failed."""
    assert outcome_of(arango_error(status, number, "", "")) is outcome


def test_what_was_never_sent_has_failed() -> None:
    """Where no connection could be made nothing has happened."""
    assert outcome_of(NotSentError(0, 0, "", "")) is FAIL


def test_an_operation_without_an_end_is_in_doubt() -> None:
    """The default of an operation is what is known of it before an answer: nothing."""
    assert Operation(0, 1, "write", "x", 1, "", 5).is_unknown
