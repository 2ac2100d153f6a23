"""`ArangoClient`: ArangoDB's HTTP API with logins, databases and typed errors."""

from __future__ import annotations

import json as json_module
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import ArangoUnavailableError, ArmadilloError, arango_error
from .answer import Answer
from .credentials import Credentials
from .transport import SAFE_TO_REPEAT, NotSentError, Transport

DEFAULT_TIMEOUT_S = 60.0


class ArangoClient:
    """A view of ArangoDB: some endpoints, a login and a database; cheap to make, shares its connections.

    With several endpoints it stays with one as long as that answers, and goes to the next when no connection can be
    made. A request that may have reached a server is sent again only when repeating cannot hurt (GET, HEAD).
    """

    def __init__(
        self,
        endpoints: Sequence[str] | Callable[[], Sequence[str]],
        credentials: Credentials,
        *,
        transport: Transport | None = None,
        database: str = "_system",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self._endpoints = endpoints if callable(endpoints) else lambda: endpoints
        self._preferred = ""
        self.credentials = credentials
        self.transport = transport or Transport()
        self.database = database
        self.timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"<ArangoClient {', '.join(self.endpoints)} {self.database} as {self.credentials.description}>"

    @property
    def endpoints(self) -> list[str]:
        """The endpoints as of now, the one in use first."""
        known = list(self._endpoints())
        if self._preferred in known:
            known.remove(self._preferred)
            known.insert(0, self._preferred)
        return known

    def in_database(self, name: str) -> ArangoClient:
        """The same client for another database."""
        return self._copy(database=name)

    def as_(self, credentials: Credentials) -> ArangoClient:
        """The same client with another login."""
        return self._copy(credentials=credentials)

    def with_timeout(self, timeout_s: float) -> ArangoClient:
        """The same client with another limit for each request."""
        return self._copy(timeout_s=timeout_s)

    def with_transport(self, transport: Transport) -> ArangoClient:
        """The same client with other connections."""
        return self._copy(transport=transport)

    async def get(self, path: str, **options: Any) -> Answer:
        """GET; options as of `request`."""
        return await self.request("GET", path, **options)

    async def head(self, path: str, **options: Any) -> Answer:
        """HEAD; options as of `request`."""
        return await self.request("HEAD", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        """POST; options as of `request`."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> Answer:
        """PUT; options as of `request`."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> Answer:
        """PATCH; options as of `request`."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        """DELETE; options as of `request`."""
        return await self.request("DELETE", path, **options)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: int | Collection[int] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """Sends one request and answers what came.

        `json` is the body, None for none. `params` go into the query string, booleans as true and false. `expect` is
        the status or the statuses that are fine; by default everything below 300. Any other raises the
        `ArangoError` of its HTTP status; no answer at all raises `ArangoUnavailableError` with `http_status` 0, for a
        write that was certainly not sent its subclass `NotSentError`.
        """
        if params:
            path = f"{path}{'&' if '?' in path else '?'}{urlencode({k: _text(v) for k, v in params.items()})}"
        content = None if json is None else json_module.dumps(json).encode()
        sent = {**self.credentials.headers(), **(headers or {})}
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        answer = await self._send_to_any(
            method, self._path(path), headers=sent, content=content, timeout_s=timeout_s or self.timeout_s
        )
        if answer.status < 300 if expect is None else answer.status in _statuses(expect):
            return answer
        raise arango_error(answer.status, answer.error_num, answer.error_message, f"{method} {self._path(path)}")

    async def close(self) -> None:
        """Closes the connections, also of all clients made from this one."""
        await self.transport.close()

    async def _send_to_any(
        self, method: str, path: str, *, headers: Mapping[str, str], content: bytes | None, timeout_s: float
    ) -> Answer:
        last: ArangoUnavailableError | None = None
        for endpoint in self.endpoints:
            try:
                answer = await self.transport.send(
                    endpoint, method, path, headers=headers, content=content, timeout_s=timeout_s
                )
            except NotSentError as error:
                last = error
            except ArangoUnavailableError as error:
                last = error
                if method not in SAFE_TO_REPEAT:
                    break
            else:
                self._preferred = endpoint
                return answer
        if last is None:
            raise ArmadilloError(f"{method} {path}: there is no endpoint to send it to")
        self._forget(last)
        # For a write the last one is the only one that can have been sent.
        kind = (
            NotSentError if isinstance(last, NotSentError) and method not in SAFE_TO_REPEAT else ArangoUnavailableError
        )
        raise kind(0, 0, last.error_message, last.request)

    def _forget(self, error: ArangoUnavailableError) -> None:
        """After a failure the next request tries another endpoint first."""
        known = list(self._endpoints())
        if self._preferred in known and len(known) > 1 and self._preferred in error.request:
            self._preferred = known[(known.index(self._preferred) + 1) % len(known)]

    def _path(self, path: str) -> str:
        if self.database == "_system":
            return path
        return f"/_db/{url_name(self.database)}{path}"

    def _copy(self, **changes: Any) -> ArangoClient:
        settings: dict[str, Any] = {
            "credentials": self.credentials,
            "transport": self.transport,
            "database": self.database,
            "timeout_s": self.timeout_s,
            **changes,
        }
        copy = ArangoClient(self._endpoints, settings.pop("credentials"), **settings)
        copy._preferred = self._preferred
        return copy


def url_name(name: str) -> str:
    """A database's, collection's or document's name as part of a path: NFC and percent-encoded."""
    return quote(unicodedata.normalize("NFC", name), safe="")


def _statuses(expect: int | Collection[int]) -> Collection[int]:
    return (expect,) if isinstance(expect, int) else expect


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
