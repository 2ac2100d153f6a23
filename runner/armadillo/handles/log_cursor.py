"""`LogCursor`: reading a server's log from a mark on."""

from __future__ import annotations

import asyncio
import os
import re
import time
from typing import TYPE_CHECKING

from ..errors import ConditionTimeoutError, ServerDiedError

if TYPE_CHECKING:
    from .server import Server

_READ_INTERVAL_S = 0.02
_ALIVE_INTERVAL_S = 0.2


class LogCursor:
    """A place in a server's log; it goes on in the next file when the server is started again."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._paths: list[str] = []
        self._file = 0
        self._offset = 0

    def mark(self) -> None:
        """From here on: what is in the log now is not looked at again."""
        self._follow()
        self._file = len(self._paths) - 1
        self._offset = _size(self._paths[-1])

    def since(self) -> LogCursor:
        """A cursor of its own that begins here: what is in the log now is behind it; this one stays where it is."""
        cursor = LogCursor(self._server)
        cursor._paths = list(self._paths)
        cursor.mark()
        return cursor

    def never(self, pattern: str) -> None:
        """Raises AssertionError with the first line since the mark that matches the regular expression, if one does."""
        found = next((line for line in self.lines() if re.search(pattern, line)), None)
        if found is not None:
            raise AssertionError(f"{self._server.name} logged what matches {pattern!r}: {found}")

    def lines(self) -> list[str]:
        """The complete lines since the mark, or since the server's first start."""
        return [line for line, _, _ in self._read()]

    def count(self, pattern: str) -> int:
        """How many lines since the mark match the regular expression."""
        return sum(1 for line in self.lines() if re.search(pattern, line))

    async def expect(self, pattern: str, *, timeout_s: float = 30.0) -> str:
        """Waits for a line that matches the regular expression, answers it and moves the mark behind it.

        Raises `ServerDiedError` as soon as the server has ended without such a line, `ConditionTimeoutError` after
        `timeout_s` (scaled for slow builds).
        """
        timeout_s = self._server.scaled(timeout_s)
        began_s = time.monotonic()
        looked_s = began_s
        while True:
            found = self._find(pattern)
            if found is not None:
                return found
            now_s = time.monotonic()
            if now_s - looked_s > _ALIVE_INTERVAL_S:
                looked_s = now_s
                await self._server.refresh()
                found = self._find(pattern)  # its last words may be what was waited for
                if found is not None:
                    return found
                if not self._server.is_alive:
                    raise ServerDiedError(
                        self._server.name,
                        f"{self._server.name} has ended ({self._server.describe_end()}) while its log was awaited to "
                        f"show {pattern!r}",
                        self._tail(),
                    )
            if now_s - began_s > timeout_s:
                raise ConditionTimeoutError(
                    f"a line that matches {pattern!r} in the log of {self._server.name}", timeout_s, self._tail()
                )
            await asyncio.sleep(_READ_INTERVAL_S)

    def _find(self, pattern: str) -> str | None:
        for line, file, end in self._read():
            if re.search(pattern, line):
                self._file, self._offset = file, end
                return line
        return None

    def _read(self) -> list[tuple[str, int, int]]:
        """Complete lines with the place behind each: index of the file, offset."""
        self._follow()
        found: list[tuple[str, int, int]] = []
        for index in range(self._file, len(self._paths)):
            place = self._offset if index == self._file else 0
            try:
                with open(self._paths[index], "rb") as file:
                    file.seek(place)
                    content = file.read()
            except FileNotFoundError:
                continue
            for raw in content.splitlines(keepends=True):
                place += len(raw)
                if raw.endswith(b"\n"):
                    found.append((raw.decode("utf-8", "replace").rstrip("\r\n"), index, place))
        return found

    def _follow(self) -> None:
        path = self._server.log_path
        if path not in self._paths:
            self._paths.append(path)

    def _tail(self) -> str:
        last = self.lines()[-5:]
        return "\n".join(["last lines of the log:", *last]) if last else "no line at all"


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
