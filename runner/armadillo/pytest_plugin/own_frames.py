"""Tracebacks without our own frames."""

from __future__ import annotations

import os
from types import TracebackType

import pytest

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def without_own_frames(failure: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """The same failure with the frames of this package taken out, unless no other would be left."""
    kept = _pruned(failure.value.__traceback__)
    if kept is None:
        return failure
    return pytest.ExceptionInfo.from_exception(failure.value.with_traceback(kept))


def _pruned(trace: TracebackType | None) -> TracebackType | None:
    frames = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_PACKAGE):
            frames.append(trace)
        trace = trace.tb_next
    linked: TracebackType | None = None
    for entry in reversed(frames):
        linked = TracebackType(linked, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return linked
