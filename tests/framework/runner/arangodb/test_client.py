"""The HTTP client: paths, logins, typed errors, and going on with another endpoint."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from armadillo import errors
from armadillo.arangodb.client import ArangoClient
from armadillo.arangodb.credentials import Credentials
from armadillo.arangodb.jwt import superuser_token, user_token
from armadillo.arangodb.transport import NotSentError, Transport

from tests.framework.runner.support.scripted_arango import HANG_UP, Request, ScriptedArango


def echo(request: Request) -> tuple[int, Any]:
    """Answers what was asked."""
    return 200, {"path": request.path, "authorization": request.headers.get("authorization", "")}


@pytest.fixture
def arango() -> Iterator[ScriptedArango]:
    """A server that echoes, until a test gives it another answer."""
    with ScriptedArango(echo) as server:
        yield server


def nobody_there() -> str:
    """An endpoint where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


def client_of(*endpoints: str, **options: Any) -> ArangoClient:
    """A client without a login."""
    return ArangoClient(list(endpoints), Credentials.none(), **options)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ArangoBadRequestError),
        (401, errors.ArangoUnauthorizedError),
        (403, errors.ArangoForbiddenError),
        (404, errors.ArangoNotFoundError),
        (409, errors.ArangoConflictError),
        (412, errors.ArangoPreconditionError),
        (503, errors.ArangoUnavailableError),
        (500, errors.ArangoError),
        (307, errors.ArangoError),
    ],
)
async def test_each_status_has_its_error(status: int, kind: type, arango: ScriptedArango) -> None:
    """The class follows from the HTTP status; number, text and request are there."""
    arango.answer = lambda _: (status, {"error": True, "errorNum": 1234, "errorMessage": "it is so"})
    client = client_of(arango.endpoint)

    with pytest.raises(errors.ArangoError) as raised:
        await client.get("/_api/version")
    await client.close()

    assert type(raised.value) is kind
    assert (raised.value.http_status, raised.value.error_num) == (status, 1234)
    assert "it is so" in str(raised.value)
    assert "GET /_api/version" in str(raised.value)


async def test_an_expected_status_is_an_answer(arango: ScriptedArango) -> None:
    """What `expect` names is no error, and then a good status that it does not name is one."""
    client = client_of(arango.endpoint)
    arango.answer = lambda _: (404, {"errorNum": 1202})
    assert (await client.get("/x", expect=(200, 404))).status == 404

    arango.answer = lambda _: (200, {})
    with pytest.raises(errors.ArangoError):
        await client.get("/x", expect=404)
    await client.close()


async def test_nobody_there_is_unavailable_with_status_0() -> None:
    """Where no connection can be made the error says so and names the request."""
    client = client_of(nobody_there())

    with pytest.raises(errors.ArangoUnavailableError) as raised:
        await client.get("/_api/version")
    await client.close()

    assert raised.value.http_status == 0
    assert "no connection" in str(raised.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_dead_endpoint_is_passed_over(method: str, arango: ScriptedArango) -> None:
    """What was never sent goes to the next endpoint, also a write; and the client stays with that one."""
    client = client_of(nobody_there(), arango.endpoint)

    answer = await client.request(method, "/x")

    assert answer["path"] == "/x"
    assert client.endpoints[0] == arango.endpoint
    await client.close()


async def test_a_write_that_may_have_arrived_is_not_repeated(arango: ScriptedArango) -> None:
    """When the connection breaks after sending, a POST fails instead of being done twice."""
    arango.answer = lambda _: HANG_UP
    with ScriptedArango(echo) as other:
        client = client_of(arango.endpoint, other.endpoint)
        with pytest.raises(errors.ArangoUnavailableError) as raised:
            await client.post("/_api/document/c", json={})
        await client.close()

        assert raised.value.http_status == 0
        assert other.requests == []


@pytest.mark.parametrize(("method", "times"), [("PUT", 1), ("DELETE", 1), ("PATCH", 1), ("POST", 1), ("GET", 2)])
async def test_a_write_on_a_kept_connection_is_sent_once(method: str, times: int, arango: ScriptedArango) -> None:
    """When a connection breaks that has served before, only reads are sent again: also PUT and DELETE count as done."""
    client = client_of(arango.endpoint)
    await client.get("/first")
    arango.answer = lambda _: HANG_UP

    with pytest.raises(errors.ArangoUnavailableError):
        await client.request(method, "/second")

    await client.close()
    assert [request.path for request in arango.requests].count("/second") == times


async def test_a_write_that_was_not_sent_says_so() -> None:
    """Where no connection could be made, the error tells that nothing has happened."""
    client = client_of(nobody_there(), nobody_there())
    with pytest.raises(NotSentError):
        await client.put("/x")
    await client.close()


async def test_a_read_that_got_no_answer_is_repeated_elsewhere(arango: ScriptedArango) -> None:
    """A GET cannot hurt twice: it goes to the next endpoint."""
    arango.answer = lambda _: HANG_UP
    with ScriptedArango(echo) as other:
        client = client_of(arango.endpoint, other.endpoint)
        assert (await client.get("/x"))["path"] == "/x"
        await client.close()


async def test_after_a_failure_the_next_endpoint_is_first(arango: ScriptedArango) -> None:
    """A coordinator that broke a write is not asked first the next time."""
    with ScriptedArango(echo) as other:
        client = client_of(arango.endpoint, other.endpoint)
        await client.get("/x")
        arango.answer = lambda _: HANG_UP
        with pytest.raises(errors.ArangoUnavailableError):
            await client.post("/x")

        await client.post("/x")
        await client.close()

        assert len(other.requests) == 1


async def test_silence_is_unavailable(arango: ScriptedArango) -> None:
    """A server that takes the request and never answers is given up after the time limit."""
    released = threading.Event()

    def never(_: Request) -> Any:
        released.wait(30)
        return HANG_UP

    arango.answer = never
    client = client_of(arango.endpoint, timeout_s=0.2)
    with pytest.raises(errors.ArangoUnavailableError, match=r"no answer within 0\.2 s"):
        await client.get("/x")
    released.set()
    await client.close()


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (Credentials.none(), ""),
        (Credentials.superuser("s"), f"bearer {superuser_token('s')}"),
        (Credentials.user("s", "jane"), f"bearer {user_token('s', 'jane')}"),
        (Credentials.basic("root", "pw"), "Basic cm9vdDpwdw=="),
        (Credentials.token("abc"), "bearer abc"),
    ],
)
async def test_each_login_makes_its_header(credentials: Credentials, header: str, arango: ScriptedArango) -> None:
    """The header is the one that ArangoDB documents for the kind of login."""
    client = ArangoClient([arango.endpoint], credentials)

    assert (await client.get("/x"))["authorization"] == header
    await client.close()


def test_secrets_do_not_show() -> None:
    """Neither a password nor a secret is in what a failing test prints of a client."""
    texts = [repr(Credentials.basic("root", "pa55word")), repr(Credentials.superuser("s3cret"))]
    client = ArangoClient(["http://127.0.0.1:1"], Credentials.basic("root", "pa55word"))

    assert not [text for text in (*texts, repr(client)) if "pa55word" in text or "s3cret" in text]


async def test_databases_and_parameters_are_in_the_path(arango: ScriptedArango) -> None:
    """A database's name is encoded as NFC; parameters are encoded, booleans as ArangoDB writes them."""
    client = client_of(arango.endpoint).in_database("u\N{COMBINING DIAERESIS}ber/uns")

    answer = await client.get("/_api/x", params={"waitForSync": True, "name": "a b&c"})

    assert answer["path"] == "/_db/%C3%BCber%2Funs/_api/x?waitForSync=true&name=a+b%26c"
    await client.close()


async def test_a_body_that_is_no_json_is_text(arango: ScriptedArango) -> None:
    """An empty answer has the body None."""
    arango.answer = lambda _: (200, None)
    client = client_of(arango.endpoint)

    assert (await client.head("/x")).body is None
    await client.close()


def test_another_loop_is_refused_in_words(arango: ScriptedArango) -> None:
    """Connections belong to a loop: using them on another one is an error that says what to change."""
    transport = Transport()
    client = client_of(arango.endpoint, transport=transport)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    first.run_until_complete(client.get("/x"))

    with pytest.raises(errors.ArmadilloError, match="loop_scope"):
        second.run_until_complete(client.get("/x"))

    first.run_until_complete(client.close())
    first.close()
    second.close()


def test_aiohttp_comes_late_and_leaves_no_trace() -> None:
    """Importing the client does not import aiohttp, and loading that leaves SSL_CERT_FILE as it was."""
    script = (
        "import sys, os; os.environ['SSL_CERT_FILE'] = '/some/file'; import armadillo.arangodb.client as c;"
        "print('aiohttp' in sys.modules);"
        "from armadillo.arangodb.transport import load_aiohttp; load_aiohttp(); print(os.environ['SSL_CERT_FILE']);"
        "del os.environ['SSL_CERT_FILE']"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["False", "/some/file"]


def test_aiohttp_may_be_loaded_by_two_threads() -> None:
    """Whoever comes second gets the whole module, not one that is half imported."""
    script = (
        "import threading; from armadillo.arangodb.transport import load_aiohttp;"
        "threading.Thread(target=load_aiohttp).start(); print(load_aiohttp().ClientSession.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "ClientSession"
