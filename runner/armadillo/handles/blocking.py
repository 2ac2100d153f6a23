"""`handle.blocking`: async verbs for plain `def` tests."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..errors import ArmadilloError


class BlockingContext:
    """An async context manager as a plain one."""

    def __init__(self, manager: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._manager = manager
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return _wrapped(getattr(self._manager, name), self._loop)

    def __enter__(self) -> Any:
        return _wrapped(run(self._manager.__aenter__(), self._loop), self._loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return bool(run(self._manager.__aexit__(kind, error, trace), self._loop))


class Blocking:
    """The same attributes as the handle; what would have to be awaited is run to its end at once.

    Works in a plain `def` test, where the session's event loop stands still between two calls.
    """

    def __init__(self, handle: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._handle = handle
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return _wrapped(getattr(self._handle, name), self._loop)

    def __getitem__(self, key: Any) -> Any:
        return _wrapped(self._handle[key], self._loop)

    def __repr__(self) -> str:
        return f"{self._handle!r}.blocking"


def run(awaitable: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """Runs an awaitable on the session's loop to its end.

    Raises `ArmadilloError` inside an `async def` test, where the loop is running already.
    """
    if loop.is_running():
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        raise ArmadilloError(
            "expected `.blocking` in a plain `def` test, found an event loop running: in an `async def` test "
            "leave out `.blocking` and await the verb itself"
        )

    async def awaited() -> Any:
        return await awaitable

    return loop.run_until_complete(awaited())


def _wrapped(value: Any, loop: asyncio.AbstractEventLoop) -> Any:
    if inspect.isawaitable(value):
        return _wrapped(run(value, loop), loop)
    if hasattr(value, "__aenter__"):
        return BlockingContext(value, loop)
    if getattr(type(value), "blocking", None) is not None:
        return value.blocking
    if isinstance(value, (list, tuple)) and any(getattr(type(item), "blocking", None) is not None for item in value):
        return [_wrapped(item, loop) for item in value]
    if inspect.ismethod(value) or inspect.isfunction(value):
        return _blocking_call(value, loop)
    return value


def _blocking_call(function: Callable[..., Any], loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return _wrapped(function(*args, **kwargs), loop)

    return call
