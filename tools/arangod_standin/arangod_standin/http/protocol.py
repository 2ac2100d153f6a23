"""The HTTP/1.1 server side of one connection: bytes in, requests to the application, responses out in order."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from .message import Request, Response, error_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Application = Callable[[Request], Awaitable[Response]]

_MAX_HEADER_BYTES = 1 << 20
_MAX_BODY_BYTES = 1 << 30
_COMPRESS_FROM_BYTES = 1024


class _Malformed(Exception):
    """The bytes are no HTTP request; `status` answers them and the connection is closed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def parse_chunked(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    """Return body and end offset of a chunked body, None when more bytes are needed. Raises ValueError."""
    parts: list[bytes] = []
    position = start
    while True:
        line_end = buffer.find(b"\r\n", position)
        if line_end < 0:
            return None
        size = int(bytes(buffer[position:line_end]).split(b";")[0].strip(), 16)
        if size < 0 or size > _MAX_BODY_BYTES:
            raise ValueError("chunk size")
        position = line_end + 2
        if size == 0:
            end = buffer.find(b"\r\n", position)
            return (b"".join(parts), end + 2) if end >= 0 else None
        if len(buffer) < position + size + 2:
            return None
        parts.append(bytes(buffer[position : position + size]))
        position += size + 2


class HttpProtocol(asyncio.Protocol):
    """Parses requests of one connection and answers them one after the other."""

    def __init__(self, application: Application, connections: set[HttpProtocol]) -> None:
        self._application = application
        self._connections = connections
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._queue: list[tuple[Request, bool]] = []
        self._task: asyncio.Task[None] | None = None
        self._continue_sent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection so that a shutdown can close it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; a request in progress runs to its end, as in ArangoDB."""
        self._transport = None
        self._connections.discard(self)

    @property
    def busy(self) -> bool:
        """True while a request is being answered."""
        return self._task is not None

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take bytes; start answering as soon as a request is complete."""
        self._buffer += data
        try:
            while (parsed := self._parse()) is not None:
                self._queue.append(parsed)
        except _Malformed as error:
            arango = ArangoError(errors.HTTP_BAD_PARAMETER, str(error), status=error.status)
            self._buffer.clear()
            if self._transport is not None:
                self._transport.write(error_response(arango).render(keep_alive=False, head_only=False))
                self._transport.close()
            return
        if self._queue and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._answer_all())

    def _parse(self) -> tuple[Request, bool] | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEADER_BYTES:
                raise _Malformed(431, "request header too large")
            return None
        if end > _MAX_HEADER_BYTES:
            raise _Malformed(431, "request header too large")
        method, target, version, headers = self._parse_head(bytes(self._buffer[:end]))
        body_range = self._body(headers, end + 4)
        if body_range is None:
            if headers.get("expect", "").lower() == "100-continue" and not self._continue_sent and self._transport:
                self._continue_sent = True
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body, total = body_range
        self._continue_sent = False
        del self._buffer[:total]
        connection = headers.get("connection", "").lower()
        keep_alive = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
        request = Request(method, target, headers, self._decoded(headers, body))
        request.received_s = time.monotonic()
        return request, keep_alive

    @staticmethod
    def _parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1.") or not parts[0].isalpha():
            raise _Malformed(400, "malformed request line")
        if not parts[1].startswith("/"):
            scheme, separator, rest = parts[1].partition("://")
            if not separator or scheme not in ("http", "https"):
                raise _Malformed(400, "malformed request target")
            parts[1] = "/" + rest.partition("/")[2]
        headers = {}
        for line in lines[1:]:
            name, separator, value = line.partition(":")
            if not separator or not name or name != name.strip():
                raise _Malformed(400, "malformed header line")
            headers[name.lower()] = value.strip()
        return parts[0].upper(), parts[1], parts[2], headers

    def _body(self, headers: dict[str, str], start: int) -> tuple[bytes, int] | None:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            try:
                return parse_chunked(self._buffer, start)
            except ValueError:
                raise _Malformed(400, "malformed chunked body") from None
        text = headers.get("content-length", "0")
        if not text.isdigit():
            raise _Malformed(400, "malformed Content-Length")
        length = int(text)
        if length > _MAX_BODY_BYTES:
            raise _Malformed(413, "request body too large")
        if len(self._buffer) < start + length:
            return None
        return bytes(self._buffer[start : start + length]), start + length

    @staticmethod
    def _decoded(headers: dict[str, str], body: bytes) -> bytes:
        encoding = headers.get("content-encoding", "").lower()
        if not body or encoding not in ("gzip", "deflate"):
            return body
        try:
            return zlib.decompress(body, wbits=47 if encoding == "gzip" else 15)
        except zlib.error:
            raise _Malformed(400, f"body is not {encoding}") from None

    async def _answer_all(self) -> None:
        try:
            while self._queue:
                request, keep_alive = self._queue.pop(0)
                response = await self._application(request)
                _compress(request, response)
                if self._transport is None:
                    self._queue.clear()
                    return
                self._transport.write(response.render(keep_alive=keep_alive, head_only=request.method == "HEAD"))
                if not keep_alive:
                    self._transport.close()
                    self._queue.clear()
        finally:
            self._task = None


def _compress(request: Request, response: Response) -> None:
    accepted = request.headers.get("accept-encoding", "").lower()
    if len(response.body) < _COMPRESS_FROM_BYTES or "x-standin-internal" in request.headers:
        return
    if "gzip" in accepted:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        response.body = packer.compress(response.body) + packer.flush()
        response.headers.append(("Content-Encoding", "gzip"))
    elif "deflate" in accepted:
        response.body = zlib.compress(response.body, 1)
        response.headers.append(("Content-Encoding", "deflate"))
