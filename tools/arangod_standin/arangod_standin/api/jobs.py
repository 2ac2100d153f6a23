"""Asynchronous jobs: requests with ``x-arango-async``, and ``/_api/job`` to ask for their results."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, error_response, json_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..context import ServerContext
    from ..http.message import Request

    Answer = Callable[[Request], Awaitable[Response]]

_ID_HEADER = "x-arango-async-id"


def is_asynchronous(request: Request) -> bool:
    """Say whether a request asks to run on its own (``true`` or ``store``)."""
    return request.headers["x-arango-async"].strip().lower() in ("true", "store")


class Job:
    """One request that runs on its own; `response` is there once it is done, `done_s` is wall-clock time."""

    __slots__ = ("done_s", "id", "response", "task", "user")

    def __init__(self, job_id: str, user: str) -> None:
        self.id = job_id
        self.user = user
        self.response: Response | None = None
        self.done_s = 0.0
        self.task: asyncio.Task[None] | None = None


class JobRegistry:
    """The stored jobs of a server, each seen only by the user who sent it."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._jobs: dict[str, Job] = {}
        self._ids = itertools.count(time.time_ns() // 1_000_000)

    def start(self, request: Request, answer: Answer) -> Response:
        """Let a request run on its own; with ``x-arango-async: store`` its response is kept."""
        job = Job(self._context.own_id(next(self._ids)), request.user)
        stored = request.headers.get("x-arango-async", "").strip().lower() == "store"
        if stored:
            self._jobs[job.id] = job
        job.task = self._context.spawn(self._run(job, request, answer))
        return Response(202, b"", [(_ID_HEADER, job.id)] if stored else [])

    @staticmethod
    async def _run(job: Job, request: Request, answer: Answer) -> None:
        try:
            job.response = await answer(request)
        except asyncio.CancelledError:
            job.response = error_response(ArangoError(errors.REQUEST_CANCELED))
            raise
        finally:
            job.done_s = time.time()

    def find(self, job_id: str, user: str) -> Job:
        """Return a stored job. Raises ArangoError 404 (not a number of ArangoDB's own)."""
        job = self._jobs.get(job_id)
        if job is None or job.user != user:
            raise ArangoError(errors.HTTP_NOT_FOUND)
        return job

    def of_user(self, user: str, *, done: bool) -> list[Job]:
        """Return the user's stored jobs that are done, or those that are not."""
        return [job for job in self._jobs.values() if job.user == user and (job.response is not None) == done]

    def forget(self, job: Job) -> None:
        """Drop a job; one that still runs goes on, its response is not kept."""
        self._jobs.pop(job.id, None)

    def counts(self) -> tuple[int, int]:
        """Return how many stored jobs are pending and done."""
        done = sum(job.response is not None for job in self._jobs.values())
        return len(self._jobs) - done, done


def registry_of(context: ServerContext) -> JobRegistry:
    """Return the server's jobs; made at the first need."""
    if context.jobs is None:
        context.jobs = JobRegistry(context)
    return context.jobs


class JobApi:
    """Handlers below ``/_api/job``."""

    def __init__(self, context: ServerContext) -> None:
        self._jobs = registry_of(context)
        add = context.router.add
        add("GET", "/_api/job/*", self.look)
        add("PUT", "/_api/job/*", self.fetch)
        add("PUT", "/_api/job/*/cancel", self.cancel)
        add("DELETE", "/_api/job/*", self.delete)

    async def look(self, request: Request, word: str) -> Response:
        """GET: the ids of ``pending`` or ``done`` jobs, or 200 or 204 for one job."""
        if word in ("pending", "done"):
            count = request.parameters.get("count", "100")
            limit = int(count) if count.isdigit() else 100
            jobs = self._jobs.of_user(request.user, done=word == "done")
            return json_response(200, [job.id for job in jobs[:limit]])
        if not word.isdigit():
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"unknown kind of jobs '{word}': expected pending or done")
        job = self._jobs.find(word, request.user)
        return Response(204) if job.response is None else Response(200, b"{}")

    async def fetch(self, request: Request, job_id: str) -> Response:
        """PUT: the response of a job, once; 204 while it runs."""
        job = self._jobs.find(job_id, request.user)
        if job.response is None:
            return Response(204)
        self._jobs.forget(job)
        job.response.headers = [*job.response.headers, (_ID_HEADER, job.id)]
        return job.response

    async def cancel(self, request: Request, job_id: str) -> Response:
        """PUT .../cancel: stop a job that still runs."""
        job = self._jobs.find(job_id, request.user)
        if job.task is not None:
            job.task.cancel()
            await asyncio.wait([job.task])
        return json_response(200, {"result": True})

    async def delete(self, request: Request, word: str) -> Response:
        """DELETE of one job, of ``all``, or of those ``expired`` before ``stamp`` (seconds since 1970)."""
        if word == "all":
            for done in (False, True):
                for job in self._jobs.of_user(request.user, done=done):
                    self._jobs.forget(job)
        elif word == "expired":
            try:
                stamp = float(request.parameters["stamp"])
            except (KeyError, ValueError):
                raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting a number of seconds for 'stamp'") from None
            for job in self._jobs.of_user(request.user, done=True):
                if job.done_s < stamp:
                    self._jobs.forget(job)
        else:
            self._jobs.forget(self._jobs.find(word, request.user))
        return json_response(200, {"result": True})
