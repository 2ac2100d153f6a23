"""Statuses of the control service become our exceptions again."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from armadillo.errors import ConditionTimeoutError, ControlError, ServerStartError, ServerStopError
from armadillo.handles.control_channel import ControlChannel

from tests.framework.runner.handles.play import scripted_runner
from tests.framework.runner.support.scripted_runner import TOKEN, ScriptedRunner, server_message

FAILED = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def runner(tmp_path: Path) -> ScriptedRunner:
    """A runner with one dbserver."""
    return scripted_runner(tmp_path, [server_message("dbserver-1")])


async def test_a_verb_answers_the_server_as_it_is_then(runner: ScriptedRunner) -> None:
    """The reply's server comes back."""
    with runner:
        channel = ControlChannel(runner.socket_path, TOKEN)
        server = await channel.verb("Kill", server="dbserver-1", signal=11)
        await channel.close()

    assert server.name == "dbserver-1"
    assert runner.verbs[0][1].signal == 11


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        ((FAILED, "it died\nlast line", "ServerStartError"), ServerStartError, "it died\nlast line"),
        ((FAILED, "it hung", "ServerStopError"), ServerStopError, "it hung"),
        ((FAILED, "it is ready already", "ControlError"), ControlError, "start dbserver-1: it is ready already"),
        ((grpc.StatusCode.NOT_FOUND, "no such server", ""), ControlError, "no such server"),
        ((grpc.StatusCode.DEADLINE_EXCEEDED, "still booting", ""), ConditionTimeoutError, "last seen: still booting"),
    ],
)
async def test_each_refusal_has_its_exception(
    refusal: tuple[grpc.StatusCode, str, str], kind: type[Exception], words: str, runner: ScriptedRunner
) -> None:
    """The class follows from status and metadata, the text is the runner's."""
    runner.refusals["Start"] = refusal
    with runner:
        channel = ControlChannel(runner.socket_path, TOKEN)
        with pytest.raises(kind) as raised:
            await channel.verb("Start", server="dbserver-1", timeout_s=7)
        await channel.close()

    assert type(raised.value) is kind
    assert words in str(raised.value)


async def test_the_token_is_needed(runner: ScriptedRunner) -> None:
    """Another run's token is refused."""
    with runner:
        channel = ControlChannel(runner.socket_path, "another")
        with pytest.raises(ControlError, match="token"):
            await channel.describe()
        await channel.close()


async def test_a_runner_that_is_late_is_waited_for(runner: ScriptedRunner) -> None:
    """A call made before the runner listens is answered when it does."""
    import asyncio

    channel = ControlChannel(runner.socket_path, TOKEN)
    call = asyncio.ensure_future(channel.describe())
    await asyncio.wait([call], timeout=0.05)
    assert not call.done()

    with runner:
        assert (await call).seed == 42
        await channel.close()
