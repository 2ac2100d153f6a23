"""The words of `requires`, checked against facts of a server."""

from __future__ import annotations

import pytest
from armadillo.errors import SpecError
from armadillo.model.distribution import ServerFacts
from armadillo.model.requirement import KNOWN_REQUIREMENTS, missing_requirement

COMMUNITY = ServerFacts(version="3.12.5-1", edition="community", has_v8=True)
DEVELOPMENT = ServerFacts(
    version="4.0.0-devel",
    edition="enterprise",
    has_failure_points=True,
    sanitizer="address",
    is_maintainer_build=True,
)
STANDIN = ServerFacts(version="3.12.5", edition="community", standin="arangod-standin 0.1.0")


@pytest.mark.parametrize(
    ("facts", "word", "has_it"),
    [
        (COMMUNITY, "failure_points", False),
        (DEVELOPMENT, "failure_points", True),
        (COMMUNITY, "enterprise", False),
        (DEVELOPMENT, "enterprise", True),
        (COMMUNITY, "v8", True),
        (DEVELOPMENT, "v8", False),
        (COMMUNITY, "maintainer_build", False),
        (DEVELOPMENT, "maintainer_build", True),
        (COMMUNITY, "sanitizer", False),
        (DEVELOPMENT, "sanitizer", True),
        (COMMUNITY, "real_arangodb", True),
        (STANDIN, "real_arangodb", False),
        (COMMUNITY, "version>=3.12", True),
        (COMMUNITY, "version >= 3.12.5", True),
        (COMMUNITY, "version>=3.12.6", False),
        (COMMUNITY, "version>=4", False),
        (DEVELOPMENT, "version>=4", True),
        (COMMUNITY, "version<4", True),
        (COMMUNITY, "version<3.12", False),
        (COMMUNITY, "version<=3.12", True),
        (COMMUNITY, "version>3.12", False),
        (COMMUNITY, "version==3.12", True),
        (COMMUNITY, "version==3.11", False),
    ],
)
def test_a_word_holds_or_not(facts: ServerFacts, word: str, has_it: bool) -> None:
    """Each word of `requires` is decided by what the binary said about itself."""
    assert (missing_requirement(facts, (word,)) == "") is has_it


def test_the_reason_names_word_and_server() -> None:
    """The text of a skip says what was required and what the server is, with the stand-in under its own name."""
    assert (
        missing_requirement(STANDIN, ("version>=3.11", "enterprise"))
        == "requires enterprise: arangod-standin 0.1.0 (speaks ArangoDB 3.12.5) is not the Enterprise edition"
    )


@pytest.mark.parametrize("word", ["", "enterprize", "version=3.12", "version>=", "version>=3.12.1.1", "3.12"])
def test_an_unknown_word_is_refused(word: str) -> None:
    """A misspelt requirement must not skip or run anything: it is an error that lists the known words."""
    with pytest.raises(SpecError) as caught:
        missing_requirement(COMMUNITY, (word,))
    assert all(known in str(caught.value) for known in KNOWN_REQUIREMENTS)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3.12.5", (3, 12, 5)), ("4.0.0-devel", (4, 0, 0)), ("3.11", (3, 11, 0)), ("devel", (0, 0, 0)), ("", (0, 0, 0))],
)
def test_version_numbers_are_read_from_texts_of_any_build(text: str, numbers: tuple[int, int, int]) -> None:
    """Suffixes of nightly and development builds do not matter; without a number all are zero."""
    assert ServerFacts(version=text).version_numbers == numbers


def test_limits_of_time_grow_for_sanitizer_builds_only() -> None:
    """A sanitizer build is slower, so that all limits of time are multiplied."""
    assert COMMUNITY.time_scale == 1.0
    assert DEVELOPMENT.time_scale > 1.0
