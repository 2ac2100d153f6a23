"""Canaries of servers: crashes, kills, starts and stops that go wrong."""

from __future__ import annotations

from .canary import CORE, PASSES, SNAPSHOT, Canary, of_server

_KILLS_ITS_SERVER = """\
def test_a(arango_single_server):
    server = arango_single_server.only_server
    os.kill(server.pid, signal.{signal})
    server.blocking.wait_until_exited()
"""
_CLUSTER_SNAPSHOT = (
    "snapshot/agency.json",
    "snapshot/agents.json",
    "snapshot/differences.txt",
    "snapshot/metrics/agent-1.after.txt",
    "snapshot/metrics/agent-2.after.txt",
    "snapshot/metrics/agent-3.after.txt",
    "snapshot/status.json",
)
_OTHERS = ("coordinator-1", "dbserver-1", "dbserver-3")
_MAY_LIVE = tuple(f"snapshot/metrics/{name}.after.txt" for name in _OTHERS)
_CORES_GO_TO_A_PROGRAM = (
    "--run_under=unshare -rm sh -c '"
    'echo "|/usr/bin/takes-cores %p" >"$TEST_TMPDIR/pattern"; '
    'mount --bind "$TEST_TMPDIR/pattern" /proc/sys/kernel/core_pattern && exec "$@"'
    "' sh"
)
"""Only what is read of the machine's setting is another: the kernel goes by its own."""
_DAMAGES_ITS_DUMP = """\
async def test_a(arango, database, upgrade):
    from pathlib import Path

    people = await database.create_collection("people")
    await people.insert_many([{"number": number} for number in range(1000)])
    async for stage in upgrade.by_dump():
        for path in Path(upgrade.dump_directory).rglob("people_*.data.json.gz"):
            path.write_bytes(path.read_bytes()[:-100])
"""
_ANNOUNCES = """\
async def test_a(arango_single_server):
    server = arango_single_server.only_server
    async with server.expect_crash(signal.SIGSEGV, timeout_s={timeout_s}):
        {body}
"""


def _of_tools(*calls: str) -> tuple[str, ...]:
    """Files of calls of client tools."""
    return tuple(f"client_tools/{call}/{file}" for call in calls for file in ("command_line.txt", "output.log"))


SERVER_CANARIES = (
    Canary(
        name="segv",
        what="a server crashes by SIGSEGV",
        test=_KILLS_ITS_SERVER.format(signal="SIGSEGV"),
        headline="single-1 died unasked during suite/segv_test.py::test_a: signal 11 (SIGSEGV): "
        "SIGSEGV in thread MainThread in …",
        outcome="crashed",
        exit_code=4,
        cases={"server_died.single-1": "error", "test_a": "passed"},
        files=(*of_server(*CORE), *of_server(incarnation=2), *SNAPSHOT),
        shown={"server_died.single-1": ("ready for business", "--- backtrace of the crash handler:", "the core is in")},
    ),
    Canary(
        name="core_goes_to_a_program",
        what="the same where `core_pattern` gives cores to a program of the machine",
        test=_KILLS_ITS_SERVER.format(signal="SIGSEGV"),
        attributes='network = "leases"',
        headline="single-1 died unasked during suite/core_goes_to_a_program_test.py::test_a: signal 11 (SIGSEGV): "
        "SIGSEGV in thread MainThread in …",
        outcome="crashed",
        exit_code=4,
        cases={"server_died.single-1": "error", "test_a": "passed"},
        files=(*of_server(), *of_server(incarnation=2), *SNAPSHOT),
        shown={"server_died.single-1": ("--- backtrace of the crash handler:",)},
        notes=('cores go to a program of the machine (core_pattern is "|/usr/bin/takes-cores %p")',),
        flags=(_CORES_GO_TO_A_PROGRAM,),
        mounts=True,
    ),
    Canary(
        name="abort",
        what="a server aborts by itself",
        test="async def test_a(arango_single_server):\n"
        "    client = arango_single_server.only_server.client\n"
        "    await client.put('/_admin/debug/crash?signal=SIGABRT')\n",
        headline="single-1 died unasked during suite/abort_test.py::test_a: signal 6 (SIGABRT): "
        "SIGABRT in thread MainThread in …",
        outcome="crashed",
        exit_code=4,
        cases={"server_died.single-1": "error", "test_a": "failure"},
        files=(*of_server(*CORE), *of_server(incarnation=2), *SNAPSHOT),
    ),
    Canary(
        name="killed",
        what="a server is killed by SIGKILL from outside, as the kernel does when memory is short",
        test=_KILLS_ITS_SERVER.format(signal="SIGKILL"),
        headline="single-1 died unasked during suite/killed_test.py::test_a: signal 9 (SIGKILL)"
        ", by whoever killed it, or by the kernel because memory was short",
        outcome="crashed",
        exit_code=4,
        cases={"server_died.single-1": "error", "test_a": "passed"},
        files=(*of_server(), *of_server(incarnation=2), *SNAPSHOT),
        shown={"server_died.single-1": ("ready for business",)},
    ),
    Canary(
        name="crash_in_start",
        what="a server crashes while it starts",
        test=PASSES,
        attributes='server_args = ["--standin.crash-at=start:SIGSEGV"]',
        headline="single-1 died while starting: signal 11 (SIGSEGV): SIGSEGV in thread MainThread in …",
        outcome="crashed",
        exit_code=4,
        cases={"server_start_failed.single-1": "error", "test_a": "skipped"},
        may_be_missing=("test_a",),
        files=(*of_server(*CORE), SNAPSHOT[2]),
    ),
    Canary(
        name="port_is_taken",
        what="a server finds its port taken, three times",
        test=PASSES,
        attributes='server_args = ["--standin.exit-at-start=21"], start_timeout_s = 250',
        headline="single-1 died while starting, 3 times: http://…:8529: exit code 21: the port cannot be bound: "
        "somebody else listens there; it logged …",
        outcome="error",
        exit_code=7,
        cases={"infrastructure.single-1": "error", "test_a": "skipped"},
        files=(*of_server(), *of_server(incarnation=2), *of_server(incarnation=3), SNAPSHOT[2]),
        may_be_missing=("test_a",),
        shown={"infrastructure.single-1": ("exit-at-start",)},
    ),
    Canary(
        name="gives_up_in_start",
        what="a server gives up while it starts",
        test=PASSES,
        attributes='server_args = ["--standin.exit-at-start=28"], start_timeout_s = 250',
        headline="single-1 died while starting: exit code 28: too few resources, for instance open files; it logged …",
        outcome="error",
        exit_code=3,
        cases={"server_start_failed.single-1": "error", "test_a": "skipped"},
        files=(*of_server(), SNAPSHOT[2]),
        may_be_missing=("test_a",),
        shown={"server_start_failed.single-1": ("exit-at-start",)},
    ),
    Canary(
        name="dbserver_dies_at_start",
        what="one server of a cluster gives up while it starts",
        test=PASSES,
        attributes='mode = "cluster", args_of = {"dbserver-2": ["--standin.exit-at-start=1"]}, start_timeout_s = 250',
        headline="dbserver-2 died while starting: exit code 1: general failure; it logged …",
        outcome="error",
        exit_code=3,
        cases={"server_start_failed.dbserver-2": "error", "test_a": "skipped"},
        files=tuple(
            path
            for server in ("agent-1", "agent-2", "agent-3", "coordinator-1", "dbserver-1", "dbserver-2", "dbserver-3")
            for path in of_server(server=server)
        )
        + _CLUSTER_SNAPSHOT
        + _MAY_LIVE,
        # the others are stopped wherever they are in their start
        may_be_missing=("test_a", *(f"servers/{name}/1/arangod.log" for name in _OTHERS), *_MAY_LIVE),
    ),
    Canary(
        name="never_ready",
        what="a server never becomes ready",
        test=PASSES,
        attributes='server_args = ["--standin.start-delay-s=300"], start_timeout_s = 2',
        headline="not ready after 2 s: single-1: GET /_api/version: no answer: …",
        outcome="error",
        exit_code=3,
        cases={"server_start_failed.single-1": "error", "test_a": "skipped"},
        files=(*of_server(), SNAPSHOT[2]),
        may_be_missing=("test_a",),
    ),
    Canary(
        name="ignores_sigterm",
        what="a server does not stop in its time",
        test=PASSES,
        attributes='server_args = ["--standin.ignore-sigterm=true"], stop_timeout_s = 1',
        headline="single-1 did not stop within 1 s after SIGTERM and was killed",
        outcome="failed",
        exit_code=1,
        cases={"forced_kill.single-1": "failure", "test_a": "passed"},
        shown={"forced_kill.single-1": ("ready for business",)},
    ),
    Canary(
        name="stop_with_exit_code",
        what="a server ends with an exit code other than 0 when it is stopped",
        test=PASSES,
        attributes='server_args = ["--standin.exit-code-on-stop=1"]',
        headline="single-1 did not end cleanly when it was stopped: exit code 1: general failure",
        outcome="failed",
        exit_code=1,
        cases={"server_stop_failed.single-1": "failure", "test_a": "passed"},
    ),
    Canary(
        name="announced_crash",
        what="a crash that the test announced",
        test=_ANNOUNCES.format(timeout_s=30, body="os.kill(server.pid, signal.SIGSEGV)"),
        status="PASSED",
        headline="",
        outcome="passed",
        exit_code=0,
        cases={"test_a": "passed"},
        files=(*of_server(*CORE), *of_server(incarnation=2)),
    ),
    Canary(
        name="forbidden_upgrade",
        what="an upgrade that ArangoDB does not allow",
        test=PASSES,
        attributes='server = "//tools/arangod_standin:server_4_0", upgrade_to = "//tools/arangod_standin:server"',
        headline="expected an upgrade that ArangoDB allows, found one from 4.0.0 to 3.12.10: a data directory cannot "
        "go back to an older version; exchange from_server and to_server; or set by_dump = True and bring the data "
        "over by arangodump and arangorestore, which may skip versions",
        outcome="error",
        exit_code=3,
        cases={"run_not_started": "error"},
        files=(),
    ),
    Canary(
        name="damaged_dump",
        what="an upgrade by a dump, which is damaged",
        test=_DAMAGES_ITS_DUMP,
        attributes='server = "//tools/arangod_standin:server_4_0", upgrade_by_dump = True, '
        'upgrade_to = "//tools/arangod_standin:server"',
        headline="suite/damaged_dump_test.py::test_a: ClientToolError: arangorestore should end with exit code 0; "
        "it ended with exit code 1 (general failure)",
        outcome="failed",
        exit_code=1,
        cases={"test_a": "failure"},
        files=(*of_server(), *of_server(incarnation=2), *SNAPSHOT, *_of_tools("1-arangodump", "2-arangorestore")),
        shown={"test_a": ("output.log", "people", "is damaged")},
    ),
    Canary(
        name="announced_crash_is_missing",
        what="a crash was announced and does not come",
        test=_ANNOUNCES.format(timeout_s=0.5, body="pass"),
        headline="suite/announced_crash_is_missing_test.py::test_a: CrashMissingError: single-1: "
        "a crash by SIGSEGV was announced and did not come within 0.5 s",
        outcome="failed",
        exit_code=1,
        cases={"test_a": "failure"},
        files=(*of_server(), *SNAPSHOT),
    ),
)
"""The stand-in misbehaves as its options say, or is sent a signal."""
