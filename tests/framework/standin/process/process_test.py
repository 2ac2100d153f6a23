"""The process: command line, exit codes, log, signals, data directory, misbehaviour on demand."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_server import SECRET, StandinServer, wait_until

Make = Callable[..., StandinServer]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes servers in folders of their own and ends them."""
    made: list[StandinServer] = []

    def server(*options: str, folder: str = "server", port: int | None = None) -> StandinServer:
        made.append(StandinServer(tmp_path / folder, *options, port=port))
        return made[-1]

    yield server
    for one in made:
        one.close()


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the stand-in to its end."""
    command = [sys.executable, "-m", "arangod_standin", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_version_is_printed_as_key_value_lines() -> None:
    """--version prints arangod's keys, and a line that says that it is the stand-in."""
    done = run("--version", "--log.force-direct=true")
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)

    assert done.returncode == 0
    assert re.fullmatch(r"3\.12\.\d+", lines["server-version"])
    assert {"license": "community", "v8-version": "none", "asan": "false"}.items() <= lines.items()
    assert lines["standin"].startswith("arangod-standin ")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--no.such-option", "1"], 3),
        (["--agency.size", "many"], 4),
        (["--server.authentication", "--agency.size=x"], 4),
        (["--cluster.my-role", "KING"], 4),
        (["--server.endpoint", "ssl://127.0.0.1:1"], 4),
        (["--configuration", "/nowhere.conf"], 6),
        (["--log.level", "loud"], 4),
        (["--cluster.my-role", "PRIMARY"], 4),
    ],
)
def test_wrong_options_end_with_arangods_exit_codes(options: list[str], code: int, tmp_path: Path) -> None:
    """Unknown option 3, bad value 4, no configuration 6; the message says what was expected."""
    done = run("--database.directory", str(tmp_path / "data"), *options)

    assert code == done.returncode
    assert done.stderr.strip()


def test_both_spellings_of_an_option_are_read(make: Make) -> None:
    """--a.b value and --a.b=value mean the same; options without effect are accepted."""
    server = make("--rocksdb.block-cache-size=64MiB", "--query.memory-limit", "1000000", "--log.level", "crash=info",
                  "--http.trusted-origin", "all", "--javascript.enabled", "false")  # fmt: skip

    assert server.start().wait_available().call("GET", "/_api/version").status == 200


def test_the_log_has_arangods_format(make: Make) -> None:
    """Time, pid and thread, role letter, level, id and topic; the ready line tells that it is the stand-in."""
    server = make().start().wait_available()
    assert server.process is not None
    first = server.log().splitlines()[0]

    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \[\d+-\d+\] S INFO \[[0-9a-f]{5}\] \{general\} ", first)
    assert f"[{server.process.pid}-" in first
    assert "arangod-standin" in first
    assert re.search(r"\[cf3f4\].*is ready for business\. Have fun!", server.log())


def test_the_log_can_be_json(make: Make) -> None:
    """With --log.use-json-format each line is an object with arangod's keys."""
    server = make("--log.use-json-format", "true").start().wait_available()
    record = json.loads(server.log().splitlines()[0])

    assert {"time", "pid", "tid", "role", "level", "topic", "id", "message"} <= set(record)


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


def test_a_second_sigterm_ends_at_once(make: Make) -> None:
    """While a request keeps the shutdown waiting, a second SIGTERM is FATAL and the exit code is 1."""
    server = make().start().wait_available()
    query = threading.Thread(target=server.call, args=("POST", "/_api/cursor", {"query": "RETURN SLEEP(30)"}))
    query.start()
    wait_until(lambda: server.call("GET", "/_admin/server/availability").status == 200, "the query is under way")
    server.signal(signal.SIGTERM)
    wait_until(lambda: "[b4133]" in server.log(), "the shutdown has begun")
    server.signal(signal.SIGTERM)

    assert server.wait_exit() == 1
    assert re.search(r" FATAL \[11ca3\].* received during shutdown sequence; terminating!", server.log())
    query.join()


def test_sighup_reopens_the_log(make: Make) -> None:
    """After a rotation and SIGHUP the log goes to a new file."""
    server = make().start().wait_available()
    server.log_file.rename(server.folder / "old.log")
    server.signal(signal.SIGHUP)

    wait_until(lambda: "reopened" in server.log(), "a new log file")


def test_shutdown_by_http(make: Make) -> None:
    """DELETE /_admin/shutdown answers OK and the process ends with 0."""
    server = make().start().wait_available()

    assert server.call("DELETE", "/_admin/shutdown").body == "OK"
    assert server.wait_exit() == 0


def test_misbehaviour_at_start(make: Make) -> None:
    """--standin.exit-at-start and --standin.stderr-line do what they say."""
    server = make("--standin.exit-at-start", "13", "--standin.stderr-line", "==1==ERROR: AddressSanitizer: x").start()
    assert server.process is not None
    assert server.process.stderr is not None

    assert server.wait_exit() == 13
    assert b"AddressSanitizer" in server.process.stderr.read()


def test_misbehaviour_after_ready(make: Make) -> None:
    """--standin.crash-after-ready-s ends the process by the signal; the error line is in the log before."""
    server = make("--standin.crash-after-ready-s", "0.1:SIGSEGV", "--standin.log-error-line", "made up").start()

    assert server.wait_exit() == -signal.SIGSEGV
    assert re.search(r" ERROR \[57a1e\] \{general\} made up", server.log())
    assert " FATAL [a7902] {crash} " in server.log()


def test_a_server_can_refuse_to_stop(make: Make) -> None:
    """--standin.ignore-sigterm: SIGTERM has no effect and the server goes on answering."""
    server = make("--standin.ignore-sigterm", "true").start().wait_available()
    server.signal(signal.SIGTERM)

    assert server.call("GET", "/_admin/server/availability").status == 200
    assert "b4133" not in server.log()


def test_a_slow_start_is_not_available(make: Make) -> None:
    """--standin.start-delay-s: nobody listens before the delay is over."""
    started_s = time.monotonic()
    server = make("--standin.start-delay-s", "0.5").start()
    server.wait_available()

    assert time.monotonic() - started_s >= 0.5


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
