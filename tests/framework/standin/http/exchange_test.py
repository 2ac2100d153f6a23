"""Proper HTTP in all its forms: connections, bodies, encodings, methods, and the queue time."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable

import pytest

from tests.framework.standin.support.raw_http import AUTHORIZATION, RawAnswer, RawConnection, request
from tests.framework.standin.support.standin_server import StandinServer, wait_until


def ask(connection: RawConnection, data: bytes, *, head_only: bool = False) -> RawAnswer:
    """Send a request and return its answer, which must come."""
    answer = connection.send(data).answer(head_only=head_only)
    assert answer is not None
    return answer


def test_a_connection_is_kept_until_it_is_told_to_close(server: StandinServer) -> None:
    """HTTP/1.1 keeps connections, Connection: close ends them, HTTP/1.0 keeps them only when asked to."""
    version = "/_api/version"
    with RawConnection(server.port) as connection:
        assert ask(connection, request("GET", version)).headers["connection"].lower() == "keep-alive"
        last = ask(connection, request("GET", version, headers=b"Connection: close\r\n"))
        assert last.headers["connection"].lower() == "close"
        assert connection.closed()
    with RawConnection(server.port) as connection:
        assert ask(connection, request("GET", version, version="HTTP/1.0")).status == 200
        assert connection.closed()
    with RawConnection(server.port) as connection:
        kept = request("GET", version, headers=b"Connection: Keep-Alive\r\n", version="HTTP/1.0")
        assert [ask(connection, kept).status for _ in range(2)] == [200, 200]


def test_pipelined_requests_are_answered_in_order(server: StandinServer) -> None:
    """Five hundred requests sent at once, slow ones among them, are answered in the order they were sent."""
    queries = [f"RETURN {number}" if number % 100 else f"RETURN SLEEP(0.05) ? 0 : {number}" for number in range(500)]
    bodies = [json.dumps({"query": query}).encode() for query in queries]
    with RawConnection(server.port, timeout_s=60) as connection:
        data = b"".join(request("POST", "/_api/cursor", body) for body in bodies)
        sender = threading.Thread(target=connection.send, args=(data,))
        sender.start()
        answers = [connection.answer() for _ in queries]
        sender.join()
    results = [json.loads(answer.body)["result"][0] for answer in answers if answer is not None]
    assert results == list(range(500))


def test_a_refusal_comes_after_the_answers_before_it(server: StandinServer) -> None:
    """What was asked before the nonsense is answered first."""
    with RawConnection(server.port) as connection:
        first = ask(
            connection, request("POST", "/_api/cursor", b'{"query": "RETURN SLEEP(0.1)"}') + b"\x00\x01\r\n\r\n"
        )
        second = connection.answer()
    assert first.status == 201
    assert second is not None
    assert second.status == 400


@pytest.mark.parametrize("pieces", [[5, 20], [1], [3, 7, 11, 2]])
def test_chunked_bodies_are_read(server: StandinServer, pieces: list[int]) -> None:
    """Chunks of any size, with extensions and trailers, sent at once or byte by byte, make one body."""
    body = b'{"query": "RETURN 4711"}'
    chunks, position, turn = b"", 0, 0
    while position < len(body):
        part = body[position : position + pieces[turn % len(pieces)]]
        chunks += b"%x;name=value\r\n%s\r\n" % (len(part), part)
        position, turn = position + len(part), turn + 1
    head = b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + AUTHORIZATION + b"\r\n"
    data = head + chunks + b"0\r\nTrailer: x\r\n\r\n"
    with RawConnection(server.port) as connection:
        assert json.loads(ask(connection, data).body)["result"] == [4711]
        for position in range(len(data)):
            connection.send(data[position : position + 1])
        slow = connection.answer()
        assert slow is not None
        assert json.loads(slow.body)["result"] == [4711]
        assert ask(connection, request("GET", "/_api/version")).status == 200


def test_expect_continue_is_answered_before_the_body(server: StandinServer) -> None:
    """The client learns by 100 that it may send the body, and by 413 that it need not."""
    body = b'{"query": "RETURN 1"}'
    head = request("POST", "/_api/cursor", body, b"Expect: 100-continue\r\n")[: -len(body)]
    with RawConnection(server.port) as connection:
        assert connection.send(head).interim() == 100
        assert ask(connection, body).status == 201
    with RawConnection(server.port) as connection:
        huge = b"POST /_api/cursor HTTP/1.1\r\nContent-Length: 2000000000\r\nExpect: 100-continue\r\n\r\n"
        answer = ask(connection, huge)
        assert (answer.interim, answer.status) == ([], 413)


@pytest.mark.parametrize("path", ["/_api/version", "/_api/collection/c", "/_api/document/c/nothing", "/_api/nothing"])
def test_head_is_get_without_the_body(server: StandinServer, path: str) -> None:
    """Status and Content-Length are those of GET; no body follows, so the connection goes on."""
    with RawConnection(server.port) as connection:
        got = ask(connection, request("GET", path))
        head = ask(connection, request("HEAD", path), head_only=True)
        if head.status != 405:
            assert (head.status, head.headers["content-length"]) == (got.status, got.headers["content-length"])
        assert ask(connection, request("GET", "/_api/version")).status == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare deflate"])
def test_packed_bodies_are_read_whatever_the_method(server: StandinServer, method: str, encoding: str) -> None:
    """gzip, deflate and what some clients take for deflate; on GET a body has no meaning, and does no harm."""
    plain = b'{"query": "RETURN 42"}'
    bare = zlib.compressobj(wbits=-15)
    bare_packed = bare.compress(plain) + bare.flush()
    packed = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain), "bare deflate": bare_packed}
    header = f"Content-Encoding: {encoding.rsplit(' ', maxsplit=1)[-1]}\r\n".encode()
    with RawConnection(server.port) as connection:
        path = "/_api/cursor" if method == "POST" else "/_api/version"
        answer = ask(connection, request(method, path, packed[encoding], header))
    assert answer.status in (200, 201)
    assert method == "GET" or json.loads(answer.body)["result"] == [42]


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate", "gzip"), ("deflate", "deflate"), ("br", None),
                                                    ("gzip;q=0", None), ("", None)])  # fmt: skip
def test_large_answers_are_packed_as_the_client_accepts(
    server: StandinServer, accepted: str, encoding: str | None
) -> None:
    """The Content-Length is that of the packed body; who accepts nothing gets the plain one."""
    data = request("POST", "/_api/cursor", b'{"query": "RETURN 1..2000"}', f"Accept-Encoding: {accepted}\r\n".encode())
    with RawConnection(server.port) as connection:
        answer = ask(connection, data)
    assert answer.headers.get("content-encoding") == encoding
    unpackers: dict[str | None, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}
    unpack = unpackers.get(encoding, bytes)
    assert json.loads(unpack(answer.body))["result"] == [list(range(1, 2001))]


def test_the_queue_time_is_told_and_can_be_bounded(server: StandinServer) -> None:
    """Every answer carries the queue time; a request that allows less than it waited is refused with 412/21004."""
    with RawConnection(server.port) as connection:
        for data in (request("GET", "/_api/version"), request("GET", "/_api/nothing"), b"GET / HTTP/1.1\r\n\r\n"):
            assert float(ask(connection, data).headers["x-arango-queue-time-seconds"]) >= 0
        generous = ask(connection, request("GET", "/_api/version", headers=b"x-arango-queue-time-seconds: 100\r\n"))
        assert generous.status == 200
        slow = request("POST", "/_api/cursor", b'{"query": "RETURN SLEEP(0.2)"}')
        strict = request("GET", "/_api/version", headers=b"x-arango-queue-time-seconds: 0.0001\r\n")
        assert ask(connection, slow + strict).status == 201
        refused = connection.answer()
    assert refused is not None
    assert (refused.status, json.loads(refused.body)["errorNum"]) == (412, 21004)
    assert float(refused.headers["x-arango-queue-time-seconds"]) > 0.1


def test_two_hundred_connections_at_once(server: StandinServer) -> None:
    """All are open together, each gets its own answers."""
    connections = [RawConnection(server.port) for _ in range(200)]
    try:
        for turn in range(3):
            for number, connection in enumerate(connections):
                body = json.dumps({"_key": f"t{turn}n{number}", "turn": turn}).encode()
                connection.send(request("POST", "/_api/document/c", body))
            for number, connection in enumerate(connections):
                answer = connection.answer()
                assert answer is not None
                assert json.loads(answer.body)["_key"] == f"t{turn}n{number}"
    finally:
        for connection in connections:
            connection.close()
    assert server.aql("FOR d IN c FILTER d.turn != null COLLECT WITH COUNT INTO n RETURN n") == [600]


def test_slow_heads_do_not_stop_others(server: StandinServer) -> None:
    """Two hundred connections that never finish their heads leave the server free."""
    slow = [RawConnection(server.port).send(b"GET /_api/version HTTP/1.1\r\nX-Slow: ") for _ in range(200)]
    try:
        for _ in range(20):
            for connection in slow:
                connection.send(b"a")
            assert server.call("GET", "/_api/version").status == 200
    finally:
        for connection in slow:
            connection.close()


def test_a_long_query_does_not_stop_others(server: StandinServer) -> None:
    """While a query of seconds computes, other requests are answered; its deadline ends it."""
    body = {"query": "FOR i IN 1..5000 FOR j IN 1..5000 FILTER i + j == -1 RETURN 1", "options": {"maxRuntime": 3}}
    answers = []
    query = threading.Thread(target=lambda: answers.append(server.call("POST", "/_api/cursor", body)))
    query.start()
    answered = 0
    while query.is_alive() and answered < 5:
        assert server.call("GET", "/_api/version").status == 200
        answered += 1
    query.join()
    assert answered == 5, "the query ended (or stopped all others) before five requests were answered"
    assert (answers[0].status, answers[0].body["errorNum"]) == (410, 1500)


def test_the_client_that_does_not_read_costs_only_itself(server: StandinServer) -> None:
    """Answers that nobody reads wait for their reader; others are served meanwhile."""
    with RawConnection(server.port, timeout_s=60) as greedy:
        data = request("POST", "/_api/cursor", b'{"query": "RETURN 1..100000", "batchSize": 1}')
        sender = threading.Thread(target=greedy.send, args=(data * 40,))
        sender.start()
        for _ in range(10):
            assert server.call("GET", "/_api/version").status == 200
        answers = [greedy.answer() for _ in range(40)]
        sender.join()
    assert all(answer is not None and answer.status == 201 for answer in answers)


def test_idle_connections_are_closed_in_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    """--http.keep-alive-timeout ends connections that say nothing, and those that never finish a head."""
    server = StandinServer(tmp_path_factory.mktemp("idle"), "--http.keep-alive-timeout", "0.5")
    try:
        server.start().wait_available()
        with RawConnection(server.port) as idle, RawConnection(server.port) as slow:
            assert ask(idle, request("GET", "/_api/version")).status == 200
            stop = time.monotonic() + 20
            while time.monotonic() < stop and server.call("GET", "/_api/version").status == 200:
                slow.send(b"G")
                if slow.finished():
                    break
            assert slow.closed()
            assert idle.closed()
    finally:
        server.close()


def test_requests_during_the_start_get_503(tmp_path_factory: pytest.TempPathFactory) -> None:
    """While the server starts, version and status answer, the rest is 503, and nothing hangs."""
    server = StandinServer(tmp_path_factory.mktemp("starting"), "--server.failure-point", "startListeningEarly")
    try:
        server.start()
        wait_until(lambda: server.call("GET", "/_admin/status").status == 200, "status answers")
        statuses = [server.call("GET", path).status for path in ("/_api/collection", "/_admin/server/availability")]
        assert statuses == [503, 503]
        assert server.call("DELETE", "/_admin/debug/failat/startListeningEarly").status == 200
        server.wait_available()
        assert server.call("GET", "/_api/collection").status == 200
    finally:
        server.close()
