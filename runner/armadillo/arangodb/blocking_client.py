"""`BlockingClient`: one server over one connection, for code that runs where no event loop does.

http.client and not aiohttp: the plug-in's hooks and the runner's threads ask few things, each within a fraction of a
millisecond over a connection that stays open.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..errors import ArangoError, ArangoUnavailableError, arango_error

DEFAULT_TIMEOUT_S = 10.0


class Reply(NamedTuple):
    """What a server answered: status and body as it came."""

    status: int
    content: bytes

    @property
    def body(self) -> Any:
        """The body parsed from JSON; None where it is none."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None


class BlockingClient:
    """Requests to one endpoint ("http://host:port"), one at a time; `close` ends the connection."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        self.endpoint = endpoint
        self._headers = dict(headers)
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: object = None, most_bytes: int = -1) -> Reply:
        """One request, whatever its status; `most_bytes` cuts the answer off (-1: all of it).

        A connection that the server has closed meanwhile is made anew. Raises `ArangoUnavailableError` when nobody
        answers in time.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if content is not None else {})}
        was_open = self._connection is not None
        try:
            return self._exchange(method, path, content, headers, most_bytes)
        except TimeoutError as error:
            raise self._unavailable(method, path, error) from None
        except (OSError, http.client.HTTPException) as error:
            if not was_open:
                raise self._unavailable(method, path, error) from None
        try:
            return self._exchange(method, path, content, headers, most_bytes)
        except (OSError, http.client.HTTPException) as error:
            raise self._unavailable(method, path, error) from None

    def get(self, path: str, missing: Any = None) -> Any:
        """The JSON body of a GET; `missing` where the server has no such thing (404, 405, 501).

        Raises the `ArangoError` of any other status.
        """
        reply = self.send("GET", path)
        if reply.status in (404, 405, 501):
            return missing
        if reply.status >= 300:
            raise error_of(reply, f"GET {path}")
        return reply.body

    def close(self) -> None:
        """Closes the connection; a later request makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], most_bytes: int
    ) -> Reply:
        url = urlsplit(self.endpoint)
        if self._connection is None:
            self._connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=self._timeout_s)
        try:
            self._connection.request(method, path, content, headers)
            response = self._connection.getresponse()
            reply = Reply(response.status, response.read(most_bytes if most_bytes >= 0 else None))
        except BaseException:
            self.close()
            raise
        if response.will_close or not response.isclosed():
            self.close()
        return reply

    def _unavailable(self, method: str, path: str, error: Exception) -> ArangoUnavailableError:
        self.close()
        request = f"{method} {self.endpoint}{path}"
        return ArangoUnavailableError(0, 0, f"no answer: {error or type(error).__name__}", request)


def error_of(reply: Reply, request: str) -> ArangoError:
    """The `ArangoError` that an answer stands for."""
    told = reply.body if isinstance(reply.body, dict) else {}
    return arango_error(reply.status, int(told.get("errorNum") or 0), str(told.get("errorMessage", "")), request)
