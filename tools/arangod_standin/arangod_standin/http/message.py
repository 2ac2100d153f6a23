"""Requests and responses, and the JSON both carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REASONS = {
    100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified",
    307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
    412: "Precondition Failed", 413: "Payload Too Large", 421: "Misdirected Request",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip
JSON_TYPE = "application/json; charset=utf-8"
_JSON_TYPE = f"Content-Type: {JSON_TYPE}\r\n".encode()
_FIXED = b"X-Content-Type-Options: nosniff\r\nServer: ArangoDB\r\n"
_KEEP_ALIVE = _FIXED + b"Connection: Keep-Alive\r\n"
_CLOSE = _FIXED + b"Connection: Close\r\n"


def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\n".encode()


_STATUS_LINES = {status: _status_line(status) for status in REASONS}
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def unquote(text: str) -> str:
    """Return a part of a target, percent-decoded, as UTF-8; the head of a request was read as Latin-1.

    (urllib.parse would cost 2 ms of every process start.)
    """
    if text.isascii() and "%" not in text:
        return text
    parts = text.encode("latin-1", "replace").split(b"%")
    decoded = [parts[0]]
    for part in parts[1:]:
        try:
            decoded.append(bytes([int(part[:2], 16)]) + part[2:] if len(part) > 1 else b"%" + part)
        except ValueError:
            decoded.append(b"%" + part)
    return b"".join(decoded).decode("utf-8", "replace")


def _make_encoder() -> Callable[[object, int], Iterable[str]]:
    """Return the function below JSONEncoder.encode, which would be made anew for every value."""
    make = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if make is None:
        return _encoder.iterencode  # type: ignore[return-value]
    quote = json.encoder.encode_basestring
    # no markers: nobody makes circular values here, and looking for them takes time
    made: Callable[[object, int], Iterable[str]] = make(
        None, _encoder.default, quote, None, ":", ",", False, False, True
    )
    return made


_encode = _make_encoder()


def encode_json(value: object) -> bytes:
    """Return compact UTF-8 JSON."""
    return "".join(_encode(value, 0)).encode("utf-8", "surrogatepass")


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_no_constant)


def decode_json(data: bytes) -> Any:
    """Parse JSON text, which must be UTF-8. Raises ArangoError 600 when it is not JSON."""
    try:
        return _decoder.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise ArangoError(errors.HTTP_CORRUPTED_JSON, f"Parse error: {error}") from None


def parse_query(text: str) -> dict[str, str]:
    """Return the parameters of a query string; the last one wins."""
    parameters = {}
    for part in text.split("&"):
        if part:
            name, separator, value = part.partition("=")
            parameters[unquote(name.replace("+", " "))] = unquote(value.replace("+", " ")) if separator else ""
    return parameters


# What is kept of a target, so that requests to the same one need not take it apart again.
_Target = tuple[str, dict[str, str], str, list[str]]
_KEPT_TARGETS = 256
_targets: dict[str, _Target] = {}


def _split_target(target: str) -> _Target:
    """Return path, parameters, database and the decoded segments below the database prefix."""
    path, _, query = target.partition("?")
    database = "_system"
    parts = [unquote(part) for part in path.split("/")[1:]]
    if len(parts) > 2 and parts[0] == "_arango":
        parts = parts[2:]
    if len(parts) > 1 and parts[0] == "_db":
        database = parts[1]
        parts = parts[2:]
    if len(parts) > 1 and parts[-1] == "":
        parts.pop()
    found = path, parse_query(query) if query else {}, database, parts
    if len(target) < 200:
        if len(_targets) >= _KEPT_TARGETS:
            _targets.clear()
        _targets[target] = found
    return found


class Request:
    """One request: `segments` are the decoded path parts below the database prefix."""

    __slots__ = (
        "body", "database", "headers", "method", "parameters", "path", "received_s", "segments", "superuser", "target",
        "user",
    )  # fmt: skip

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.user = ""
        self.superuser = False
        self.received_s = 0.0
        self.path, parameters, self.database, segments = _targets.get(target) or _split_target(target)
        self.parameters = parameters.copy()
        self.segments = segments.copy()

    def json(self) -> Any:
        """Return the body as JSON. Raises ArangoError 600."""
        return decode_json(self.body)

    def json_object(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object (an empty body counts as an empty one). Raises ArangoError."""
        if not self.body:
            return {}
        value = decode_json(self.body)
        if not isinstance(value, dict):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting a JSON object in the body")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean query parameter."""
        text = self.parameters.get(name)
        return default if text is None else text.lower() in ("true", "1", "yes", "on", "y")

    def etag(self, name: str) -> str | None:
        """Return the revision of an If-Match or If-None-Match header without its quotes."""
        value = self.headers.get(name)
        return None if value is None else value.strip().strip('"')


class Response:
    """One response; `headers` are name and value pairs besides those every response has."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: Iterable[tuple[str, str]] = (),
        content_type: str = JSON_TYPE,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = list(headers)
        self.content_type = content_type

    def render(self, *, keep_alive: bool, line: bytes = b"", head_only: bool = False) -> bytes:
        """Return the bytes to send; `line` is a header line of the server's."""
        status, body = self.status, self.body
        parts = [_STATUS_LINES.get(status) or _status_line(status)]
        for name, value in self.headers:
            # a line break in a value would begin a header of its own
            clean = value.replace("\r", " ").replace("\n", " ") if "\n" in value or "\r" in value else value
            parts.append(f"{name}: {clean}\r\n".encode("latin-1", "replace"))
        parts.append(line)
        parts.append(_KEEP_ALIVE if keep_alive else _CLOSE)
        if body or status not in (204, 304):
            is_json = self.content_type is JSON_TYPE
            parts.append(_JSON_TYPE if is_json else f"Content-Type: {self.content_type}\r\n".encode())
        parts.append(b"Content-Length: %d\r\n\r\n" % len(body))
        if not head_only and status != 304:
            parts.append(body)
        return b"".join(parts)


def json_response(status: int, value: object, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return a response with a JSON body as it is."""
    return Response(status, encode_json(value), headers)


def success(status: int = 200, members: dict[str, object] | None = None) -> Response:
    """Return ArangoDB's envelope of a success: the members plus ``error: false`` and ``code``."""
    return Response(status, encode_json({**(members or {}), "error": False, "code": status}))


def error_response(error: ArangoError) -> Response:
    """Return the response for an ArangoError."""
    headers = [("WWW-Authenticate", 'Bearer token_type="JWT", realm="ArangoDB"')] if error.status == 401 else []
    return Response(error.status, encode_json(error.body()), headers)
