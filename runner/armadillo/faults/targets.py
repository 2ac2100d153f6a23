"""Targets by meaning: from words such as "leader of mydb/people" to names of servers, as things are at this moment.

The words, each of them one target; several joined by ", " are one target as well (a group of a partition):

    dbserver-2                              one server by its name
    all, agents, dbservers, coordinators, single
    everybody else                          all servers that the other targets do not name
    agency leader, agency followers
    minority of agents, majority of agents  random ones
    2 random dbservers, a random agent      by the run's seed
    leader of DATABASE/COLLECTION           of its first shard; /SHARD behind it names another
    followers of DATABASE/COLLECTION
    leader of SHARD                         "s10023", looked for in all databases
    tests                                   the test process and the runner (network faults only)
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..errors import FaultRequestError
from ..model.role import Role
from ..net.links import TESTS_NODE
from .ground import Ground
from .parameters import nearest
from .shard_places import agency_leader, places_of

ROLE_WORDS = {
    "agents": Role.AGENT,
    "dbservers": Role.DBSERVER,
    "coordinators": Role.COORDINATOR,
    "single": Role.SINGLE,
}
EVERYBODY_ELSE = "everybody else"
_RANDOM = re.compile(r"(?P<count>a|an|one|\d+) random (?P<role>[a-z]+?)s?")
_PART = re.compile(r"(?:a |the )?(?P<part>minority|majority) of (?:the )?agents")
_SHARD = re.compile(r"(?:the )?(?P<who>leader|followers|servers) of (?P<what>\S+)")
MEANINGS = (
    "all, agents, dbservers, coordinators, single, everybody else, agency leader, agency followers, "
    "minority of agents, majority of agents, 2 random dbservers, leader of DATABASE/COLLECTION, "
    "followers of DATABASE/COLLECTION, leader of SHARD"
)


@dataclass(frozen=True)
class Targets:
    """What targets resolved to: for each that was asked for the names of its servers, in their order."""

    groups: tuple[tuple[str, ...], ...]
    asked_for: str

    @property
    def servers(self) -> tuple[str, ...]:
        """All names, each once."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))

    def only_server(self, kind: str) -> str:
        """The one server that a kind can hit; raises `FaultRequestError` when there are others."""
        if len(self.servers) != 1:
            raise FaultRequestError(f"{kind} hits one server, found {self.asked_for}: {', '.join(self.servers)}")
        return self.servers[0]


async def resolve(asked: Sequence[str], ground: Ground, *, with_tests_node: bool = False) -> Targets:
    """Names of servers for each target; raises `FaultRequestError` that lists what exists."""
    groups: list[tuple[str, ...]] = []
    for target in asked:
        names: list[str] = []
        for word in target.split(","):
            text = " ".join(word.split())
            names += [] if text == EVERYBODY_ELSE else await _resolve_one(text, ground, with_tests_node)
        groups.append(tuple(dict.fromkeys(names)))
    named = {name for group in groups for name in group}
    for index, target in enumerate(asked):
        if EVERYBODY_ELSE in target:
            groups[index] = (*groups[index], *(name for name in ground.servers if name not in named))
        if not groups[index]:
            raise FaultRequestError(f"{target!r} is nobody here; {_what_exists(ground)}")
    return Targets(tuple(groups), "; ".join(asked))


async def _resolve_one(text: str, ground: Ground, with_tests_node: bool) -> Sequence[str]:
    if text in ground.servers:
        return [text]
    if text == TESTS_NODE:
        if with_tests_node:
            return [text]
        raise FaultRequestError(f"{TESTS_NODE!r} is a target of network faults only; {_what_exists(ground)}")
    if text == "all":
        return list(ground.servers)
    if text in ROLE_WORDS:
        return _somebody(_of_role(ground, ROLE_WORDS[text]), text, ground)
    for pattern, resolver in _RESOLVERS:
        match = pattern.fullmatch(text)
        if match is not None:
            return _somebody(await resolver(match, ground), text, ground)
    known = [*ground.servers, *ROLE_WORDS, "all", EVERYBODY_ELSE, "agency leader"]
    raise FaultRequestError(f"there is no target {text!r}{nearest(text, known)}; {_what_exists(ground)}")


def _of_role(ground: Ground, role: Role) -> list[str]:
    return [name for name, server in ground.servers.items() if server.plan.role is role]


def _somebody(names: Sequence[str], text: str, ground: Ground) -> Sequence[str]:
    if not names:
        raise FaultRequestError(f"{text!r} is nobody here; {_what_exists(ground)}")
    return names


def _what_exists(ground: Ground) -> str:
    return f"there are the servers {', '.join(ground.servers)}, and the meanings {MEANINGS}"


async def _agency_leader(match: re.Match[str], ground: Ground) -> Sequence[str]:
    return [await agency_leader(ground)]


async def _agency_followers(match: re.Match[str], ground: Ground) -> Sequence[str]:
    leader = await agency_leader(ground)
    return [name for name in _of_role(ground, Role.AGENT) if name != leader]


async def _part_of_agents(match: re.Match[str], ground: Ground) -> Sequence[str]:
    agents = _of_role(ground, Role.AGENT)
    majority = len(agents) // 2 + 1
    count = majority if match["part"] == "majority" else len(agents) - majority
    return _picked(agents, count, ground)


async def _random_ones(match: re.Match[str], ground: Ground) -> Sequence[str]:
    word = match["role"]
    if word == "server":
        names = list(ground.servers)
    elif f"{word}s" in ROLE_WORDS:
        names = _of_role(ground, ROLE_WORDS[f"{word}s"])
    else:
        known = ["server", *(role.removesuffix("s") for role in ROLE_WORDS)]
        raise FaultRequestError(f"there is no role {word!r}{nearest(word, known)}; there are: {', '.join(known)}")
    count = int(match["count"]) if match["count"].isdigit() else 1
    if not 1 <= count <= len(names):
        raise FaultRequestError(
            f"{match[0]!r}: expected 1 to {len(names)}, for there are: {', '.join(names) or 'none'}"
        )
    return _picked(names, count, ground)


def _picked(names: Sequence[str], count: int, ground: Ground) -> list[str]:
    """Some of the names in their own order."""
    chosen = set(ground.random.sample(list(names), count))
    return [name for name in names if name in chosen]


async def _servers_of_shard(match: re.Match[str], ground: Ground) -> Sequence[str]:
    leader, followers = await places_of(match["what"], ground)
    wanted = {"leader": [leader], "followers": list(followers), "servers": [leader, *followers]}
    return wanted[match["who"]]


_RESOLVERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Ground], Awaitable[Sequence[str]]]], ...] = (
    (re.compile(r"(?:the )?agency leader"), _agency_leader),
    (re.compile(r"(?:the )?agency followers"), _agency_followers),
    (_PART, _part_of_agents),
    (_RANDOM, _random_ones),
    (_SHARD, _servers_of_shard),
)
