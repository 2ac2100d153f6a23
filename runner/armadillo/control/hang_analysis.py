"""What everybody is doing when the time is up: asked while they still answer, then looked at from outside.

In this order, because each step disturbs the next one's picture: questions over HTTP, then SIGSTOP for all servers at
once (so that the stacks belong to one moment), then stacks of the test process and, by a quick look, of all servers;
then the tasks of our own, and with the time that is left the servers' full stacks by gdb. The stop ladder wakes the
servers up again.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..arangodb import http_probe
from ..arangodb.jwt import superuser_token
from ..model.role import Role
from ..model.stacks_request import END_OF_STACKS, MAIN_TITLE, STACKS_SIGNAL, THREADS_SIGNAL
from ..observe.eu_stack import has_eu_stack, quick_stacks_of_process
from ..observe.gdb import DebuggerError, stacks_of_process
from ..observe.idle_threads import IDLE_THREADS
from ..observe.python_stacks import place_of_test, readable_stacks
from ..observe.thread_stacks import ProcessStacks
from ..process.child import Child
from ..process.deadline import Deadline
from .running_deployment import RunningDeployment
from .running_server import RunningServer

REPORT_NAME = "hang.txt"
_QUESTIONS_SHARE = 0.35
_FIRST_QUESTION_SHARE = 0.8
"""Of that; who has not answered one question by then is asked no other."""
_QUESTION_MOST_S = 1.0
_QUICK_MOST_S = 2.0
_STACKS_MOST_S = 10.0
_TEST_STACKS_MOST_S = 1.0
"""For each of two ways to ask for them."""
_POLL_S = 0.02
_LEAST_S = 0.1
_SIGNS = 120
_TASK_FRAMES = 8
_QUESTIONS = ("/_admin/status", "/_api/query/current?all=true", "/_api/transaction")
_AGENT_QUESTIONS = ("/_admin/status", "/_api/agency/config")
_WAITING = ("futex", "pthread_mutex_lock", "__lll_lock_wait", "pthread_rwlock", "std::mutex::lock", "std::shared_mutex")


class HangAnalysis:
    """One look at a run that does not end; `collect` never raises and keeps to its time.

    `stacks_path` is where the test process writes its stacks when it is told to; "" for one that cannot.
    """

    def __init__(
        self, deployment: RunningDeployment, test_process: Child, stacks_path: str, outputs_directory: str
    ) -> None:
        self._deployment = deployment
        self._test_process = test_process
        self._stacks_path = stacks_path
        self._directory = os.path.join(outputs_directory, "hang")
        self._answers: list[str] = []
        self._place = ""
        self._parts: list[str] = []
        self._stacks: dict[str, ProcessStacks] = {}
        self._problems: dict[str, str] = {}
        self._function = ""

    async def collect(self, budget_s: float, node_id: str = "") -> tuple[str, str]:
        """Answers one line that says who waits, and the whole report; both are also in ``hang/`` of the outputs.

        `node_id` is the case that runs. The questions may take a third of the time, so that the stacks are never too
        late: servers that hang are those that do not answer.
        """
        deadline = Deadline(budget_s)
        self._function = node_id.rpartition("::")[2].partition("[")[0]
        questions_s = budget_s * _QUESTIONS_SHARE
        question_s = min(_QUESTION_MOST_S, questions_s * _FIRST_QUESTION_SHARE)
        await self._step(self._ask_servers(question_s), questions_s)
        self._suspend_servers()
        vital = [self._stacks_of_test_process(deadline), *([self._quick_look(deadline)] if has_eu_stack() else [])]
        await asyncio.gather(*(self._step(step, deadline.left_s) for step in vital))
        await self._step(self._own_tasks(), deadline.left_s)
        await self._save()  # what comes now takes longest, and somebody may lose his patience
        await self._step(self._full_stacks(deadline), deadline.left_s)
        await self._save()
        return "; ".join(self._summary()) or "nobody was seen to wait", self._report()

    async def _step(self, step: Awaitable[None], limit_s: float) -> None:
        try:
            await asyncio.wait_for(step, max(limit_s, _LEAST_S))
        except TimeoutError:
            self._parts.append("--- a step of the analysis had no more time; what it would have shown is missing")
        except Exception as error:
            self._parts.append(f"--- a step of the analysis broke: {type(error).__name__}: {error}")

    def _summary(self) -> list[str]:
        waiting = [line for name, stacks in self._stacks.items() for line in _waiting(name, stacks)]
        return [*self._answers, *waiting, *([f"the test waits in {self._place}"] if self._place else [])]

    def _report(self) -> str:
        """Servers first, each as it was seen best."""
        servers = [f"--- stacks of {name}:\n{stacks.render(IDLE_THREADS)}" for name, stacks in self._stacks.items()]
        missing = [f"--- {problem}" for name, problem in self._problems.items() if name not in self._stacks]
        return "\n".join([*servers, *missing, *self._parts])

    async def _save(self) -> None:
        with suppress(OSError):
            await asyncio.to_thread(self._write, REPORT_NAME, self._report())

    def _write(self, name: str, text: str) -> None:
        os.makedirs(self._directory, exist_ok=True)
        Path(self._directory, name).write_text(text, encoding="utf-8")

    # -- questions ----------------------------------------------------------------------------------------------------
    async def _ask_servers(self, question_s: float) -> None:
        await asyncio.gather(*[self._ask(server, question_s) for server in self._living()])

    def _living(self) -> list[RunningServer]:
        return [server for server in self._deployment.servers.values() if server.is_alive]

    async def _ask(self, server: RunningServer, question_s: float) -> None:
        secret = self._deployment.jwt_secret
        headers = {"Authorization": f"bearer {superuser_token(secret)}"} if secret else {}
        questions = _AGENT_QUESTIONS if server.plan.role is Role.AGENT else _QUESTIONS
        answers: dict[str, Any] = {}
        for path in questions:
            answer = await asyncio.to_thread(http_probe.get, server.plan.http_endpoint, path, headers, question_s)
            answers[path] = answer.body if answer.status else answer.problem
            if not answer.status:
                self._answers.append(f"{server.name} does not answer")
                break
        queries = answers.get("/_api/query/current?all=true", {})
        running = queries.get("result", []) if isinstance(queries, dict) else []
        self._answers += [
            f"{server.name} runs for {float(query.get('runTime', 0)):.1f} s: {str(query.get('query', ''))[:_SIGNS]}"
            for query in running
            if isinstance(query, dict)
        ]
        with suppress(OSError):
            await asyncio.to_thread(self._write, f"{server.name}.json", json.dumps(answers, indent=2, default=str))

    # -- stacks -------------------------------------------------------------------------------------------------------
    def _suspend_servers(self) -> None:
        for server in self._living():
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGSTOP)

    async def _quick_look(self, deadline: Deadline) -> None:
        """Functions without lines, in a moment: what a run has that has no time for more."""
        await self._look_by(quick_stacks_of_process, min(_QUICK_MOST_S, deadline.left_s))

    async def _full_stacks(self, deadline: Deadline) -> None:
        """With source lines; where they cannot be had in time, the quick look stays."""
        await self._look_by(stacks_of_process, min(_STACKS_MOST_S, deadline.left_s))

    async def _look_by(self, look: Callable[[int, float], Awaitable[ProcessStacks]], limit_s: float) -> None:
        async def one(server: RunningServer) -> None:
            try:
                self._stacks[server.name] = await look(server.pid, limit_s)
            except (DebuggerError, OSError) as error:
                self._problems[server.name] = f"no stacks of {server.name}: {error}"

        await asyncio.gather(*(one(server) for server in self._living()))

    async def _stacks_of_test_process(self, deadline: Deadline) -> None:
        """It writes them itself on our signal; one whose interpreter does not answer at least those of its threads."""
        if not self._stacks_path:
            await self._stacks_of_program(deadline)
            return
        text = await self._ask_test_process(STACKS_SIGNAL, deadline, lambda text: END_OF_STACKS in text)
        if END_OF_STACKS not in text:
            text = await self._ask_test_process(THREADS_SIGNAL, deadline, lambda text: MAIN_TITLE in text) or text
        if not text:
            self._parts.append("--- no stacks of the test process: it does not take signals")
            return
        self._parts.append(f"--- stacks of the test process:\n{readable_stacks(text, self._function)}")
        self._place = place_of_test(text, self._function)

    async def _stacks_of_program(self, deadline: Deadline) -> None:
        """A program that is not ours would die of our signal: it is looked at from outside, as servers are."""
        look = quick_stacks_of_process if has_eu_stack() else stacks_of_process
        try:
            stacks = await look(self._test_process.pid, min(_QUICK_MOST_S, deadline.left_s))
        except (DebuggerError, OSError) as error:
            self._parts.append(f"--- no stacks of the test process: {error}")
        else:
            self._parts.append(f"--- stacks of the test process:\n{stacks.render(())}")

    async def _ask_test_process(self, number: int, deadline: Deadline, is_whole: Callable[[str], bool]) -> str:
        """What it writes after a signal, as far as it has come after a moment."""
        before = _size(self._stacks_path)
        self._test_process.signal(number)
        waited, text = Deadline(min(_TEST_STACKS_MOST_S, deadline.left_s / 2)), ""
        while not waited.passed:
            await asyncio.sleep(_POLL_S)
            last, text = text, await asyncio.to_thread(_read_from, self._stacks_path, before)
            if is_whole(text) and text == last:
                break
        return text

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
        own = next((frame for frame in thread.frames if frame.is_own), None)
        above = " ".join(frame.function for frame in itertools.takewhile(lambda frame: not frame.is_own, thread.frames))
        waits = "lock" in above and any(word in above for word in _WAITING)
        if own is not None and waits and not thread.is_idle(IDLE_THREADS):
            found.append(f"{server} thread {thread.number} waits for a lock in {own}")
    return found[:4]


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
