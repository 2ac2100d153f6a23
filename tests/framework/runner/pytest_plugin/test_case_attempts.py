"""Cases that are tried again: which, with what around them, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo_api.v1 import result_pb2

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun


@pytest.fixture
def play(tmp_path: Path) -> PluginRun:
    """A target whose cases are tried up to three times."""
    return PluginRun(tmp_path, policy={"case_attempts": 3})


def attempts_of(play: PluginRun, name: str) -> list[result_pb2.CaseAttemptFailed]:
    """The failed attempts that were told of a case."""
    told = [event.case_attempt_failed for event in play.runner.events if event.HasField("case_attempt_failed")]
    return [one for one in told if one.node_id.endswith(f"::{name}")]


COUNTING = """\
    import pytest

    STORY = []

    @pytest.fixture(scope="module")
    def wide():
        STORY.append("wide")
        yield
        STORY.append("wide ends")

    @pytest.fixture
    def fresh(wide):
        STORY.append("fresh")
        yield STORY.count("fresh")
        STORY.append("fresh ends")

    def test_flaky(fresh):
        print(f"this is attempt {fresh}")
        STORY.append("body")
        assert fresh == 3, "not yet"

    def test_story_so_far(wide):
        assert STORY == ["wide", *["fresh", "body", "fresh ends"] * 3]
"""


def test_a_case_that_passes_at_last_is_flaky(play: PluginRun) -> None:
    """Each attempt has fresh fixtures of its own, those of wider scope stay; nothing is lost, and pytest passes."""
    play.file("pkg/x_test.py", COUNTING)

    assert play.run() == 0, play.output

    assert play.outcomes == {"test_flaky": "FLAKY", "test_story_so_far": "PASSED"}
    first, second = attempts_of(play, "test_flaky")
    assert [(one.attempt, one.attempts, one.message) for one in (first, second)] == [
        (1, 3, "AssertionError: not yet (assert 1 == 3)"),
        (2, 3, "AssertionError: not yet (assert 2 == 3)"),
    ]
    assert "assert fresh == 3" in first.text
    assert "this is attempt 1" in first.captured_output
    assert "this is attempt 2" not in first.captured_output
    assert "this is attempt 1" not in second.captured_output
    flaky = play.finished["test_flaky"]
    assert (flaky.attempts, flaky.message, flaky.text) == (3, "", "")
    assert "this is attempt 3" in flaky.captured_output
    assert "this is attempt 2" not in flaky.captured_output
    assert "FLAKY (passed at attempt 3)" in play.output
    assert "1 passed, 1 flaky" in play.output or "1 flaky, 1 passed" in play.output
    assert "attempt 1 of 3 failed; it is tried again" in play.output


def test_a_case_that_always_fails_has_failed(play: PluginRun) -> None:
    """The last attempt is the case's own; those before it are told, too. A passing case is tried once."""
    play.file("pkg/x_test.py", "def test_bad():\n    assert 1 == 2\n\ndef test_good():\n    pass\n")

    assert play.run() == 1

    assert play.outcomes == {"test_bad": "FAILED", "test_good": "PASSED"}
    assert [one.attempt for one in attempts_of(play, "test_bad")] == [1, 2]
    bad, good = play.finished["test_bad"], play.finished["test_good"]
    assert (bad.attempts, bad.message) == (3, "assert 1 == 2")
    assert good.attempts == 1
    assert "1 failed, 1 passed" in play.output


NOT_TRIED_AGAIN = """\
    import pytest

    TRIES = []

    @pytest.fixture
    def broken():
        TRIES.append("set-up")
        raise RuntimeError("no set-up")

    @pytest.fixture
    def leaky():
        yield
        TRIES.append("tear-down")
        raise RuntimeError("no tear-down")

    def test_no_setup(broken):
        pass

    def test_bad_and_no_teardown(leaky):
        assert 1 == 3

    def test_skipped():
        TRIES.append("skipped")
        pytest.skip("not today")

    def test_fails_then_skips():
        TRIES.append("turn")
        if TRIES.count("turn") == 2:
            pytest.skip("enough")
        assert 1 == 4

    def test_tries():
        assert TRIES == ["set-up", "tear-down", "skipped", "turn", "turn"]
"""


def test_only_failures_of_the_body_are_tried_again(play: PluginRun) -> None:
    """Errors of fixtures are not; and a skip after a failure does not make it good."""
    play.file("pkg/x_test.py", NOT_TRIED_AGAIN)

    assert play.run() == 1, play.output

    assert play.outcomes == {
        "test_no_setup": "ERROR",
        "test_bad_and_no_teardown": "ERROR",
        "test_skipped": "SKIPPED",
        "test_fails_then_skips": "FAILED",
        "test_tries": "PASSED",
    }
    assert play.finished["test_fails_then_skips"].message == (
        "assert 1 == 4 (attempt 1; the next one was skipped: enough)"
    )


def test_the_runner_has_the_last_word(play: PluginRun) -> None:
    """Where it found something beside the failure, the case is not tried again."""
    play.runner.may_try_again = False
    play.file("pkg/x_test.py", COUNTING.replace("* 3]", "* 1]"))

    assert play.run() == 1, play.output

    assert play.outcomes == {"test_flaky": "FAILED", "test_story_so_far": "PASSED"}
    assert play.finished["test_flaky"].attempts == 1
    assert "it is not tried again: more was found than this failure" in play.output


def test_wider_fixtures_end_where_they_must(play: PluginRun) -> None:
    """Those of a module are torn down before the next one begins, also after attempts; what fails then is an error."""
    play.file("pkg/helper.py", "STORY = []\n")
    play.file(
        "pkg/a_test.py",
        """\
        import pytest
        from pkg.helper import STORY

        @pytest.fixture(scope="module")
        def wide():
            yield
            STORY.append("ended")
            raise RuntimeError("no tear-down")

        def test_flaky(wide):
            STORY.append("try")
            assert len(STORY) == 2
        """,
    )
    play.file("pkg/b_test.py", "from pkg.helper import STORY\n\ndef test_b():\n    assert STORY[-1] == 'ended'\n")

    assert play.run() == 1, play.output

    assert play.outcomes == {"test_flaky": "ERROR", "test_b": "PASSED"}
    assert play.finished["test_flaky"].message == "RuntimeError: no tear-down"


def test_repeated_runs_try_each_case_once(play: PluginRun) -> None:
    """Who repeats the target by `--runs_per_test` looks for flaky cases: trying again would hide them."""
    play.environment["TEST_RUN_NUMBER"] = "2"
    play.file("pkg/x_test.py", COUNTING.replace("* 3]", "* 1]"))

    assert play.run() == 1, play.output

    assert play.outcomes["test_flaky"] == "FAILED"
    assert attempts_of(play, "test_flaky") == []
