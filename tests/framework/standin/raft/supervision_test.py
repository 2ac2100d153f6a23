"""What the supervision decides, as a function of the agency's tree."""

from __future__ import annotations

import json
from typing import Any

from arangod_standin.agency.cluster_view import dbservers_for_new_shards
from arangod_standin.agency.jobs import plan_jobs
from arangod_standin.agency.removal import expired_servers
from arangod_standin.agency.repairs import plan_repairs
from arangod_standin.agency.tree import AgencyTree

SHARD = "/arango/Plan/Collections/_system/7/shards/s8"
CURRENT = "/arango/Current/Collections/_system/7/s8"


def cluster(plan: list[str], in_sync: list[str], *, failed: str = "", factor: int = 2) -> AgencyTree:
    """Return the tree of a cluster of A, B and C with one shard."""
    tree = AgencyTree()
    health = {name: {"Status": "FAILED" if name == failed else "GOOD"} for name in "ABC"}
    tree.apply(
        [
            {
                "/arango/Plan/DBServers": {"new": dict.fromkeys("ABC", "none")},
                "/arango/Plan/Collections/_system/7": {"new": {"replicationFactor": factor, "shards": {"s8": plan}}},
                CURRENT: {"new": {"servers": in_sync, "failoverCandidates": in_sync}},
                "/arango/Supervision/Health": {"new": health},
            }
        ],
        1,
    )
    return tree


def apply_all(tree: AgencyTree, transactions: list[Any]) -> list[int]:
    """Apply transactions; return their results."""
    return [tree.apply(transaction, 100 + number) for number, transaction in enumerate(transactions)]


def test_an_in_sync_follower_follows_a_failed_leader() -> None:
    """The leader FAILED: the follower that is in sync comes first in the plan."""
    tree = cluster(["A", "B"], ["A", "B"], failed="A")
    apply_all(tree, plan_repairs(tree, failover_enabled=True))

    assert tree.get(SHARD)[0] == "B"


def test_a_follower_that_lags_never_becomes_leader() -> None:
    """The only follower is not in sync: the plan keeps the failed leader."""
    tree = cluster(["A", "B"], ["A"], failed="A")
    apply_all(tree, plan_repairs(tree, failover_enabled=True))

    assert tree.get(SHARD)[0] == "A"


def test_failover_can_be_switched_off() -> None:
    """With --standin.failover false a failed leader stays the planned one."""
    tree = cluster(["A", "B"], ["A", "B"], failed="A")
    apply_all(tree, plan_repairs(tree, failover_enabled=False))

    assert tree.get(SHARD)[0] == "A"


def test_failover_gives_way_to_a_report_of_the_leader() -> None:
    """The leader dropped its follower meanwhile: the failover's precondition fails and nothing changes."""
    tree = cluster(["A", "B"], ["A", "B"], failed="A")
    transactions = plan_repairs(tree, failover_enabled=True)
    tree.apply([{CURRENT: {"new": {"servers": ["A"], "failoverCandidates": ["A"]}}}], 2)

    assert apply_all(tree, transactions) == [0]
    assert tree.get(SHARD) == ["A", "B"]


def test_a_failed_follower_is_replaced_by_a_spare_server() -> None:
    """A follower FAILED and a third server is free: the third takes its place."""
    tree = cluster(["A", "B"], ["A", "B"], failed="B")
    apply_all(tree, plan_repairs(tree, failover_enabled=True))

    assert tree.get(SHARD) == ["A", "C"]


def test_missing_copies_are_planned() -> None:
    """Fewer copies than the replication factor: a further server is planned."""
    tree = cluster(["A"], ["A"], factor=2)
    apply_all(tree, plan_repairs(tree, failover_enabled=True))

    assert len(tree.get(SHARD)) == 2


def test_a_copy_too_many_is_given_up_only_when_the_others_are_in_sync() -> None:
    """Three planned for a factor of two: nothing is given up while only one is in sync, then the useless one is."""
    waiting = cluster(["A", "B", "C"], ["A"])
    ready = cluster(["A", "B", "C"], ["A", "C"])

    assert not plan_repairs(waiting, failover_enabled=True)
    apply_all(ready, plan_repairs(ready, failover_enabled=True))
    assert ready.get(SHARD) == ["A", "C"]


def test_a_leader_moves_through_resignation() -> None:
    """moveShard of a leader: plan the new copy, wait for it, let the leader resign, then change leaders."""
    tree = cluster(["A", "B"], ["A", "B"])
    job = {"type": "moveShard", "shard": "s8", "fromServer": "A", "toServer": "C"}
    tree.apply([{"/arango/Target/ToDo/1": {"new": job}}], 2)
    seen = []
    for current in (["A", "B"], ["A", "B"], ["A", "B", "C"], ["_A", "B", "C"]):
        tree.apply([{f"{CURRENT}/servers": {"op": "set", "new": current}}], 3)
        apply_all(tree, plan_jobs(tree))
        seen.append(tree.get(SHARD))

    assert seen == [["A", "B"], ["A", "B", "C"], ["_A", "B", "C"], ["C", "B"]]
    assert tree.get("/arango/Target/Finished/1") is not None
    assert not tree.get("/arango/Supervision/Shards")


def test_a_move_whose_target_fails_is_called_off() -> None:
    """The target FAILED in the middle: the plan is an ordinary one again and the job is Failed."""
    tree = cluster(["A", "B"], ["A", "B"])
    tree.apply(
        [
            {
                "/arango/Target/Pending/1": {
                    "new": {"type": "moveShard", "shard": "s8", "fromServer": "A", "toServer": "C"}
                },
                SHARD: {"op": "set", "new": ["_A", "B", "C"]},
                "/arango/Supervision/Shards/s8": "1",
                "/arango/Supervision/Health/C/Status": "FAILED",
            }
        ],
        2,
    )
    apply_all(tree, plan_jobs(tree))

    assert tree.get(SHARD) == ["A", "B", "C"]
    assert tree.get("/arango/Target/Failed/1/reason")


def test_a_server_that_is_gone_for_long_is_forgotten() -> None:
    """FAILED longer than the grace period and without shards: it is removed, unless it comes back meanwhile."""
    tree = cluster(["A", "B"], ["A", "B"], failed="C")
    tree.apply([{"/arango/Supervision/Health/C/Timestamp": {"op": "set", "new": "2020-01-01T00:00:00Z"}}], 2)
    assert not expired_servers(tree, 1e12)
    transactions = expired_servers(tree, 3600)
    back = AgencyTree()
    back.load(json.loads(json.dumps(tree.dump())))
    back.apply([{"/arango/Supervision/Health/C/Status": {"op": "set", "new": "GOOD"}}], 3)

    assert apply_all(back, transactions) == [0]
    apply_all(tree, transactions)
    assert set(tree.get("/arango/Supervision/Health")) == set(tree.get("/arango/Plan/DBServers")) == {"A", "B"}
    assert not expired_servers(tree, 3600)


def test_a_failed_server_with_shards_is_not_forgotten() -> None:
    """As long as a shard is planned on it, a FAILED server stays known."""
    tree = cluster(["A", "B"], ["A", "B"], failed="B")
    tree.apply([{"/arango/Supervision/Health/B/Timestamp": {"op": "set", "new": "2020-01-01T00:00:00Z"}}], 2)

    assert not expired_servers(tree, 3600)


def test_a_satellite_gets_a_copy_on_every_server() -> None:
    """A satellite collection with two copies on three servers gets the third one."""
    tree = cluster(["A", "B"], ["A", "B"])
    tree.apply([{"/arango/Plan/Collections/_system/7/satellite": {"op": "set", "new": True}}], 2)
    apply_all(tree, plan_repairs(tree, failover_enabled=True))

    assert sorted(tree.get(SHARD)) == ["A", "B", "C"]


def test_a_cancelled_move_is_called_off() -> None:
    """abort in a pending move: the plan is an ordinary one again, the job is Failed, the shard is free."""
    tree = cluster(["A", "B"], ["A", "B"])
    job = {"type": "moveShard", "shard": "s8", "fromServer": "A", "toServer": "C"}
    tree.apply([{"/arango/Target/ToDo/1": {"new": job}}], 2)
    apply_all(tree, plan_jobs(tree))
    tree.apply([{"/arango/Target/Pending/1/abort": {"op": "set", "new": True}}], 3)
    apply_all(tree, plan_jobs(tree))

    assert tree.get("/arango/Target/Failed/1/reason") == "cancelled"
    assert tree.get(SHARD) == ["A", "B"]
    assert not tree.get("/arango/Supervision/Shards")


def test_a_server_without_alternatives_cannot_be_cleaned_out() -> None:
    """All three servers hold the shard: cleanOutServer fails and says why."""
    tree = cluster(["A", "B", "C"], ["A", "B", "C"], factor=3)
    tree.apply([{"/arango/Target/ToDo/1": {"new": {"type": "cleanOutServer", "server": "A"}}}], 2)
    for _ in range(3):
        apply_all(tree, plan_jobs(tree))

    assert "not enough servers" in tree.get("/arango/Target/Failed/1/reason")
    assert "A" not in tree.get("/arango/Target/ToBeCleanedServers", [])


def test_new_shards_go_to_silent_servers_only_when_the_healthy_are_too_few() -> None:
    """BAD servers come last and are left out while there are enough GOOD ones; a FAILED one gets nothing."""
    tree = cluster(["A"], ["A"], failed="A")
    tree.apply([{"/arango/Supervision/Health/B/Status": {"op": "set", "new": "BAD"}}], 2)

    assert dbservers_for_new_shards(tree, 1) == ["C"]
    assert dbservers_for_new_shards(tree, 2) == ["C", "B"]
    assert dbservers_for_new_shards(tree, 3) == ["C", "B"]
