"""What the plug-in tells the runner: cases, outcomes, messages, errors of collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.runner.pytest_plugin.plugin_run import PluginRun


@pytest.fixture
def play(tmp_path: Path) -> PluginRun:
    """A target that deploys a single server."""
    return PluginRun(tmp_path)


OUTCOMES = """\
    import pytest

    def test_good():
        assert True

    def test_bad():
        print("on the way")
        left = 1
        assert left == 2, "they differ"

    @pytest.fixture
    def broken():
        raise RuntimeError("no set-up")

    def test_no_setup(broken):
        pass

    @pytest.fixture
    def leaky():
        yield
        raise RuntimeError("no tear-down")

    def test_no_teardown(leaky):
        pass

    def test_bad_and_no_teardown(leaky):
        assert 1 == 3

    def test_skipped():
        pytest.skip("not today")

    @pytest.mark.xfail(reason="known")
    def test_expected():
        assert False

    @pytest.mark.xfail(reason="known")
    def test_unexpectedly_good():
        pass
"""


def test_each_outcome_is_told(play: PluginRun) -> None:
    """Failures of the body are FAILED, those around it ERROR, the worst of a case's phases counts."""
    play.file("pkg/x_test.py", OUTCOMES)

    assert play.run() == 1

    assert play.outcomes == {
        "test_good": "PASSED",
        "test_bad": "FAILED",
        "test_no_setup": "ERROR",
        "test_no_teardown": "ERROR",
        "test_bad_and_no_teardown": "ERROR",
        "test_skipped": "SKIPPED",
        "test_expected": "SKIPPED",
        "test_unexpectedly_good": "FAILED",
    }


def test_messages_are_one_line_and_texts_have_no_dead_paths(play: PluginRun) -> None:
    """The message is the assertion; the text is a traceback with paths of the workspace, not of the sandbox."""
    play.file("pkg/x_test.py", OUTCOMES)
    play.run()
    bad = play.finished["test_bad"]

    assert bad.message == "AssertionError: they differ (assert 1 == 2)"
    assert "pkg/x_test.py:9: in test_bad" in bad.text
    assert str(play.directory) not in bad.text
    assert "on the way" in bad.captured_output
    assert (bad.phase, play.finished["test_no_teardown"].phase) == ("call", "teardown")
    assert play.finished["test_bad_and_no_teardown"].message == "assert 1 == 3"
    assert play.finished["test_skipped"].message == "not today"
    assert play.finished["test_expected"].message == "expected to fail: known"
    assert play.finished["test_no_setup"].message == "RuntimeError: no set-up"


def test_cases_have_file_line_and_names(play: PluginRun) -> None:
    """Cases come with a workspace-relative file, 1-based line, dotted class name, and parameters in the name."""
    play.file(
        "pkg/deep/x_test.py",
        """\
        import pytest

        class TestThing:
            @pytest.mark.parametrize("number", [1, 2])
            def test_it(self, number):
                pass
        """,
    )
    assert play.run() == 0
    first = play.collected.cases[0]

    assert first.node_id == "pkg/deep/x_test.py::TestThing::test_it[1]"
    assert (first.file, first.line) == ("pkg/deep/x_test.py", 4)
    assert (first.class_name, first.name) == ("pkg.deep.x_test.TestThing", "test_it[1]")


def test_each_case_starts_before_it_ends(play: PluginRun) -> None:
    """Events come in the order of things, the collection first."""
    play.file("pkg/x_test.py", "def test_a(): pass\ndef test_b(): pass\n")
    play.run()

    kinds = [event.WhichOneof("kind") for event in play.runner.events]
    assert kinds == ["cases_collected", *["case_started", "case_finished"] * 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("def test_a(:\n", "SyntaxError"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("import pytest\n@pytest.mark.crash_tset\ndef test_a(): pass\n", "'crash_tset' not found in `markers`"),
        ("def helper(): pass\n", "no test was found in this file"),
    ],
)
def test_a_file_that_cannot_be_collected_is_told(content: str, words: str, play: PluginRun) -> None:
    """A syntax error, a failing import, an unknown marker and a file without tests are named; others still run."""
    play.file("pkg/bad_test.py", content)
    play.file("pkg/good_test.py", "def test_good(): pass\n")

    play.run()

    (error,) = play.collected.errors
    assert error.file == "pkg/bad_test.py"
    assert words in error.text
    assert str(play.directory) not in error.text
    assert play.outcomes == {"test_good": "PASSED"}


def test_properties_go_along(play: PluginRun) -> None:
    """record_property and markers with a meaning are in the case's properties."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.mark.rta_suite("smoke")
        @pytest.mark.slow
        def test_a(record_property):
            record_property("documents", 17)
        """,
    )
    assert play.run() == 0

    assert dict(play.finished["test_a"].properties) == {"documents": "17", "rta_suite": "smoke", "slow": "true"}


def test_the_process_ends_when_the_runner_is_gone(play: PluginRun) -> None:
    """Without its runner a test process does not go on for ever."""
    play.file("pkg/x_test.py", "import time\ndef test_long(): time.sleep(600)\n")
    play.runner.__enter__()
    process = play.start()
    from tests.framework.runner.support.waiting import until

    until("the case has started", lambda: any(e.HasField("case_started") for e in play.runner.events))
    play.runner.stop()
    output, _ = process.communicate(timeout=30)

    assert process.returncode != 0
    assert "the runner does not answer" in output


def test_a_case_that_prints_without_end_is_reported(play: PluginRun) -> None:
    """Ten megabytes would not fit into a message to the runner: its two ends are told, and what is missing."""
    play.file("pkg/x_test.py", "def test_loud():\n    print('first' + 'x' * 10_000_000 + 'last')\n    assert 0\n")

    assert play.run() == 1, play.output[-2000:]

    output = play.finished["test_loud"].captured_output
    assert "first" in output
    assert "last" in output
    assert "--- truncated: " in output


def test_who_stops_the_tests_early_is_told(play: PluginRun) -> None:
    """The reason that a test gives pytest; without one nothing is told."""
    play.file(
        "pkg/x_test.py",
        """\
        def test_a(request):
            request.session.shouldstop = "enough of it"

        def test_b():
            pass
        """,
    )
    play.run()
    told = [event.tests_stopped.reason for event in play.runner.events if event.HasField("tests_stopped")]
    assert told == ["enough of it"]
    assert list(play.finished) == ["test_a"]
