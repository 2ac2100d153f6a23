"""pytest's command line for a target."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .surroundings import Surroundings

FIXTURES = "armadillo.pytest_plugin.fixtures"
NEMESIS_FIXTURE = "armadillo.pytest_plugin.nemesis_fixture"
TARGET_FIXTURES = "armadillo.pytest_plugin.target_fixtures"

_SUPPORT_FILES = ("conftest.py", "__init__.py")
_CONFIGURATION_FILES = ("pytest.ini", "pytest.toml", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_TAKES_A_WORD = (
    "-k", "-m", "-p", "-c", "-o", "-W", "-r", "--override-ini", "--maxfail", "--tb", "--durations", "--color",
    "--capture", "--log-level", "--log-cli-level", "--show-capture", "--deselect", "--ignore", "--rootdir",
    "--confcutdir", "--basetemp", "--verbosity", "--pythonwarnings", "--replay-plan",
)  # fmt: skip
"""Options of pytest whose value may be a word of its own, so that the word is not taken for a case."""


def pytest_arguments(surroundings: Surroundings, options: Sequence[str], first: Sequence[str] = ()) -> list[str]:
    """All words of pytest's command line; `options` are the target's own (`--test_arg`), they come last and win.

    `first` are those of PYTEST_ADDOPTS: against them ours win.
    """
    return [
        *first,
        *("-p", FIXTURES),
        *("-p", NEMESIS_FIXTURE),
        *("-p", TARGET_FIXTURES),
        *("-p", "no:cacheprovider"),
        "--no-header",
        "--import-mode=importlib",
        "--strict-markers",
        "--continue-on-collection-errors",
        f"--rootdir={surroundings.root}",
        f"--confcutdir={surroundings.root}",
        *("-c", _configuration(surroundings.root)),
        # All handles live on the session's event loop, whatever the user's own settings are.
        "--asyncio-mode=auto",
        *("-o", "asyncio_default_fixture_loop_scope=session"),
        *("-o", "asyncio_default_test_loop_scope=session"),
        *("-o", "xfail_strict=true"),
        *([f"--basetemp={os.path.join(surroundings.tmp_directory, 'pytest')}"] if surroundings.tmp_directory else []),
        *(["--maxfail=1"] if surroundings.fail_fast else []),
        "-v",
        "--tb=short",
        *options,
        *test_files(surroundings),
    ]


def test_files(surroundings: Surroundings) -> list[str]:
    """Absolute paths of the target's test files; conftest.py and __init__.py are found by pytest itself."""
    return [
        os.path.join(surroundings.runfiles, source)
        for source in surroundings.spec.srcs
        if os.path.basename(source) not in _SUPPORT_FILES
    ]


def split_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options of pytest, and the words that name cases (`selection` understands them as it does `--test_filter`).

    Behind a word `--` all are names, so that one may begin with `-`.
    """
    options: list[str] = []
    names: list[str] = []
    awaits_value = False
    for index, word in enumerate(words):
        if word == "--" and not awaits_value:
            return options, [*names, *words[index + 1 :]]
        if awaits_value or word.startswith("-"):
            options.append(word)
            awaits_value = not awaits_value and word in _TAKES_A_WORD
        else:
            names.append(word)
    return options, names


def _configuration(root: str) -> str:
    """The workspace's own pytest configuration if it is a declared input, else none at all.

    pytest would otherwise search upwards and find whatever lies beside the sandbox.
    """
    for name in _CONFIGURATION_FILES:
        path = os.path.join(root, name)
        if os.path.exists(path):
            return path
    return os.devnull
