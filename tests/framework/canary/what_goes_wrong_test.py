"""docs/what_goes_wrong.md says what the canaries prove."""

from __future__ import annotations

from tests.framework.canary.canary_table import GROUPS
from tests.framework.canary.what_goes_wrong import PAGE, tables


def test_the_page_is_what_the_canaries_prove() -> None:
    """Its tables are made from the same expectations that the runs are compared with."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == tables(page), "run: python -m tests.framework.canary.what_goes_wrong"


def test_no_two_canaries_have_the_same_name() -> None:
    """Names are targets."""
    names = [canary.name for canaries in GROUPS.values() for canary in canaries]
    assert len(names) == len(set(names))
