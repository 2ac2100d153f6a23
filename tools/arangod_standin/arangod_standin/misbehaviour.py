"""What the stand-in does wrong on demand (``--standin.*``); nothing of it is ever on by default."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

from .config.options import EXIT_BAD_VALUE, OptionError
from .failure_points import FAILURE_POINTS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable

    from .config.settings import Settings
    from .context import ServerContext
    from .crash_handler import CrashHandler
    from .http.message import Request
    from .http.server import HttpServer
    from .logger import Logger

HANGS = ("loop", "accept")


def _bad(name: str, text: str, expected: str) -> OptionError:
    return OptionError(f"invalid value '{text}' for --standin.{name}: expected {expected}", EXIT_BAD_VALUE)


def parse_signal(name: str) -> signal.Signals:
    """Return the signal of a name, with or without SIG; SIGABRT for an empty one. Raises KeyError."""
    return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"] if name else signal.SIGABRT


def parse_crash(text: str) -> tuple[float, signal.Signals]:
    """Return seconds and signal of ``SECONDS[:SIGNAL]``, as in ``0.5:SIGSEGV``; the default is SIGABRT."""
    seconds, _, name = text.partition(":")
    try:
        return float(seconds), parse_signal(name)
    except (KeyError, ValueError):
        raise _bad("crash-after-ready-s", text, "SECONDS or SECONDS:SIGNAL, as in 0.5:SIGSEGV") from None


class CrashPoint:
    """Where a process crashes: ``start``, ``recovery`` or at the `request`-th request, and by which signal."""

    def __init__(self, place: str, request: int, number: signal.Signals) -> None:
        self.place = place
        self.request = request
        self.number = number


def parse_crash_point(text: str) -> CrashPoint | None:
    """Return the point of ``start|recovery|request:N[:SIGNAL]``, None for an empty text. Raises OptionError."""
    if not text:
        return None
    place, _, rest = text.partition(":")
    count = ""
    if place == "request":
        count, _, rest = rest.partition(":")
    try:
        if place not in ("start", "recovery", "request"):
            raise ValueError
        return CrashPoint(place, int(count) if place == "request" else 0, parse_signal(rest))
    except (KeyError, ValueError):
        raise _bad("crash-at", text, "start[:SIGNAL], recovery[:SIGNAL] or request:N[:SIGNAL]") from None


class Hang:
    """How a process hangs, and when: the event loop stands still (``loop``) or nothing is answered (``accept``)."""

    def __init__(self, kind: str, request: int, after_ready_s: float) -> None:
        self.kind = kind
        self.request = request
        self.after_ready_s = after_ready_s


def parse_hang(text: str) -> Hang | None:
    """Return the hang of ``loop|accept[:request:N|:seconds:S]``, None for an empty text. Raises OptionError."""
    if not text:
        return None
    kind, _, rest = text.partition(":")
    what, _, amount = rest.partition(":")
    try:
        if kind not in HANGS or what not in ("", "request", "seconds"):
            raise ValueError
        return Hang(kind, int(amount) if what == "request" else 0, float(amount) if what == "seconds" else 0.0)
    except ValueError:
        raise _bad("hang", text, "loop or accept, then nothing, :request:N or :seconds:S") from None


def parse_spin(text: str) -> int | None:
    """Return the request of ``ready|request:N`` at which a thread begins to spin, 0 for ready, None for none.

    Raises OptionError.
    """
    if not text:
        return None
    what, _, count = text.partition(":")
    try:
        if what not in ("ready", "request") or bool(count) != (what == "request"):
            raise ValueError
        return int(count or 0)
    except ValueError:
        raise _bad("spin", text, "ready or request:N") from None


class Misbehaviour:
    """The faults this process was told to show."""

    def __init__(self, settings: Settings, journal: Logger) -> None:
        self._settings = settings
        self._journal = journal
        crash = settings.string("standin.crash-after-ready-s", "")
        self._crash = parse_crash(crash) if crash else None
        self._crash_at = parse_crash_point(settings.string("standin.crash-at", ""))
        self._hang = parse_hang(settings.string("standin.hang", ""))
        self._spin_at = parse_spin(settings.string("standin.spin", ""))
        self._ignore_sigterm = settings.boolean("standin.ignore-sigterm", False)
        self._leak_bytes = int(settings.number("standin.leak-mib-per-request", 0.0) * (1 << 20))
        self._lines_at = settings.integer("standin.log-lines-at-request", 0)
        self._leaked: list[bytearray] = []
        self._never_answer = False
        self._handler: CrashHandler | None = None
        self._requests = 0
        for name in settings.strings("server.failure-point", []):
            FAILURE_POINTS.add(name)

    # -- before the server -------------------------------------------------------------------------------------------
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

    # -- while it starts ---------------------------------------------------------------------------------------------
    def attach(self, context: ServerContext, http: HttpServer, handler: CrashHandler) -> None:
        """Look at every request from now on, if any fault is about requests."""
        self._handler = handler
        if self._crash_at is not None and self._crash_at.place == "start":
            self.crash(self._crash_at.number)
        counts = (self._crash_at is not None and self._crash_at.place == "request") or self._hang is not None
        if counts or self._leak_bytes or self._lines_at or self._spin_at:
            http.before_request = self._before_request
        context.hang = self.hang
        context.crash = self.crash
        self._http = http

    def in_recovery(self) -> None:
        """Crash while the engine recovers."""
        if self._crash_at is not None and self._crash_at.place == "recovery":
            self.crash(self._crash_at.number)

    # -- while it serves ---------------------------------------------------------------------------------------------
    def when_ready(self) -> None:
        """Arm what happens after the server is ready."""
        import asyncio

        if not self._lines_at:
            self._log_lines()
        if self._spin_at == 0:
            self.spin()
        if self._crash is not None:
            seconds, number = self._crash
            asyncio.get_running_loop().call_later(seconds, self.crash, number)
        if self._hang is not None and not self._hang.request:
            asyncio.get_running_loop().call_later(self._hang.after_ready_s, self.hang, self._hang.kind)

    def _log_lines(self) -> None:
        for level, name in (("ERROR", "standin.log-error-line"), ("FATAL", "standin.log-fatal-line")):
            line = self._settings.string(name, "")
            if line:
                self._journal.log(level, "57a1e", "general", line)

    def _before_request(self, request: Request) -> Awaitable[None] | None:
        self._requests += 1
        if self._leak_bytes:
            # written to, so that the pages are really there
            self._leaked.append(bytearray(b"leak") * (self._leak_bytes // 4))
        if self._requests == self._lines_at:
            self._log_lines()
        if self._requests == self._spin_at:
            self.spin()
        if self._crash_at is not None and self._requests == self._crash_at.request:
            self.crash(self._crash_at.number)
        if self._hang is not None and self._requests == self._hang.request:
            self.hang(self._hang.kind)
        return self._forever() if self._never_answer else None

    @staticmethod
    def _forever() -> asyncio.Future[None]:
        import asyncio

        return asyncio.get_running_loop().create_future()

    def hang(self, kind: str) -> None:
        """Stand still: for good (loop), or for every request from now on (accept)."""
        self._journal.warning("57a1f", "general", f"hanging as told, kind {kind}")
        if kind == "accept":
            self._never_answer = True
            self._http.before_request = self._before_request
            return
        while True:
            time.sleep(3600)

    def spin(self) -> None:
        """Keep one core busy for good, in a thread beside the event loop: requests are still answered."""
        import threading

        self._journal.warning("57a20", "general", "spinning as told")
        threading.Thread(target=_spin, name="Spinning", daemon=True).start()

    def crash(self, number: signal.Signals) -> None:
        """End the process by a signal, as a crash does."""
        assert self._handler is not None
        self._handler.crash(number, "as told by --standin or by a debug request")

    # -- while it stops ----------------------------------------------------------------------------------------------
    def ignores(self, signal_name: str) -> bool:
        """Say whether a stop signal is to be ignored."""
        return self._ignore_sigterm and signal_name == "SIGTERM"

    async def before_stop(self) -> None:
        """Stop slowly."""
        delay_s = self._settings.number("standin.stop-delay-s", 0.0)
        if delay_s > 0:
            import asyncio

            await asyncio.sleep(delay_s)

    def exit_code(self, code: int) -> int:
        """Return the exit code of a server that has stopped."""
        return self._settings.integer("standin.exit-code-on-stop", 0) or code


def _spin() -> None:
    while True:
        pass
