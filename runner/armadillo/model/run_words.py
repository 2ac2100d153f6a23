"""What the words behind a target's launcher ask for: run the tests, or keep the deployment up, or wait for a debugger.

`bazel run` without any word keeps the deployment up, except where an IDE stands behind it: IDEs start tests that way,
too, and say so by their environment only.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..errors import SpecError

DEBUG_VARIABLE = "ARMADILLO_DEBUG"
"""HOST:PORT on which the test process listens for a debugger."""
DEBUGPY_VARIABLE = "ARMADILLO_DEBUGPY"
"""A folder from which it imports debugpy."""

SERVE = "--serve"
NO_LAB = "--no-lab"
DEBUG = "--debug"
DEBUGPY = "--debugpy"
PYTEST_ARGS = "--pytest-args"

_HOST = "127.0.0.1"
_PORT = 5678
_LARGEST_PORT = 65535

_WANT_TESTS = (
    "TESTBRIDGE_TEST_ONLY",
    "PYTEST_ADDOPTS",
    "BAZEL_TARGET",
    "PYTHONBREAKPOINT",
    "RULES_PYTHON_ADDITIONAL_INTERPRETER_ARGS",
    "PYCHARM_HOSTED",
    "PYCHARM_DEBUG",
)
"""A filter, or what IDEs set when they run or debug a test."""


class RunWords(NamedTuple):
    """One run, as it was asked for."""

    words: tuple[str, ...] = ()
    """For pytest, or for the program that is the test."""
    serves: bool = False
    """Whether the deployment stays up without any test."""
    debug_address: str = ""
    """Where a debugger is awaited, "" where none is."""
    debugpy_directory: str = ""
    """A folder from which debugpy is imported; "" takes it from the target's deps."""
    no_lab: str = ""
    """The word because of which the run stays outside of the lab, so that programs outside reach it; "" for none."""

    @property
    def has_time(self) -> bool:
        """Whether somebody looks on, so that no deadline may end the run."""
        return self.serves or bool(self.debug_address)


def is_bazel_run(environ: Mapping[str, str]) -> bool:
    """Whether `bazel run` has started this test (Bazel 4.2 and 7.7: all variables of `bazel test`, and this one)."""
    return "BUILD_WORKSPACE_DIRECTORY" in environ and "TEST_TMPDIR" in environ


def read_run_words(args: Sequence[str], environ: Mapping[str, str], *, is_program: bool, under_test: bool) -> RunWords:
    """Sorts our words from those for pytest; `under_test` says that `bazel test` runs us.

    Words of a program are its own, but for `--serve` and `--no-lab` at their end under `bazel run`.
    Raises `SpecError` for words that do not go together.
    """
    by_bazel_run = is_bazel_run(environ)
    if not args and by_bazel_run and not any(environ.get(name) for name in _WANT_TESTS):
        return RunWords(serves=True)
    asked = _of_program(args, by_bazel_run) if is_program else _of_pytest(args)
    if asked.serves and asked.words:
        raise SpecError(
            f"expected nothing beside {SERVE}, because it runs no test; found {shlex.join(asked.words)}: "
            f"leave out {SERVE} to run tests"
        )
    if under_test and (asked.has_time or asked.no_lab):
        word = SERVE if asked.serves else DEBUG if asked.debug_address else NO_LAB
        raise SpecError(
            f"expected {word} behind `bazel run TARGET --`; found it in `bazel test`, where nobody looks on"
        )
    return asked


def _of_program(args: Sequence[str], by_bazel_run: bool) -> RunWords:
    own = len(args)
    while by_bazel_run and own and args[own - 1] in (SERVE, NO_LAB):
        own -= 1
    ours = args[own:]
    if not ours:
        return RunWords(tuple(args))
    # what stands before comes from the target's attribute `args`, and would be the program's
    is_serving = SERVE in ours
    no_lab = NO_LAB if NO_LAB in ours else ""
    return RunWords(() if is_serving else tuple(args[:own]), serves=is_serving, no_lab=no_lab)


def _of_pytest(args: Sequence[str]) -> RunWords:
    asked = RunWords()
    for index, word in enumerate(args):
        name, _, value = word.partition("=")
        if word == "--":  # names of cases follow
            return _with_words(asked, args[index:])
        if word == PYTEST_ARGS:
            return _with_words(asked, args[index + 1 :])
        if name == PYTEST_ARGS:
            asked = _with_words(asked, shlex.split(value))
        elif word == SERVE:
            asked = asked._replace(serves=True)
        elif word == NO_LAB:
            asked = asked._replace(no_lab=NO_LAB)
        elif name == DEBUG:
            asked = asked._replace(debug_address=_address(value), no_lab=asked.no_lab or DEBUG)
        elif name == DEBUGPY:
            asked = asked._replace(debugpy_directory=value)
        else:
            asked = _with_words(asked, [word])
    return asked


def _with_words(asked: RunWords, words: Sequence[str]) -> RunWords:
    return asked._replace(words=(*asked.words, *words))


def _address(text: str) -> str:
    """HOST:PORT from "", "PORT", or "HOST:PORT"."""
    host, _, port = text.rpartition(":")
    port = port or str(_PORT)
    if not port.isdigit() or int(port) > _LARGEST_PORT:
        raise SpecError(f"expected {DEBUG}, {DEBUG}=PORT or {DEBUG}=HOST:PORT; found {DEBUG}={text}")
    return f"{host or _HOST}:{port}"


def debug_environment(asked: RunWords) -> dict[str, str]:
    """What tells the test process to wait for a debugger; empty when none is wanted."""
    if not asked.debug_address:
        return {}
    return {DEBUG_VARIABLE: asked.debug_address, DEBUGPY_VARIABLE: asked.debugpy_directory}
