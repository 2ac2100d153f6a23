"""What the stand-in does wrong on demand (``--standin.*``); nothing of it is ever on by default."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from .config.options import EXIT_BAD_VALUE, OptionError

if TYPE_CHECKING:
    from .config.settings import Settings
    from .context import ServerContext
    from .logger import Logger


def parse_crash(text: str) -> tuple[float, signal.Signals]:
    """Return seconds and signal of ``SECONDS[:SIGNAL]``, as in ``0.5:SIGSEGV``; the default is SIGABRT."""
    seconds, _, name = text.partition(":")
    try:
        number = signal.Signals[name if name.startswith("SIG") else f"SIG{name}"] if name else signal.SIGABRT
        return float(seconds), number
    except (KeyError, ValueError):
        raise OptionError(
            f"invalid value '{text}' for --standin.crash-after-ready-s: expected SECONDS or SECONDS:SIGNAL,"
            " as in 0.5:SIGSEGV",
            EXIT_BAD_VALUE,
        ) from None


class Misbehaviour:
    """The faults this process was told to show."""

    def __init__(self, settings: Settings, journal: Logger) -> None:
        self._settings = settings
        self._journal = journal
        crash = settings.string("standin.crash-after-ready-s", "")
        self._crash = parse_crash(crash) if crash else None
        self._ignore_sigterm = settings.boolean("standin.ignore-sigterm", False)

    def at_start(self) -> None:
        """Delay or refuse the start."""
        line = self._settings.string("standin.stderr-line", "")
        if line:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        delay_s = self._settings.number("standin.start-delay-s", 0.0)
        if delay_s > 0:
            time.sleep(delay_s)
        if "standin.exit-at-start" in self._settings.values:
            code = self._settings.integer("standin.exit-at-start", 0)
            self._journal.fatal("57a1d", "startup", f"exiting with code {code} as told by --standin.exit-at-start")
            raise SystemExit(code)

    def ignores(self, signal_name: str) -> bool:
        """Say whether a stop signal is to be ignored."""
        return self._ignore_sigterm and signal_name == "SIGTERM"

    def when_ready(self, context: ServerContext) -> None:
        """Arm what happens after the server is ready."""
        line = self._settings.string("standin.log-error-line", "")
        if line:
            self._journal.error("57a1e", "general", line)
        if self._crash is not None:
            seconds, number = self._crash
            asyncio.get_running_loop().call_later(seconds, self._crash_now, number)

    def _crash_now(self, number: signal.Signals) -> None:
        told = "as told by --standin.crash-after-ready-s"
        self._journal.fatal(
            "a7902", "crash", f"\N{COLLISION SYMBOL} caught unexpected signal {int(number)} ({number.name}) {told}"
        )
        signal.signal(number, signal.SIG_DFL) if number not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), number)
