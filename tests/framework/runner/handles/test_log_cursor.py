"""LogCursor: reading a log from a mark on, over restarts, as long as the server lives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from armadillo.errors import ConditionTimeoutError, ServerDiedError
from armadillo.handles.server import Server

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_runner import ScriptedRunner, server_message


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The first incarnation's log."""
    path = tmp_path / "first.log"
    path.write_text("old line\n")
    return path


@pytest.fixture
def runner(tmp_path: Path, log: Path) -> ScriptedRunner:
    """A runner with one server that has this log."""
    return scripted_runner(tmp_path, [server_message("single-1", log_path=str(log))])


def append(log: Path, text: str) -> None:
    """Writes on in the log."""
    with log.open("a") as file:
        file.write(text)


async def test_a_mark_hides_what_was_before(runner: ScriptedRunner, log: Path) -> None:
    """Lines and counts begin at the mark; a line without its end does not count yet."""
    async with running(runner) as run:
        cursor = Server(run, run.first_description.servers[0]).log
        assert cursor.lines() == ["old line"]

        cursor.mark()
        append(log, "ERROR one\nINFO two\nERROR thr")

        assert cursor.lines() == ["ERROR one", "INFO two"]
        assert cursor.count("ERROR") == 1


async def test_expect_waits_and_moves_on(runner: ScriptedRunner, log: Path) -> None:
    """Each `expect` finds the next line that matches, also one that comes later."""
    async with running(runner) as run:
        cursor = Server(run, run.first_description.servers[0]).log
        append(log, "ready 1\nready 2\n")
        assert [await cursor.expect(r"ready \d"), await cursor.expect(r"ready \d")] == ["ready 1", "ready 2"]

        later = asyncio.ensure_future(cursor.expect(r"ready \d"))
        await asyncio.sleep(0)
        append(log, "ready 3\n")
        assert await later == "ready 3"


async def test_it_goes_on_in_the_next_incarnations_log(runner: ScriptedRunner, log: Path, tmp_path: Path) -> None:
    """After a restart the new file follows the old one."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        server.log.mark()
        second = tmp_path / "second.log"
        second.write_text("second\n")
        append(log, "goodbye\n")
        runner.server("single-1").log_path = str(second)

        await server.restart()

        assert server.log.lines() == ["goodbye", "second"]


async def test_it_ends_at_once_when_the_server_dies(runner: ScriptedRunner, log: Path) -> None:
    """A wait does not last to its deadline when nobody can write the line any more."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        runner.set_state("single-1", "EXITED")
        runner.server("single-1").signal = 6
        append(log, "FATAL: out of luck\n")

        with pytest.raises(ServerDiedError) as raised:
            await server.log.expect("never written", timeout_s=600)

    assert "signal 6" in str(raised.value)
    assert "FATAL: out of luck" in str(raised.value)


async def test_its_last_words_count(runner: ScriptedRunner, log: Path) -> None:
    """The line that was waited for is found even if the server has ended since."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])
        runner.set_state("single-1", "EXITED")
        append(log, "last words\n")

        assert await server.log.expect("last words") == "last words"


async def test_the_deadline_shows_the_log(runner: ScriptedRunner) -> None:
    """In vain: the error has the pattern and the log's last lines."""
    async with running(runner) as run:
        server = Server(run, run.first_description.servers[0])

        with pytest.raises(ConditionTimeoutError, match="old line"):
            await server.log.expect("never written", timeout_s=0.05)


async def test_a_cursor_since_now_leaves_the_other_where_it_is(runner: ScriptedRunner, log: Path) -> None:
    """Two places in one log are independent of each other."""
    async with running(runner) as run:
        first = Server(run, run.first_description.servers[0]).log
        second = first.since()
        append(log, "new line\n")
        assert second.lines() == ["new line"]
        assert first.lines() == ["old line", "new line"]


async def test_never_names_the_line(runner: ScriptedRunner, log: Path) -> None:
    """A line that must not be there fails the test with its text and its server; before the mark it is no matter."""
    async with running(runner) as run:
        cursor = Server(run, run.first_description.servers[0]).log
        cursor.mark()
        cursor.never("old")
        append(log, "disk full\n")
        with pytest.raises(AssertionError, match="single-1 logged what matches 'full': disk full"):
            cursor.never("full")
