"""Misbehaviour on demand: crashes, hangs, leaks, slow and wrong ends."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.framework.standin.support.raw_http import RawConnection, request
from tests.framework.standin.support.standin_server import Make, StandinServer, wait_until


def test_misbehaviour_at_start(make: Make) -> None:
    """--standin.exit-at-start and --standin.stderr-line do what they say."""
    server = make("--standin.exit-at-start", "13", "--standin.stderr-line", "==1==ERROR: AddressSanitizer: x").start()
    assert server.process is not None
    assert server.process.stderr is not None

    assert server.wait_exit() == 13
    assert b"AddressSanitizer" in server.process.stderr.read()


def test_misbehaviour_after_ready(make: Make) -> None:
    """--standin.crash-after-ready-s ends the process by the signal; the error line is in the log before."""
    server = make("--standin.crash-after-ready-s", "0.1:SIGSEGV", "--standin.log-error-line", "made up").start()

    assert server.wait_exit() == -signal.SIGSEGV
    assert re.search(r" ERROR \[57a1e\] \{general\} made up", server.log())
    assert " FATAL [a7902] {crash} " in server.log()


def test_a_server_can_refuse_to_stop(make: Make) -> None:
    """--standin.ignore-sigterm: SIGTERM has no effect and the server goes on answering."""
    server = make("--standin.ignore-sigterm", "true").start().wait_available()
    server.signal(signal.SIGTERM)

    assert server.call("GET", "/_admin/server/availability").status == 200
    assert "b4133" not in server.log()


def test_a_slow_start_is_not_available(make: Make) -> None:
    """--standin.start-delay-s: nobody listens before the delay is over."""
    started_s = time.monotonic()
    server = make("--standin.start-delay-s", "0.5").start()
    server.wait_available()

    assert time.monotonic() - started_s >= 0.5


def crash_lines(server: StandinServer) -> list[str]:
    """Return the log lines of the topic crash without their times."""
    return [line.split("] S ", 1)[1] for line in server.log().splitlines() if "{crash}" in line]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL])
def test_a_signal_from_outside_is_a_crash_with_a_backtrace(make: Make, number: signal.Signals) -> None:
    """The lines are those of ArangoDB's crash handler, a dump is kept, and the signal kills."""
    server = make().start().wait_available()
    server.signal(number)

    assert server.wait_exit() == -number
    lines = crash_lines(server)
    assert re.match(r"FATAL \[a7902\] \{crash\} .*caught unexpected signal \d+ \(" + number.name + r"\)", lines[0])
    assert f"from pid {os.getpid()}" in lines[0]
    assert re.match(r"INFO \[c962b\] \{crash\} Backtrace of thread \d+ \[\w+\]", lines[1])
    assert all(
        re.match(r"INFO \[308c3\] \{crash\} frame +\d+ \[\+0x\w+\]: \S+ .*\(\+0x\w+\)", line) for line in lines[2:-1]
    )
    assert re.match(r"INFO \[ded81\] \{crash\} .*rss usage: \d+", lines[-1])
    (dump,) = (server.folder / "data/crashes").iterdir()
    assert {file.name for file in dump.iterdir()} == {"backtrace.txt", "system_info.txt"}


def test_a_hung_server_still_tells_of_its_abortion(make: Make) -> None:
    """With the event loop stuck, SIGABRT still gives the backtrace of where it is stuck."""
    server = make().start().wait_available()
    with RawConnection(server.port) as connection:
        connection.send(request("PUT", "/_admin/debug/hang?kind=loop"))
        wait_until(lambda: "[57a1f]" in server.log(), "it hangs")
        server.signal(signal.SIGABRT)

    assert server.wait_exit() == -signal.SIGABRT
    assert any("misbehaviour.Misbehaviour.hang" in line for line in crash_lines(server))


def test_the_crash_handler_can_be_off(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """ARANGODB_OVERRIDE_CRASH_HANDLER=off: the signal kills without a word."""
    monkeypatch.setenv("ARANGODB_OVERRIDE_CRASH_HANDLER", "off")
    server = make().start().wait_available()
    server.signal(signal.SIGSEGV)

    assert server.wait_exit() == -signal.SIGSEGV
    assert not crash_lines(server)


@pytest.mark.parametrize(("text", "number"), [("start", signal.SIGABRT), ("start:SIGSEGV", signal.SIGSEGV),
                                              ("start:KILL", signal.SIGKILL)])  # fmt: skip
def test_it_crashes_at_the_start(make: Make, text: str, number: signal.Signals) -> None:
    """--standin.crash-at start[:SIGNAL] ends the process before it is ready."""
    server = make("--standin.crash-at", text).start()

    assert server.wait_exit() == -number
    assert "ready for business" not in server.log()
    assert bool(crash_lines(server)) == (number != signal.SIGKILL)


def test_it_crashes_at_a_request(make: Make) -> None:
    """--standin.crash-at request:N: N - 1 requests are answered, the next one is not."""
    server = make("--standin.crash-at", "request:3:SIGSEGV").start()
    wait_until(lambda: "ready for business" in server.log(), "ready")

    assert [server.call("GET", "/_api/version").status for _ in range(3)] == [200, 200, 0]
    assert server.wait_exit() == -signal.SIGSEGV


def test_recovery_is_logged_and_can_crash(make: Make) -> None:
    """After kill -9 the next start tells of its recovery, and --standin.crash-at recovery crashes in it."""
    server = make().start().wait_available()
    assert "[fe333]" not in server.log()
    assert server.call("POST", "/_api/collection", {"name": "c"}).status == 200
    assert server.call("POST", "/_api/document/c?waitForSync=true", {"_key": "kept"}).status == 201
    server.kill()
    crashing = make("--standin.crash-at", "recovery:SIGSEGV", port=server.port).start()
    assert crashing.wait_exit() == -signal.SIGSEGV
    assert "ready for business" not in crashing.log().split("[fe333]")[1]
    again = make(port=server.port).start().wait_available()

    assert re.search(
        r"\[fe333\] \{engines\} .*recovery starting.*\n.*\[a4ec8\] \{engines\} .*recovery finished", again.log()
    )
    assert again.call("GET", "/_api/document/c/kept").status == 200
    assert again.stop() == 0
    assert again.log().count("[fe333]") == 2


@pytest.mark.parametrize("options", [["--standin.hang", "accept:request:4"], ["--standin.hang", "loop:request:4"]])
def test_it_hangs_at_a_request(make: Make, options: list[str]) -> None:
    """Connections are accepted (by the kernel at least), and nothing is ever answered again."""
    server = make(*options).start().wait_available()
    with RawConnection(server.port, timeout_s=1.0) as first, RawConnection(server.port, timeout_s=1.0) as second:
        answers = 0
        with pytest.raises(TimeoutError):
            while first.send(request("GET", "/_api/version")).answer() is not None:
                answers += 1
        assert answers < 4
        with pytest.raises(TimeoutError):
            second.send(request("GET", "/_api/version")).answer()
    server.check_alive()


def test_it_spins_and_answers(make: Make) -> None:
    """--standin.spin: a thread uses one core from the named request on; the server says that it works for nobody."""
    server = make("--standin.spin", "request:3").start().wait_available()

    def used_s() -> float:
        assert server.process is not None
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    wait_until(lambda: server.call("GET", "/_api/version").status == 200 and "[57a20]" in server.log(), "it spins")
    before_s = used_s()
    wait_until(lambda: used_s() > before_s + 0.5, "it uses processor time although nobody asks")
    page = str(server.call("GET", "/_admin/metrics", login="basic").body)
    assert re.search(r"^arangodb_scheduler_num_working_threads 1$", page, re.M)
    assert server.stop() == 0


def test_it_leaks(make: Make) -> None:
    """--standin.leak-mib-per-request: the resident set grows by as much with every request."""
    server = make("--standin.leak-mib-per-request", "2").start().wait_available()

    def rss_kib() -> int:
        assert server.process is not None
        lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    before = rss_kib()
    for _ in range(20):
        assert server.call("GET", "/_api/version").status == 200
    assert rss_kib() - before >= 20 * 2 * 1024


def test_lines_are_logged_at_a_request(make: Make) -> None:
    """--standin.log-lines-at-request moves the ERROR and FATAL lines from the start to the N-th request."""
    server = make("--standin.log-error-line", "made up", "--standin.log-fatal-line", "worse",
                  "--standin.log-lines-at-request", "50").start().wait_available()  # fmt: skip
    assert "made up" not in server.log()
    for _ in range(50):
        server.call("GET", "/_api/version")

    assert re.search(r" ERROR \[57a1e\] \{general\} made up\n.* FATAL \[57a1e\] \{general\} worse\n", server.log())
    server.check_alive()


def test_it_ends_with_another_code_and_slowly(make: Make) -> None:
    """--standin.exit-code-on-stop and --standin.stop-delay-s bend the end of a proper stop."""
    server = make("--standin.exit-code-on-stop", "7", "--standin.stop-delay-s", "0.5").start().wait_available()
    began_s = time.monotonic()

    assert server.stop() == 7
    assert time.monotonic() - began_s >= 0.5
    assert "[f4d9b]" in server.log()


@pytest.mark.parametrize(("point", "kept"), [("CrashBeforeCommit", False), ("CrashAfterCommit", True)])
def test_failure_points_crash_around_a_commit(make: Make, point: str, kept: bool) -> None:
    """What was not committed is gone after the restart, what was committed is there though nobody was told."""
    server = make().start().wait_available()
    assert server.call("POST", "/_api/collection", {"name": "c"}).status == 200
    assert server.call("PUT", f"/_admin/debug/failat/{point}").body is True

    assert server.call("POST", "/_api/document/c", {"_key": "a"}).status == 0
    assert server.wait_exit() == -signal.SIGKILL
    again = make(port=server.port).start().wait_available()
    assert (again.call("GET", "/_api/document/c/a").status == 200) == kept
