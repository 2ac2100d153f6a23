"""The compatibility table and the page it is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.framework.standin.compatibility.table import BadMark, backings, contract_files, table

_ONE = '@feature("Graphs", "create"{status})\ndef test_{name}(server):\n    pass\n'


def _file(folder: Path, *parts: str) -> Path:
    file = folder / "graphs_test.py"
    file.write_text("\n".join(parts))
    return file


def test_the_page_is_what_the_tests_say() -> None:
    """docs/compatibility.md is the table made from today's contract tests."""
    page = Path("docs/compatibility.md").read_text(encoding="utf-8")
    made = table(backings(contract_files(Path())))
    assert page == made, "run: python3 tests/framework/standin/compatibility/table.py > docs/compatibility.md"


def test_tests_of_one_feature_share_a_row(tmp_path: Path) -> None:
    """A row counts the tests that back it."""
    file = _file(tmp_path, _ONE.format(status="", name="a"), _ONE.format(status="", name="b"))
    assert "| create | works | `graphs_test.py` (2) |" in table(backings([file]))


def test_contradicting_tests_are_refused(tmp_path: Path) -> None:
    """A feature cannot work in one test and be missing in another."""
    file = _file(tmp_path, _ONE.format(status="", name="a"), _ONE.format(status=', "not there"', name="b"))
    with pytest.raises(BadMark, match="create is said to be not there and works"):
        table(backings([file]))


def test_an_unknown_status_is_refused(tmp_path: Path) -> None:
    """A status is one of three words."""
    with pytest.raises(BadMark, match="status must be one of works"):
        backings([_file(tmp_path, _ONE.format(status=', "fine"', name="a"))])


def test_a_family_may_have_a_name_in_its_file(tmp_path: Path) -> None:
    """A text at the top of the file can stand for the family of all its tests."""
    file = _file(tmp_path, 'FAMILY = "Graphs"', '@feature(FAMILY, "create")\ndef test_a(server):\n    pass\n')
    assert backings([file])[0].family == "Graphs"


def test_a_computed_mark_is_refused(tmp_path: Path) -> None:
    """Only literal marks can be read without running the tests."""
    with pytest.raises(BadMark, match="literal texts"):
        backings([_file(tmp_path, '@feature("Graphs", NAME)\ndef test_a(server):\n    pass\n')])
