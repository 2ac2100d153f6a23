"""wait_until: named conditions with a deadline."""

from __future__ import annotations

import asyncio

import pytest
from armadillo.errors import ArangoNotFoundError, ArmadilloError, ConditionTimeoutError
from armadillo.handles.wait import Seen, wait_until


async def test_it_answers_what_the_check_answered() -> None:
    """The first true answer ends the wait and is its result."""
    answers = iter([0, None, "", "here"])

    assert await wait_until("something", lambda: next(answers), 5, interval_s=0) == "here"


async def test_the_error_names_condition_and_what_was_seen() -> None:
    """After the deadline the error has the condition's name, the limit and the last thing seen."""
    with pytest.raises(ConditionTimeoutError) as raised:
        await wait_until("the moon is full", lambda: Seen("it is half"), 0.01, interval_s=0)

    assert str(raised.value) == "waited 0.01 s in vain for: the moon is full; last seen: it is half"
    assert isinstance(raised.value, TimeoutError)


async def test_an_error_of_arangodb_is_not_yet() -> None:
    """While ArangoDB answers with errors the wait goes on; at its end they are shown."""
    tries = []

    async def check() -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise ArangoNotFoundError(404, 1203, "not there yet", "GET /x")
        return True

    assert await wait_until("it is there", check, 5, interval_s=0)
    tries[:] = []
    with pytest.raises(ConditionTimeoutError, match="not there yet"):
        await wait_until("it is there", check, 0, interval_s=0)


async def test_other_errors_pass_through() -> None:
    """A mistake in the check is not waited out."""

    def check() -> bool:
        raise ArmadilloError("wrong")

    with pytest.raises(ArmadilloError, match="wrong"):
        await wait_until("anything", check, 60)


async def test_a_hanging_check_does_not_outlive_the_deadline() -> None:
    """A check that never answers is given up with the wait."""
    with pytest.raises(ConditionTimeoutError, match="no answer in time"):
        await wait_until("an answer", lambda: asyncio.Event().wait(), 0.05, interval_s=0.01)
