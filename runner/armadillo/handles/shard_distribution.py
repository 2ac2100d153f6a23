"""Reading `/_admin/cluster/shardDistribution`: what is planned against what is so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shards_out_of_sync(distribution: Mapping[str, Any]) -> list[str]:
    """One text for each shard whose planned leader and set of followers are not those in fact.

    `distribution` is collection -> {Plan: {shard: {leader, followers}}, Current: {…}}, as in the answer's `results`.
    An empty distribution is a problem, too: nothing was looked at.
    """
    problems = []
    for collection, entry in distribution.items():
        plan, current = entry.get("Plan") or {}, entry.get("Current") or {}
        if not plan:
            problems.append(f"{collection} is not in the plan yet")
        for shard, wanted in plan.items():
            found = current.get(shard) or {}
            if _servers(wanted) != _servers(found):
                problems.append(f"{collection}/{shard}: planned {_words(wanted)}, in fact {_words(found)}")
    return problems


def _servers(entry: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    return str(entry.get("leader", "")), frozenset(entry.get("followers") or ())


def _words(entry: Mapping[str, Any]) -> str:
    followers = ", ".join(entry.get("followers") or ()) or "nobody"
    return f"{entry.get('leader') or 'nobody'} followed by {followers}"
