"""The last files of a run: written after the vital ones, never at their cost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from armadillo.report import run_report
from armadillo.report.evidence import Evidence, gather
from armadillo.report.run_report import write_report_of_log, write_run_report
from armadillo.report.timeline import merged_timeline, timeline_text
from armadillo.results.artifact_caps import REPORT_CAP_BYTES
from armadillo.results.hub import Hub
from armadillo.results.run_record import fold
from armadillo_api.v1 import result_pb2

from tests.framework.runner.report.sample_runs import crash
from tests.framework.runner.support.events import Event, run_started, server, timed, whole_case


def test_page_timeline_and_index_are_there(tmp_path: Path) -> None:
    """The index names the new files with their kinds, also those of a crash."""
    run = crash()
    run.write(tmp_path)
    assert write_run_report(fold(run.events), str(tmp_path)) == []
    kinds = {
        entry["path"]: entry.get("kind", "") for entry in json.loads((tmp_path / "index.json").read_text())["files"]
    }
    assert kinds["report.html"].startswith("the run for people")
    assert kinds["timeline.txt"].startswith("servers, faults, cases, requests")
    assert kinds["servers/dbserver-2/1/stacks.txt"] == "stacks of all threads from the core"


def test_the_timeline_merges_everything_in_order(tmp_path: Path) -> None:
    """Servers, faults, requests, cases, findings and log lines, each with its time since the begin."""
    run = crash()
    run.write(tmp_path)
    record = fold(run.events)
    lines = timeline_text(record, gather(record, str(tmp_path), [])).splitlines()
    assert lines[0] == "# //tests/x:crash_test, seconds since 2023-11-14T22:13:20.000+00:00"
    assert lines.pop() == "# truncated: 5 more requests with a quick and good answer were only counted"
    times = [float(line.split()[0]) for line in lines[1:]]
    assert times == sorted(times)
    told = ["  ".join(part for part in line.split("  ")[1:] if part).strip() for line in lines]
    wanted = (
        "tests  requests  40 requests to coordinator-1; the slowest: POST /_api/document/<c> to coordinator-1",
        "tests  request  POST /_api/document/<c> to coordinator-1: status 503 (error 1465) after 0.001 s, 7 times",
        "tests  request  POST /_api/document/<c> to coordinator-1: no answer (no connection (<refused>)) after 0.010 s",
        "tests  request  POST /_api/document/<c> to coordinator-1: status 200 after 1.300 s (slow)",
        "dbserver-1,coordinator-1  fault  fault-1 injected: partition: dbserver-1 from coordinator-1",
        "dbserver-1,coordinator-1  fault  fault-1 proved: the <ping> is lost",
        "dbserver-1  fault  is suspended",
        "dbserver-3  server  ended: signal 9, asked for by the test",
        "dbserver-1,coordinator-1  fault  fault-1 recovered",
        "dbserver-2  log  line 41: FATAL [a7902] {crash} signal 11 (SIGSEGV)",
        "dbserver-2  incident  ended: unasked, signal 11 (SIGSEGV)",
        "case  incident  tests/x/test_y.py::test_read failed: assert 9 == 10",
    )
    squeezed = [" ".join(line.split()) for line in told]
    places = [next(i for i, line in enumerate(squeezed) if " ".join(want.split()) in line) for want in wanted]
    assert places == sorted(places)


def test_a_large_file_is_cut_after_the_page_has_read_it(tmp_path: Path) -> None:
    """The index says how much is missing, the file does, and so does the page."""
    run = crash()
    run.write(tmp_path)
    stacks = tmp_path / "servers/dbserver-2/1/stacks.txt"
    stacks.write_bytes(b"first\n" + b"#0 frame\n" * REPORT_CAP_BYTES + b"last\n")
    size = stacks.stat().st_size
    assert write_run_report(fold(run.events), str(tmp_path)) == []
    entries = {entry["path"]: entry for entry in json.loads((tmp_path / "index.json").read_text())["files"]}
    entry = entries["servers/dbserver-2/1/stacks.txt"]
    assert entry["truncated"] == {"original_bytes": size, "left_out_bytes": size - REPORT_CAP_BYTES}
    assert entry["size_bytes"] == stacks.stat().st_size < REPORT_CAP_BYTES + 200
    content = stacks.read_bytes()
    assert content.startswith(b"first\n")
    assert content.endswith(b"last\n")
    assert f"truncated: {size - REPORT_CAP_BYTES} bytes".encode() in content
    assert "truncated: " in (tmp_path / "report.html").read_text()


def test_a_full_disk_is_told_and_costs_nothing(tmp_path: Path) -> None:
    """Every write fails with "No space left on device": problems, no exception, and what was there stays."""
    (tmp_path / "index.json").write_text("{}")
    for name in ("report.html.tmp", "timeline.txt.tmp", "index.json.tmp"):
        os.symlink("/dev/full", tmp_path / name)
    problems = write_run_report(fold(crash().events), str(tmp_path))
    assert [problem.split(" failed")[0] for problem in problems] == [
        "writing report.html",
        "writing timeline.txt",
        "writing index.json",
    ]
    assert all("No space left on device" in problem for problem in problems)
    assert (tmp_path / "index.json").read_text() == "{}"


def test_a_mistake_in_the_page_costs_the_page_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception names its place; the timeline is written all the same."""

    def broken(*_: object) -> bytes:
        raise KeyError("no such thing")

    monkeypatch.setattr(run_report, "render_page", broken)
    (problem,) = write_run_report(fold(crash().events), str(tmp_path))
    assert problem.startswith("writing report.html failed: KeyError: 'no such thing' (test_run_report.py:")
    assert (tmp_path / "timeline.txt").exists()


def test_a_report_can_be_made_from_the_event_log(tmp_path: Path) -> None:
    """The stored log is enough; without one that is said."""
    hub = Hub(str(tmp_path), str(tmp_path / "test.xml"), live_xml=False)
    hub.publish(*crash().events)
    hub.finish()
    assert write_report_of_log(str(tmp_path)) == []
    assert "dbserver-2 died unasked" in (tmp_path / "report.html").read_text()
    assert write_report_of_log(str(tmp_path / "none")) == ["reading events.binpb failed: No such file or directory"]


def test_every_request_is_told_or_counted_between_two_other_entries() -> None:
    """Quick ones before and behind a case's begin are two counts; slow and failed ones never vanish in them."""
    began_ns = crash().events[0].time_unix_ns
    batch = result_pb2.RequestBatch()
    for offset_ms in (1, 2, 3, 300, 400):
        batch.requests.add(
            method="GET", path=f"/{offset_ms}", endpoint="http://x", started_unix_ns=began_ns + offset_ms * 10**6,
            status=404 if offset_ms == 3 else 200,
        )  # fmt: skip
    record = fold(timed(run_started(), server("s", "STARTED"), whole_case("test_a")[0], Event(request_batch=batch)))
    told = [entry.text for entry in merged_timeline(record, Evidence()) if entry.kind.startswith("request")]
    assert [text.partition(";")[0] for text in told] == [
        "2 requests to http://x",
        "GET /3 to http://x: status 404 after 0.000 s",
        "2 requests to http://x",
    ]
