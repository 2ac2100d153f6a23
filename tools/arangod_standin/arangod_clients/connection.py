"""HTTP to a server, one connection per thread."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from .failure import EXIT_BAD_VALUE, ConnectionFailedError, ServerError, ToolError

if TYPE_CHECKING:
    from .options import Options

_PLAIN, _ENCRYPTED = ("tcp", "http", "http+tcp"), ("ssl", "https", "http+ssl")
_DEFAULT_PORT = 8529


class Answer:
    """A response: `headers` have lower-case names."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


def split_endpoint(endpoint: str) -> tuple[bool, str, int]:
    """Return whether an endpoint is encrypted, its host and its port. Raises ToolError (exit code 4)."""
    scheme, separator, rest = endpoint.partition("://")
    if not separator or scheme not in (*_PLAIN, *_ENCRYPTED):
        raise ToolError(
            f"invalid --server.endpoint '{endpoint}': expected tcp://host:port or ssl://host:port", EXIT_BAD_VALUE
        )
    host, _, port = rest.rstrip("/").rpartition(":")
    if not host or port.endswith("]"):
        host, port = rest.rstrip("/"), str(_DEFAULT_PORT)
    if not port.isdigit():
        raise ToolError(f"invalid --server.endpoint '{endpoint}': '{port}' is no port", EXIT_BAD_VALUE)
    return scheme in _ENCRYPTED, host.strip("[]"), int(port)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def superuser_token(secret: bytes) -> str:
    """Return a superuser's token that ends in an hour."""
    claims = {"iss": "arangodb", "server_id": "client-tool", "exp": int(time.time()) + 3600}
    signed = f"{_encoded(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


class Server:
    """The server a tool works with. Safe to use from several threads."""

    def __init__(self, options: Options) -> None:
        self._endpoints = [split_endpoint(endpoint) for endpoint in options["server.endpoint"]]
        self._connect_s = max(float(options["server.connection-timeout"]), 0.001)
        self._request_s = max(float(options["server.request-timeout"]), 0.001)
        self.database: str = options["server.database"]
        self._authorization = self._credentials(options)
        self._threads = threading.local()
        self._next = 0

    @staticmethod
    def _credentials(options: Options) -> str:
        if options["server.jwt-token"]:
            return f"bearer {options['server.jwt-token']}"
        if options["server.jwt-secret-keyfile"]:
            try:
                with open(options["server.jwt-secret-keyfile"], "rb") as file:
                    return f"bearer {superuser_token(file.read().strip())}"
            except OSError as error:
                raise ToolError(f"cannot read --server.jwt-secret-keyfile: {error}") from None
        if not options["server.authentication"]:
            return ""
        plain = f"{options['server.username']}:{options['server.password']}"
        return f"Basic {base64.b64encode(plain.encode()).decode()}"

    # -- connections -------------------------------------------------------------------------------------------------
    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._threads, "connection", None)
        return kept if kept is not None else self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        """Return a new connection to the first endpoint that takes one. Raises ConnectionFailedError."""
        failures = []
        for turn in range(len(self._endpoints)):
            encrypted, host, port = self._endpoints[(self._next + turn) % len(self._endpoints)]
            made: http.client.HTTPConnection
            if encrypted:
                # as ArangoDB's tools do, certificates are not verified
                made = http.client.HTTPSConnection(
                    host, port, timeout=self._connect_s, context=ssl._create_unverified_context()
                )
            else:
                made = http.client.HTTPConnection(host, port, timeout=self._connect_s)
            try:
                made.connect()
            except OSError as error:
                failures.append(f"{host}:{port}: {error}")
                continue
            made.sock.settimeout(self._request_s)
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._next += turn
            self._threads.connection = made
            return made
        raise ConnectionFailedError(f"cannot connect to the server: {'; '.join(failures)}; is --server.endpoint right?")

    def close(self) -> None:
        """Close this thread's connection."""
        kept = getattr(self._threads, "connection", None)
        if kept is not None:
            kept.close()
            self._threads.connection = None

    # -- requests ----------------------------------------------------------------------------------------------------
    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
        database: str | None = None,
    ) -> Answer:
        """Send a request and return the answer, whatever its status; bytes go out as they are, other bodies as JSON.

        Raises ConnectionFailedError. A request is sent again only if a kept connection turned out to be closed before
        anything came back.
        """
        target = f"/_db/{quote(database or self.database, safe='')}{path}"
        if parameters:
            target += "?" + urlencode({name: _parameter(value) for name, value in parameters.items()})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} if data is not None else {}
        if self._authorization:
            headers["Authorization"] = self._authorization
        kept = getattr(self._threads, "connection", None) is not None
        try:
            return self._exchange(method, target, data, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self.close()
            if not kept:
                raise ConnectionFailedError(f"{method} {path}: the server closed the connection: {error}") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionFailedError(f"{method} {path}: no answer: {error}") from None
        try:
            return self._exchange(method, target, data, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionFailedError(f"{method} {path}: no answer: {error}") from None

    def _exchange(self, method: str, target: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        connection = self._connection()
        connection.request(method, target, data, headers)
        response = connection.getresponse()
        body = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        if found.get("connection", "").lower() == "close":
            self.close()
        return Answer(response.status, found, body)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
        database: str | None = None,
    ) -> Answer:
        """Send a request and return a good answer. Raises ServerError for statuses from 400 on."""
        answer = self.ask(method, path, body, parameters=parameters, database=database)
        if answer.status >= 400:
            raise server_error(answer, f"{method} {path}")
        return answer

    # -- facts -------------------------------------------------------------------------------------------------------
    def version(self) -> str:
        """Return the server's version."""
        return str(self.call("GET", "/_api/version", database="_system").json()["version"])

    def is_cluster(self) -> bool:
        """True when the server is a coordinator."""
        answer = self.ask("GET", "/_admin/server/role", database="_system")
        return answer.status == 200 and answer.json().get("role") == "COORDINATOR"

    def current_database(self) -> dict[str, Any]:
        """Return the properties of the database. Raises ServerError."""
        found: dict[str, Any] = self.call("GET", "/_api/database/current").json()["result"]
        return found

    def databases(self) -> list[str]:
        """Return the names of the databases that the user can reach."""
        names: list[str] = self.call("GET", "/_api/database/user", database="_system").json()["result"]
        return sorted(names)


def _parameter(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def server_error(answer: Answer, request: str) -> ServerError:
    """Return the error that an answer tells of."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return ServerError(answer.status, answer.status, answer.body[:200].decode("utf-8", "replace"), request)
    return ServerError(
        answer.status, int(body.get("errorNum", answer.status)), str(body.get("errorMessage", "")), request
    )
