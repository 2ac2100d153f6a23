"""Stacks of all threads of a process, as a debugger gave them: folded, idle ones apart, rendered for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .stack_frame import Frame, first_own

SIGNAL_HANDLER = "<signal handler called>"
"""gdb's name for the frame between a signal handler and what it interrupted."""


@dataclass(frozen=True)
class ThreadStack:
    """One thread; `is_crashed` is the one that the fatal signal hit."""

    number: int
    lwp: int
    name: str
    frames: tuple[Frame, ...]
    is_crashed: bool = False

    def is_idle(self, idle: Sequence[Sequence[str]]) -> bool:
        """Whether the topmost functions begin with those of one of the lists, in its order."""
        functions = [frame.function for frame in self.frames]
        return any(
            len(functions) >= len(names) and all(map(str.startswith, functions, names)) for names in idle if names
        )


@dataclass(frozen=True)
class ProcessStacks:
    """All threads of one process, with the program's build id ("" where it has none).

    `sent_by_pid` is the process that sent the fatal signal, where one did: then no thread did anything wrong.
    """

    threads: tuple[ThreadStack, ...]
    build_id: str = ""
    sent_by_pid: int | None = None

    @property
    def crashed(self) -> ThreadStack | None:
        """The thread that the fatal signal hit; None in a living process.

        A crash handler that sends the signal again, as ArangoDB's does, may hit any other thread with it: then it is
        the thread in which the handler runs.
        """
        if not any(thread.is_crashed for thread in self.threads):
            return None
        handling = (
            thread for thread in self.threads if any(frame.function == SIGNAL_HANDLER for frame in thread.frames)
        )
        return next(handling, None) or next(thread for thread in self.threads if thread.is_crashed)

    @property
    def where(self) -> str:
        """The first own frame of the crashed thread, in one line; "" when there is none or nobody is to blame."""
        crashed = self.crashed
        frame = first_own(_below_handler(crashed.frames)) if crashed else None
        return frame.short if frame and frame.is_own and self.sent_by_pid is None else ""

    def render(self, idle: Sequence[Sequence[str]]) -> str:
        """The crashed thread first, then the others, equal stacks once with their threads, idle ones only counted."""
        parts = [f"build id {self.build_id}" if self.build_id else "no build id"]
        if self.sent_by_pid is not None:
            parts.append(f"the signal was sent by the process {self.sent_by_pid}")
        groups: dict[tuple[Frame, ...], list[ThreadStack]] = {}
        idle_count = 0
        crashed = self.crashed
        for thread in sorted(self.threads, key=lambda thread: thread is not crashed):
            if thread is not crashed and thread.is_idle(idle):
                idle_count += 1
            else:
                groups.setdefault(thread.frames, []).append(thread)
        for frames, threads in groups.items():
            names = ", ".join(_title(thread, thread is crashed) for thread in threads[:8]) + (
                " ..." if len(threads) > 8 else ""
            )
            word = "threads" if len(threads) > 1 else "thread"
            parts.append(f"{len(threads)} {word}: {names}\n{_numbered(frames)}")
        if idle_count:
            parts.append(f"{idle_count} idle threads are left out")
        return "\n\n".join(parts) + "\n"


def _below_handler(frames: Sequence[Frame]) -> Sequence[Frame]:
    """What ran when the signal came; all frames where there is no handler."""
    handlers = [index for index, frame in enumerate(frames) if frame.function == SIGNAL_HANDLER]
    return frames[handlers[-1] + 1 :] if handlers else frames


def _title(thread: ThreadStack, has_crashed: bool) -> str:
    name = f" [{thread.name}]" if thread.name else ""
    return f"{thread.number}{name}{' (crashed)' if has_crashed else ''}"


def _numbered(frames: Iterable[Frame]) -> str:
    return "\n".join(f"  #{number} {frame}" for number, frame in enumerate(frames)) or "  no frames"


def stacks_from_json(data: dict[str, Any]) -> ProcessStacks:
    """Reads what the gdb script wrote: threads with frames of function, file, line and library."""
    threads = tuple(
        ThreadStack(
            number=int(thread.get("number") or 0),
            lwp=int(thread.get("lwp") or 0),
            name=str(thread.get("name") or ""),
            frames=tuple(_frame(frame) for frame in thread.get("frames", ())),
            is_crashed=bool(thread.get("crashed")),
        )
        for thread in data.get("threads", ())
    )
    return ProcessStacks(threads, str(data.get("build_id") or ""), data.get("sent_by_pid"))


def _frame(data: dict[str, Any]) -> Frame:
    place = f"{data['file']}:{data.get('line', 0)}" if data.get("file") else str(data.get("library") or "")
    return Frame(str(data.get("function") or "??"), place)
