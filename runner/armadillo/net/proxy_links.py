"""The links of a run without a lab: rules that proxies carry out, and the proof of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping

from ..errors import FaultNotProvedError, FaultRequestError, FaultUnavailableError
from .link_proxies import LinkProxies
from .links import TESTS_NODE, Link, LinkEffect, LinkRule
from .proxy_probe import Measured, ProxyProbe, slowest

SILENCE_S = 0.15
"""A probe that is not answered for so long is not: over a free link the answer takes less than a millisecond."""
_ANSWER_TIMEOUT_S = 10.0
_RATE_PROBE_S = 0.25
"""A probe of a limited link sends what takes this long."""
_LARGEST_PROBE_BYTES = 8 << 20
_SHORTER = 0.9
"""Of the expected time: clocks and timers are not exact."""
_MOST_NAMED = 4
_CUT = LinkEffect.DROP


class ProxyLinks:
    """Rules on the links between servers behind proxies; `advertised` maps the servers' names to their addresses.

    What a proxy cannot do, because it stands behind the kernel that accepts connections: keep a connect(2) from
    succeeding. Under `DROP` and `DROP_CONNECTS` it succeeds, and then nothing is ever answered.
    """

    def __init__(self, proxies: LinkProxies, advertised: dict[str, str]) -> None:
        self._proxies = proxies
        self._advertised = advertised
        self._probe = ProxyProbe(proxies, advertised)
        self._imposed: dict[str, tuple[frozenset[Link], LinkRule]] = {}

    @property
    def imposed(self) -> Mapping[str, tuple[frozenset[Link], LinkRule]]:
        """The rules that are in force, by their ids."""
        return self._imposed

    def why_not(self, effect: LinkEffect) -> str:
        """Only packets can be lost, and a proxy sees none."""
        if effect is LinkEffect.LOSS:
            return (
                "loss of packets needs the lab: without it the links are proxies, which see streams of bytes; "
                "a byte that a proxy leaves out would be a broken stream, which no network delivers"
            )
        return ""

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule on links; raises `FaultUnavailableError`, `FaultRequestError`, or `FaultError` of the proxies."""
        reason = self.why_not(rule.effect)
        if reason:
            raise FaultUnavailableError(reason)
        self._check(rule_id, links, rule)
        fields = {**dataclasses.asdict(rule), "effect": rule.effect.value}
        # kept first: when the answer is lost the rule may be in force, and must be lifted
        self._imposed[rule_id] = (frozenset(links), rule)
        try:
            await self._proxies.order({"do": "impose", "rule_id": rule_id, "links": sorted(links), "rule": fields})
        except BaseException:
            await self.lift(rule_id)
            raise

    async def lift(self, rule_id: str) -> None:
        """Takes a rule away; does nothing for an id that is not in force. Raises `FaultError` of the proxies."""
        if rule_id in self._imposed:
            await self._proxies.order({"do": "lift", "rule_id": rule_id})
            del self._imposed[rule_id]

    async def prove(self, rule_id: str) -> str:
        """Sends a probe over each link of the rule; raises `FaultNotProvedError` when one finds it free."""
        if rule_id not in self._imposed:
            raise FaultNotProvedError(f"no rule {rule_id!r} is in force; in force are: {', '.join(self._imposed)}")
        links, rule = self._imposed[rule_id]
        ordered = sorted(link for link in links if link.source != link.target)
        if rule.effect in (LinkEffect.DROP, LinkEffect.DROP_CONNECTS):
            return await self._prove_silence(ordered, rule.effect)
        if rule.effect is LinkEffect.REFUSE:
            return await self._prove_refusal(ordered)
        if rule.effect is LinkEffect.DELAY:
            return await self._prove_time(ordered, rule.delay_ms / 1e3, 1, f"a delay of {rule.delay_ms:g} ms")
        size = min(max(int(rule.rate_bytes_per_s * _RATE_PROBE_S), 1), _LARGEST_PROBE_BYTES)
        wanted_s = size / rule.rate_bytes_per_s
        return await self._prove_time(ordered, wanted_s, size, f"{rule.rate_bytes_per_s} bytes/s")

    async def prove_lifted(self, links: Collection[Link]) -> str:
        """Sends a probe over each link on which no rule is left; raises `FaultNotProvedError`."""
        still = {frozenset(link) for imposed, _ in self._imposed.values() for link in imposed}
        free = sorted(link for link in links if frozenset(link) not in still and link.source != link.target)
        if not free:
            return "not measured: other rules are in force on the same links"
        measured = await self._probe.measure(free, 1, _ANSWER_TIMEOUT_S)
        self._expect(measured, lambda one: one.answer_s is not None, "an answer")
        return _told(measured, f"answered within {slowest(measured) * 1e3:.1f} ms")

    async def _prove_silence(self, links: list[Link], effect: LinkEffect) -> str:
        probed = _opened(links) if effect is LinkEffect.DROP_CONNECTS else links
        measured = await self._probe.measure(probed, 1, SILENCE_S)
        self._expect(measured, lambda one: one.answer_s is None and not one.problem, "silence")
        text = _told(measured, f"without an answer for {SILENCE_S * 1e3:g} ms")
        if effect is LinkEffect.DROP_CONNECTS:
            return text
        count = await self._proxies.order({"do": "count", "links": links})
        if count["stalled"] != count["connections"]:
            free = count["connections"] - count["stalled"]
            raise FaultNotProvedError(f"{free} of {count['connections']} connections on these links are not held")
        return f"{text}; {count['stalled']} connections held"

    async def _prove_refusal(self, links: list[Link]) -> str:
        measured = await self._probe.measure(_opened(links), 1, _ANSWER_TIMEOUT_S)
        self._expect(measured, lambda one: bool(one.problem), "a reset")
        return _told(measured, "reset")

    async def _prove_time(self, links: list[Link], wanted_s: float, size_bytes: int, what: str) -> str:
        """Every answer took at least what the rule makes of it; the way back may have rules of its own."""
        cut = {frozenset(link) for others, rule in self._imposed.values() if rule.effect is _CUT for link in others}
        links = [link for link in links if frozenset(link) not in cut]
        if not links:
            raise FaultNotProvedError(f"{what} cannot be measured: other rules cut all of its links or the way back")
        measured = await self._probe.measure(links, size_bytes, wanted_s * 2 * len(links) + _ANSWER_TIMEOUT_S)
        self._expect(measured, lambda one: (one.answer_s or 0.0) >= wanted_s * _SHORTER, f"{what}")
        return _told(measured, f"answered after {slowest(measured) * 1e3:.1f} ms at most, with {what}")

    def _expect(self, measured: list[Measured], is_good: Callable[[Measured], bool], wanted: str) -> None:
        bad = [one for one in measured if not one.is_down and not is_good(one)]
        if bad:
            seen = "; ".join(f"{one.link}: {_seen(one)}" for one in bad[:_MOST_NAMED])
            more = f" (and {len(bad) - _MOST_NAMED} more)" if len(bad) > _MOST_NAMED else ""
            raise FaultNotProvedError(f"expected {wanted} on {len(measured)} links, found on {len(bad)}: {seen}{more}")

    def _check(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        if rule_id in self._imposed:
            raise FaultRequestError(f"a rule {rule_id!r} is in force already; lift it first")
        known = [TESTS_NODE, *self._advertised]
        unknown = sorted({name for link in links for name in link} - set(known))
        if unknown:
            raise FaultRequestError(f"there is no node {', '.join(unknown)}; there are: {', '.join(known)}")
        if rule.effect is LinkEffect.RATE and rule.rate_bytes_per_s <= 0:
            raise FaultRequestError(f"expected a rate above 0 bytes/s, found {rule.rate_bytes_per_s}")
        if rule.delay_ms < 0 or rule.jitter_ms < 0:
            raise FaultRequestError(
                f"expected a delay and a jitter of at least 0 ms, found {rule.delay_ms}, {rule.jitter_ms}"
            )


def _opened(links: Collection[Link]) -> list[Link]:
    """Those over which connections are opened: nobody connects to the test process."""
    return [link for link in links if link.target != TESTS_NODE]


def _seen(one: Measured) -> str:
    if one.answer_s is not None:
        return f"an answer after {one.answer_s * 1e3:.1f} ms"
    return one.problem or "no answer"


def _told(measured: list[Measured], text: str) -> str:
    if not measured:
        return f"nothing to measure: nobody connects to {TESTS_NODE}"
    down = sorted({one.problem for one in measured if one.is_down})
    probed = len(measured) - sum(one.is_down for one in measured)
    return f"{probed} of {len(measured)} links probed: {text}" + (f" ({', '.join(down)})" if down else "")
