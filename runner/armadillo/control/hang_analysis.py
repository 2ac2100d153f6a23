"""What everybody is doing when the time is up: asked while they still answer, then looked at from outside.

In this order, because each step disturbs the next one's picture: questions over HTTP, then SIGSTOP for all servers at
once (so that the stacks belong to one moment), then stacks of servers, test process and our own tasks. The stop ladder
wakes the servers up again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..arangodb import http_probe
from ..arangodb.jwt import superuser_token
from ..model.role import Role
from ..model.stacks_request import STACKS_SIGNAL
from ..observe.gdb import DebuggerError, stacks_of_process
from ..observe.idle_threads import IDLE_THREADS
from ..observe.thread_stacks import ProcessStacks
from ..process.child import Child
from ..process.deadline import Deadline
from .running_deployment import RunningDeployment
from .running_server import RunningServer

REPORT_NAME = "hang.txt"
_QUESTION_TIMEOUT_S = 1.0
_STACKS_TIMEOUT_S = 10.0
_TEST_STACKS_WAIT_S = 1.0
_POLL_S = 0.02
_SIGNS = 120
_TASK_FRAMES = 8
_QUESTIONS = ("/_admin/status", "/_api/query/current?all=true", "/_api/transaction")
_AGENT_QUESTIONS = ("/_admin/status", "/_api/agency/config")
_LIBRARIES = ("site-packages", "/lib/python", '"<frozen ')
_OWN_FILES = ("armadillo/", os.path.join(os.path.dirname(os.path.dirname(__file__)), ""))
"""Our own code, as it is named in the packed runner and beside this file."""
_WAITING = ("futex", "pthread_mutex_lock", "__lll_lock_wait", "pthread_rwlock", "std::mutex::lock", "std::shared_mutex")


class HangAnalysis:
    """One look at a run that does not end; `collect` never raises and keeps to its time."""

    def __init__(
        self, deployment: RunningDeployment, test_process: Child, stacks_path: str, outputs_directory: str
    ) -> None:
        self._deployment = deployment
        self._test_process = test_process
        self._stacks_path = stacks_path
        self._directory = os.path.join(outputs_directory, "hang")
        self._summary: list[str] = []
        self._parts: list[str] = []

    async def collect(self, budget_s: float) -> tuple[str, str]:
        """Answers one line that says who waits, and the whole report; both are also in ``hang/`` of the outputs."""
        deadline = Deadline(budget_s)
        steps: Sequence[Awaitable[None]] = (
            self._ask_servers(),
            self._stacks_of_servers(deadline),
            self._stacks_of_test_process(),
            self._own_tasks(),
        )
        for step in steps:
            try:
                await asyncio.wait_for(step, max(deadline.left_s, 0.1))
            except TimeoutError:
                self._parts.append("--- the time for looking is up; what follows is missing")
            except Exception as error:
                self._parts.append(f"--- a step of the analysis broke: {type(error).__name__}: {error}")
        report = "\n".join(self._parts)
        with suppress(OSError):
            await asyncio.to_thread(self._write, REPORT_NAME, report)
        return "; ".join(self._summary) or "nobody was seen to wait", report

    def _write(self, name: str, text: str) -> None:
        os.makedirs(self._directory, exist_ok=True)
        Path(self._directory, name).write_text(text, encoding="utf-8")

    # -- questions ----------------------------------------------------------------------------------------------------
    async def _ask_servers(self) -> None:
        await asyncio.gather(*[self._ask(server) for server in self._living()])

    def _living(self) -> list[RunningServer]:
        return [server for server in self._deployment.servers.values() if server.is_alive]

    async def _ask(self, server: RunningServer) -> None:
        secret = self._deployment.jwt_secret
        headers = {"Authorization": f"bearer {superuser_token(secret)}"} if secret else {}
        questions = _AGENT_QUESTIONS if server.plan.role is Role.AGENT else _QUESTIONS
        answers: dict[str, Any] = {}
        for path in questions:
            answer = await asyncio.to_thread(
                http_probe.get, server.plan.http_endpoint, path, headers, _QUESTION_TIMEOUT_S
            )
            answers[path] = answer.body if answer.status else answer.problem
            if not answer.status:
                self._summary.append(f"{server.name} does not answer")
                break
        queries = answers.get("/_api/query/current?all=true", {})
        running = queries.get("result", []) if isinstance(queries, dict) else []
        self._summary += [
            f"{server.name} runs for {float(query.get('runTime', 0)):.1f} s: {str(query.get('query', ''))[:_SIGNS]}"
            for query in running
            if isinstance(query, dict)
        ]
        with suppress(OSError):
            await asyncio.to_thread(self._write, f"{server.name}.json", json.dumps(answers, indent=2, default=str))

    # -- stacks -------------------------------------------------------------------------------------------------------
    async def _stacks_of_servers(self, deadline: Deadline) -> None:
        servers = self._living()
        pids = {server.name: server.pid for server in servers}
        for pid in pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        limit_s = min(_STACKS_TIMEOUT_S, max(deadline.left_s - _TEST_STACKS_WAIT_S, 1.0))
        found = await asyncio.gather(
            *[stacks_of_process(pid, limit_s) for pid in pids.values()], return_exceptions=True
        )
        for name, stacks in zip(pids, found, strict=True):
            if isinstance(stacks, ProcessStacks):
                self._parts.append(f"--- stacks of {name}:\n{stacks.render(IDLE_THREADS)}")
                self._summary += _waiting(name, stacks)
            elif isinstance(stacks, DebuggerError | OSError):
                self._parts.append(f"--- no stacks of {name}: {stacks}")
            else:
                raise stacks

    async def _stacks_of_test_process(self) -> None:
        """faulthandler writes them on our signal, also when Python hangs in C code; no right to trace is needed."""
        before = _size(self._stacks_path)
        self._test_process.signal(STACKS_SIGNAL)
        waited = Deadline(_TEST_STACKS_WAIT_S)
        last = before
        while not waited.passed:
            await asyncio.sleep(_POLL_S)
            now = _size(self._stacks_path)
            if now > before and now == last:
                break
            last = now
        text = await asyncio.to_thread(_read_from, self._stacks_path, before)
        if not text:
            self._parts.append("--- no stacks of the test process: it does not take signals")
            return
        self._parts.append(f"--- stacks of the test process:\n{text}")
        place = place_of_test(text)
        if place:
            self._summary.append(f"the test waits in {place}")

    async def _own_tasks(self) -> None:
        lines = []
        for task in asyncio.all_tasks():
            # not task.print_stack: it trips over frames without a line, as code from an archive can have
            places = [f"{frame.f_code.co_name}:{frame.f_lineno}" for frame in task.get_stack(limit=_TASK_FRAMES)]
            lines.append(f"{task.get_name()}: {' > '.join(places)}")
        self._parts.append("--- tasks of the runner:\n" + "\n".join(sorted(lines)))


def _waiting(server: str, stacks: ProcessStacks) -> list[str]:
    """Threads that wait for a lock, with the function that asked for it."""
    found = []
    for thread in stacks.threads:
        functions = [frame.function for frame in thread.frames]
        if thread.is_idle(IDLE_THREADS) or not any(word in name for name in functions[:4] for word in _WAITING):
            continue
        own = next((frame for frame in thread.frames if frame.is_own), None)
        if own is not None and "lock" in " ".join(functions[:4]):
            found.append(f"{server} thread {thread.number} waits for a lock in {own}")
    return found[:4]


def place_of_test(text: str) -> str:
    """``file:line in function`` of the innermost frame outside of libraries, from faulthandler's text.

    The main thread, on which the signal comes in, is looked at before the others.
    """
    threads = sorted(text.split("\n\n"), key=lambda thread: not thread.startswith("Current thread"))
    for line in "\n".join(threads).splitlines():
        if line.startswith('  File "') and not any(part in line for part in _LIBRARIES):
            file, _, rest = line.removeprefix('  File "').partition('", line ')
            number, _, function = rest.partition(" in ")
            if not file.startswith(_OWN_FILES):
                return f"{os.path.basename(file)}:{number} in {function}"
    return ""


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _read_from(path: str, offset: int) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            file.seek(offset)
            return file.read()
    except OSError:
        return ""
