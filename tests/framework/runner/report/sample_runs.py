"""Runs as a report shows them: a crash in a cluster, a hang, a sanitizer's report, and one with thousands of cases.

Each is a list of events and the files that such a run leaves in its outputs.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import NamedTuple

from armadillo.model.outcome import Outcome
from armadillo_api.v1 import deployment_pb2, result_pb2

from tests.framework.runner.support.events import (
    FIRST_NS,
    STEP_NS,
    Event,
    case_finished,
    case_started,
    collected,
    finding,
    run_finished,
    run_started,
    server,
    timed,
    whole_case,
)

CLUSTER = deployment_pb2.Deployment(mode=deployment_pb2.CLUSTER, agents=3, dbservers=3, coordinators=2)
SINGLE = deployment_pb2.Deployment(mode=deployment_pb2.SINGLE_SERVER)
STACKS = """build id 6f3a

1 thread: 9 [SchedWorker] (crashed)
  #0 arangodb::Cache::read(unsigned long) /src/arangod/Cache/Cache.cpp:118
  #1 arangodb::RocksDBCollection::lookup() /src/arangod/RocksDBEngine/RocksDBCollection.cpp:1207

14 idle threads are left out
"""
REPORT = """=================================================================
==arangod==77==ERROR: AddressSanitizer: heap-use-after-free on address 0x6070 at pc 0x55 bp 0x7f sp 0x7e
READ of size 4 at 0x6070 thread T0
    #0 0x557c in arangodb::Cache::read() /src/arangod/Cache/Cache.cpp:118
    #1 0x557d in main /src/arangod/main.cpp:12
"""
TRACEBACK = """    async def test_read(database):
>       assert await collection.count() == 10
E       assert 9 == 10

tests/x/test_y.py:17: AssertionError
"""


class SampleRun(NamedTuple):
    """What was told, and the files beside it by their path."""

    events: list[Event]
    files: dict[str, str]

    def write(self, outputs: Path) -> None:
        """Writes the files."""
        for path, text in self.files.items():
            (outputs / path).parent.mkdir(parents=True, exist_ok=True)
            (outputs / path).write_text(text, encoding="utf-8")


def log_of(seconds: float, *, severe: str = "", lines: int = 40) -> str:
    """A log that has a line each quarter of a second, and perhaps a severe one at its end."""
    told = []
    for number in range(lines):
        at = datetime.datetime.fromtimestamp(FIRST_NS / 1e9 + seconds * number / lines, datetime.UTC)
        told.append(f"{at:%Y-%m-%dT%H:%M:%SZ} [77-78] D INFO [{number:05x}] {{general}} <did> what it had to do & more")
    if severe:
        at = datetime.datetime.fromtimestamp(FIRST_NS / 1e9 + seconds, datetime.UTC)
        told.append(f"{at:%Y-%m-%dT%H:%M:%SZ} [77-78] D {severe}")
    return "\n".join(told) + "\n"


def _up(name: str, role: int, number: int) -> list[Event]:
    start = server(
        name, "STARTED", role=role, pid=4000 + number, endpoint=f"http://127.9.0.{number}:8529",
        directory=f"servers/{name}/1",
    )  # fmt: skip
    return [start, server(name, "READY")]


def _cluster() -> list[Event]:
    names = [("agent", deployment_pb2.AGENT, 3), ("dbserver", deployment_pb2.DBSERVER, 3)]
    names.append(("coordinator", deployment_pb2.COORDINATOR, 2))
    members = [(f"{name}-{number}", role) for name, role, count in names for number in range(1, count + 1)]
    return [event for index, (name, role) in enumerate(members) for event in _up(name, role, index + 1)]


def _down(*names: str) -> list[Event]:
    stops = [server(name, "STOPPING", message="runner") for name in names]
    return stops + [server(name, "EXITED", expected=True, message="runner") for name in names]


def _fault(fault_id: str, *phases: str) -> list[Event]:
    told = {"description": "partition: dbserver-1 from coordinator-1", "servers": ["dbserver-1", "coordinator-1"]}
    return [
        Event(fault=result_pb2.FaultEvent(fault_id=fault_id, kind="network.partition", phase=phase, asked_by="test",
                                          message="the <ping> is lost" if phase == "PROVED" else "", **told))
        for phase in phases
    ]  # fmt: skip


def _requests(name: str) -> Event:
    """Forty quick ones in the last quarter of a second of 17 events, some without an answer, one that is slow."""
    begin_ns, endpoint = FIRST_NS + 20 * STEP_NS, "http://127.9.0.7:8529"
    quick = [(number * 1_000_000, 2_000, 201, "") for number in range(40)]
    failed = [(45_000_000 + number * 1_000_000, 900, 503, "error 1465") for number in range(7)]
    lost = [(60_000_000, 10_000, 0, "no connection (<refused>)")]
    slow = [(70_000_000, 1_300_000, 200, "")]
    batch = result_pb2.RequestBatch(node_id=f"tests/x/test_y.py::{name}", left_out=5)
    for offset_ns, duration_us, status, error in (*quick, *failed, *lost, *slow):
        batch.requests.add(method="POST", path="/_api/document/<c>", endpoint=endpoint, status=status, error=error,
                           started_unix_ns=begin_ns + offset_ns, duration_us=duration_us)  # fmt: skip
    return Event(request_batch=batch)


def crash() -> SampleRun:
    """A dbserver dies by SIGSEGV while a case runs; another was suspended and one restarted before."""
    headline = (
        "dbserver-2 died unasked during tests/x/test_y.py::test_read: signal 11 (SIGSEGV): SIGSEGV accessing address "
        "0x0 in thread SchedWorker in arangodb::Cache::read() /src/arangod/Cache/Cache.cpp:118"
    )
    restart = server("dbserver-3", "STARTED", 2, role=deployment_pb2.DBSERVER, pid=4100,
                     endpoint="http://127.9.0.6:8529", directory="servers/dbserver-3/2")  # fmt: skip
    warned = deployment_pb2.Policy(log_errors="warn")
    events = [
        run_started("//tests/x:crash_test", server_label="//servers:devel", server_version="3.12.5", seed=7,
                    network_tier="block-network", deployment=CLUSTER, policy=warned),
        *_cluster(),
        collected("test_write", "test_failover", "test_read", "test_after"),
        *whole_case("test_write"),
        Event(note=result_pb2.Note(text="a <note>")),
        case_started("test_failover"),
        *_fault("fault-1", "INJECTED", "PROVED"),
        server("dbserver-1", "SUSPENDED"),
        server("dbserver-3", "EXITED", expected=True, signal=9, message="test"),
        server("dbserver-1", "RESUMED"),
        restart,
        server("dbserver-3", "READY", 2),
        _requests("test_failover"),
        *_fault("fault-1", "RECOVERED"),
        case_finished("test_failover"),
        case_started("test_read"),
        server("dbserver-2", "EXITED", signal=11, message="signal 11 (SIGSEGV)"),
        finding("server_died", Outcome.CRASHED, headline, server="dbserver-2", details=STACKS,
                node_id="tests/x/test_y.py::test_read"),
        case_finished("test_read", Outcome.FAILED, "assert 9 == 10", text=TRACEBACK, phase="call",
                      captured_output="wrote <10> documents\n"),
        *whole_case("test_after"),
        *_down("coordinator-1", "coordinator-2", "dbserver-1", "agent-1", "agent-2", "agent-3"),
        server("dbserver-3", "STOPPING", 2, message="runner"),
        server("dbserver-3", "EXITED", 2, expected=True, message="runner"),
        finding("log_error", Outcome.FAILED, "coordinator-1 logged ERROR [00000] {cluster} lost a <server>",
                server="coordinator-1"),
        run_finished(Outcome.CRASHED, headline, 4),
    ]  # fmt: skip
    ended_s = next(i for i, event in enumerate(events) if event.server.signal == 11) * 0.125
    files = {
        "servers/dbserver-2/1/arangod.log": log_of(ended_s, severe="FATAL [a7902] {crash} signal 11 (SIGSEGV)"),
        "servers/dbserver-2/1/stacks.txt": STACKS,
        "servers/dbserver-1/1/arangod.log": log_of(6),
        "servers/coordinator-1/1/arangod.log": log_of(6, severe="ERROR [00000] {cluster} lost a <server>"),
    }
    return SampleRun(timed(*events), files)


def hang() -> SampleRun:
    """A case takes longer than its limit; the server is waited for."""
    node_id = "tests/x/test_y.py::test_slow"
    headline = f"a case took longer than 2 s during {node_id}"
    events = [
        run_started("//tests/x:hang_test", server_version="3.12.5", server_standin="arangod-standin 0.1.0", seed=7,
                    deployment=SINGLE, network_tier="leases"),
        *_up("single-1", deployment_pb2.SINGLE, 1),
        collected("test_quick", "test_slow", "test_never"),
        *whole_case("test_quick"),
        case_started("test_slow"),
        finding("deadline", Outcome.TIMEOUT, headline, node_id=node_id),
        finding("hang", Outcome.TIMEOUT, "when the time was up: the test waits in test_y.py:21 in test_slow",
                details="--- stacks of the test process:\n  File \"test_y.py\", line 21 in test_slow", node_id=node_id),
        *_down("single-1"),
        run_finished(Outcome.TIMEOUT, headline, 5),
    ]  # fmt: skip
    files = {"servers/single-1/1/arangod.log": log_of(3), "hang/hang.txt": f"--- stacks of single-1:\n{STACKS}"}
    told = timed(*events)
    for event in told[-5:]:
        event.time_unix_ns += 2 * 10**9  # nothing is heard in the meantime
    return SampleRun(told, files)


def sanitizer() -> SampleRun:
    """A server that stops cleanly and left a report."""
    headline = "single-1: AddressSanitizer: heap-use-after-free in arangodb::Cache::read() /src/Cache.cpp:118"
    events = [
        run_started("//tests/x:sanitizer_test", server_version="3.12.5", deployment=SINGLE),
        *_up("single-1", deployment_pb2.SINGLE, 1),
        collected("test_a"),
        *whole_case("test_a"),
        *_down("single-1"),
        finding("sanitizer_report", Outcome.CRASHED, headline, server="single-1", details=REPORT, fingerprint="ab12"),
        run_finished(Outcome.CRASHED, headline, 6),
    ]
    files = {"servers/single-1/1/arangod.log": log_of(1), "servers/single-1/1/sanitizer.arangod.77": REPORT}
    return SampleRun(timed(*events), files)


def many_cases(count: int = 5000) -> SampleRun:
    """As many cases; each hundredth fails, each seventieth is skipped."""
    names = [f"test_value[{number}-with-a-parameter]" for number in range(count)]
    events = [run_started("//tests/x:many_test", server_version="3.12.5", deployment=SINGLE)]
    events += [*_up("single-1", deployment_pb2.SINGLE, 1), collected(*names)]
    for number, name in enumerate(names):
        if number % 100 == 99:
            events += whole_case(name, Outcome.FAILED, f"assert {number} == 0", text=TRACEBACK, phase="call")
        elif number % 70 == 69:
            events += whole_case(name, Outcome.SKIPPED, "not on this server")
        else:
            events += whole_case(name)
    events += [*_down("single-1"), run_finished(Outcome.FAILED, f"{names[99]}: assert 99 == 0", 1)]
    return SampleRun(timed(*events), {"servers/single-1/1/arangod.log": log_of(900, lines=4000)})


RUNS = {"crash": crash, "hang": hang, "sanitizer": sanitizer, "many_cases": many_cases}
