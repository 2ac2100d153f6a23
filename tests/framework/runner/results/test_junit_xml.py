"""test.xml, looked at with the eyes of its strictest readers."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from armadillo.model.outcome import Outcome
from armadillo.results.junit_xml import render_junit_xml
from armadillo.results.run_record import fold
from armadillo.results.skeleton_xml import write_skeleton_xml
from armadillo.results.xml_text import clean
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import (
    Event,
    case_finished,
    case_started,
    collected,
    finding,
    run_finished,
    run_started,
    timed,
    whole_case,
)
from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of, properties_of

EVERY_CHARACTER = "".join(map(chr, (*range(0x250), 0x2028, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F4A5))) + "]]><![CDATA[&amp;"


def render(*events: Event) -> bytes:
    """test.xml of a run with these events, proved to be strict."""
    content = render_junit_xml(fold(timed(*events)))
    assert problems_of(content) == []
    return content


def test_each_outcome_has_its_child() -> None:
    """A pass has none, a failed assertion <failure>, a skip <skipped>, everything else <error>."""
    wanted = {
        Outcome.PASSED: "passed",
        Outcome.SKIPPED: "skipped",
        Outcome.UNKNOWN: "error",
        Outcome.FAILED: "failure",
        Outcome.ERROR: "error",
        Outcome.TIMEOUT: "error",
        Outcome.CRASHED: "error",
    }
    names = [f"test_{outcome.name.lower()}" for outcome in wanted]
    cases = cases_of(
        render(
            run_started(),
            collected(*names),
            *(event for outcome in wanted for event in whole_case(f"test_{outcome.name.lower()}", outcome, "why")),
            run_finished(Outcome.CRASHED, "why", 4),
        )
    )
    assert [outcome_of(cases[name]) for name in names] == list(wanted.values())


def test_a_case_has_file_line_and_time() -> None:
    """The file relative to the workspace, the line counted from zero as plug-ins do, seconds with a dot."""
    case = cases_of(render(run_started(), collected("test_a"), *whole_case("test_a", duration_s=2.0)))["test_a"]
    assert case.attrib == {
        "name": "test_a",
        "classname": "tests.x.test_y",
        "file": "tests/x/test_y.py",
        "line": "2",
        "time": "2.0",
    }


@pytest.mark.parametrize("duration_s", [0.0, 1e-7, 0.0004, 0.25, 3.0, 86400.0])
def test_no_duration_is_ever_read_as_milliseconds(duration_s: float) -> None:
    """Very short and whole numbers of seconds keep their dot and never get an exponent."""
    render(run_started(), collected("test_a"), *whole_case("test_a", duration_s=duration_s))


def test_a_failed_case_carries_its_assertion() -> None:
    """The message is the attribute, the traceback the body, the captured output stands apart."""
    failed = whole_case(
        "test_a", Outcome.FAILED, "assert 1 == 2", text="def test_a():\n>  assert 1 == 2", captured_output="hello"
    )
    started = run_started(seed=7, server_label="//tools/arangod_standin:server")
    case = cases_of(render(started, collected("test_a"), *failed))["test_a"]
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "assert 1 == 2"
    assert failure.text == (
        "def test_a():\n>  assert 1 == 2\n\nrepeat it: bazel test //tests/x:y_test "
        "--test_filter='tests/x/test_y.py::test_a' --test_env=TEST_RANDOM_SEED=7"
    )
    assert case.findtext("system-out") == "hello"


def test_server_and_seed_are_properties() -> None:
    """Name and version of the server, the stand-in under its own name, isolation, seed, verdict."""
    content = render(
        run_started(
            server_label="//a:b",
            server_version="3.12.5",
            server_standin="arangod-standin 0.1.0",
            network_tier="leases",
            seed=7,
            bazel={"test_shard_index": "0"},
        ),
        collected("test_a"),
        *whole_case("test_a", Outcome.FAILED, "no"),
        run_finished(Outcome.FAILED, "the headline", 1),
    )
    assert properties_of(content) == {
        "armadillo.server": "//a:b",
        "armadillo.server_version": "3.12.5",
        "armadillo.server_standin": "arangod-standin 0.1.0",
        "armadillo.network_tier": "leases",
        "armadillo.seed": "7",
        "armadillo.outcome": "failed",
        "armadillo.headline": "the headline",
        "bazel.test_shard_index": "0",
    }


def test_characters_that_xml_forbids_are_replaced_everywhere() -> None:
    """Control characters in a message, a traceback, output, a case's name or a server's last words break nothing."""
    odd = result_pb2.Case(
        node_id="odd", file=f"tests/{EVERY_CHARACTER}.py", line=1, class_name="tests.odd", name=EVERY_CHARACTER
    )
    content = render(
        run_started(),
        Event(cases_collected=result_pb2.CasesCollected(cases=[odd])),
        Event(
            case_finished=result_pb2.CaseFinished(
                node_id="odd",
                outcome=Outcome.FAILED.value,
                message=EVERY_CHARACTER,
                text=EVERY_CHARACTER,
                captured_output=EVERY_CHARACTER,
            )
        ),
        collected(errors={f"{EVERY_CHARACTER}.py": EVERY_CHARACTER}),
        finding("server_died", Outcome.CRASHED, EVERY_CHARACTER, details=EVERY_CHARACTER, server="dbserver-1"),
        run_finished(Outcome.CRASHED, EVERY_CHARACTER, 4),
    )
    assert clean("a\0b\x1b[0m") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[0m"
    assert b"\x1b" not in content


def test_a_long_text_is_cut_in_the_middle() -> None:
    """Beginning and end stay, and the text says how much is left out."""
    text = clean("begin" + "x" * 10**6 + "end")
    assert text.startswith("begin")
    assert text.endswith("end")
    assert "characters left out" in text
    assert len(text) < 70_000


def test_many_long_texts_are_cut_to_the_same_length() -> None:
    """A thousand failures make no file that readers refuse; short texts, heads and tails stay."""
    long = "head" + 50_000 * "x" + "tail"
    names = [f"test_{number}" for number in range(1000)]
    many = [event for name in names for event in whole_case(name, Outcome.FAILED, long, text=long)]
    short = whole_case("test_short", Outcome.FAILED, "no", text="short")
    content = render(run_started(), collected(*names, "test_short"), *many, *short)
    assert len(content) < 6 << 20
    cases = cases_of(content)
    texts = [cases[f"test_{number}"][0].text or "" for number in range(1000)]
    assert all(text.startswith("head") and "repeat it: bazel test" in text for text in texts)
    assert max(map(len, texts)) - min(map(len, texts)) < 10
    assert "left out" in texts[0]
    assert (cases["test_short"][0].text or "").startswith("short\n")


def test_findings_and_collection_errors_are_cases_of_their_own() -> None:
    """A start that failed and a file with a syntax error are visible to every reader of XML."""
    cases = cases_of(
        render(
            run_started(),
            collected(errors={"tests/x/test_z.py": "SyntaxError: invalid syntax"}),
            finding("server_start_failed", Outcome.ERROR, "agent-1 died", details="log tail", server="agent-1"),
        )
    )
    assert outcome_of(cases["tests/x/test_z.py"]) == "error"
    error = cases["server_start_failed.agent-1"].find("error")
    assert error is not None
    assert (error.get("message"), error.text) == ("agent-1 died", "log tail")


def test_a_case_that_did_not_end_is_an_error_that_names_the_cause() -> None:
    """The case that ran when the time was up; those behind it are skipped, not silently missing."""
    cases = cases_of(
        render(
            run_started(),
            collected("test_a", "test_b", "test_c"),
            *whole_case("test_a"),
            case_started("test_b"),
            finding("deadline", Outcome.TIMEOUT, "the run's time is up"),
        )
    )
    assert [outcome_of(cases[name]) for name in ("test_a", "test_b", "test_c")] == ["passed", "error", "skipped"]
    error = cases["test_b"].find("error")
    assert error is not None
    assert error.get("message") == "did not end: the run's time is up"


def test_the_first_problem_is_the_root_cause() -> None:
    """A crash stands before the case that failed because of it, a check that broke behind the case."""
    cases = cases_of(
        render(
            run_started(),
            collected("test_a"),
            case_started("test_a"),
            case_finished("test_a", Outcome.FAILED, "no answer"),
            finding("check_broke", Outcome.UNKNOWN, "the check of leaks broke"),
            finding("forced_kill", Outcome.FAILED, "single-1 did not stop", server="single-1"),
            finding("server_died", Outcome.CRASHED, "single-1 died", server="single-1"),
            run_finished(Outcome.CRASHED, "single-1 died", 4),
        )
    )
    assert list(cases) == ["server_died.single-1", "forced_kill.single-1", "test_a", "check_broke"]


def test_what_was_seen_at_a_deadline_stands_before_it() -> None:
    """The deadline alone says nothing of who was waiting; the case that did not end names the same cause."""
    cases = cases_of(
        render(
            run_started(),
            collected("test_a"),
            case_started("test_a"),
            finding("deadline", Outcome.TIMEOUT, "the time is up"),
            finding("hang", Outcome.TIMEOUT, "the time is up: single-1 does not answer"),
            run_finished(Outcome.TIMEOUT, "the time is up: single-1 does not answer", 5),
        )
    )
    assert list(cases) == ["hang", "deadline", "test_a"]
    error = cases["test_a"].find("error")
    assert error is not None
    assert error.get("message") == "did not end: the time is up: single-1 does not answer"


def test_until_the_run_has_ended_its_end_is_an_error() -> None:
    """What stands there when the runner is killed says so in its first problem, with the case that ran."""
    history = [run_started(), collected("test_a", "test_b"), *whole_case("test_a"), case_started("test_b")]
    cases = cases_of(render(*history))
    assert {name: outcome_of(case) for name, case in cases.items()} == {
        "run": "error",
        "test_a": "passed",
        "test_b": "error",
    }
    error = cases["run"].find("error")
    assert error is not None
    assert error.get("message") == "the runner ended before the run did, during tests/x/test_y.py::test_b"


def test_a_bad_end_that_no_case_shows_is_an_error_of_the_run() -> None:
    """Cases that did not run are skipped, and nothing was found: readers must not see a good file."""
    headline = "the tests ended before test_b"
    history = [run_started(), collected("test_a", "test_b"), *whole_case("test_a")]
    cases = cases_of(render(*history, run_finished(Outcome.UNKNOWN, headline, 1)))
    error = cases["run"].find("error")
    assert error is not None
    assert error.get("message") == headline


def test_a_run_without_any_case_is_no_empty_file() -> None:
    """Before the first case and after a run that never got there, readers see an error."""
    cases = cases_of(render(run_started()))
    assert [outcome_of(case) for case in cases.values()] == ["error"]


@pytest.mark.parametrize("seed", range(10))
def test_any_history_gives_strict_xml_after_each_event(seed: int) -> None:
    """test.xml is written again and again during a run: each state of it must be good."""
    choice = random.Random(seed)
    history: list[Event] = [run_started(), collected(*(f"test_{n}" for n in range(6)))]
    for number in range(6):
        history += [
            case_started(f"test_{number}"),
            *choice.sample([finding("server_died", Outcome.CRASHED, "x", server="s")], choice.randint(0, 1)),
            *choice.sample([case_finished(f"test_{number}", choice.choice(list(Outcome)), "m")], choice.randint(0, 1)),
        ]
    history.append(run_finished(Outcome.CRASHED, "x", 4))
    timed(*history)
    for count in range(1, len(history) + 1):
        assert problems_of(render_junit_xml(fold(history[:count]))) == []


def test_the_skeleton_is_strict_too(tmp_path: Path) -> None:
    """If the runner dies at once, what stands there can be read, whatever the message holds."""
    path = tmp_path / "test.xml"
    write_skeleton_xml(str(path), "//a:b<&>", time.time(), 'cannot read "x" <&> \x1b[0m \0')
    assert problems_of(path.read_bytes()) == []
    assert [outcome_of(case) for case in cases_of(path.read_bytes()).values()] == ["error"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["test.xml"]
