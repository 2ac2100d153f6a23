"""Rules on the links of the lab: by nftables what it can, by the packet switch the rest."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Collection, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from ..errors import FaultNotProvedError, FaultRequestError, FaultUnavailableError
from .lab_node import LabNode
from .link_probe import LinkProbes, Witness
from .link_proofs import LinkProofs
from .link_recovery import BLOCKING, LinkRecovery
from .links import Link, LinkEffect, LinkRule
from .nft_rules import NftRules
from .switch_rules import SwitchRules

T = TypeVar("T")
_WITNESS_S = 1.0
_SHOWN = 3
_WITNESSED = (LinkEffect.DROP_CONNECTS, LinkEffect.REFUSE)


class LabLinks:
    """`Links` of the lab: each directed link for itself, whatever the servers do.

    A rule imposed twice on one link is none of its business: `Fault.conflicts_with` says what goes together.
    `choice` decides what the packet switch loses and how much later it lets come; what nftables loses, the kernel does.
    """

    def __init__(self, nodes: Mapping[str, LabNode], choice: random.Random | None = None) -> None:
        self._nodes = nodes
        self._nft = NftRules(nodes)
        self._switch = SwitchRules(nodes, choice or random.Random(0))
        self._imposed: dict[str, tuple[frozenset[Link], LinkRule]] = {}
        self._witnesses: dict[str, dict[Link, Witness]] = {}
        self._lifted: dict[Link, list[LinkRule]] = defaultdict(list)

    @property
    def imposed(self) -> Mapping[str, tuple[frozenset[Link], LinkRule]]:
        """The rules that are in force, by their ids."""
        return MappingProxyType(self._imposed)

    def why_not(self, effect: LinkEffect) -> str:
        """ "" when the effect can be had, else what lacks: nftables, and packet sockets, too."""
        without_nft = self._nft.why_not(effect)
        without_switch = self._switch.why_not() if without_nft else ""
        return f"{without_nft}; {without_switch}" if without_switch else ""

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule on links; raises `FaultUnavailableError` or OSError, and then nothing of it is in force."""
        self._check(rule_id, links, rule)
        if rule.effect in _WITNESSED:
            await self._open_witnesses(rule_id, links)
        try:
            if self._nft.why_not(rule.effect):
                await self._switch.impose(rule_id, links, rule)
            else:
                self._nft.impose(rule_id, links, rule)
        except BaseException:
            self._close_witnesses(rule_id)
            raise
        self._imposed[rule_id] = (frozenset(links), rule)

    async def prove(self, rule_id: str) -> str:
        """Measures that the rule is in effect on each of its links; raises `FaultNotProvedError`."""
        if rule_id not in self._imposed:
            raise FaultNotProvedError(
                f"no rule {rule_id!r} is in force; there are: {', '.join(self._imposed) or 'none'}"
            )
        links, rule = self._imposed[rule_id]
        witnesses = self._witnesses.get(rule_id, {})
        async with LinkProbes(self._nodes, itertools.chain(*links)) as probes:
            proofs = LinkProofs(probes, rule, self._ruled())
            told = await _together([proofs.prove(link, witnesses.get(link)) for link in sorted(links)])
        self._close_witnesses(rule_id)
        return _summary(told)

    async def lift(self, rule_id: str) -> None:
        """Takes a rule away; does nothing for an id that is not in force."""
        self._close_witnesses(rule_id)
        if rule_id not in self._imposed:
            return
        self._nft.lift(rule_id)
        await self._switch.lift(rule_id)
        links, rule = self._imposed.pop(rule_id)
        for link in links:
            self._lifted[link].append(rule)

    async def prove_lifted(self, links: Collection[Link]) -> str:
        """Measures that packets and connections pass again, and that what was slow or lossy is neither any more.

        As far as no other rule is on the links; raises `FaultNotProvedError`.
        """
        here = sorted(link for link in links if link.source in self._nodes and link.target in self._nodes)
        ruled = self._ruled()
        async with LinkProbes(self._nodes, itertools.chain(*here)) as probes:
            recovery = LinkRecovery(probes)
            took = await _together(
                [
                    recovery.prove(
                        link,
                        self._lifted.get(link, []),
                        ruled.get(link, []),
                        ruled.get(Link(link.target, link.source), []),
                    )
                    for link in here
                ]
            )
        for link in links:
            self._lifted.pop(link, None)
        free = [one for one in took if one is not None]
        kept = f", {len(took) - len(free)} under another rule" if len(free) < len(took) else ""
        if not free:
            return f"no link is free to be measured{kept}"
        return f"{_links(len(free))} let packets pass again, in {1000.0 * max(free):.1f} ms at most{kept}"

    def close(self) -> None:
        """Gives sockets back; rules go with the lab."""
        for rule_id in list(self._witnesses):
            self._close_witnesses(rule_id)
        self._nft.close()

    def _check(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        if rule_id in self._imposed:
            raise FaultRequestError(f"the rule {rule_id!r} is in force already; lift it first")
        unknown = {name for link in links for name in link} - set(self._nodes)
        if unknown or not links or any(link.source == link.target for link in links):
            raise FaultRequestError(
                f"expected links between two of {', '.join(self._nodes)}, found "
                f"{', '.join(str(link) for link in sorted(links)) or 'none'}"
            )
        reason = self.why_not(rule.effect)
        if reason:
            raise FaultUnavailableError(f"{rule.effect.value} cannot be had in this lab: {reason}")

    def _ruled(self) -> dict[Link, list[LinkRule]]:
        """Rules in force by link."""
        found: dict[Link, list[LinkRule]] = defaultdict(list)
        for links, rule in self._imposed.values():
            for link in links:
                found[link].append(rule)
        return found

    async def _open_witnesses(self, rule_id: str, links: Collection[Link]) -> None:
        """A connection over each link that is free; the proof looks what becomes of it."""
        ruled = self._ruled()
        free = [
            link
            for link in links
            if not any(rule.effect in BLOCKING for way in (link, Link(*reversed(link))) for rule in ruled.get(way, ()))
        ]
        async with LinkProbes(self._nodes, itertools.chain(*free)) as probes:
            opened = await _together([probes.open_connection(link, _WITNESS_S) for link in free])
        self._witnesses[rule_id] = {one.link: one for one in opened if one is not None}

    def _close_witnesses(self, rule_id: str) -> None:
        for witness in self._witnesses.pop(rule_id, {}).values():
            witness.close()


async def _together(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """All at once; the first failure is raised when all are over."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException):
            raise one
    return [one for one in results if not isinstance(one, BaseException)]


def _summary(told: list[str]) -> str:
    """The first few links in full."""
    rest = len(told) - _SHOWN
    return "; ".join(told[:_SHOWN]) + (f"; and {rest} more like these" if rest > 0 else "")


def _links(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"
