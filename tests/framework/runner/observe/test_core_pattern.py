"""Where cores go."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo.observe.core_pattern import CorePattern, read_core_pattern


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("core", "core"),
        ("core", "core.77"),
        ("core.%p", "core.77"),
        ("core.%e.%p", "core.arangod.77"),
        ("c%%_%p", "c%_77"),
    ],
)
def test_a_relative_pattern_is_below_the_working_directory(pattern: str, name: str, tmp_path: Path) -> None:
    """The pid is filled in, other specifiers match anything, a doubled percent sign is one."""
    (tmp_path / name).write_text("core")
    assert CorePattern(pattern).candidates(str(tmp_path), 77) == [str(tmp_path / name)]


def test_an_absolute_pattern_is_where_it_says(tmp_path: Path) -> None:
    """The working directory does not matter then; a core of another process is not taken."""
    (tmp_path / "cores").mkdir()
    for pid in (77, 78):
        (tmp_path / f"cores/core-arangod-{pid}").write_text("core")
    pattern = CorePattern(f"{tmp_path}/cores/core-%e-%p")
    assert pattern.candidates("/nowhere", 77) == [str(tmp_path / "cores/core-arangod-77")]


def test_signs_of_globs_in_a_directory_are_themselves(tmp_path: Path) -> None:
    """A working directory may be called anything."""
    folder = tmp_path / "a[b]*"
    folder.mkdir()
    (folder / "core").write_text("core")
    assert CorePattern("core").candidates(str(folder), 1) == [str(folder / "core")]


@pytest.mark.parametrize(
    ("text", "word"),
    [("|/usr/share/apport/apport %p", "a program of the machine"), ("@/run/core.sock", "a socket"), ("", "is empty")],
)
def test_where_cores_cannot_be_had_the_reason_is_said(text: str, word: str, tmp_path: Path) -> None:
    """A pipe, a socket and an empty pattern give no file; the text says so beforehand."""
    (tmp_path / "core_pattern").write_text(text + "\n")
    pattern = read_core_pattern(str(tmp_path / "core_pattern"))
    assert not pattern.can_be_had
    assert word in pattern.reason
    assert pattern.candidates(str(tmp_path), 1) == []


def test_a_plain_pattern_needs_no_words() -> None:
    """Nothing is said where cores will be there."""
    assert CorePattern("core").reason == ""


def test_a_pattern_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """Without /proc there is no pattern."""
    assert "cannot be read" in read_core_pattern(str(tmp_path / "none")).reason
