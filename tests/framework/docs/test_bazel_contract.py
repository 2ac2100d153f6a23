"""docs/bazel_contract.md names tests: they are there."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(os.environ.get("TEST_SRCDIR", Path(__file__).parents[3]), os.environ.get("TEST_WORKSPACE", ""))
_NAMED = re.compile(r"`(?P<path>tests/[\w/.]+?)(?:::(?P<name>\w+))?`")


def test_each_proof_is_there() -> None:
    """A test that was renamed or taken out takes its row with it; canaries are named by their field."""
    page = (ROOT / "docs/bazel_contract.md").read_text(encoding="utf-8")
    named = [(match["path"], match["name"]) for match in _NAMED.finditer(page)]
    assert len(named) > 40
    for path, name in named:
        if path.endswith("/"):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        assert name is None or f"def {name}(" in text or f'name="{name}"' in text, f"{path} has no {name}"


def test_each_row_has_a_proof() -> None:
    """A row without one would be a promise."""
    rows = [
        line for line in (ROOT / "docs/bazel_contract.md").read_text(encoding="utf-8").splitlines() if line[:2] == "| "
    ]
    for row in rows:
        proof = row.rstrip(" |").rpartition("| ")[2]
        assert proof in ("proof", "---", "same") or "`tests/" in proof, row
