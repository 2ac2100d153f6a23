"""Signals that ask the process to stop before the event loop can take them."""

from __future__ import annotations

import signal

from .logger import Logger
from .misbehaviour import Misbehaviour

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class EarlyStop:
    """Ends the start by SystemExit, and keeps the signal for where that is not heard.

    Python swallows what is raised in a weak reference's callback or in `__del__`, and an import has both: who raised
    there, and nowhere else, would never stop.
    """

    def __init__(self, journal: Logger, misbehaviour: Misbehaviour) -> None:
        self._journal = journal
        self._misbehaviour = misbehaviour
        self.was_asked = False
        """Whether a signal has come that is to stop the process."""

    def install(self) -> None:
        """From now on the signals are answered here."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: object) -> None:
        name = signal.Signals(number).name
        if self._misbehaviour.ignores(name):
            return
        self.was_asked = True
        self._journal.info("b4133", "general", f"{name} received, beginning shut down sequence")
        raise SystemExit(0)
