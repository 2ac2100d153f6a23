"""docs/faults.md knows every kind of fault, and every word for a target."""

from __future__ import annotations

import os
from pathlib import Path

from armadillo.faults.registry import kinds
from armadillo.faults.targets import MEANINGS

ROOT = Path(os.environ.get("TEST_SRCDIR", Path(__file__).parents[3]), os.environ.get("TEST_WORKSPACE", ""))
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")


def test_every_kind_has_one_row_with_all_its_columns() -> None:
    """And no row is left of a kind that is gone."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and "." in line.split("`")[1]]
    named = [row.split("`")[1] for row in rows if "(" not in row.split("`")[1]]
    assert sorted(named) == list(kinds())
    assert {row.replace("\\|", "").count("|") for row in rows} == {9}


def test_every_meaning_is_explained() -> None:
    """What an error lists can be looked up."""
    described = PAGE.replace("mydb/people", "DATABASE/COLLECTION").replace("s10023", "SHARD")
    missing = [meaning for meaning in MEANINGS.split(", ") if f'"{meaning}"' not in described]
    assert missing == []
