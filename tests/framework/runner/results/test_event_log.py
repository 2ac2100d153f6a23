"""The event log: readable whatever dies, and whatever was done to the file."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.results.event_log import EventLog, read_events

from tests.framework.runner.support.events import Event, case_finished, collected, run_started, timed


def events(count: int) -> list[Event]:
    """Events of very different lengths: lengths of one, two and three bytes in the file."""
    return timed(run_started(), *(case_finished(f"test_{n}", text="x" * (n % 3) ** 2 * 9000) for n in range(count - 1)))


def write(path: Path, written: list[Event]) -> bytes:
    """A log with these events; answers its bytes."""
    log = EventLog(str(path))
    for event in written:
        log.append([event])
    log.close()
    return path.read_bytes()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Every event comes back equal and in order, also over a file that is opened again."""
    path = tmp_path / "log"
    wanted = events(40)
    write(path, wanted[:25])
    write(path, wanted[25:])
    assert list(read_events(str(path))) == wanted


def test_a_log_cut_anywhere_gives_all_whole_records_before_the_cut(tmp_path: Path) -> None:
    """A writer that is killed in the middle of a record costs that record only."""
    wanted = timed(run_started(), collected("test_a", "test_b"), case_finished("test_a", message="x" * 200))
    content = write(tmp_path / "log", wanted)
    ends = [len(write(tmp_path / f"log-{count}", wanted[:count])) for count in range(len(wanted) + 1)]
    for cut in range(len(content) + 1):
        (tmp_path / "cut").write_bytes(content[:cut])
        whole = sum(1 for end in ends[1:] if end <= cut)
        assert list(read_events(str(tmp_path / "cut"))) == wanted[:whole], f"cut after {cut} bytes"


@pytest.mark.parametrize(
    "garbage",
    [b"\0" * 4096, b"\xff" * 64, b"\x80" * 64, b"\x05hello", b"\x02\x08", b"\xff\xff\xff\xff\x7f"],
    ids=["zeros", "ones", "endless-length", "text", "half-a-field", "huge-length"],
)
def test_garbage_at_the_end_adds_nothing(tmp_path: Path, garbage: bytes) -> None:
    """Zeros after a power cut and other rubbish end the reading, they do not become events."""
    wanted = events(5)
    (tmp_path / "log").write_bytes(write(tmp_path / "good", wanted) + garbage)
    assert list(read_events(str(tmp_path / "log"))) == wanted


@pytest.mark.parametrize("garbage", [b"\0" * 64, b"\xff" * 64, b"\x02\x08"], ids=["zeros", "ones", "half-a-field"])
def test_garbage_in_the_middle_costs_nothing_before_it(tmp_path: Path, garbage: bytes) -> None:
    """A damaged block of the disk: all events before it are read, and what follows cannot be trusted."""
    wanted = events(9)
    before, after = write(tmp_path / "before", wanted[:5]), write(tmp_path / "after", wanted[5:])
    (tmp_path / "log").write_bytes(before + garbage + after)
    assert list(read_events(str(tmp_path / "log"))) == wanted[:5]


def test_a_changed_byte_costs_its_record_and_what_follows(tmp_path: Path) -> None:
    """Also inside a text, where the record would still be one."""
    wanted = events(3)
    content = write(tmp_path / "good", wanted)
    ends = [len(write(tmp_path / f"log-{count}", wanted[:count])) for count in range(len(wanted) + 1)]
    for place in range(0, len(content), 5):
        (tmp_path / "log").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        whole = sum(1 for end in ends[1:] if end <= place)
        assert list(read_events(str(tmp_path / "log"))) == wanted[:whole], f"byte {place}"


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_never_raise(tmp_path: Path, seed: int) -> None:
    """A report tool that is pointed at any file ends in peace."""
    (tmp_path / "log").write_bytes(random.Random(seed).randbytes(2000))
    list(read_events(str(tmp_path / "log")))


WRITER_WITH_A_FULL_DISK = """
import resource, sys
from armadillo.results.event_log import EventLog
from tests.framework.runner.support.events import case_finished, timed
log = EventLog(sys.argv[1])
written = timed(*(case_finished(f"test_{n}", text="x" * 700) for n in range(60)))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
kept = []
for event in written[:50]:
    try:
        log.append([event])
        kept.append(event.sequence)
    except OSError:
        pass
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
for event in written[50:]:
    log.append([event])
    kept.append(event.sequence)
print(*kept)
"""


def test_a_full_disk_tears_no_record(tmp_path: Path) -> None:
    """A record that did not fit leaves nothing behind: once there is space again, the log goes on readable."""
    path = tmp_path / "log"
    output = subprocess.check_output(
        [sys.executable, "-c", WRITER_WITH_A_FULL_DISK, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, os.getcwd()])},
        text=True,
    )
    kept = [int(word) for word in output.split()]
    assert [event.sequence for event in read_events(str(path))] == kept
    assert 20 < len(kept) < 60
    assert kept[-10:] == list(range(51, 61))


def test_closing_twice_is_allowed(tmp_path: Path) -> None:
    """`close` may be called by whoever comes first."""
    log = EventLog(str(tmp_path / "log"))
    log.close()
    log.close()
