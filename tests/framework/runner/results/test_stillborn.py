"""A run that could not begin."""

from __future__ import annotations

from pathlib import Path

from armadillo.model.distribution import ServerFacts
from armadillo.results.event_log import read_events
from armadillo.results.stillborn import record_stillborn_run

from tests.framework.runner.support.strict_xml import cases_of, problems_of, properties_of


def test_the_reason_is_in_every_report(tmp_path: Path) -> None:
    """test.xml names what was found, the event log is whole, and the exit code is that of an error."""
    exit_code = record_stillborn_run(
        target="//a:b",
        facts=ServerFacts(version="3.12.5"),
        server_label="//s:s",
        message="expected arangod at /x, found nothing there\nmore",
        started_s=1_700_000_000.0,
        xml_path=str(tmp_path / "test.xml"),
        outputs_directory=str(tmp_path),
    )
    assert exit_code == 3
    content = (tmp_path / "test.xml").read_bytes()
    assert problems_of(content) == []
    error = cases_of(content)["run_not_started"].find("error")
    assert error is not None
    assert error.get("message") == "expected arangod at /x, found nothing there"
    assert error.text == "expected arangod at /x, found nothing there\nmore"
    assert properties_of(content)["armadillo.outcome"] == "error"
    kinds = [event.WhichOneof("kind") for event in read_events(str(tmp_path / "events.binpb"))]
    assert kinds == ["run_started", "finding", "run_finished"]
    assert (tmp_path / "index.json").exists()
