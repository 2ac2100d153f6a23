"""Acknowledged writes survive kill -9."""

from __future__ import annotations

import random
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_server import StandinServer, wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandinServer]:
    """A server of its own."""
    made = StandinServer(tmp_path)
    made.start().wait_available()
    yield made
    made.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_acknowledged_write_is_lost_by_kill_9(server: StandinServer, seed: int) -> None:
    """Three writers, killed at a random moment: every acknowledged document is there after the restart."""
    rng = random.Random(seed)
    server.call("POST", "/_api/collection", {"name": "c"})
    acknowledged: set[str] = set()
    stop = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not stop.is_set():
            key = f"w{writer}-{number}"
            synced = "true" if writer else "false"
            synced = "true" if writer else "false"
            answer = server.call("POST", f"/_api/document/c?waitForSync={synced}", {"_key": key})
            if answer.status in (201, 202):
                acknowledged.add(key)
            number += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    wanted = rng.randint(20, 200)
    wait_until(lambda: len(acknowledged) >= wanted, "writes")
    server.kill()
    stop.set()
    for writer in writers:
        writer.join()
    server.start().wait_available()

    assert acknowledged <= set(server.aql("FOR d IN c RETURN d._key")), f"seed {seed}"


def test_garbage_does_not_kill_the_server(server: StandinServer) -> None:
    """Random bytes, half requests and wrong lengths are refused or dropped; the server goes on answering."""
    rng = random.Random(5)
    pieces = [
        b"GET /_api/version HTTP/1.1\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"\0\xff",
        b"Host: x\r\n",
    ]
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(b"".join(rng.choices(pieces, k=rng.randint(1, 5))) + rng.randbytes(rng.randint(0, 50)))

    assert server.call("GET", "/_api/version").status == 200
    assert " ERROR " not in server.log()


def test_a_full_disk_is_an_error_and_no_damage(tmp_path: Path) -> None:
    """Writes that cannot be stored are refused, reads go on, and what was acknowledged is there after a restart."""
    server = StandinServer(tmp_path)
    limited = ["bash", "-c", 'ulimit -f 3000; exec "$@"', "limited", *server.command()]
    acknowledged: set[str] = set()
    try:
        server.start(limited).wait_available()
        server.call("POST", "/_api/collection", {"name": "c"})
        refused = 0
        for number in range(200):
            documents = [{"_key": f"k{number}-{part}", "text": "x" * 20_000} for part in range(3)]
            answer = server.call("POST", "/_api/document/c", documents)
            if answer.status == 202:
                acknowledged |= {item["_key"] for item in answer.body}
            else:
                refused += 1
                assert (answer.status, answer.body["errorNum"]) == (500, 1104)
        assert refused > 0
        assert acknowledged == set(server.aql("FOR d IN c RETURN d._key"))
        server.kill()
        server.start().wait_available()
        assert acknowledged == set(server.aql("FOR d IN c RETURN d._key"))
        assert server.call("POST", "/_api/document/c", {}).status == 202
    finally:
        server.close()


def test_recovery_is_logged_and_told(server: StandinServer) -> None:
    """A start after kill -9 says in the log and in the status what it recovered; an ordinary start says nothing."""
    assert "recovery starting" not in server.log()
    server.call("POST", "/_api/collection", {"name": "c"})
    server.kill()
    server.start().wait_available()
    assert re.search(r"INFO \[fe333\] \{engines\} recovery starting", server.log())
    assert re.search(r"INFO \[a4ec8\] \{engines\} recovery finished", server.log())
    assert server.call("GET", "/_admin/status").body["serverInfo"]["progress"]["recoveryTick"] > 0
    server.stop()
    server.start().wait_available()
    assert server.call("GET", "/_admin/status").body["serverInfo"]["progress"]["recoveryTick"] == 0
