"""Options of the sanitizers' runtimes."""

from __future__ import annotations

from armadillo.arangodb.sanitizer_options import sanitizer_environment

from tests.framework.runner.support.plans import ARANGODB_3_12, installation

INSTRUMENTED = installation(ARANGODB_3_12)


def _options(text: str) -> dict[str, str]:
    return dict(option.split("=", 1) for option in text.split(":"))


def test_all_runtimes_write_one_log() -> None:
    """Each variable names the same log, because in a mixed build one runtime uses another's path."""
    made = sanitizer_environment("/evidence/1", INSTRUMENTED, {})
    assert {_options(value)["log_path"] for value in made.values()} == {"/evidence/1/sanitizer"}
    assert sorted(made) == ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"]


def test_the_users_options_win_one_by_one() -> None:
    """An option of the user replaces ours of that name and leaves the others."""
    user = {"ASAN_OPTIONS": "halt_on_error=1,verbosity=1"}
    made = _options(sanitizer_environment("/e", INSTRUMENTED, user)["ASAN_OPTIONS"])
    assert made["halt_on_error"] == "1"
    assert made["verbosity"] == "1"
    assert made["detect_odr_violation"] == "1"


def test_quoted_values_keep_their_colons() -> None:
    """A path with a colon stays in its quotes, the user's and ours."""
    made = sanitizer_environment("/a:b", INSTRUMENTED, {"TSAN_OPTIONS": "suppressions='/x:y/z.txt'"})["TSAN_OPTIONS"]
    assert "suppressions='/x:y/z.txt'" in made
    assert "log_path='/a:b/sanitizer'" in made


def test_suppressions_and_symbolizer_come_from_the_distribution() -> None:
    """Each sanitizer reads its own suppression file; all use the distribution's symbolizer."""
    made = sanitizer_environment(
        "/e", installation(ARANGODB_3_12, sanitizer_suppressions={"leak": "/s/lsan.txt"}, symbolizer="/s/sym"), {}
    )
    assert _options(made["LSAN_OPTIONS"])["suppressions"] == "/s/lsan.txt"
    assert "suppressions" not in _options(made["ASAN_OPTIONS"])
    assert {_options(value)["external_symbolizer_path"] for value in made.values()} == {"/s/sym"}
