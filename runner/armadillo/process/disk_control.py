"""The runner's side of the disk supervisor: starting it, putting servers below it, telling it rules."""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import FaultError
from .deadline import Deadline
from .disk_supervisor import LARGEST_MESSAGE_BYTES
from .helper_program import helper_command

PROBE_FILE_PREFIX = ".armadillo-probe-"
_ANSWER_TIMEOUT_S = 10.0
_PROBE_TIMEOUT_S = 60.0
_LONGEST_CONTENT_BYTES = 65536


class ProbeStep(NamedTuple):
    """What became of one step: `error` is an errno, 0 when it went well."""

    action: str
    error: int
    took_s: float


class ProbeResult(NamedTuple):
    """The steps, and what the file holds after the probe's end; None when there is no file."""

    steps: list[ProbeStep]
    content: bytes | None


class DiskControl:
    """Owns the supervisor's process; `close` ends it, and so does the end of the runner."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._popen = subprocess.Popen(
                [*helper_command("disk_supervisor"), str(theirs.fileno())],
                env=env,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Pid of the supervisor."""
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """Exit code or negative signal number of the supervisor; None while it runs, as it does until `close`."""
        return self._popen.poll()

    @property
    def descriptor(self) -> int:
        """The descriptor that a process made of `wrap` must inherit."""
        return self._ours.fileno()

    def wrap(self, server: str, database_directory: str, argv: Sequence[str]) -> list[str]:
        """The command line that puts a server below the supervisor and then becomes `argv` (with its pid)."""
        return [*helper_command("disk_launch"), str(self.descriptor), server, database_directory, "", *argv]

    async def probe(
        self, server: str, database_directory: str, identifier: str, steps: Sequence[tuple[str, int]]
    ) -> ProbeResult:
        """Lets a process of its own do `disk_probe` steps in the server's database directory, below one rule only.

        It finds the disk as the server does, with that rule as it was when imposed. Raises `FaultError`.
        """
        path = os.path.join(database_directory, f"{PROBE_FILE_PREFIX}{identifier}")
        command = [*helper_command("disk_launch"), str(self.descriptor), server, database_directory, identifier]
        command += [*helper_command("disk_probe"), path, json.dumps(steps)]

        try:
            steps_done = await asyncio.to_thread(_run_probe, command, self.descriptor)
            deadline = Deadline(_ANSWER_TIMEOUT_S)
            while (await self.status_of(server))["probes"] and not deadline.passed:
                continue  # each look is a round trip: the supervisor sees the probe's end in its own time
            return ProbeResult(steps_done, await asyncio.to_thread(_content_of, path))
        except subprocess.TimeoutExpired:
            raise FaultError(f"a probe of {server}'s disk took more than {_PROBE_TIMEOUT_S:g} s") from None
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    async def impose(self, server: str, identifier: str, rule: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Puts a rule of `disk_rules.RULES` in force; answers the status. Raises `FaultError`."""
        return await self._ask({**values, "verb": "impose", "server": server, "id": identifier, "rule": rule})

    async def lift(self, server: str, identifier: str) -> dict[str, Any]:
        """Takes a rule away, if it is there; answers the status. Raises `FaultError`."""
        return await self._ask({"verb": "lift", "server": server, "id": identifier})

    async def status_of(self, server: str) -> dict[str, Any]:
        """See `disk_supervisor.Disk.status`. Raises `FaultError`."""
        return await self._ask({"verb": "status", "server": server})

    async def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            ours.setblocking(False)
            try:
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
                self._ours.sendmsg([json.dumps(request).encode()], rights)
                theirs.close()
                receiving = asyncio.get_running_loop().sock_recv(ours, LARGEST_MESSAGE_BYTES)
                data = await asyncio.wait_for(receiving, _ANSWER_TIMEOUT_S)
            except (OSError, TimeoutError) as error:
                raise FaultError(f"the disk supervisor (pid {self.pid}) does not answer: {error!r}") from None
            finally:
                theirs.close()
        if not data:
            raise FaultError(f"the disk supervisor (pid {self.pid}) ended; its servers' writes fail with ENOSYS now")
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            raise FaultError(f"the disk supervisor refused {request['verb']}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Ends the supervisor, which kills what is still below it."""
        self._ours.close()
        self._popen.wait()


def _run_probe(command: Sequence[str], descriptor: int) -> list[ProbeStep]:
    ended = subprocess.run(
        command, check=False, pass_fds=(descriptor,), capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S
    )
    steps = [ProbeStep(*json.loads(line)) for line in ended.stdout.splitlines()]
    if not steps:
        raise FaultError(f"a probe of the disk ended with {ended.returncode} and said: {ended.stderr.strip()}")
    return steps


def _content_of(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST_CONTENT_BYTES)
    except FileNotFoundError:
        return None
