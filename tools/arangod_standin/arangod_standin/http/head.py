"""The head of a request: request line and header fields.

Drivers repeat themselves on a connection, so heads that were seen before are not parsed again.
"""

from __future__ import annotations

from .malformed import Malformed

MAX_HEADER_BYTES = 1 << 20
MAX_BODY_BYTES = 1 << 30
_KEPT_HEADS = 256
_KEPT_HEAD_BYTES = 1024
# (a regular expression would be compiled at every start of a process)
_TOKEN = "!#$%&'*+.^_`|~-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class RequestHead:
    """A parsed head; shared between equal requests, so nobody may change its `headers`.

    `length` is the announced size of the body, -1 for a chunked one.
    """

    __slots__ = ("encoding", "expects_continue", "headers", "keep_alive", "length", "method", "target")

    def __init__(self, method: str, target: str, version: str, headers: dict[str, str]) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        connection = headers.get("connection", "").lower()
        self.keep_alive = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
        self.expects_continue = version != "HTTP/1.0" and headers.get("expect", "").lower() == "100-continue"
        self.encoding = headers.get("content-encoding", "").lower()
        self.length = _body_length(headers)


def _is_token(text: str) -> bool:
    return bool(text) and not text.strip(_TOKEN)


def _body_length(headers: dict[str, str]) -> int:
    text = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if text is not None:
            # which of the two counts is a matter of opinion, and such matters smuggle requests
            raise Malformed(400, "both Transfer-Encoding and Content-Length are given")
        if coding.strip().lower() != "chunked":
            raise Malformed(501, f"transfer coding '{coding[:40]}' is not supported; expected chunked")
        return -1
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(400, "malformed Content-Length")
    if int(text) > MAX_BODY_BYTES:
        raise Malformed(413, f"request body too large: at most {MAX_BODY_BYTES} bytes")
    return int(text)


def _origin_form(target: str) -> str:
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if target == "*":
            return "/"
        if not separator or scheme.lower() not in ("http", "https"):
            raise Malformed(400, "malformed request target")
        target = "/" + rest.partition("/")[2]
    if any(letter <= " " or letter == "\x7f" for letter in target):
        raise Malformed(400, "malformed request target")
    return target.partition("#")[0]


def _parse(data: bytes) -> RequestHead:
    lines = data.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/") or not _is_token(parts[0]):
        raise Malformed(400, "malformed request line")
    if not parts[2].startswith("HTTP/1."):
        raise Malformed(505, "expected HTTP/1.1 or HTTP/1.0")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, separator, value = line.partition(":")
        if not separator or not _is_token(name) or "\n" in value or "\x00" in value:
            raise Malformed(400, "malformed header line")
        name, value = name.lower(), value.strip()
        if name in headers:
            if name == "content-length" and headers[name] != value:
                raise Malformed(400, "Content-Length is given twice")
            if name == "transfer-encoding":
                raise Malformed(400, "Transfer-Encoding is given twice")
        headers[name] = value
    return RequestHead(parts[0].upper(), _origin_form(parts[1]), parts[2], headers)


class HeadParser:
    """Parses heads and keeps the newest ones."""

    def __init__(self) -> None:
        self._kept: dict[bytes, RequestHead] = {}

    def parse(self, data: bytes) -> RequestHead:
        """Return the head of these bytes (without the empty line). Raises Malformed."""
        head = self._kept.get(data)
        if head is None:
            head = _parse(data)
            if len(data) <= _KEPT_HEAD_BYTES:
                if len(self._kept) >= _KEPT_HEADS:
                    self._kept.clear()
                self._kept[data] = head
        return head
