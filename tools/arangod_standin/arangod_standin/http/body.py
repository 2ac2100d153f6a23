"""Bodies: chunked ones as they arrive, and those that are packed by gzip or deflate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .head import MAX_BODY_BYTES
from .malformed import Malformed

if TYPE_CHECKING:
    from .message import Request, Response

_MAX_CHUNK_LINE_BYTES = 4096
# less than ArangoDB's gigabyte: a megabyte that unpacks to one would stop everything else for a second
_MAX_UNPACKED_BYTES = 1 << 28
_COMPRESS_FROM_BYTES = 1024


class ChunkedBody:
    """Takes a chunked body out of a buffer piece by piece. `feed` raises Malformed."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._in_trailer = False

    def feed(self, buffer: bytearray) -> bytes | None:
        """Remove what belongs to the body from the buffer's front; return the whole body once it is complete."""
        while True:
            line_end = buffer.find(b"\r\n")
            if line_end < 0:
                if len(buffer) > _MAX_CHUNK_LINE_BYTES:
                    raise Malformed(400, "malformed chunked body")
                return None
            if self._in_trailer:
                # header fields after the last chunk are read and forgotten; an empty line ends them
                del buffer[: line_end + 2]
                if line_end == 0:
                    return b"".join(self._parts)
                continue
            size = self._chunk_size(bytes(buffer[:line_end]))
            start, end = line_end + 2, line_end + 2 + size
            if size == 0:
                self._in_trailer = True
                del buffer[:start]
                continue
            if len(buffer) < end + 2:
                return None
            if buffer[end : end + 2] != b"\r\n":
                raise Malformed(400, "malformed chunked body")
            self._parts.append(bytes(buffer[start:end]))
            self._size += size
            del buffer[: end + 2]

    def _chunk_size(self, line: bytes) -> int:
        text = line.split(b";")[0].strip()
        if not text or len(text) > 16 or text.strip(b"0123456789abcdefABCDEF"):
            raise Malformed(400, "malformed chunked body")
        size = int(text, 16)
        if self._size + size > MAX_BODY_BYTES:
            raise Malformed(413, f"request body too large: at most {MAX_BODY_BYTES} bytes")
        return size


def unpacked(encoding: str, body: bytes) -> bytes:
    """Return a request's body without its content encoding; unknown encodings stay. Raises Malformed."""
    if not body or encoding not in ("gzip", "deflate", "x-gzip"):
        return body
    import zlib

    try:
        # 47: gzip or zlib by the header; some clients mean the bare format by deflate
        unpacker = zlib.decompressobj(47 if encoding != "deflate" or body[0] & 15 == 8 else -15)
        data = unpacker.decompress(body, _MAX_UNPACKED_BYTES)
        if unpacker.unconsumed_tail:
            raise Malformed(413, f"request body too large: at most {_MAX_UNPACKED_BYTES} bytes when unpacked")
        if not unpacker.eof:
            raise zlib.error("incomplete")
    except zlib.error:
        raise Malformed(400, f"body is not {encoding}") from None
    return data


def pack(request: Request, response: Response) -> None:
    """Pack a large response as the request's Accept-Encoding allows."""
    accepted = request.headers.get("accept-encoding")
    if not accepted or len(response.body) < _COMPRESS_FROM_BYTES or "x-standin-internal" in request.headers:
        return
    import zlib

    names = {part.partition(";")[0].strip().lower() for part in accepted.split(",") if "q=0" not in part.split(";")[1:]}
    if "gzip" in names:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        response.body = packer.compress(response.body) + packer.flush()
        response.headers.append(("Content-Encoding", "gzip"))
    elif "deflate" in names:
        response.body = zlib.compress(response.body, 1)
        response.headers.append(("Content-Encoding", "deflate"))
