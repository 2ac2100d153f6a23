"""Checks between the last case and the verdict."""

from __future__ import annotations

import asyncio
from pathlib import Path

from armadillo.control.gate import CHECK_BROKE, Check, Findings, run_checks
from armadillo.model.outcome import Outcome
from armadillo.results.hub import Hub
from armadillo.results.verdict import decide
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import run_started, timed, whole_case


def _hub(tmp_path: Path) -> Hub:
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    hub.publish(*timed(run_started(), *whole_case("test_a")))
    return hub


async def _nothing() -> Findings:
    return []


async def _something() -> Findings:
    return [result_pb2.Finding(kind="log_fatal", outcome=result_pb2.CRASHED, message="FATAL found")]


async def _broken() -> Findings:
    raise ValueError("no such file")


async def _endless() -> Findings:
    await asyncio.Event().wait()
    return []


def test_a_check_that_finds_nothing_changes_nothing(tmp_path: Path) -> None:
    """A run whose checks are clean passes."""
    hub = _hub(tmp_path)
    asyncio.run(run_checks([Check("nothing", _nothing)], hub))
    assert hub.record.findings == []
    assert decide(hub.record).outcome is Outcome.PASSED


def test_what_a_check_finds_is_published(tmp_path: Path) -> None:
    """Findings reach the verdict, also those of checks that come after a broken one."""
    hub = _hub(tmp_path)
    asyncio.run(run_checks([Check("broken", _broken), Check("logs", _something)], hub))
    assert [finding.kind for finding in hub.record.findings] == [CHECK_BROKE, "log_fatal"]
    assert decide(hub.record).headline == "FATAL found"


def test_a_check_that_breaks_is_never_a_pass(tmp_path: Path) -> None:
    """The verdict is unknown, and says which check broke and how."""
    hub = _hub(tmp_path)
    asyncio.run(run_checks([Check("the logs", _broken)], hub))
    verdict = decide(hub.record)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.headline == "the check of the logs broke: ValueError: no such file"
    assert verdict.exit_code != 0


def test_a_check_that_hangs_is_given_up(tmp_path: Path) -> None:
    """A check without an end becomes a finding after its limit."""
    hub = _hub(tmp_path)
    asyncio.run(run_checks([Check("leaks", _endless, timeout_s=0.05)], hub))
    assert "did not end within 0.05 s" in decide(hub.record).headline
