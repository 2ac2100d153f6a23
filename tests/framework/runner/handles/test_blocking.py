"""`.blocking`: the same handles for plain `def` tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from armadillo.errors import ArmadilloError
from armadillo.handles.blocking import Blocking


class Lamp:
    """A handle with everything that handles have."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.is_on = False

    @property
    def blocking(self) -> Blocking:
        """This lamp for plain tests."""
        return Blocking(self, self._loop)

    async def switch(self, on: bool) -> str:
        """An async verb."""
        await asyncio.sleep(0)
        self.is_on = on
        return "on" if on else "off"

    def colour(self) -> str:
        """A plain method."""
        return "red"

    @asynccontextmanager
    async def lit(self) -> AsyncIterator[Lamp]:
        """A block."""
        await self.switch(True)
        try:
            yield self
        finally:
            await self.switch(False)

    async def another(self) -> Lamp:
        """A verb that answers a handle."""
        return Lamp(self._loop)

    @property
    def lamps(self) -> list[Lamp]:
        """Handles in a list."""
        return [self, Lamp(self._loop)]


@pytest.fixture
def lamp() -> Any:
    """A lamp on a loop that stands still."""
    loop = asyncio.new_event_loop()
    yield Lamp(loop)
    loop.close()


def test_verbs_run_to_their_end(lamp: Lamp) -> None:
    """An async verb answers its result, a plain method and an attribute stay as they are."""
    assert lamp.blocking.switch(True) == "on"
    assert lamp.is_on
    assert lamp.blocking.colour() == "red"
    assert lamp.blocking.is_on is True


def test_blocks_are_plain_blocks(lamp: Lamp) -> None:
    """`async with` becomes `with`, undone also after a failure."""
    with pytest.raises(ZeroDivisionError), lamp.blocking.lit():
        assert lamp.is_on
        raise ZeroDivisionError
    assert not lamp.is_on


def test_handles_that_come_out_are_blocking_too(lamp: Lamp) -> None:
    """What a verb or an attribute answers can be used in the same way."""
    assert lamp.blocking.another().switch(True) == "on"
    assert [found.switch(False) for found in lamp.blocking.lamps] == ["off", "off"]


async def test_inside_an_async_test_it_says_what_to_do(lamp: Lamp) -> None:
    """On a running loop the error says to leave out `.blocking`."""
    running = Lamp(asyncio.get_running_loop())

    with pytest.raises(ArmadilloError, match=r"leave out `\.blocking`"):
        running.blocking.switch(True)
