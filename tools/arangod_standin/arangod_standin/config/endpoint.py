"""Endpoints as arangod spells them: ``tcp://host:port``, ``ssl://host:port``, ``unix:///path``."""

from __future__ import annotations

from .options import EXIT_BAD_VALUE, OptionError

_SCHEMES = {"tcp": "tcp", "http": "tcp", "http+tcp": "tcp", "ssl": "ssl", "https": "ssl", "http+ssl": "ssl",
            "unix": "unix", "http+unix": "unix"}  # fmt: skip
_DEFAULT_PORT = 8529


class Endpoint:
    """Where a server listens: `scheme` tcp or ssl with `host` and `port`, or unix with `path`."""

    __slots__ = ("host", "path", "port", "scheme")

    def __init__(self, scheme: str, host: str = "", port: int = 0, path: str = "") -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path

    def __str__(self) -> str:
        """Return the spelling that is the same for equal endpoints."""
        if self.scheme == "unix":
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Return an endpoint. Raises OptionError with exit code 4 when it is none."""
    scheme, separator, rest = text.partition("://")
    kind = _SCHEMES.get(scheme.lower()) if separator else None
    rest = rest.rstrip("/") if kind != "unix" else rest
    if kind == "unix" and rest:
        return Endpoint(kind, path=rest)
    if kind is not None and rest.startswith("["):
        host, closed, port = rest[1:].partition("]")
        port = port.removeprefix(":") if closed else "-"
    else:
        host, _, port = rest.partition(":")
    if kind is None or not host or not (port or str(_DEFAULT_PORT)).isdigit() or int(port or 0) > 65535:
        raise OptionError(
            f"invalid endpoint '{text}': expected tcp://HOST:PORT, tcp://[IPV6]:PORT, ssl://HOST:PORT or unix:///PATH",
            EXIT_BAD_VALUE,
        )
    return Endpoint(kind, host, int(port) if port else _DEFAULT_PORT)


def normal_endpoint(endpoint: str) -> str:
    """Return an endpoint in its usual spelling, so that two spellings compare equal."""
    return str(parse_endpoint(endpoint))


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of a ``tcp://`` or ``ssl://`` endpoint. Raises OptionError."""
    parsed = parse_endpoint(endpoint)
    if parsed.scheme == "unix":
        raise OptionError(f"endpoint '{endpoint}' has no port; servers reach each other by tcp:// only", EXIT_BAD_VALUE)
    return parsed.host, parsed.port
