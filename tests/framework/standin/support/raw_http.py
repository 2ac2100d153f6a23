"""HTTP as bytes: for requests that no client library would send."""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType

AUTHORIZATION = b"Authorization: Basic cm9vdDo=\r\n"


class RawAnswer:
    """One response as it came: `interim` are the statuses of 1xx answers before it."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, interim: list[int]) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.interim = interim

    def __repr__(self) -> str:
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"


class RawConnection:
    """A TCP connection to a server of 127.0.0.1; closed at the end of a with statement."""

    def __init__(self, port: int, timeout_s: float = 20.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._buffer = b""

    def __enter__(self) -> RawConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, data: bytes) -> RawConnection:
        """Send bytes as they are; a server that has closed the connection does not matter here."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)
        return self

    def finish(self) -> RawConnection:
        """Say that nothing more will be sent."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        return self

    def _more(self) -> bool:
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self._buffer += data
        return bool(data)

    def answer(self, *, head_only: bool = False) -> RawAnswer | None:
        """Return the next response, None when the server closes the connection without one."""
        interim: list[int] = []
        while True:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                if not self._more():
                    return None
            lines = self._buffer[:end].decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            self._buffer = self._buffer[end + 4 :]
            if status < 200:
                interim.append(status)
                continue
            length = 0 if head_only or status in (204, 304) else int(headers.get("content-length", "0"))
            while len(self._buffer) < length:
                if not self._more():
                    return None
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            return RawAnswer(status, headers, body, interim)

    def interim(self) -> int:
        """Return the status of the next 1xx answer."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not self._more():
                return 0
        status = int(self._buffer.split(b" ")[1])
        self._buffer = self._buffer[end + 4 :]
        return status

    def finished(self) -> bool:
        """Say whether the server has closed the connection, without waiting."""
        self._socket.setblocking(False)
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self._socket.settimeout(20.0)

    def closed(self) -> bool:
        """Wait until the server closes the connection; false if it sends something instead."""
        return not self._buffer and not self._more()


def request(method: str, path: str, body: bytes = b"", headers: bytes = b"", *, version: str = "HTTP/1.1") -> bytes:
    """Return the bytes of a request of root, with a Content-Length."""
    line = f"{method} {path} {version}\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
    return line + AUTHORIZATION + headers + b"\r\n" + body
