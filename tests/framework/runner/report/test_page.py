"""The page as text: nothing of a run becomes markup, nothing is asked from elsewhere, and nothing has to be there."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from armadillo.model.outcome import Outcome
from armadillo.report.element import element, raw_text, render
from armadillo.report.evidence import Evidence, gather
from armadillo.report.page import render_page
from armadillo.report.server_state import Health, server_states
from armadillo.report.words import short_paths
from armadillo.results.run_record import RunRecord, fold
from armadillo_api.v1 import result_pb2

from tests.framework.runner.report.sample_runs import RUNS, SampleRun, crash
from tests.framework.runner.support.events import Event, collected, finding, run_started, server, timed, whole_case

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x00\x1b[31m\ud800&\"'"


class Outline(HTMLParser):
    """Start tags with their attributes, and the texts of scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more tag."""
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        """Text of the last script, or of the page."""
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def page_of(run: SampleRun, tmp_path: Path) -> bytes:
    """The page with everything that the run left."""
    run.write(tmp_path)
    record = fold(run.events)
    return render_page(record, gather(record, str(tmp_path), []))


def test_nothing_of_a_run_becomes_markup(tmp_path: Path) -> None:
    """Names, messages, details, logs and properties with markup in them: the page has the tags it has without them."""
    events = [
        run_started(EVIL.replace("\ud800", ""), server_label="<b>", bazel={"test_size": "<i>"}),
        server("<s>-1", "STARTED", endpoint="<u>", directory="servers/s/1"),
        collected("test_<a>", errors={"<f>.py": "<pre>no"}),
        *whole_case("test_<a>", Outcome.FAILED, "</script><b>", text="</pre><b>", captured_output="<b>"),
        finding("<kind>", Outcome.CRASHED, "</h3><b>", details="</pre><script>", server="<s>-1", node_id="<n>"),
    ]
    harmless = [Event.FromString(re.sub(rb"[<>/&]", b"x", event.SerializeToString())) for event in events]
    files = {"servers/s/1/arangod.log": "2023-11-14T22:13:20Z [1] S ERROR [00000] </pre><script>alert(1)</script>\n"}
    outlines = []
    for number, told in enumerate((events, harmless)):
        directory = tmp_path / str(number)
        told[1].server.directory = "servers/s/1"
        outlines.append(Outline(page_of(SampleRun(timed(*told), files), directory)))
    tags = [[tag for tag, _ in outline.tags] for outline in outlines]
    assert tags[0] == tags[1]
    assert "alert(1)" in outlines[0].text
    assert all("alert(1)" not in script for script in outlines[0].scripts)


def test_what_html_forbids_is_replaced() -> None:
    """Control characters, colours of terminals and halves of characters: the page stays UTF-8."""
    page = render(element("p", EVIL, title=EVIL))
    assert "<script>" not in page.decode()
    assert "\x1b" not in page.decode()
    assert page.count("\N{REPLACEMENT CHARACTER}".encode()) == 4


def test_only_our_own_text_may_stand_in_a_script() -> None:
    """A text that could end the element is refused."""
    with pytest.raises(ValueError, match="script cannot hold"):
        raw_text("script", "</script>")


@pytest.mark.parametrize("name", RUNS)
def test_the_page_asks_for_nothing_from_elsewhere(name: str, tmp_path: Path) -> None:
    """No tag loads anything; links lead to files beside the page or to places in it; the policy forbids the rest."""
    outline = Outline(page_of(RUNS[name](), tmp_path))
    assert not {tag for tag, _ in outline.tags} & {"link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in outline.tags:
        assert not {"src", "srcset", "action", "xlink:href"} & set(attributes)
        target = attributes.get("href")
        if target and not target.startswith("#"):
            assert tag == "a"
            assert (tmp_path / target).exists() or target == "timeline.txt"
    anchors = {attributes.get("id") for _, attributes in outline.tags}
    inner = {
        str(attributes["href"])[1:] for _, attributes in outline.tags if str(attributes.get("href", ""))[:1] == "#"
    }
    assert inner <= anchors
    policy = next(attributes["content"] for tag, attributes in outline.tags if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_a_crash_shows_everything_about_it(tmp_path: Path) -> None:
    """Headline, weight and reason of each finding, stacks, the lines logged around it, states and ends of servers."""
    outline = Outline(page_of(crash(), tmp_path))
    for text in (
        "dbserver-2 died unasked during tests/x/test_y.py::test_read",
        'does not count: log_errors = "warn"',
        "arangodb::Cache::read(unsigned long) /src/arangod/Cache/Cache.cpp:118",
        "<did> what it had to do & more",
        "died: signal 11",
        "signal 9, asked for by the test",
        "suspended for 0.250 s",
        "dbserver-3 · start 2",
        "fault-1 network.partition: partition: dbserver-1 from coordinator-1\n+2.750 s injected\n+2.875 s proved: the",
        " failed\nPOST /_api/document/<c> to coordinator-1: status 503 (error 1465)",
        "truncated: 5 more requests",
        "assert 9 == 10",
        "wrote <10> documents",
    ):
        assert text in outline.text, text


def test_the_moment_of_a_finding_is_when_it_happened(tmp_path: Path) -> None:
    """A dead server's is its end, a log line's its own time, not when somebody looked."""
    run = crash()
    run.write(tmp_path)
    record = fold(run.events)
    moments = gather(record, str(tmp_path), []).moments_ns
    dead = next(one for one in record.incarnations if one.started.server == "dbserver-2")
    assert moments[0] == dead.exited_ns < record.finding_times_ns[0]
    assert moments[1] % 10**9 == 0
    assert moments[1] != record.finding_times_ns[1]


def test_the_cases_are_there_with_what_went_wrong_first(tmp_path: Path) -> None:
    """All 5,000 as data for the script, each with its outcome."""
    outline = Outline(page_of(RUNS["many_cases"](), tmp_path))
    data = json.loads(next(script for script in outline.scripts if script.startswith("{")))
    names = [data["outcomes"][case[0]] for case in data["cases"]]
    assert names == ["failed"] * 50 + sorted(names[50:], reverse=True)
    assert {name: names.count(name) for name in names} == {"failed": 50, "skipped": 64, "passed": 4886}
    assert "assert 9 == 10" in data["cases"][0][6]


def test_what_processes_used_is_drawn(tmp_path: Path) -> None:
    """Each process has a row of lines with the least and the greatest value."""
    used = [
        Event(
            resource_sample=result_pb2.ResourceSample(
                processes=[result_pb2.ProcessSample(process="single-1", rss_bytes=number << 20, threads=9)]
            )
        )
        for number in (10, 30, 20)
    ]
    record = fold(timed(run_started(), *used))
    outline = Outline(render_page(record, Evidence()))
    assert "10.0 MiB … 30.0 MiB" in outline.text
    assert "polyline" in [tag for tag, _ in outline.tags]


@pytest.mark.parametrize(
    "record",
    [
        RunRecord(),
        fold(timed(run_started())),
        fold(timed(run_started(), collected("test_a"))),
        fold(timed(run_started(), *whole_case("test_a", 99))),  # type: ignore[arg-type]
        fold(timed(run_started(), server("single-1", "STARTED"), finding("server_died", Outcome.CRASHED, "x"))),
    ],
    ids=["nothing", "begun", "collected", "newer outcome", "nameless finding"],
)
def test_a_run_that_ended_anywhere_has_a_page(record: RunRecord, tmp_path: Path) -> None:
    """Whatever is missing, the page is there and says that the run did not come to its end."""
    outline = Outline(render_page(record, gather(record, str(tmp_path), [])))
    assert "the run did not come to its end" in outline.text


def test_the_same_run_makes_the_same_page(tmp_path: Path) -> None:
    """Nothing in it depends on when or where it was made."""
    first, second = (page_of(crash(), tmp_path / name) for name in ("a", "b"))
    assert first == second


def test_servers_that_did_not_come_up_are_told_from_the_one_that_is_to_blame() -> None:
    """Of a deployment that fails to start the one with the finding is bad, the others were only stopped."""
    events = [run_started()]
    for name in ("dbserver-1", "dbserver-2"):
        events.append(server(name, "STARTED"))
    events.append(server("dbserver-2", "EXITED", exit_code=1))
    events += [server("dbserver-1", "STOPPING", message="runner")]
    events += [server("dbserver-1", "EXITED", expected=True, message="runner")]
    events += [finding("server_start_failed", Outcome.ERROR, "dbserver-2 died", server="dbserver-2")]
    states = {state.name: (state.health, state.text) for state in server_states(fold(timed(*events)))}
    assert states == {
        "dbserver-1": (Health.AWAY, "stopped while starting"),
        "dbserver-2": (Health.BAD, "died: exit code 1"),
    }
    never = [*events[:2], events[4], events[5], finding("x", Outcome.ERROR, "not ready", server="dbserver-1")]
    assert [state.text for state in server_states(fold(timed(*never)))] == ["never ready"]


def test_a_death_stands_where_it_was_also_when_the_next_start_has_ended(tmp_path: Path) -> None:
    """Its core may be read until the server was started again and stopped; a sanitizer's report has its file's time."""
    events = timed(
        run_started(),
        server("single-1", "STARTED", directory="servers/single-1/1"),
        server("single-1", "EXITED", signal=11),
        server("single-1", "STARTED", 2, directory="servers/single-1/2"),
        server("single-1", "EXITED", 2, expected=True, message="runner"),
        finding("server_died", Outcome.CRASHED, "single-1 died", server="single-1"),
        finding("sanitizer_report", Outcome.CRASHED, "single-1: AddressSanitizer", server="single-1"),
    )
    report = tmp_path / "servers/single-1/1/sanitizer.arangod.7"
    report.parent.mkdir(parents=True)
    report.write_text("report")
    os.utime(report, ns=(events[2].time_unix_ns - 5, events[2].time_unix_ns - 5))
    moments = gather(fold(events), str(tmp_path), []).moments_ns
    assert moments == [events[2].time_unix_ns, events[2].time_unix_ns - 5]
    during = timed(events[0], collected("test_a"), *whole_case("test_a"), *events[1:])
    during[-1].finding.node_id = "tests/x/test_y.py::test_a"
    os.utime(report, ns=(during[-2].time_unix_ns, during[-2].time_unix_ns))
    assert gather(fold(during), str(tmp_path), []).moments_ns[-1] == during[3].time_unix_ns, "not after its case"


def test_a_server_that_died_and_was_started_again_is_not_drawn_as_well() -> None:
    """The state tells the death, although the last incarnation was there until the end."""
    events = [
        run_started(),
        server("single-1", "STARTED"),
        server("single-1", "EXITED", signal=11),
        server("single-1", "STARTED", 2),
        server("single-1", "READY", 2),
        server("single-1", "STOPPING", 2, message="runner"),
        server("single-1", "EXITED", 2, expected=True, message="runner"),
    ]
    (state,) = server_states(fold(timed(*events)))
    assert (state.health, state.text) == (Health.BAD, "died, started again")
    (state,) = server_states(fold(timed(events[0], *events[3:])))
    assert (state.health, state.text) == (Health.GOOD, "ready until the end")


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ('  File "/tmp/a/sandbox/3/execroot/ws/bin/x_test.runfiles/ws/suite/x_test.py", line 5', "suite/x_test.py"),
        ('  File "/r/x.runfiles/deps/site-packages/_pytest/python.py", line 1 in call', "_pytest/python.py"),
        ("#0 0x1 in f() /tmp/sandbox/3/execroot/ws/arangod/Cache/Cache.cpp:26", " arangod/Cache/Cache.cpp:26"),
    ],
)
def test_paths_of_the_sandbox_are_shortened(long: str, short: str) -> None:
    """What is gone with the sandbox helps nobody to find the file; what is behind it stays as it is."""
    told = short_paths(long)
    assert short in told
    assert "execroot" not in told
    assert "runfiles" not in told
    assert short_paths("/src/arangod/Cache.cpp:26 " + told) == "/src/arangod/Cache.cpp:26 " + told
