"""Faults of limits, processor and clock on a living stand-in: in effect, not only set, and gone behind the fault."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.control.kept_fault import KeptFault
from armadillo.errors import ArangoUnavailableError, FaultError, FaultRequestError
from armadillo.process.faketime import library_path
from armadillo.process.living_limits import MEMORY, OPEN_FILES, soft_limit

from tests.framework.runner.support.plans import single
from tests.framework.runner.support.running import World, world
from tests.framework.runner.support.standin_program import standin_executable
from tests.framework.runner.support.waiting import until

SERVER = "single-1"


def in_world(tmp_path: Path, story: Callable[[World], Any], faults: tuple[str, ...] = (), standin: bool = True) -> None:
    """Runs a story on a started single server."""

    async def run() -> None:
        executable = standin_executable(tmp_path) if standin else ""
        deployment = single(prepared_faults=list(faults), authentication=False)
        async with world(tmp_path, deployment, executable=executable) as made:
            await made.running.start()
            await story(made)

    asyncio.run(run())


def call(made: World, method: str, path: str, body: Any = None, timeout_s: float = 60.0) -> Any:
    """Status and body of one request over a connection of its own."""
    client = BlockingClient(made.running.server(SERVER).plan.http_endpoint, {}, timeout_s)
    try:
        reply = client.send(method, path, body)
        return reply.status, reply.body
    finally:
        client.close()


def pid_of(made: World) -> int:
    """The server's process."""
    return made.running.server(SERVER).pid


def test_no_file_can_be_opened(tmp_path: Path) -> None:
    """A new connection cannot be accepted while the limit holds; it is behind it."""

    async def story(made: World) -> None:
        pid = pid_of(made)
        before = soft_limit(pid, OPEN_FILES)
        plan = made.running.server(SERVER).plan
        kept = await made.faults.inject("resource.open_files_limit", [SERVER], {})
        assert soft_limit(pid, OPEN_FILES) == len(os.listdir(f"/proc/{pid}/fd"))
        with socket.create_connection((plan.address, plan.port), 5.0) as connection:
            connection.sendall(b"GET /_api/version HTTP/1.1\r\nHost: server\r\n\r\n")
            connection.settimeout(0.5)
            try:
                answer = connection.recv(100)
            except (TimeoutError, ConnectionResetError):
                answer = b""
            assert answer == b""
            await made.faults.heal(kept.fault_id)
        assert soft_limit(pid, OPEN_FILES) == before
        assert call(made, "GET", "/_api/version")[0] == 200
        assert pid_of(made) == pid

    in_world(tmp_path, story)


def test_memory_is_limited(tmp_path: Path) -> None:
    """A request that needs more memory than there is left does not get it; behind the limit it does."""

    async def story(made: World) -> None:
        pid = pid_of(made)
        text = {"text": "x" * 30_000_000}
        assert call(made, "POST", "/_api/collection", {"name": "people"})[0] == 200
        kept = await made.faults.inject("resource.memory_limit", [SERVER], {"headroom_bytes": 10_000_000})
        assert f"limit {soft_limit(pid, MEMORY)}" in kept.proof
        server = made.running.server(SERVER)
        with contextlib.suppress(ArangoUnavailableError):  # no answer is as good as a refusal
            assert call(made, "POST", "/_api/document/people", text, timeout_s=5.0)[0] >= 400
        await made.faults.heal(kept.fault_id)
        if server.pid == pid:
            assert soft_limit(pid, MEMORY) == -1
            assert call(made, "POST", "/_api/document/people", text)[0] in (201, 202)

    in_world(tmp_path, story)


def test_the_processor_is_shared_out(tmp_path: Path) -> None:
    """The server runs in turns on one core and falls behind the clock; behind the fault all cores are its own again."""

    async def story(made: World) -> None:
        pid = pid_of(made)
        cores = os.sched_getaffinity(pid)
        spin = tmp_path / "spin"
        spin.touch()
        kept = await made.faults.inject("resource.cpu_limit", [SERVER], {"share_percent": 20.0})
        assert len(os.sched_getaffinity(pid)) == 1
        used_s, began_s = cpu_time_s(pid), time.monotonic()
        until("some time has passed", lambda: time.monotonic() - began_s > 2.0)
        share = (cpu_time_s(pid) - used_s) / (time.monotonic() - began_s)
        assert 0.0 < share < 0.5
        assert "bound to core" in kept.proof
        await made.faults.heal(kept.fault_id)
        assert os.sched_getaffinity(pid) == cores
        assert pid_of(made) == pid

    async def run() -> None:
        args = {"server_args": ["--tiny.spin-file", str(tmp_path / "spin")]}
        async with world(tmp_path, single(authentication=False, **args)) as made:
            await made.running.start()
            await story(made)

    asyncio.run(run())


def cpu_time_s(pid: int) -> float:
    """Processor time that a process has used (proc(5): utime and stime)."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


needs_faketime = pytest.mark.skipif(not library_path(), reason="libfaketime is not on this machine")


def offset_s(made: World) -> float:
    """How far the server's clock is ahead, by its own word."""
    told: float = call(made, "GET", "/_admin/time")[1]["time"]
    return told - time.time()


@needs_faketime
@pytest.mark.parametrize("seconds", [86400.0, -3600.0])
def test_the_clock_is_off(tmp_path: Path, seconds: float) -> None:
    """The server tells another time than ours, also after a restart; behind the fault it tells ours."""

    async def story(made: World) -> None:
        kept = await made.faults.inject("clock.skew", [SERVER], {"offset_s": seconds})
        assert abs(offset_s(made) - seconds) < 5
        await made.running.restart_all(True, 30.0)
        assert abs(offset_s(made) - seconds) < 5
        await made.faults.heal(kept.fault_id)
        assert abs(offset_s(made)) < 5
        assert made.findings() == []
        left = [name for name in os.listdir("/dev/shm") if "faketime" in name]
        assert left == []

    in_world(tmp_path, story, ("clock",))


@needs_faketime
def test_the_clock_jumps_there_and_back(tmp_path: Path) -> None:
    """Both ends of the jump are seen, again and again, until the fault is healed."""

    async def story(made: World) -> None:
        kept = await made.faults.inject("clock.jump", [SERVER], {"offset_s": 1000.0, "pause_s": 2.5})
        for wanted in (0.0, 1000.0):
            await seen(made, wanted)
        await made.faults.heal(kept.fault_id)
        assert abs(offset_s(made)) < 5

    async def seen(made: World, wanted_s: float) -> None:
        await asyncio.to_thread(until, f"off by {wanted_s:g} s", lambda: abs(offset_s(made) - wanted_s) < 5)

    in_world(tmp_path, story, ("clock",))


def test_a_clock_must_have_been_prepared(tmp_path: Path) -> None:
    """Without the attribute the error names it."""

    async def story(made: World) -> None:
        with pytest.raises(FaultRequestError, match=r'faults = \["clock"\]'):
            await made.faults.inject("clock.skew", [SERVER], {"offset_s": 10.0})

    in_world(tmp_path, story, standin=False)


@pytest.mark.parametrize(
    ("kind", "parameters", "told"),
    [
        ("resource.memory_limit", {}, "limit_bytes or headroom_bytes"),
        ("resource.cpu_limit", {"share_percent": 100.0}, "share_percent"),
        ("clock.skew", {"offset_s": 0.5}, "cannot be told from none"),
    ],
)
def test_values_out_of_range_are_refused(tmp_path: Path, kind: str, parameters: dict[str, Any], told: str) -> None:
    """The error says which and why."""

    async def story(made: World) -> None:
        with pytest.raises(FaultError, match=told):
            await made.faults.inject(kind, [SERVER], parameters)

    in_world(tmp_path, story, standin=False)


def test_a_limited_server_that_was_killed_is_healed(tmp_path: Path) -> None:
    """A limit ends with its process: the recovery says so and leaves the next one alone."""

    async def story(made: World) -> None:
        kept: list[KeptFault] = []
        for kind, parameters in (("resource.open_files_limit", {"headroom": 50}), ("resource.cpu_limit", {})):
            kept.append(await made.faults.inject(kind, [SERVER], parameters))
        await made.running.server(SERVER).kill(0, "test")
        await made.running.start_server(SERVER, (), False, True, 30.0)
        for one in reversed(kept):
            await made.faults.heal(one.fault_id)
            assert "is gone" in one.proof_of_recovery

    in_world(tmp_path, story, standin=False)
