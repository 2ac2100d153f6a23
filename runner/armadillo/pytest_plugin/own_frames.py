"""Tracebacks without our own frames."""

from __future__ import annotations

from types import TracebackType

import pytest

_OURS = (__name__.partition(".")[0], "asyncio")
"""Top-level packages: this one, and the event loop that it runs things on."""


def without_own_frames(failure: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """The same failure with our frames taken out, unless no other would be left."""
    kept = _pruned(failure.value.__traceback__)
    if kept is None:
        return failure
    return pytest.ExceptionInfo.from_exception(failure.value.with_traceback(kept))


def _pruned(trace: TracebackType | None) -> TracebackType | None:
    frames = []
    while trace is not None:
        # By the module's name: file names of byte code in an archive say nothing.
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _OURS:
            frames.append(trace)
        trace = trace.tb_next
    linked: TracebackType | None = None
    for entry in reversed(frames):
        linked = TracebackType(linked, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return linked
