"""The process: data directory, ports, signals, credentials."""

from __future__ import annotations

import json
import re
import signal
import threading
from pathlib import Path

from tests.framework.standin.support.standin_server import SECRET, Make, wait_until


def test_the_data_directory_has_arangods_files(make: Make) -> None:
    """LOCK holds the pid while the server runs and is gone afterwards; VERSION and ENGINE stay."""
    server = make().start().wait_available()
    data = server.folder / "data"
    assert server.process is not None

    assert str(server.process.pid) == (data / "LOCK").read_text()
    assert json.loads((data / "VERSION").read_text())["version"] >= 31200
    assert (data / "ENGINE").exists()
    assert server.stop() == 0
    assert not (data / "LOCK").exists()


def test_a_locked_directory_is_refused(make: Make) -> None:
    """A second server on the same directory ends with 22 and names the holder."""
    first = make().start().wait_available()
    second = make().start()

    assert second.wait_exit() == 22
    assert first.process is not None
    assert f"locked by process {first.process.pid}" in second.log()


def test_a_port_in_use_is_refused(make: Make) -> None:
    """A second server on the same port ends with 21 and names the endpoint."""
    first = make().start().wait_available()
    second = make(folder="other", port=first.port).start()

    assert second.wait_exit() == 21
    assert first.endpoint in second.log()


def test_sigterm_stops_cleanly(make: Make) -> None:
    """One SIGTERM: the line with id b4133 and exit code 0."""
    server = make().start().wait_available()

    assert server.stop() == 0
    assert "[b4133]" in server.log()


def test_sigterm_during_the_start_stops_cleanly(make: Make) -> None:
    """A server that is told to stop before it listens ends with 0, too."""
    server = make("--standin.start-delay-s", "20", "--standin.stderr-line", "begun").start()
    assert server.process is not None
    assert server.process.stderr is not None
    assert server.process.stderr.readline() == b"begun\n"

    assert server.stop() == 0
    assert "[b4133]" in server.log()
    assert "ready for business" not in server.log()


def test_a_second_sigterm_ends_at_once(make: Make) -> None:
    """While a request keeps the shutdown waiting, a second SIGTERM is FATAL and the exit code is 1."""
    server = make().start().wait_available()
    query = threading.Thread(target=server.call, args=("POST", "/_api/cursor", {"query": "RETURN SLEEP(30)"}))
    query.start()
    wait_until(lambda: server.call("GET", "/_api/query/current").body, "the query is under way")
    server.signal(signal.SIGTERM)
    wait_until(lambda: "[b4133]" in server.log(), "the shutdown has begun")
    server.signal(signal.SIGTERM)

    assert server.wait_exit() == 1
    assert re.search(r" FATAL \[11ca3\].* received during shutdown sequence; terminating!", server.log())
    query.join()


def test_shutdown_by_http(make: Make) -> None:
    """DELETE /_admin/shutdown answers OK and the process ends with 0."""
    server = make().start().wait_available()

    assert server.call("DELETE", "/_admin/shutdown").body == "OK"
    assert server.wait_exit() == 0


def test_requests_need_credentials(make: Make) -> None:
    """401 with WWW-Authenticate without them; root's empty password, tokens and the superuser are let in."""
    server = make().start().wait_available()
    refused = server.call("GET", "/_api/version", login="none")
    token = server.call("POST", "/_open/auth", {"username": "root", "password": ""}, login="none").body["jwt"]

    assert (refused.status, refused.body["errorNum"]) == (401, 11)
    assert "www-authenticate" in refused.headers
    assert server.call("GET", "/_api/version", login="basic").status == 200
    assert server.call("GET", "/_api/version", headers={"Authorization": f"Bearer {token}"}, login="none").status == 200
    assert server.call("POST", "/_open/auth", {"username": "root", "password": "x"}, login="none").status == 401
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    assert (
        server.call("GET", "/_api/version", headers={"Authorization": f"bearer {forged}"}, login="none").status == 401
    )


def test_secrets_of_a_folder_all_verify_and_can_be_reloaded(make: Make, tmp_path: Path) -> None:
    """The first file of --server.jwt-secret-folder signs, the others verify; POST /_admin/server/jwt reloads."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "1").write_bytes(b"another")
    (folder / "2").write_bytes(SECRET)
    server = make("--server.jwt-secret-folder", str(folder)).start().wait_available()
    before = server.call("GET", "/_admin/server/jwt").body["result"]
    (folder / "3").write_bytes(b"third")
    after = server.call("POST", "/_admin/server/jwt").body["result"]

    assert (len(before["passive"]), len(after["passive"])) == (1, 2)
    assert before["active"] == after["active"]


def test_authentication_can_be_off(make: Make) -> None:
    """With --server.authentication false everybody is let in and /_open/auth does not exist."""
    server = make("--server.authentication", "false").start().wait_available()

    assert server.call("GET", "/_api/version", login="none").status == 200
    assert server.call("POST", "/_open/auth", {"username": "root", "password": ""}, login="none").status == 404
