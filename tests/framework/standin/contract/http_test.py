"""What HTTP itself does: encodings, headers, versions of paths, methods, the queue time."""

from __future__ import annotations

import gzip
import json
import zlib

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.raw_http import RawAnswer, RawConnection, request
from tests.framework.standin.support.standin_server import StandinServer


def ask(server: StandinServer, data: bytes, *, head_only: bool = False) -> RawAnswer:
    """Send a request on a connection of its own; return its answer, which must come."""
    with RawConnection(server.port) as connection:
        answer = connection.send(data).answer(head_only=head_only)
    assert answer is not None
    return answer


@feature("HTTP", "compressed request bodies (gzip, deflate)")
def test_compressed_requests_are_read(server: StandinServer) -> None:
    """A body may be packed by gzip or deflate, whatever the method."""
    plain = b'{"query": "RETURN 42"}'
    for encoding, body in (("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain))):
        header = f"Content-Encoding: {encoding}\r\n".encode()
        assert json.loads(ask(server, request("POST", "/_api/cursor", body, header)).body)["result"] == [42]
        assert ask(server, request("GET", "/_api/version", body, header)).status == 200


@feature("HTTP", "compressed responses (Accept-Encoding)")
def test_responses_are_compressed_on_request(server: StandinServer) -> None:
    """A large answer is packed if the client accepts it; its Content-Length is that of what is sent."""
    data = request("POST", "/_api/cursor", b'{"query": "RETURN 1..1000"}', b"Accept-Encoding: gzip\r\n")
    answer = ask(server, data)
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["result"] == [list(range(1, 1001))]


@feature("HTTP", "x-arango-queue-time-seconds in both directions")
def test_the_queue_time_is_told(server: StandinServer) -> None:
    """Every answer carries it, also that of an error; a request may bound it."""
    for path, status in (("/_api/version", 200), ("/_api/nothing", 404)):
        answer = ask(server, request("GET", path))
        assert answer.status == status
        assert float(answer.headers["x-arango-queue-time-seconds"]) >= 0
    bounded = request("GET", "/_api/version", headers=b"x-arango-queue-time-seconds: 60\r\n")
    assert ask(server, bounded).status == 200


@feature("HTTP", "chunked bodies, Expect: 100-continue, pipelining, HTTP/1.0")
def test_all_forms_of_http_1_are_understood(server: StandinServer) -> None:
    """One connection, several forms of requests, answers in order."""
    with RawConnection(server.port) as connection:
        chunked = request("POST", "/_api/cursor").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        connection.send(chunked + b'16\r\n{"query": "RETURN 42"}\r\n0\r\n\r\n' + request("GET", "/_api/version"))
        answers = [connection.answer(), connection.answer()]
        assert [answer and answer.status for answer in answers] == [201, 200]
        head = request("POST", "/_api/cursor", b'{"query": "RETURN 1"}', b"Expect: 100-continue\r\n")
        position = head.index(b"\r\n\r\n") + 4
        assert connection.send(head[:position]).interim() == 100
        last = connection.send(head[position:]).answer()
        assert last is not None
        assert last.status == 201
    assert ask(server, request("GET", "/_api/version", version="HTTP/1.0")).headers["connection"].lower() == "close"


@feature("HTTP", "errors of routes, methods and bodies (404, 405, 400/600)")
def test_wrong_requests_are_told_what_is_wrong(server: StandinServer) -> None:
    """Status and number are ArangoDB's."""
    expected = {
        ("GET", "/_api/nothing", b""): (404, 404),
        ("PUT", "/_api/version", b""): (405, 405),
        ("POST", "/_api/collection", b"{"): (400, 600),
        ("GET", "/_db/nowhere/_api/version", b""): (404, 1228),
    }
    found = {}
    for method, path, body in expected:
        answer = ask(server, request(method, path, body))
        found[method, path, body] = (answer.status, json.loads(answer.body)["errorNum"])
    assert found == expected


@feature("HTTP", "HEAD and OPTIONS")
def test_head_and_options(server: StandinServer) -> None:
    """HEAD gives what GET would without its body, OPTIONS the methods, without credentials."""
    got = ask(server, request("GET", "/_api/version"))
    head = ask(server, request("HEAD", "/_api/version"), head_only=True)
    assert (head.status, head.headers["content-length"]) == (200, got.headers["content-length"])
    options = ask(server, b"OPTIONS /_api/version HTTP/1.1\r\n\r\n")
    assert options.status == 200
    assert "PATCH" in options.headers["allow"]


@feature("HTTP", "HTTP/2", "not there")
def test_http_2_is_refused(server: StandinServer) -> None:
    """The preface of HTTP/2 is answered with 505 over HTTP/1.1."""
    assert ask(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505


@feature("HTTP", "VelocyPack", "not there")
def test_velocypack_is_refused(server: StandinServer) -> None:
    """A body in VelocyPack is answered with 501/9; who accepts VelocyPack gets JSON, as Content-Type says."""
    refused = ask(server, request("POST", "/_api/cursor", b"\x0a", b"Content-Type: application/x-velocypack\r\n"))
    assert (refused.status, json.loads(refused.body)["errorNum"]) == (501, 9)
    answer = ask(server, request("GET", "/_api/version", headers=b"Accept: application/x-velocypack\r\n"))
    assert answer.headers["content-type"].startswith("application/json")
