"""arangobench and arangobackup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from arangod_clients.bench_cases import CASES
from arangod_clients.bench_report import RunResult
from hypothesis import given, strategies

from tests.framework.standin.support.client_tools import documents, insert, make_collection, run_tool, succeed
from tests.framework.standin.support.standin_server import StandinServer


@pytest.mark.parametrize("case", sorted(set(CASES) - {"custom-query", "hash", "skiplist", "persistent"}))
def test_cases(server: StandinServer, database: str, tmp_path: Path, case: str) -> None:
    """Each test case sends its requests without a failure, reports them and leaves nothing behind."""
    report = tmp_path / "report.json"
    requests = 12 if case == "collection" else 60
    options = (
        "--test-case", case, "--requests", str(requests), "--threads", "3", "--complexity", "2", "--runs", "2",
        "--json-report-file", str(report), "--histogram.generate", "true",
    )  # fmt: skip
    done = succeed(server, "arangobench", *options, database=database)
    assert f"Total number of operations: {2 * requests}, runs: 2" in done.output
    found = json.loads(report.read_text())
    assert (found["testCase"], found["failures"], len(found["runs"])) == (case, 0, 2)
    for run in found["runs"]:
        assert run["requests"] == requests == sum(run["histogram"]["counts"])
        assert run["minMs"] <= run["percentilesMs"]["50"] <= run["percentilesMs"]["99.99"] <= run["maxMs"]
    left = server.call("GET", f"/_db/{database}/_api/collection").body["result"]
    assert [info["name"] for info in left if not info["isSystem"]] == []


def test_a_duration_and_reports(single_server: StandinServer, tmp_path: Path) -> None:
    """With --duration requests are sent until the time is over; JUnit's XML has a case per run."""
    report = tmp_path / "report.xml"
    options = ("--duration", "1", "--concurrency", "2", "--junit-report-file", str(report))
    succeed(single_server, "arangobench", *options)
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_failed_requests_fail_the_bench(single_server: StandinServer) -> None:
    """Requests that the server refuses are counted, shown and end the tool with exit code 1."""
    options = ("--test-case", "custom-query", "--custom-query", "RETURN NO_SUCH()", "--requests", "5")
    done = run_tool(single_server, "arangobench", *options)
    assert (done.code, "5 request(s) failed" in done.output, "error 1540" in done.errors) == (1, True, True), done
    succeed(
        single_server, "arangobench", "--test-case", "custom-query", "--custom-query", "RETURN 1", "--requests", "5"
    )
    assert run_tool(single_server, "arangobench", "--test-case", "nothing").code == 4
    assert run_tool(single_server, "arangobench", "--batch-size", "10").code == 1


@given(strategies.lists(strategies.floats(1e-6, 10.0), min_size=1, max_size=50), strategies.integers(1, 20))
def test_reports_add_up(latencies_s: list[float], intervals: int) -> None:
    """Percentiles grow from the least to the greatest time, and the histogram counts every request once."""
    result = RunResult(latencies_s, 1.0, 0, 0)
    percentiles = [result.percentile_ms(percent) for percent in (0, 25, 50, 75, 99, 100)]
    assert percentiles == sorted(percentiles)
    assert percentiles[0] == min(latencies_s) * 1000.0
    assert percentiles[-1] == max(latencies_s) * 1000.0
    assert sum(result.histogram(intervals, 0.0)["counts"]) == len(latencies_s)


def test_backups(server: StandinServer, database: str) -> None:
    """A backup is created, listed, restored with the data of its time, and deleted."""
    make_collection(server, database, "c")
    insert(server, database, "c", [{"_key": "before"}])
    done = succeed(server, "arangobackup", "create", "--label", "mine", "--max-wait-for-lock", "20")
    found = re.search(r"Generated identifier '([^']+)'", done.output)
    assert found is not None, done
    assert found[1].endswith("_mine")
    assert f" - {found[1]}" in succeed(server, "arangobackup", "list").output
    assert "creation date/time" in succeed(server, "arangobackup", "list", "--identifier", found[1]).output
    insert(server, database, "c", [{"_key": "after"}])
    restore = ("restore", "--identifier", found[1], "--max-wait-for-restart", "60")
    assert "Successfully restored" in succeed(server, "arangobackup", *restore).output
    server.wait_available()
    assert [document["_key"] for document in documents(server, database, "c")] == ["before"]
    succeed(server, "arangobackup", "delete", "--identifier", found[1])
    assert found[1] not in succeed(server, "arangobackup").output


def test_backup_refusals(single_server: StandinServer) -> None:
    """Operations without what they need, and unknown backups, are refused."""
    cases = [
        (("restore",), 4, "needs --identifier"),
        (("list", "--label", "x"), 4, "does not go with 'list'"),
        (("upload", "--identifier", "x"), 4, "needs --remote-path"),
        (("destroy",), 4, "expected one of create"),
        (("delete", "--identifier", "nothing"), 1, "got error"),
    ]
    for options, code, text in cases:
        done = run_tool(single_server, "arangobackup", *options)
        assert (done.code, text in done.errors) == (code, True), done


def test_help_and_version() -> None:
    """--help lists options with defaults, --version names the stand-in and the release it follows."""
    shown = run_tool(None, "arangobench", "--help")
    assert (shown.code, "--test-case <text>" in shown.output) == (0, True), shown
    version = run_tool(None, "arangodump", "--version")
    assert (version.code, version.output.startswith("arangod-standin arangodump")) == (0, True), version
    assert run_tool(None, "arangowhat").code == 1
