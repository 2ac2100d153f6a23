"""The last lines of a log."""

from __future__ import annotations

from pathlib import Path

from armadillo.observe.log_tail import TAIL_BYTES, describe_tail, last_fatal, last_lines


def test_the_last_lines_are_given_in_order(tmp_path: Path) -> None:
    """A short file is given whole, a longer one from its end."""
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n", encoding="utf-8")
    assert last_lines(str(log), 2) == ["two", "three"]
    assert last_lines(str(log), 9) == ["one", "two", "three"]


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    """A server that died before it opened its log makes no second error."""
    assert last_lines(str(tmp_path / "none"), 5) == []
    assert describe_tail("its log", str(tmp_path / "none"), 5) == ""


def test_a_huge_log_with_bytes_that_are_no_text_costs_little(tmp_path: Path) -> None:
    """Only the end is read, and what is no UTF-8 is replaced."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * (4 * TAIL_BYTES) + b"\nbad \xff\nlast\n")
    assert last_lines(str(log), 2) == ["bad \N{REPLACEMENT CHARACTER}", "last"]
    assert sum(map(len, last_lines(str(log), 1000))) <= TAIL_BYTES


def test_the_title_says_how_many_lines_follow(tmp_path: Path) -> None:
    """The text can stand in an error as it is."""
    log = tmp_path / "log"
    log.write_text("one\ntwo\n", encoding="utf-8")
    assert describe_tail("its log", str(log), 1) == "--- last 1 lines of its log:\ntwo"


def test_the_last_fatal_line_is_told_in_short(tmp_path: Path) -> None:
    """Of several the last one counts, without its time; a log without one tells nothing."""
    log = tmp_path / "arangod.log"
    log.write_text(
        "2025-01-02T03:04:05Z [1] FATAL [abcde] {startup} first\n"
        "2025-01-02T03:04:06Z [1] FATAL [bcdef] {startup} second\n"
        "more\n2025-01-02T03:04:07Z [1] INFO [cdefa] {general} bye\n"
    )
    assert last_fatal(str(log)) == "FATAL [bcdef] {startup} second"
    assert last_fatal(str(tmp_path / "none")) == ""
