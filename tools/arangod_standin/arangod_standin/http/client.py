"""A small HTTP client for the traffic between servers: keep-alive connections, a deadline on every call."""

from __future__ import annotations

import asyncio
from typing import Any

from ..config.settings import split_endpoint
from ..failure_points import CUT_OFF, FAILURE_POINTS
from .body import ChunkedBody
from .message import decode_json, encode_json

_MAX_IDLE = 16


class Unreachable(Exception):
    """The other server could not be reached or did not answer in time.

    `sent` is False when the request certainly did not arrive; otherwise it may have been carried out.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiter: asyncio.Future[tuple[int, dict[str, str], bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError("connection closed by the other side"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._waiter is None:
            return
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "chunked" in headers.get("transfer-encoding", ""):
            rest = self._buffer[end + 4 :]
            chunked = ChunkedBody().feed(rest)
            if chunked is None:
                return
            body, total = chunked, len(self._buffer) - len(rest)
        else:
            total = end + 4 + int(headers.get("content-length", "0"))
            if len(self._buffer) < total:
                return
            body = bytes(self._buffer[end + 4 : total])
        del self._buffer[:total]
        waiter, self._waiter = self._waiter, None
        if not waiter.done():
            waiter.set_result((int(lines[0].split(" ")[1]), headers, body))

    def send(self, data: bytes) -> asyncio.Future[tuple[int, dict[str, str], bytes]]:
        self._waiter = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(data)
        return self._waiter


class HttpClient:
    """Calls other servers of the cluster; `authorization` is asked for each request's header value."""

    def __init__(self, authorization: str) -> None:
        self.authorization = authorization
        self._idle: dict[str, list[_Connection]] = {}
        self._active: dict[str, set[_Connection]] = {}
        self._closed = False

    async def request(
        self, endpoint: str, method: str, path: str, value: object = None, timeout_s: float = 10.0
    ) -> tuple[int, dict[str, str], Any]:
        """Send one request with a JSON body; return status, headers and the decoded body. Raises Unreachable."""
        body = b"" if value is None else encode_json(value)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {endpoint[6:]}\r\nContent-Length: {len(body)}\r\n"
            f"X-Standin-Internal: 1\r\n"
        )
        if self.authorization:
            head += f"Authorization: {self.authorization}\r\n"
        data = head.encode() + b"\r\n" + body
        status, headers, answer = await self._exchange(endpoint, data, timeout_s)
        if not answer or not headers.get("content-type", "").startswith("application/json"):
            return status, headers, answer.decode("utf-8", "replace") if answer else None
        return status, headers, decode_json(answer)

    async def forward(
        self, endpoint: str, method: str, target: str, headers: dict[str, str], body: bytes, *, timeout_s: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a client's request as it is, with its own credentials; return the bare answer. Raises Unreachable."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {endpoint[6:]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        return await self._exchange(endpoint, head + b"\r\n\r\n" + body, timeout_s)

    async def _exchange(self, endpoint: str, data: bytes, timeout_s: float) -> tuple[int, dict[str, str], bytes]:
        if CUT_OFF in FAILURE_POINTS:
            raise Unreachable(f"{endpoint}: cut off by the failure point {CUT_OFF}", sent=False)
        sent = False
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(timeout_s):
                connection = await self._connect(endpoint)
                self._active.setdefault(endpoint, set()).add(connection)
                sent = True
                result = await connection.send(data)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"{endpoint}: {error or 'no answer in time'}", sent=sent) from error
        except BaseException:
            # cancelled: the answer is still on its way, so this connection cannot be used again
            if connection is not None and connection.transport is not None:
                connection.transport.abort()
            raise
        finally:
            if connection is not None:
                self._active[endpoint].discard(connection)
            if connection is not None and connection.transport is not None and connection._waiter is not None:
                connection.transport.abort()
        idle = self._idle.setdefault(endpoint, [])
        if connection.transport is not None:
            if self._closed or len(idle) >= _MAX_IDLE or result[1].get("connection", "").lower() == "close":
                connection.transport.close()
            else:
                idle.append(connection)
        return result

    async def _connect(self, endpoint: str) -> _Connection:
        idle = self._idle.get(endpoint, [])
        while idle:
            connection = idle.pop()
            if connection.transport is not None and not connection.transport.is_closing():
                return connection
        host, port = split_endpoint(endpoint)
        _, made = await asyncio.get_running_loop().create_connection(_Connection, host, port)
        return made

    def abort(self, endpoint: str) -> None:
        """Give up all requests to a server that was declared dead; their callers get Unreachable at once."""
        for connection in [*self._active.get(endpoint, ()), *self._idle.pop(endpoint, [])]:
            if connection.transport is not None:
                connection.transport.abort()

    def close(self) -> None:
        """Close all idle connections."""
        self._closed = True
        for connections in self._idle.values():
            for connection in connections:
                if connection.transport is not None:
                    connection.transport.close()
        self._idle.clear()
