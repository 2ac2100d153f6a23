"""What the connections tell of each request: enough for a timeline, and nothing that could be a secret."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from armadillo.arangodb.client import ArangoClient
from armadillo.arangodb.credentials import Credentials
from armadillo.errors import ArangoNotFoundError, ArangoUnavailableError
from armadillo.model.sent_request import SLOW_NS, SentRequest

from tests.framework.runner.support.scripted_arango import HANG_UP, ScriptedArango


@pytest.fixture
def arango() -> Iterator[ScriptedArango]:
    """A server that says yes, until a test gives it another answer."""
    with ScriptedArango(lambda _: (200, {"ok": True})) as server:
        yield server


def told_by(client: ArangoClient) -> list[SentRequest]:
    """Where the client's requests will stand."""
    told: list[SentRequest] = []
    client.transport.on_request = told.append
    return told


async def test_a_request_is_told_without_its_secrets(arango: ScriptedArango) -> None:
    """Method, path, endpoint, status and times; neither query values nor body nor login."""
    client = ArangoClient([arango.endpoint], Credentials.basic("root", "hush"), database="mine")
    told = told_by(client)

    await client.post("/_api/x", json={"password": "hush"}, params={"token": "hush"})

    (request,) = told
    assert request[2:] == ("POST", "/_db/mine/_api/x", arango.endpoint, 200, "")
    assert "hush" not in repr(request)
    assert request.started_ns > 0
    assert request.duration_ns > 0
    assert not request.is_failed
    await client.close()


async def test_a_bad_answer_is_told_with_its_number(arango: ScriptedArango) -> None:
    """The status and ArangoDB's errorNum; its message may hold data of the test and is left out."""
    arango.answer = lambda _: (404, {"errorNum": 1202, "errorMessage": "no document hush"})
    client = ArangoClient([arango.endpoint], Credentials.none())
    told = told_by(client)

    with pytest.raises(ArangoNotFoundError):
        await client.get("/_api/document/c/hush")

    assert [(one.status, one.error, one.is_failed) for one in told] == [(404, "error 1202", True)]
    await client.close()


async def test_each_try_without_an_answer_is_told(arango: ScriptedArango) -> None:
    """Nobody listens at the first endpoint, the second one hangs up: two entries, each with its reason."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{bound.getsockname()[1]}"
    arango.answer = lambda _: HANG_UP
    client = ArangoClient([nobody, arango.endpoint], Credentials.none())
    told = told_by(client)

    with pytest.raises(ArangoUnavailableError):
        await client.post("/_api/x")

    assert [(one.endpoint, one.status) for one in told] == [(nobody, 0), (arango.endpoint, 0)]
    assert told[0].error.startswith("no connection")
    assert told[1].error.startswith("the connection broke")
    await client.close()


async def test_a_request_that_the_test_gives_up_is_told(arango: ScriptedArango) -> None:
    """A cancelled request has no answer, and says why."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def never(_: object) -> object:
        loop.call_soon_threadsafe(asked.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return HANG_UP

    arango.answer = never
    client = ArangoClient([arango.endpoint], Credentials.none())
    told = told_by(client)
    task = asyncio.create_task(client.get("/_api/x"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()

    assert [(one.status, one.error) for one in told] == [(0, "given up by the test")]
    await client.close()


def test_slow_and_failed_requests_are_notable() -> None:
    """A second or longer, or a status from 400 on, or none."""
    quick = SentRequest(1, 5, "GET", "/", "http://x", 201, "")
    assert not quick.is_notable
    assert quick._replace(duration_ns=SLOW_NS).is_notable
    assert quick._replace(status=400).is_notable
    assert quick._replace(status=0).is_notable
