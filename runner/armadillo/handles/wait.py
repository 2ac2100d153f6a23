"""`wait_until`: a named condition with a deadline."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from ..errors import ArangoError, ConditionTimeoutError

T = TypeVar("T")

DEFAULT_INTERVAL_S = 0.05
_LAST_CHECK_S = 0.5


class Seen:
    """What a check saw and did not like: false, and shown as its text by `wait_until`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.text


@overload
async def wait_until(
    condition: str, check: Callable[[], Awaitable[T | Seen]], timeout_s: float, interval_s: float = ...
) -> T: ...


@overload
async def wait_until(condition: str, check: Callable[[], T | Seen], timeout_s: float, interval_s: float = ...) -> T: ...


async def wait_until(
    condition: str, check: Callable[[], Any], timeout_s: float, interval_s: float = DEFAULT_INTERVAL_S
) -> Any:
    """Calls `check` until it answers something true, and answers that.

    `condition` says in words what is waited for. While a deployment changes, ArangoDB may answer with errors: an
    `ArangoError` counts as "not yet" and is shown as last seen. Raises `ConditionTimeoutError` after `timeout_s`
    with what was seen last; any other exception of `check` passes through at once.
    """
    end_s = time.monotonic() + timeout_s
    last_seen = ""
    while True:
        left_s = end_s - time.monotonic()
        try:
            answer = check()
            if inspect.isawaitable(answer):
                # A check that hangs must not outlive the deadline; the last one has a little time in any case.
                answer = await asyncio.wait_for(answer, max(left_s, _LAST_CHECK_S))
            if answer:
                return answer
            last_seen = repr(answer)
        except ArangoError as error:
            last_seen = str(error)
        except TimeoutError as error:
            last_seen = last_seen or str(error) or "the check itself gave no answer in time"
        if time.monotonic() >= end_s:
            raise ConditionTimeoutError(condition, timeout_s, last_seen)
        await asyncio.sleep(interval_s)
