"""What a crash looks like: arangod's crash-handler lines, a crash dump, then the signal that kills.

Signals that mean a crash are blocked in every thread and waited for by one of their own. A signal from outside is then
told about even while the event loop is stuck, and a real fault inside the interpreter still kills at once.
Format (reference: crash handler output): ``[a7902]`` FATAL, ``[c962b]`` and ``[308c3]`` backtrace, ``[ded81]`` memory.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from . import STANDIN_NAME
from .datadir import new_uuid

if TYPE_CHECKING:
    from types import FrameType

    from .context import ServerContext

CRASH_SIGNALS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
_MAX_FRAMES = 50
_KEPT_DUMPS = 10
_OFF = {"", "0", "off", "no", "false", "n"}


# not __file__: code from an archive has another path there
_THIS_FILE = (lambda: None).__code__.co_filename


def _frames(frame: FrameType | None) -> list[str]:
    lines: list[str] = []
    while frame is not None and frame.f_code.co_filename == _THIS_FILE:
        frame = frame.f_back
    while frame is not None and len(lines) < _MAX_FRAMES:
        code = frame.f_code
        offset = max(frame.f_lasti, 0)
        module = frame.f_globals.get("__name__", "?")
        name = getattr(code, "co_qualname", code.co_name)
        where = f"{os.path.basename(code.co_filename)}:{frame.f_lineno}"
        lines.append(f"frame {len(lines) + 1:2} [+0x{offset:016x}]: {module}.{name} ({where}) (+0x{offset:x})")
        frame = frame.f_back
    return lines or ["frame  1 [+0x0000000000000000]: *no symbol name available for this frame"]


def _memory_line() -> str:
    page = os.sysconf("SC_PAGE_SIZE")
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = file.read().split()
        used = f"rss usage: {int(pages[1]) * page}, vsz: {int(pages[0]) * page}"
    except OSError:
        used = "rss usage: unknown, vsz: unknown"
    available = page * os.sysconf("SC_PHYS_PAGES")
    return f"available physical memory: {available}, {used}, threads: {threading.active_count()}"


class CrashHandler:
    """Tells of crashes in the log and in ``crashes/`` below the data directory, and carries them out."""

    def __init__(self, context: ServerContext, folder: str) -> None:
        self._context = context
        settings = context.settings
        self._folder = folder if settings.boolean("crash-handler.enable-dumps", True) else ""
        self._told = os.environ.get("ARANGODB_OVERRIDE_CRASH_HANDLER", "on").lower() not in _OFF

    def install(self) -> None:
        """Wait for signals that mean a crash, in a thread of its own."""
        if not self._told:
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, CRASH_SIGNALS)
        # (threading.Thread would wait until the thread runs, which the start of a server need not)
        _thread.start_new_thread(self._wait, ())

    def _wait(self) -> None:
        information = signal.sigwaitinfo(CRASH_SIGNALS)
        self.crash(signal.Signals(information.si_signo), f"from pid {information.si_pid}")

    def crash(self, number: signal.Signals, reason: str) -> None:
        """Log the crash of the main thread as arangod does, then end the process by the signal."""
        if self._told and number is not signal.SIGKILL:
            self._tell(number, reason)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            if threading.current_thread() is threading.main_thread():
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)

    def _tell(self, number: signal.Signals, reason: str) -> None:
        context, journal = self._context, self._context.journal
        main = threading.main_thread()
        frames = _frames(sys._current_frames().get(main.ident or 0))
        first = (
            f"\N{COLLISION SYMBOL} ArangoDB {context.settings.arangodb_version} [linux] ({STANDIN_NAME}),"
            f" build-id none, thread {main.native_id} [{main.name}]"
            f" caught unexpected signal {int(number)} ({number.name}) {reason}"
            f' in state "{context.phase}" in directory "{os.path.dirname(self._folder)}": signal handler invoked'
            " - image base address: 0x0000000000000000"
        )
        lines = [f"Backtrace of thread {main.native_id} [{main.name}]", *frames]
        memory = _memory_line()
        journal.fatal("a7902", "crash", first)
        journal.info("c962b", "crash", lines[0])
        for line in frames:
            journal.info("308c3", "crash", line)
        journal.info("ded81", "crash", memory)
        if self._folder:
            self._write_dump([first, *lines], memory)

    def _write_dump(self, backtrace: list[str], memory: str) -> None:
        try:
            kept = sorted(os.scandir(self._folder), key=lambda entry: entry.stat().st_mtime)
        except OSError:
            kept = []
        try:
            for entry in kept[: max(0, len(kept) - _KEPT_DUMPS + 1)]:
                remove_dump(entry.path)
            folder = os.path.join(self._folder, new_uuid())
            os.makedirs(folder)
            for name, text in (("backtrace.txt", "\n".join(backtrace)), ("system_info.txt", memory)):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text + "\n")
        except OSError as error:
            self._context.journal.error("a7903", "crash", f"cannot write a crash dump: {error}")


def remove_dump(folder: str) -> None:
    """Remove one crash dump. Raises OSError."""
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
