"""What the rules in force make of one link: the part of the link proxies that decides and moves no byte."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .links import Link, LinkEffect, LinkRule
from .socket_owners import NOBODY


class Pace:
    """A limit of bandwidth on one link, shared by all of its connections: when the next bytes have passed.

    A bucket of tokens seen from the other side: bytes take their time one after the other, and what the link did not
    use in the past is not saved up.
    """

    def __init__(self, rate_bytes_per_s: int) -> None:
        self.rate_bytes_per_s = rate_bytes_per_s
        self._free_at_s = 0.0

    def passed_at(self, size_bytes: int, now_s: float) -> float:
        """The moment at which this many bytes, handed over at `now_s`, have passed."""
        self._free_at_s = max(self._free_at_s, now_s) + size_bytes / self.rate_bytes_per_s
        return self._free_at_s


@dataclass(frozen=True)
class Treatment:
    """Everything that the rules say about one link; without rules it is `FREE`."""

    holds: bool = False
    """No byte of it is passed on."""
    stalls_connects: bool = False
    """No connection is opened over it."""
    refuses: bool = False
    """Connections opened over it are reset."""
    delays: tuple[LinkRule, ...] = ()
    paces: tuple[Pace, ...] = ()

    @property
    def is_shaped(self) -> bool:
        """Whether bytes take their time."""
        return bool(self.delays or self.paces)

    def delay_s(self, source_of_chance: random.Random) -> float:
        """How much later something comes, drawn anew each time."""
        return sum(rule.delay_ms + source_of_chance.uniform(0.0, rule.jitter_ms) for rule in self.delays) / 1e3


FREE = Treatment()


class LinkRules:
    """The rules in force, by the ids of those who imposed them."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[frozenset[Link], LinkRule, dict[Link, Pace]]] = {}

    @property
    def are_any(self) -> bool:
        """Whether any rule is in force."""
        return bool(self._rules)

    def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule in force."""
        is_pace = rule.effect is LinkEffect.RATE
        paces = {link: Pace(rule.rate_bytes_per_s) for link in links} if is_pace else {}
        self._rules[rule_id] = (frozenset(links), rule, paces)

    def lift(self, rule_id: str) -> frozenset[Link]:
        """Takes a rule away; answers the links that it was on, none for an id that is not in force."""
        links, _, _ = self._rules.pop(rule_id, (frozenset[Link](), None, None))
        return links

    def concerns(self, node: str) -> bool:
        """Whether any rule is on a link from or to this node: only then it matters who its peers are."""
        return any(node in link for links, _, _ in self._rules.values() for link in links)

    def treatment(self, source: str, target: str) -> Treatment:
        """What becomes of the link from `source` to `target`.

        A node's link to itself is always free. For a peer that nobody knows any more, all rules of the other node hold.
        """
        if source == target or not self._rules:
            return FREE
        applied = [
            (rule, paces[link] if paces else None)
            for links, rule, paces in self._rules.values()
            for link in _matching(links, source, target)
        ]
        return _combined(applied)


def _matching(links: frozenset[Link], source: str, target: str) -> list[Link]:
    if NOBODY not in (source, target):
        link = Link(source, target)
        return [link] if link in links else []
    return [link for link in links if source in (NOBODY, link.source) and target in (NOBODY, link.target)][:1]


def _combined(applied: Sequence[tuple[LinkRule, Pace | None]]) -> Treatment:
    rules = [rule for rule, _ in applied]
    effects = {rule.effect for rule in rules}
    if not effects:
        return FREE
    return Treatment(
        holds=LinkEffect.DROP in effects,
        stalls_connects=bool(effects & {LinkEffect.DROP, LinkEffect.DROP_CONNECTS}),
        refuses=LinkEffect.REFUSE in effects,
        delays=tuple(rule for rule in rules if rule.effect is LinkEffect.DELAY),
        paces=tuple(pace for _, pace in applied if pace is not None),
    )
