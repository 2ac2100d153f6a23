"""What ArangoDB's crash handler wrote into the log before the process died.

The handler logs a FATAL line with the id a7902, a backtrace with the ids c962b and 308c3, one frame a line, and then
raises the signal again (lib/CrashHandler/CrashHandler.cpp). Text and JSON logs are both read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from .stack_frame import Frame, first_own

_CRASH_ID = "a7902"
_FRAME_ID = "308c3"
_BACKTRACE_ID = "c962b"
_ID = re.compile(r"\[([0-9a-f]{5})\]")
_SIGNAL = re.compile(r"caught unexpected signal (?P<number>\d+) \((?P<name>SIG\w+)")
_THREAD = re.compile(r"thread (?P<number>\d+)(?: \[(?P<name>[^\]]*)\])?")
_ADDRESS = re.compile(r"accessing address (?P<address>0x[0-9a-f]+)")
_ASSERTION = re.compile(r"assertion failed in (?P<what>.*?)(?= - image base address|: signal handler invoked|$)")
_TERMINATE = re.compile(r"handler for std::terminate\(\) invoked(?P<what>[^-]*)")
_FRAME = re.compile(r"frame +\d+ \[(?P<offset>\+?0x[0-9a-f]+)\](?:: (?P<symbol>.*))?$")
_SYMBOL_OFFSET = re.compile(r" \(\+0x[0-9a-f]+\)$")
_NO_SYMBOL = "*no symbol name available for this frame"


@dataclass(frozen=True)
class CrashReport:
    """The last words of a crashed server."""

    signal_name: str
    thread: str
    reason: str
    address: str
    frames: tuple[Frame, ...]
    lines: tuple[str, ...]

    @property
    def headline(self) -> str:
        """Reason, thread and the first frame of the server itself, in one line."""
        text = self.reason or self.signal_name or "crash"
        if self.address and not self.reason:
            text += f" accessing address {self.address}"
        if self.thread:
            text += f" in thread {self.thread}"
        frame = first_own(self.frames)
        return f"{text} in {frame.function or frame}" if frame else text  # an offset helps nobody who only reads


def parse_crash(text: str) -> CrashReport | None:
    """The last crash that a log tells of; None when the crash handler wrote nothing."""
    entries = [_entry(line) for line in text.splitlines()]
    starts = [number for number, (log_id, _) in enumerate(entries) if log_id == _CRASH_ID]
    if not starts:
        return None
    block = entries[starts[-1] :]
    message = block[0][1]
    signal, thread = _SIGNAL.search(message), _THREAD.search(message)
    address, reason = _ADDRESS.search(message), _ASSERTION.search(message)
    terminate = _TERMINATE.search(message)
    frames = [frame for log_id, line in block if log_id == _FRAME_ID and (frame := _frame(line))]
    return CrashReport(
        signal_name=signal["name"] if signal else "",
        thread=(thread["name"] or thread["number"]) if thread else "",
        reason=f"assertion failed in {reason['what'].strip(' ;')}" if reason else _terminated(terminate),
        address=address["address"] if address else "",
        frames=tuple(frames),
        lines=tuple(line for log_id, line in block if log_id in (_CRASH_ID, _BACKTRACE_ID, _FRAME_ID)),
    )


def _terminated(found: re.Match[str] | None) -> str:
    return f"uncaught exception{found['what'].rstrip(' :')}" if found else ""


def _entry(line: str) -> tuple[str, str]:
    """Log id and message of a line; ("", line) for a line that has none."""
    if line.startswith("{"):
        try:
            fields = json.loads(line)
            return str(fields.get("id", "")), str(fields.get("message", ""))
        except ValueError:
            return "", line
    found = _ID.search(line)
    if not found:
        return "", line
    message = line[found.end() :].lstrip()
    return found[1], re.sub(r"^\{\w+\} ", "", message)


def _frame(message: str) -> Frame | None:
    found = _FRAME.search(message)
    if not found:
        return None
    symbol = found["symbol"] or ""
    if symbol.startswith(_NO_SYMBOL):
        return Frame("", found["offset"])
    return Frame(_SYMBOL_OFFSET.sub("", symbol).strip(), found["offset"])
