"""An agency's tree in words."""

from __future__ import annotations

from typing import Any

import pytest
from armadillo.observe.agency_view import servers_not_good, shard_differences, unfinished_jobs, when_all_is_well


def tree(planned: list[str], current: dict[str, Any] | None) -> dict[str, Any]:
    """A tree with one shard, as an agency of ArangoDB 3.12 has it."""
    reported = {} if current is None else {"s1001": current}
    names = {f"PRMR-{number}": {"ShortName": f"DBServer000{number}"} for number in (1, 2, 3)}
    return {
        "Plan": {"Collections": {"shop": {"1000": {"name": "items", "shards": {"s1001": planned}}}}},
        "Current": {"Collections": {"shop": {"1000": reported}}},
        "Target": {"MapUniqueToShortID": names},
    }


@pytest.mark.parametrize(
    ("planned", "current", "told"),
    [
        (["PRMR-1", "PRMR-2"], {"servers": ["PRMR-1", "PRMR-2"], "error": False}, ""),
        (["PRMR-1", "PRMR-2", "PRMR-3"], {"servers": ["PRMR-1", "PRMR-3", "PRMR-2"]}, ""),
        (
            ["PRMR-2", "PRMR-1"],
            {"servers": ["PRMR-1", "PRMR-2"]},
            "leader planned DBServer0002, current DBServer0001; followers planned DBServer0001, in sync DBServer0002",
        ),
        (["PRMR-1", "PRMR-2"], {"servers": ["PRMR-1"]}, "followers planned DBServer0002, in sync none"),
        (
            ["_PRMR-1", "PRMR-2"],
            {"servers": ["PRMR-1", "PRMR-2"]},
            "leader planned DBServer0001 (to resign), current DBServer0001",
        ),
        (["PRMR-1"], None, "planned, but no server reports it"),
        (
            ["PRMR-1"],
            {"servers": ["PRMR-1"], "error": True, "errorNum": 1207, "errorMessage": "duplicate name"},
            "its leader reports an error: duplicate name",
        ),
    ],
    ids=["equal", "other order", "other leader", "behind", "resigning", "missing", "error"],
)
def test_a_shard_that_is_not_as_planned_is_told(planned: list[str], current: dict[str, Any] | None, told: str) -> None:
    """Leader, followers and errors are compared, the order of followers is not; servers have their short names."""
    expected = [f"shard s1001 (shop/items): {told}"] if told else []

    assert shard_differences(tree(planned, current)) == expected


def test_servers_and_jobs_of_the_supervision() -> None:
    """Servers that are not GOOD are told by short name, jobs by queue and type."""
    found = {
        "Supervision": {
            "Health": {
                "PRMR-1": {"Status": "FAILED", "ShortName": "DBServer0001"},
                "PRMR-2": {"Status": "GOOD", "ShortName": "DBServer0002"},
            }
        },
        "Target": {"Pending": {"7": {"type": "failedLeader", "shard": "s1001", "creator": "supervision"}}, "ToDo": {}},
    }

    assert servers_not_good(found) == ["DBServer0001 is FAILED"]
    assert unfinished_jobs(found) == ["Pending: failedLeader 7 shard=s1001"]


def test_an_empty_tree_says_nothing() -> None:
    """An agency that nobody has written to has no shard, no server and no job."""
    assert shard_differences({}) + servers_not_good({}) + unfinished_jobs({}) == []


def test_a_cluster_that_is_not_up_yet_is_not_called_well() -> None:
    """Without a planned shard or a known server there is nothing to be praised."""
    assert when_all_is_well({}) == ("no shard is planned yet", "supervision knows no server yet")
    planned = {"Plan": {"Collections": {"_system": {"1": {"shards": {"s2": ["PRMR-1"]}}}}}}
    assert when_all_is_well({**planned, "Supervision": {"Health": {"PRMR-1": {"Status": "GOOD"}}}}) == (
        "every shard is as planned",
        "every server is GOOD",
    )
