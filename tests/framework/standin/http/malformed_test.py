"""Bytes that are no proper requests never kill the server and never hang it."""

from __future__ import annotations

import os
import random

import pytest

from tests.framework.standin.support.raw_http import AUTHORIZATION, RawConnection, request
from tests.framework.standin.support.standin_server import StandinServer

SEED = int(os.environ.get("STANDIN_SEED") or random.SystemRandom().randrange(1 << 32))
RANDOM_STRINGS = 10_000
_PER_CONNECTION = 50

# What the random strings are made of: pieces that a parser has an opinion about, and noise between them.
_PIECES = [
    b"GET ", b"POST ", b"PUT /_api/document/c ", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"\r\n", b"\n", b"\r",
    b"\r\n\r\n",
    b"/", b"/_api/version", b"/_api/cursor", b"/_db/", b"%", b"%00", b"%ff%fe", b"?a=b&&=&c", b"#x",
    b"Content-Length: ",
    b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"Expect: 100-continue",
    b"Content-Encoding: gzip", b"Connection: close", b"Upgrade: h2c", b":", b": ", b"\x00", b"\x1f\x8b\x08",
    b'{"query":',
    b"[[[[[[[[", b'"\\ud800"', b"1e999", AUTHORIZATION, b"Authorization: Basic ====", b"Authorization: bearer a.b.c",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"VST/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00",
]  # fmt: skip


def random_string(rng: random.Random) -> bytes:
    """Return bytes that are noise, or pieces of requests in a wrong order."""
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(1, 200))
    parts = [rng.choice(_PIECES) for _ in range(rng.randrange(1, 12))]
    if rng.random() < 0.5:
        parts.insert(rng.randrange(len(parts) + 1), rng.randbytes(rng.randrange(1, 20)))
    return b"".join(parts)


def test_random_bytes_never_kill_it(server: StandinServer) -> None:
    """After ten thousand random byte strings on two hundred connections it serves as before."""
    print(f"seed {SEED} (set STANDIN_SEED to repeat)")
    rng = random.Random(SEED)
    for start in range(0, RANDOM_STRINGS, _PER_CONNECTION):
        batch = [RawConnection(server.port) for _ in range(_PER_CONNECTION)]
        for connection in batch:
            connection.send(random_string(rng))
        for connection in batch[::2]:
            connection.finish()
        for connection in batch:
            connection.close()
        if start % 2000 == 0:
            assert server.call("GET", "/_api/version").status == 200, f"seed {SEED}, before string {start}"


def test_changed_requests_are_answered_or_refused(server: StandinServer) -> None:
    """A proper request with a few bytes changed gets a response or a closed connection, never silence."""
    print(f"seed {SEED} (set STANDIN_SEED to repeat)")
    rng = random.Random(SEED + 1)
    for number in range(300):
        data = bytearray(request("POST", "/_api/document/c?waitForSync=false", b'{"a": [1, 2, {"b": null}]}'))
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with RawConnection(server.port) as connection:
            answer = connection.send(bytes(data)).finish().answer()
            assert answer is None or 200 <= answer.status < 600, f"seed {SEED}, request {number}: {bytes(data)!r}"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /_api/version\r\n\r\n", 400),
        (b"GET  /_api/version HTTP/1.1\r\n\r\n", 400),
        (b"G(T /_api/version HTTP/1.1\r\n\r\n", 400),
        (b"GET _api/version HTTP/1.1\r\n\r\n", 400),
        (b"GET /_api\x01version HTTP/1.1\r\n\r\n", 400),
        (b"GET /_api/version HTTP/2.0\r\n\r\n", 505),
        (b"GET /_api/version HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /_api/version HTTP/1.1\r\n: no name\r\n\r\n", 400),
        (b"GET /_api/version HTTP/1.1\r\nspace : 1\r\n\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nContent-Length: 5000000000\r\n\r\n", 413),
        (b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 400),
        (b"POST /_api/cursor HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", 413),
        (b"GET /_api/version HTTP/1.1\r\nX: " + b"a" * (2 << 20) + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * (2 << 20), 431),
        (request("POST", "/_api/document/c", b"not gzip", b"Content-Encoding: gzip\r\n"), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, bytes) else None,
)
def test_what_is_no_request_is_refused_and_the_connection_closed(
    server: StandinServer, data: bytes, status: int
) -> None:
    """The refusal has ArangoDB's error body; what would follow on the connection could not be told apart."""
    with RawConnection(server.port) as connection:
        answer = connection.send(data).answer()
        assert answer is not None
        assert answer.status == status
        assert b'"error":true' in answer.body
        assert answer.headers["connection"].lower() == "close"
        assert connection.closed()


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/_api/document/c", b"{", (400, 600)),
        ("POST", "/_api/document/c", b"{'a': 1}", (400, 600)),
        ("POST", "/_api/document/c", b'{"a": NaN}', (400, 600)),
        ("POST", "/_api/document/c", b"\xff\xfe\x00", (400, 600)),
        ("POST", "/_api/document/c", b"[" * 100_000, (400, 600)),
        ("POST", "/_api/cursor", b"", None),
        ("POST", "/_api/cursor", b"[]", None),
        ("POST", "/_api/cursor", b'{"query": 5}', None),
        ("POST", "/_api/collection", b'{"name": {"a": 1}}', None),
        ("PUT", "/_api/version", b"", (405, 405)),
        ("BREW", "/_api/version", b"", (405, 405)),
        ("GET", "/_api/nothing", b"", (404, 404)),
        ("GET", "/%00/%ff", b"", None),
        ("GET", "/_db/%2F/_api/version", b"", None),
        ("GET", "//////", b"", None),
        ("GET", "/_db", b"", None),
        ("GET", "/", b"", None),
    ],
)  # fmt: skip
def test_wrong_requests_get_arangodbs_errors_and_keep_the_connection(
    server: StandinServer, method: str, path: str, body: bytes, expected: tuple[int, int] | None
) -> None:
    """Bad JSON, wrong methods and unknown paths are answered; the next request on the connection works."""
    import json

    with RawConnection(server.port) as connection:
        answer = connection.send(request(method, path, body)).answer()
        assert answer is not None
        assert 300 <= answer.status < 500
        if expected is not None:
            assert (answer.status, json.loads(answer.body)["errorNum"]) == expected
        after = connection.send(request("GET", "/_api/version")).answer()
        assert after is not None
        assert after.status == 200


def test_a_body_that_never_ends_is_not_executed(server: StandinServer) -> None:
    """A request whose body is cut off by the end of the connection leaves no trace."""
    whole = request("POST", "/_api/document/c", b'{"_key": "cut-off", "text": "' + b"x" * 1000 + b'"}')
    for length in (len(whole) - 1, len(whole) - 500, 20):
        with RawConnection(server.port) as connection:
            assert connection.send(whole[:length]).finish().answer() is None
    assert server.call("GET", "/_api/document/c/cut-off").status == 404


def test_a_bomb_of_packed_zeros_does_not_fill_the_memory(server: StandinServer) -> None:
    """A megabyte that unpacks to a gigabyte is refused with 413 or 400, and the memory comes back."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(1100)) + packer.flush()
    with RawConnection(server.port, timeout_s=60) as connection:
        answer = connection.send(request("POST", "/_api/document/c", bomb, b"Content-Encoding: gzip\r\n")).answer()
    assert answer is not None
    assert answer.status == 413
