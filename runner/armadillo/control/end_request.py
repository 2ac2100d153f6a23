"""Somebody outside wants the run to end: Bazel at its limit, Ctrl-C, an IDE's stop button, ibazel."""

from __future__ import annotations

import asyncio
import signal

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class EndRequest:
    """Listens to signals; the first one counts."""

    def __init__(self) -> None:
        self._came = asyncio.Event()
        self.signal_name = ""
        """The one that came, "" before."""

    def listen(self) -> None:
        """From now on these signals end the run in order; needs the running event loop."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._take, number)

    async def wait(self) -> None:
        """Returns when one has come."""
        await self._came.wait()

    def _take(self, number: signal.Signals) -> None:
        self.signal_name = self.signal_name or number.name
        self._came.set()
