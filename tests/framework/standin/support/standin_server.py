"""A stand-in server as a process of its own, and plain HTTP to it."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arangod_standin
from arangod_standin.authentication import sign_token

SECRET = b"a-secret-for-tests"
_PACKAGE_ROOT = Path(arangod_standin.__file__).parent.parent


def _libraries() -> list[str]:
    """Return where the libraries are that the executable carries inside; only runs from the sources need this."""
    spec = importlib.util.find_spec("lark")
    return [str(Path(spec.origin).parent.parent)] if spec is not None and spec.origin else []


# Ports below the range from which the kernel takes the source ports of outgoing connections.
_PORTS = range(10_000, 30_000)
_given: set[int] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on and that no outgoing connection can take."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    """Return when the condition holds; fail with its name when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"expected within {timeout_s} s: {what}")
        time.sleep(0.02)


def program() -> list[str]:
    """Return the program: the executable that Bazel built, else the package itself."""
    executable = os.environ.get("STANDIN_EXECUTABLE")
    return [os.path.abspath(executable)] if executable else [sys.executable, "-S", "-m", "arangod_standin"]


def run_to_end(*options: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the stand-in with these options alone, until it ends by itself."""
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_PACKAGE_ROOT), *_libraries()]),
        **(environment or {}),
    }
    command = [*program(), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=variables)


class Answer:
    """Status, headers and decoded body of a response; status 0 stands for no answer."""

    def __init__(self, status: int, headers: dict[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<{self.status} {self.body}>"


class StandinServer:
    """One process; `close` ends it whatever its state."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.options = options
        self.log_file = folder / "arangod.log"
        (folder / "jwt").write_bytes(SECRET)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The endpoint as options spell it."""
        return f"tcp://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Return the command line: of the executable that Bazel built, else of the package itself."""
        return [
            *program(),
            *["--configuration", "none"],
            *["--server.endpoint", self.endpoint, "--database.directory", str(self.folder / "data")],
            *["--log.file", str(self.log_file), "--log.role", "true", "--server.descriptors-minimum", "0"],
            *["--server.jwt-secret-keyfile", str(self.folder / "jwt"), *self.options],
        ]

    def start(self, command: list[str] | None = None) -> StandinServer:
        """Start the process without waiting for it, by another command line if one is given."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_PACKAGE_ROOT), *_libraries()])}
        self.process = subprocess.Popen(command or self.command(), env=environment, stderr=subprocess.PIPE)
        return self

    def wait_available(self, timeout_s: float = 30.0) -> StandinServer:
        """Return when the server says that it is available."""

        def available() -> bool:
            self.check_alive()
            return self.call("GET", "/_admin/server/availability").status == 200

        wait_until(available, f"{self.endpoint} available", timeout_s)
        return self

    def check_alive(self) -> None:
        """Fail with the log when the process has ended."""
        assert self.process is not None
        code = self.process.poll()
        assert code is None, f"{self.endpoint} ended with {code}: {self.log()[-3000:]}"

    def wait_exit(self, timeout_s: float = 30.0) -> int:
        """Return the exit code once the process has ended; negative for a signal."""
        assert self.process is not None
        return self.process.wait(timeout_s)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End the process at once, as kill -9 does."""
        self.signal(signal.SIGKILL)
        self.wait_exit()

    def stop(self) -> int:
        """Stop with SIGTERM; return the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait_exit()

    def close(self) -> None:
        """Make sure that nothing is left."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stderr is not None:
                self.process.stderr.close()

    def log(self) -> str:
        """Return the log."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def call(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, login: str = "jwt"
    ) -> Answer:
        """Send a request as superuser (``jwt``), as root (``basic``) or without credentials (``none``)."""
        given = dict(headers or {})
        if login == "jwt":
            given["Authorization"] = "bearer " + sign_token(SECRET, {"iss": "arangodb", "server_id": "test"})
        elif login == "basic":
            given["Authorization"] = "Basic cm9vdDo="
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=75) as response:
                return _answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, dict(error.headers), error.read())
        except OSError as error:
            return Answer(0, {}, repr(error))

    def leads_agency(self) -> bool:
        """Say whether an agent answers reads itself, as only the leader does."""
        return self.call("POST", "/_api/agency/read", [["/x"]]).status == 200

    def aql(self, query: str, **bind: Any) -> Any:
        """Run a query and return its whole result; fail when it is refused."""
        answer = self.call("POST", "/_api/cursor", {"query": query, "bindVars": bind, "batchSize": 1_000_000})
        assert answer.status == 201, answer
        return answer.body["result"]


def _answer(status: int, headers: dict[str, str], data: bytes) -> Answer:
    lowered = {name.lower(): value for name, value in headers.items()}
    is_json = lowered.get("content-type", "").startswith("application/json")
    return Answer(status, lowered, json.loads(data) if data and is_json else data.decode())


# What the fixture `make` gives: options, then `folder` and `port` by name.
Make = Callable[..., StandinServer]
