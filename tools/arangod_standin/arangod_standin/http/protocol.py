"""The HTTP/1.1 server side of one connection: bytes in, requests to the server, responses out in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from .body import ChunkedBody, pack, unpacked
from .head import MAX_HEADER_BYTES
from .malformed import Malformed
from .message import Request, error_response

if TYPE_CHECKING:
    from .head import RequestHead
    from .server import HttpServer

# Requests that were read and wait for those before them; more are left in the socket.
_MAX_PIPELINED = 32
_LINGER_S = 0.5
_LARGE_BODY_BYTES = 1 << 16


class HttpProtocol(asyncio.Protocol):
    """Parses the requests of one connection and answers them one after the other."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        # the head whose body is still on its way
        self._head: RequestHead | None = None
        self._chunks: ChunkedBody | None = None
        self._queue: deque[tuple[Request, bool] | Malformed] = deque()
        self._task: asyncio.Task[None] | None = None
        self._paused = False
        self._finished = False
        self._lingers = False
        self._drained: asyncio.Future[None] | None = None
        # when this connection last did something that counts (monotonic seconds)
        self.active_s = time.monotonic()

    # -- events of the transport -------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection so that a shutdown can close it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; a request in progress runs to its end, as in ArangoDB."""
        self._transport = None
        self._server.closed(self)
        self.resume_writing()

    def eof_received(self) -> bool:
        """Keep the connection for the answers that are due when the client has said all it will say."""
        self._finished = True
        return self._task is not None and not self._lingers

    def pause_writing(self) -> None:
        """The client does not read: further answers wait."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """The client reads again, or is gone."""
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def data_received(self, data: bytes) -> None:
        """Take bytes; start answering as soon as a request is complete."""
        if self._finished:
            return
        try:
            if not self._buffer and self._head is None:
                # the common case: one request, whole, in one piece
                end = data.find(b"\r\n\r\n")
                if 0 < end <= MAX_HEADER_BYTES:
                    head = self._server.heads.parse(data[:end])
                    if end + 4 + head.length == len(data):
                        self._take(head, data[end + 4 :])
                        return
            self._buffer += data
            self._parse_buffer()
        except Malformed as error:
            self._refuse(error)

    # -- from bytes to requests --------------------------------------------------------------------------------------
    def _parse_buffer(self) -> None:
        while len(self._queue) < _MAX_PIPELINED:
            if self._head is None and not self._parse_head():
                return
            assert self._head is not None
            body = self._body(self._head)
            if body is None:
                return
            head, self._head, self._chunks = self._head, None, None
            self._take(head, body)
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _parse_head(self) -> bool:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):
            # clients of old times sent an empty line after a body
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end > MAX_HEADER_BYTES or (end < 0 and len(buffer) > MAX_HEADER_BYTES):
            raise Malformed(431, f"request header too large: at most {MAX_HEADER_BYTES} bytes")
        if end < 0:
            if buffer and not buffer[:1].isalpha():
                raise Malformed(400, "malformed request line")
            return False
        self._head = self._server.heads.parse(bytes(buffer[:end]))
        del buffer[: end + 4]
        self._chunks = ChunkedBody() if self._head.length < 0 else None
        if self._head.expects_continue and len(buffer) < abs(self._head.length) and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _body(self, head: RequestHead) -> bytes | None:
        if self._chunks is not None:
            body = self._chunks.feed(self._buffer)
        elif len(self._buffer) >= head.length:
            body = bytes(self._buffer[: head.length])
            del self._buffer[: head.length]
        else:
            body = None
        if body is None:
            # a slow upload is alive as long as it goes on; a slow head is not
            self.active_s = time.monotonic()
        return body

    def _take(self, head: RequestHead, body: bytes) -> None:
        if head.encoding:
            body = unpacked(head.encoding, body)
        request = Request(head.method, head.target, dict(head.headers), body)
        request.received_s = time.monotonic()
        self._queue.append((request, head.keep_alive))
        if self._task is None:
            self._task = self._loop.create_task(self._answer_all())

    def _refuse(self, error: Malformed) -> None:
        """Answer bytes that are no request, after the requests before them; the connection is of no more use."""
        self._finished = True
        self._buffer.clear()
        self._head = self._chunks = None
        self._queue.append(error)
        if self._task is None:
            self._task = self._loop.create_task(self._answer_all())

    # -- from requests to answers ------------------------------------------------------------------------------------
    async def _answer_all(self) -> None:
        server, queue = self._server, self._queue
        try:
            while queue and self._transport is not None:
                item = queue.popleft()
                if isinstance(item, Malformed):
                    refusal = error_response(ArangoError(errors.HTTP_BAD_PARAMETER, str(item), status=item.status))
                    self._transport.write(refusal.render(keep_alive=False, line=server.queue_time_line))
                    self._close_gently()
                    return
                request, keep_alive = item
                response = await server.answer(request)
                if self._transport is None:
                    return
                if len(response.body) > 1023:
                    pack(request, response)
                head_only = request.method == "HEAD"
                data = response.render(keep_alive=keep_alive, line=server.queue_time_line, head_only=head_only)
                self._transport.write(data)
                if not keep_alive:
                    self._finished = True
                    self._transport.close()
                    return
                if self._drained is not None:
                    await self._drained
        finally:
            self._task = None
            self.active_s = time.monotonic()
            self._after_answers()

    def _close_gently(self) -> None:
        """Close after the client has had time to read: closing with bytes unread would take the answer from it."""
        transport = self._transport
        assert transport is not None
        self._lingers = True
        try:
            if transport.can_write_eof():
                transport.write_eof()
        except OSError:
            # the client is gone already
            transport.abort()
        self._loop.call_later(_LINGER_S, transport.close)

    def _after_answers(self) -> None:
        """Read on what was left in the socket, or close what the client has closed."""
        transport = self._transport
        if transport is None or transport.is_closing():
            self._queue.clear()
            return
        if self._finished:
            if not self._queue and not self._lingers:
                transport.close()
        elif self._paused:
            self._paused = False
            transport.resume_reading()
            # what waits in the buffer is parsed in a turn of its own
            self._loop.call_soon(self.data_received, b"")

    # -- for the server ----------------------------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """True while a request is being answered."""
        return self._task is not None

    @property
    def awaited(self) -> bool:
        """True while a request is being answered whose client has not hung up (a half-closed end may be just that)."""
        return self._task is not None and not self._finished

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()
