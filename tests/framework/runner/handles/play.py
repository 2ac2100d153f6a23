"""Handles on a scripted runner and a scripted ArangoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from armadillo.handles.control_channel import ControlChannel
from armadillo.handles.run import Run
from armadillo_api.v1 import control_pb2

from tests.framework.runner.support.scripted_runner import TOKEN, ScriptedRunner


def scripted_runner(directory: Path, servers: Iterable[control_pb2.Server]) -> ScriptedRunner:
    """A runner on a socket in this (short) directory."""
    return ScriptedRunner(str(directory / "s"), servers)


@asynccontextmanager
async def running(runner: ScriptedRunner) -> AsyncIterator[Run]:
    """What a test process holds of this run, on the current loop."""
    with runner:
        run = Run(ControlChannel(runner.socket_path, TOKEN), runner.description)
        try:
            yield run
        finally:
            await run.close()
