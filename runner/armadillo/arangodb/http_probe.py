"""One quick GET for readiness checks.

http.client and not aiohttp: a probe runs while servers boot on the same cores, and importing aiohttp takes four
times as long as all of http.client. Tests use `arangodb.client`.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PROBE_TIMEOUT_S = 5.0


class ProbeAnswer(NamedTuple):
    """What a server answered; status 0 means that nobody did, then `problem` says why."""

    status: int
    body: Mapping[str, Any]
    problem: str = ""

    @property
    def summary(self) -> str:
        """One line for error texts."""
        if not self.status:
            return self.problem
        text = self.body.get("errorMessage", "")
        return f"HTTP {self.status}" + (f" ({text})" if text else "")


def get(endpoint: str, path: str, headers: Mapping[str, str], timeout_s: float = PROBE_TIMEOUT_S) -> ProbeAnswer:
    """Sends `GET path` to `endpoint` ("http://host:port"); never raises for what a starting server may do."""
    try:
        status, content = _fetch(endpoint, path, headers, timeout_s)
        parsed = json.loads(content) if content else {}
        return ProbeAnswer(status, parsed if isinstance(parsed, dict) else {"result": parsed})
    except (OSError, http.client.HTTPException) as error:
        return ProbeAnswer(0, {}, f"no answer: {error}")
    except ValueError:
        return ProbeAnswer(0, {}, "the answer is no JSON")


def connect(endpoint: str, timeout_s: float = PROBE_TIMEOUT_S) -> str:
    """ "" when somebody accepts connections at `endpoint` ("http://host:port"), else why not."""
    url = urlsplit(endpoint)
    try:
        socket.create_connection((url.hostname or "", url.port or 0), timeout_s).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def get_text(endpoint: str, path: str, headers: Mapping[str, str], timeout_s: float = PROBE_TIMEOUT_S) -> str:
    """The text of a page that is no JSON, such as metrics; "" when it cannot be had."""
    try:
        status, content = _fetch(endpoint, path, headers, timeout_s)
    except (OSError, http.client.HTTPException):
        return ""
    return content.decode(errors="replace") if status == http.client.OK else ""


def _fetch(endpoint: str, path: str, headers: Mapping[str, str], timeout_s: float) -> tuple[int, bytes]:
    url = urlsplit(endpoint)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
