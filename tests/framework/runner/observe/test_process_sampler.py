"""What processes use, on real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from armadillo.observe.network_counters import NetworkCounters, parse_net_dev
from armadillo.observe.process_family import RESCAN_S
from armadillo.observe.process_sampler import ProcessReader, ProcessSampler, Usage, Watched

from tests.framework.runner.support.waiting import process_exists, until

SPINS = "while True: pass"
WAITS = "import signal; print('ready', flush=True); signal.pause()"
USES = (
    "import os, threading, signal\n"
    "kept = b'x' * (64 * 1024 * 1024)\n"
    "files = [open(os.devnull) for _ in range(50)]\n"
    "threads = [threading.Thread(target=signal.sigwait, args=({signal.SIGUSR1},), daemon=True) for _ in range(7)]\n"
    "[thread.start() for thread in threads]\n" + WAITS
)
HAS_CHILD = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'kept = b\"x\" * (64 * 1024 * 1024)\\n' + sys.argv[1]])\n"
    "import signal; signal.pause()"
)

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python programs in groups of their own, and ends the groups."""
    started: list[subprocess.Popen[str]] = []

    def begin(program: str, *args: str, waits: bool = False) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", program, *args]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
        started.append(process)
        if waits:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def sample(sampler: ProcessSampler, pid: int, now_s: float) -> Usage | None:
    """One sample of one process."""
    found = sampler.sample([Watched("single-1", 1, pid)], now_s)
    return found[0] if found else None


def open_file_count() -> int:
    """Files that this process has open."""
    return len(os.listdir("/proc/self/fd"))


def test_memory_threads_and_files_are_those_of_the_process(start: Start) -> None:
    """64 MiB, seven threads and fifty files more than a bare interpreter."""
    bare, busy = ProcessReader(start(WAITS, waits=True).pid), ProcessReader(start(USES, waits=True).pid)
    try:
        before, after = bare.read(), busy.read()
        assert before is not None
        assert after is not None
        assert after.rss_bytes - before.rss_bytes > 60 * 1024 * 1024
        assert after.threads - before.threads == 7
        assert after.open_files - before.open_files == 50
        assert (before.state, before.is_stopped) == ("S", False)
    finally:
        bare.close()
        busy.close()


def test_a_share_is_time_used_by_time_passed(start: Start) -> None:
    """The first sample has no share; a process that used 400 ms in what the caller says was half a second had 0.8."""
    sampler, process = ProcessSampler(), start(SPINS)
    first = sample(sampler, process.pid, 10.0)
    assert first is not None
    assert first.cpu_share == 0.0
    reader = ProcessReader(process.pid)

    def used() -> bool:
        reading = reader.read()
        return reading is not None and reading.cpu_ms >= first.reading.cpu_ms + 400

    until("it has used 400 ms", used)
    os.kill(process.pid, signal.SIGSTOP)
    until("it is stopped", lambda: (one := reader.read()) is not None and one.is_stopped)
    second = sample(sampler, process.pid, 10.5)
    assert second is not None
    assert second.cpu_share == pytest.approx((second.reading.cpu_ms - first.reading.cpu_ms) / 500)
    assert second.cpu_share >= 0.8
    assert second.reading.is_stopped
    reader.close()
    sampler.close()


def test_children_count_and_go(start: Start) -> None:
    """A child's memory is the server's as long as the child lives, found at the next look at the family."""
    parent = start(HAS_CHILD, WAITS, waits=True)
    sampler = ProcessSampler()
    both = sample(sampler, parent.pid, 0.0)
    assert both is not None
    assert both.reading.rss_bytes > 70 * 1024 * 1024
    assert both.reading.threads == 2
    child = next(pid for pid in pids_of_group(parent.pid) if pid != parent.pid)
    os.kill(child, signal.SIGKILL)
    until("the child is gone", lambda: not process_exists(child))
    alone = sample(sampler, parent.pid, RESCAN_S / 2)
    assert alone is not None
    assert alone.reading.threads == 1
    assert alone.reading.rss_bytes < 60 * 1024 * 1024
    sampler.close()


def pids_of_group(group: int) -> list[int]:
    """All processes of a group."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.getpgid(int(name)) == group:
                    found.append(int(name))
            except ProcessLookupError:
                continue
    return found


def test_one_that_has_ended_is_left_out_and_its_files_are_closed(start: Start) -> None:
    """Neither a zombie nor a process that is gone is sampled, and nothing stays open."""
    sampler, process = ProcessSampler(), start(WAITS, waits=True)
    before = open_file_count()
    assert sample(sampler, process.pid, 0.0) is not None
    assert open_file_count() > before
    os.kill(process.pid, signal.SIGKILL)
    until("it is a zombie", lambda: not process_exists(process.pid))
    assert sample(sampler, process.pid, 1.0) is None
    process.wait()
    assert sample(sampler, process.pid, 2.0) is None
    assert open_file_count() == before
    sampler.close()


def test_the_time_of_children_that_were_waited_for_counts_unless_left_out() -> None:
    """A server's workers are its own; the runner's children are servers, which have lines of their own."""
    sampler, me = ProcessSampler(), os.getpid()
    both = [Watched("tests", 1, me), Watched("runner", 1, me, alone=True)]
    before = sampler.sample(both, 0.0)
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    after = sampler.sample(both, 100.0)
    with_children, alone = (new.reading.cpu_ms - old.reading.cpu_ms for old, new in zip(before, after, strict=True))
    assert with_children - alone >= 490
    assert after[0].cpu_share - after[1].cpu_share >= 0.0049
    sampler.close()


def test_a_second_sample_at_once_has_the_share_of_the_first(start: Start) -> None:
    """The kernel counts in steps of 10 ms: within less than some of them a share would be 0 or far too much."""
    sampler, process = ProcessSampler(), start(SPINS)
    shares = [found.cpu_share for now_s in (0.0, 100.0, 100.01) if (found := sample(sampler, process.pid, now_s))]
    assert shares[1] == shares[2]
    sampler.close()


def test_a_new_incarnation_begins_anew(start: Start) -> None:
    """A restarted server's counters are compared with nothing of the one before."""
    sampler, first, second = ProcessSampler(), start(SPINS), start(WAITS, waits=True)
    sampler.sample([Watched("single-1", 1, first.pid)], 0.0)
    (found,) = sampler.sample([Watched("single-1", 2, second.pid)], 1.0)
    assert (found.watched.incarnation, found.cpu_share) == (2, 0.0)
    sampler.close()


def test_network_counters_are_loopback_and_all_others() -> None:
    """Interfaces beside lo are summed; a namespace with nothing else shows nothing else."""
    head = (
        "Inter-|   Receive | Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets\n"
    )
    loopback = "    lo: 100 2 0 0 0 0 0 0 100 2 0 0 0 0 0 0\n"
    cards = "  eth0: 10 1 1 2 0 0 0 0 20 3 3 4 0 0 0 0\n  eth1:1000 4 0 0 0 0 0 0 2000 5 0 0 0 0 0 0\n"
    assert [one.interface for one in parse_net_dev(head + loopback)] == ["lo"]
    first, others = parse_net_dev(head + loopback + cards)
    assert tuple(first) == ("lo", 100, 100, 2, 2, 0)
    assert tuple(others) == ("other", 1010, 2020, 5, 8, 10)


def test_servers_of_the_lab_have_counters_of_their_own() -> None:
    """What a server's interface at the bridge receives is what the server has sent; the bridge is the tests' own."""
    text = (
        "head\nhead\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
        "   lab: 10 2 0 0 0 0 0 0 20 3 0 0 0 0 0 0\nagent-1: 100 4 0 0 0 0 0 0 200 5 0 1 0 0 0 0\n"
    )
    loopback, tests, agent = parse_net_dev(text, ["agent-1"])
    assert (loopback.interface, tuple(tests)) == ("lo", ("tests", 10, 20, 2, 3, 0))
    assert tuple(agent) == ("agent-1", 200, 100, 5, 4, 1)


def test_the_kernels_own_counters_are_read() -> None:
    """The namespace of this test has a loopback interface, and the file can be read again and again."""
    counters = NetworkCounters()
    first, second = counters.read(), counters.read()
    counters.close()
    assert "lo" in [one.interface for one in first]
    assert [one.interface for one in first] == [one.interface for one in second]
