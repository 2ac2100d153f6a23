"""What an ended server left behind becomes findings, the cause before its consequence."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from armadillo.arangodb.server_plan import Incarnation, ServerPlan
from armadillo.control.post_mortem import sanitizer_findings
from armadillo.control.report_marks import ReportMarks
from armadillo.errors import ServerStartError
from armadillo.model.role import Role
from armadillo.observe.core_pattern import read_core_pattern
from armadillo.process.limits import raise_soft_limits
from armadillo.results.hub import Hub
from armadillo.results.run_record import RunRecord
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import case_finished, case_started, collected, server
from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import world

CRASH = (
    "2026-01-02T03:04:05Z [7-8] S FATAL [a7902] {crash} ArangoDB 3.12.5, thread 9 [SchedWorker] caught unexpected"
    " signal 11 (SIGSEGV, sub type 1) accessing address 0x0: signal handler invoked - image base address: 0x1\n"
    "2026-01-02T03:04:05Z [7-8] S INFO [308c3] {crash} frame  1 [+0x00a1]: arangodb::Cache::read() (+0x00a1)\n"
)
REPORT = (
    "=================================================================\n"
    "==arangod==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x6070 at pc 0x55 bp 0x7f sp 0x7e\n"
    "READ of size 4 at 0x6070 thread T0\n"
    "    #0 0x557c in arangodb::Cache::read() /src/Cache.cpp:6\n"
)


def test_a_crash_is_named_by_its_first_own_frame(tmp_path: Path) -> None:
    """The finding about a dead server says thread and function of the crash handler's backtrace, and shows it whole."""
    told = tmp_path / "crash.txt"
    told.write_text(CRASH)

    async def story() -> None:
        args = ["--tiny.signal", "11", "--tiny.crash-file", str(told)]
        async with world(tmp_path, single(server_args=args)) as made:
            with pytest.raises(ServerStartError):
                await made.running.start()
            ((_, message),) = made.findings()
            assert message == (
                "single-1 died while starting: signal 11 (SIGSEGV): SIGSEGV accessing address 0x0 in thread SchedWorker"
                " in arangodb::Cache::read()"
            )
            assert "frame  1 [+0x00a1]" in made.hub.record.findings[0].details
            # it was read once: whoever asks later gets the same, whatever became of the log
            (tmp_path / "servers/single-1/1/arangod.log").unlink()
            server = made.running.servers["single-1"]
            assert message.endswith(server.describe_end())
            assert "frame  1 [+0x00a1]" in server.last_words()

    asyncio.run(story())


def test_a_sanitizer_report_of_a_server_that_stops_cleanly_is_a_finding(tmp_path: Path) -> None:
    """A report counts although the server went on and exited with 0; the options that ask for it are set by us."""
    told = tmp_path / "report.txt"
    told.write_text(REPORT)

    async def story() -> None:
        deployment = single(server_args=["--tiny.report-file", str(told)])
        async with world(tmp_path, deployment, sanitizer="address") as made:
            await made.running.start()
            assert made.findings() == []
            await made.running.servers["single-1"].stop(20, "runner")
            assert made.findings() == [
                (
                    "sanitizer_report",
                    "single-1: AddressSanitizer: heap-use-after-free in arangodb::Cache::read() /src/Cache.cpp:6"
                    " before the first case",
                )
            ]

    asyncio.run(story())


def _incarnation_with(tmp_path: Path, **files: str) -> Incarnation:
    plan = ServerPlan("single-1", Role.SINGLE, "127.0.0.1", (), str(tmp_path / "data"), str(tmp_path))
    made = plan.incarnation(1)
    made.make_directories()
    for name, text in files.items():
        (Path(made.directory) / name.replace("__", ".")).write_text(text)
    return made


def test_the_report_is_laid_at_the_case_that_ran(tmp_path: Path) -> None:
    """A report from within a case's time names it; one from shortly after says that this is less certain."""
    incarnation = _incarnation_with(tmp_path, sanitizer__arangod__7=REPORT)
    time_ns = (Path(incarnation.directory) / "sanitizer.arangod.7").stat().st_mtime_ns
    record = RunRecord()
    case = result_pb2.CaseFinished(node_id="t.py::test_a", outcome=result_pb2.PASSED, duration_s=1.0)
    record.apply(_event(time_ns - 500_000_000, case_started=result_pb2.CaseStarted(node_id="t.py::test_a")))
    record.apply(_event(time_ns + 500_000_000, case_finished=case))
    (finding,) = sanitizer_findings(incarnation, record)
    assert finding.node_id == "t.py::test_a"
    assert finding.message.endswith("during t.py::test_a")
    record.cases["t.py::test_a"].started_ns = time_ns - 3_000_000_000
    (late,) = sanitizer_findings(incarnation, record)
    assert late.message.endswith("during t.py::test_a (or shortly after it)")


def _event(time_ns: int, **kind: object) -> result_pb2.Event:
    return result_pb2.Event(time_unix_ns=time_ns, **kind)


def test_undefined_behaviour_on_stderr_is_found(tmp_path: Path) -> None:
    """A build with two runtimes writes these reports to stderr, whatever log_path says."""
    output = "starting\nsrc/A.cpp:4:66: runtime error: signed integer overflow: 2 + 3\n    #0 0x5 in f() /src/A.cpp:4\n"
    (finding,) = sanitizer_findings(_incarnation_with(tmp_path, output__log=output), RunRecord())
    assert finding.message == (
        "single-1: UndefinedBehaviorSanitizer: signed integer overflow: 2 + 3 in f() /src/A.cpp:4"
    )


def test_a_log_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """What a sanitizer wrote in an unknown form does not pass as nothing."""
    (finding,) = sanitizer_findings(
        _incarnation_with(tmp_path, sanitizer__7="MemorySanitizer: who knows\n"), RunRecord()
    )
    assert "in a form that is not known: MemorySanitizer: who knows" in finding.message


def test_a_log_that_cannot_be_read_is_a_finding_beside_one_that_can(tmp_path: Path) -> None:
    """Each file is judged by what is in it: a report in one does not excuse the other, in whatever order they come."""
    files = {
        "sanitizer__1": "MemorySanitizer: who knows\n",
        "sanitizer__2": REPORT,
        "sanitizer__3": "and this?",
    }
    messages = [one.message for one in sanitizer_findings(_incarnation_with(tmp_path, **files), RunRecord())]
    assert len(messages) == 3
    assert messages[0].endswith("a sanitizer wrote sanitizer.1 in a form that is not known: MemorySanitizer: who knows")
    assert "AddressSanitizer: heap-use-after-free" in messages[1]
    assert messages[2].endswith("a sanitizer wrote sanitizer.3 in a form that is not known: and this?")


RACE = (
    "==================\n"
    "WARNING: ThreadSanitizer: data race (pid=7)\n"
    "  Write of size 4 at 0x55 by thread T1:\n"
    "    #0 {function}() /src/A.cpp:6 (arangod+0x1)\n"
    "\n"
    "SUMMARY: ThreadSanitizer: data race /src/A.cpp:6 in {function}()\n"
    "==================\n"
)
LEAK = (
    "=================================================================\n"
    "==7==ERROR: LeakSanitizer: detected memory leaks\n"
    "\n"
    "Direct leak of 64 byte(s) in 1 object(s) allocated from:\n"
    "    #0 0x55 in malloc (libasan.so+0x1)\n"
    "    #1 0x56 in forget() /src/B.cpp:7\n"
    "\n"
    "SUMMARY: AddressSanitizer: 64 byte(s) leaked in 1 allocation(s).\n"
)


def test_each_report_of_one_file_is_laid_at_its_own_case(tmp_path: Path) -> None:
    """What was there when a case ended is its doing for certain, what came after it perhaps, leaks belong to nobody."""
    incarnation = _incarnation_with(tmp_path)
    log = Path(incarnation.directory) / "sanitizer.arangod.7"
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    marks = ReportMarks(hub, lambda: incarnation)

    def write(text: str) -> None:
        with log.open("a") as file:
            file.write(text)

    write(RACE.format(function="early"))
    hub.publish(collected("test_a", "test_b"), case_started("test_a"))
    write(RACE.format(function="of_a"))
    hub.publish(case_finished("test_a"))
    write(RACE.format(function="between"))
    hub.publish(case_started("test_b"), case_finished("test_b"))
    hub.publish(server("single-1", "STOPPING", message="runner"))
    write(RACE.format(function="stopping"))
    write(LEAK)
    write("ThreadSanitizer: reported 4 warnings\n")
    found = sanitizer_findings(incarnation, hub.record, marks)
    hub.finish()
    case = "tests/x/test_y.py::test_a"
    assert [(one.message.rpartition("in ")[2], one.node_id) for one in found if one.node_id] == [
        (f"of_a() /src/A.cpp:6 during {case}", case),
        (f"between() /src/A.cpp:6 during {case} (or shortly after it)", case),
    ]
    assert [one.message.rpartition("in ")[2] for one in found if not one.node_id] == [
        "early() /src/A.cpp:6 before the first case",
        "stopping() /src/A.cpp:6 while it stopped",
        "forget() /src/B.cpp:7 at exit",
    ]


def test_reports_of_an_incarnation_are_not_laid_at_cases_after_it(tmp_path: Path) -> None:
    """Looking into an end may take longer than the case it came in, and the next incarnation has files of its own."""
    first = _incarnation_with(tmp_path, sanitizer__arangod__7=RACE.format(function="early"))
    now = first
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    marks = ReportMarks(hub, lambda: now)
    hub.publish(collected("test_a", "test_b"), case_started("test_a"))
    with (Path(first.directory) / "sanitizer.arangod.7").open("a") as file:
        file.write(RACE.format(function="last"))
    now = first.plan.incarnation(2)
    hub.publish(case_finished("test_a"), case_started("test_b"))
    early, last = sanitizer_findings(first, hub.record, marks)
    hub.finish()
    assert early.node_id == ""
    assert last.message.endswith("in last() /src/A.cpp:6 during tests/x/test_y.py::test_a")


BROKEN_PROGRAM = """
void break_it(volatile int *where) { *where = 1; }
int main() { break_it(nullptr); }
"""


def test_the_core_of_a_crash_names_the_line(tmp_path: Path) -> None:
    """Without any words of a crash handler the headline has function and source line; stacks and core are kept."""
    if shutil.which("g++") is None or shutil.which("gdb") is None:
        pytest.skip("g++ and gdb are needed")
    if read_core_pattern().reason:
        pytest.skip(read_core_pattern().reason)
    (tmp_path / "server.cpp").write_text(BROKEN_PROGRAM)
    subprocess.run(["g++", "-g", "-O0", "-o", "arangod", "server.cpp"], cwd=tmp_path, check=True)
    raise_soft_limits()

    async def story() -> None:
        async with world(tmp_path, single(), executable=str(tmp_path / "arangod")) as made:
            with pytest.raises(ServerStartError):
                await made.running.start()
            ((kind, message),) = made.findings()
            assert kind == "server_start_failed"
            assert message.startswith("single-1 died while starting: signal 11 (SIGSEGV) in break_it")
            assert message.endswith("server.cpp:2")
            evidence = tmp_path / "servers/single-1/1"
            assert "(crashed)" in (evidence / "stacks.txt").read_text()
            assert len(list(evidence.glob("core.tar.*"))) == 1
            assert list((tmp_path / "data/single-1/cwd-1").iterdir()) == []

    asyncio.run(story())
