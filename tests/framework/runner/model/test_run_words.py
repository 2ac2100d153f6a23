"""What the words behind a target's launcher ask for."""

from __future__ import annotations

import pytest
from armadillo.errors import SpecError
from armadillo.model.run_words import (
    DEBUG_VARIABLE,
    DEBUGPY_VARIABLE,
    RunWords,
    debug_environment,
    is_bazel_run,
    read_run_words,
)

BY_BAZEL_RUN = {"BUILD_WORKSPACE_DIRECTORY": "/w", "TEST_TMPDIR": "/t", "TEST_SRCDIR": "/s", "BAZEL_TEST": "1"}


def asked(*args: str, is_program: bool = False, under_test: bool = False, **environ: str) -> RunWords:
    """The words of a run by `bazel run` unless it is under test."""
    environment = environ if under_test else {**BY_BAZEL_RUN, **environ}
    return read_run_words(args, environment, is_program=is_program, under_test=under_test)


def test_bazel_run_without_words_keeps_the_deployment_up() -> None:
    """By hand and under `bazel test` the same command line runs the tests."""
    assert asked() == RunWords(serves=True)
    assert asked(is_program=True) == RunWords(serves=True)
    assert read_run_words([], {}, is_program=False, under_test=False) == RunWords()
    assert read_run_words([], {}, is_program=False, under_test=True) == RunWords()
    assert not is_bazel_run({"BUILD_WORKSPACE_DIRECTORY": "/w"}), "a launcher inside of somebody else's `bazel run`"


@pytest.mark.parametrize(
    "variable", ["TESTBRIDGE_TEST_ONLY", "PYTEST_ADDOPTS", "BAZEL_TARGET", "PYTHONBREAKPOINT", "PYCHARM_HOSTED"]
)
def test_a_filter_or_an_ide_behind_bazel_run_wants_tests(variable: str) -> None:
    """IDEs say it by their environment; an empty variable says nothing."""
    assert asked(**{variable: "x"}) == RunWords()
    assert asked(**{variable: ""}).serves


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["x_test.py::test_a"], ("x_test.py::test_a",)),
        (["--pytest-args", "-x", "--serve"], ("-x", "--serve")),
        (["--pytest-args=-k 'a and b'", "-v"], ("-k", "a and b", "-v")),
        (["-v", "--", "--serve"], ("-v", "--", "--serve")),
    ],
)
def test_other_words_are_for_pytest(args: list[str], words: tuple[str, ...]) -> None:
    """With or without `--pytest-args`; behind it, and behind `--`, none is ours."""
    assert asked(*args) == RunWords(words)


@pytest.mark.parametrize(
    ("args", "address", "directory"),
    [
        (["--debug"], "127.0.0.1:5678", ""),
        (["--debug=0"], "127.0.0.1:0", ""),
        (["--debug=0.0.0.0:7000", "--debugpy=/d"], "0.0.0.0:7000", "/d"),
    ],
)
def test_a_debugger_is_awaited_outside_of_the_lab(args: list[str], address: str, directory: str) -> None:
    """An IDE reaches no port inside of it; no deadline ends the run meanwhile."""
    found = asked(*args)
    assert (found.debug_address, found.debugpy_directory, found.no_lab) == (address, directory, "--debug")
    assert found.has_time
    assert debug_environment(found) == {DEBUG_VARIABLE: address, DEBUGPY_VARIABLE: directory}
    assert debug_environment(RunWords()) == {}


def test_words_of_a_program_are_its_own() -> None:
    """Only `--serve` and `--no-lab` at the end of `bazel run` are ours, whatever the target's `args` are."""
    assert asked("--debug", "-v", is_program=True) == RunWords(("--debug", "-v"))
    assert asked("-v", "--serve", "--no-lab", is_program=True) == RunWords(serves=True, no_lab="--no-lab")
    assert asked("--serve", is_program=True, under_test=True) == RunWords(("--serve",))


@pytest.mark.parametrize(
    ("args", "under_test", "text"),
    [
        (["--serve", "-v"], False, "expected nothing beside --serve"),
        (["--serve"], True, "expected --serve behind `bazel run TARGET --`"),
        (["--debug"], True, "expected --debug behind `bazel run TARGET --`"),
        (["--debug=here"], False, "found --debug=here"),
        (["--debug=70000"], False, "found --debug=70000"),
    ],
)
def test_words_that_do_not_go_together_are_refused(args: list[str], under_test: bool, text: str) -> None:
    """With what to do instead: nobody looks on in `bazel test`, it would wait for Bazel's limit."""
    with pytest.raises(SpecError, match=text):
        asked(*args, under_test=under_test)
