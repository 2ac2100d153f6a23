"""The test process writes its stacks when it is asked for them: of its threads and of its asyncio tasks.

A coroutine that waits is on no thread's stack; it is found by following what each task awaits. That needs the
interpreter, which answers also while the main thread waits in a system call. Where it hangs in a library, faulthandler
answers another signal, for threads only: it reads frames without a lock, so it is asked second.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import signal
import sys
import threading
import types
from collections.abc import Iterable, Iterator
from typing import Any

from ..model.stacks_request import END_OF_STACKS, MAIN_TITLE, STACKS_SIGNAL, TASK_TITLE, THREADS_SIGNAL

_MOST_TASKS = 200
_MOST_FRAMES = 60
_LINKS = (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await"))
"""Where coroutines, generators and asynchronous generators have their frame, and what they wait for."""


def write_stacks_on_signal(path: str) -> None:
    """From now on the process appends its stacks to this file when it is asked for them. Raises OSError.

    To be called in the main thread, before the first test.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def answer(_: int, frame: types.FrameType | None) -> None:
        try:
            text = "\n".join([*_describe_threads(frame), *_describe_tasks()])
        except Exception as error:  # the test must not fail because somebody looks at it
            text = f"the stacks could not be read: {type(error).__name__}: {error}\n"
        os.write(descriptor, f"{text}\n{END_OF_STACKS}\n".encode("utf-8", "replace"))

    signal.signal(STACKS_SIGNAL, answer)
    faulthandler.register(THREADS_SIGNAL, file=descriptor, all_threads=True)


def _describe_threads(main: types.FrameType | None) -> Iterator[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    yield _block(f"{MAIN_TITLE}(most recent call first):", _callers(main))
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            yield _block(f"Thread {names.get(ident, ident)} (most recent call first):", _callers(frame))


def _describe_tasks() -> Iterator[str]:
    """Those of the loop that runs in this thread."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    for task in sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())[:_MOST_TASKS]:
        yield _block(f"{TASK_TITLE}{task.get_name()} (most recent await first):", [*_awaited(task.get_coro())][::-1])


def _block(title: str, frames: Iterable[types.FrameType]) -> str:
    """As faulthandler writes it: innermost frame first."""
    lines = [f'  File "{one.f_code.co_filename}", line {one.f_lineno} in {one.f_code.co_name}' for one in frames]
    return "\n".join([title, *lines]) + "\n"


def _callers(frame: types.FrameType | None) -> Iterator[types.FrameType]:
    """A frame and those that called it, innermost first."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _awaited(waiting: Any) -> Iterator[types.FrameType]:
    """Frames of a coroutine and of what it awaits, outermost first."""
    for _ in range(_MOST_FRAMES):
        link = next((names for names in _LINKS if hasattr(waiting, names[0])), None)
        if link is None:
            waiting = _generator_in(waiting)
            if waiting is None:
                return
            continue
        frame = getattr(waiting, link[0])
        if frame is not None:
            yield frame
        waiting = getattr(waiting, link[1])


def _generator_in(waiting: object) -> types.AsyncGeneratorType[Any, Any] | None:
    """An asynchronous generator is awaited through an object without attributes: an asynchronous fixture's set-up."""
    found = (one for one in gc.get_referents(waiting) if isinstance(one, types.AsyncGeneratorType))
    return next(found, None) if waiting is not None else None
