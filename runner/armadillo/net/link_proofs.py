"""What counts as the proof that a rule is in effect on a link of the lab; `link_recovery` has that of its end.

Everything is measured with real packets. That something does not come is believed after `QUIET_S`; what has to come is
waited for much longer. Controls show that it is the rule that was measured: the target answers itself, and the reverse
direction passes where no rule is on it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping

from ..errors import FaultNotProvedError
from .link_probe import CONNECTED, REFUSED, SILENT, LinkProbes, Witness
from .links import Link, LinkEffect, LinkRule

QUIET_S = 0.3
"""After so long without an answer there is none."""
ARRIVAL_S = 5.0
"""What a link lets through has to come in this time, scaled for slow builds and with the link's own delay."""
_BATCH = 64
_BATCH_QUIET_S = 0.002
_FEWEST_PROBES, _MOST_PROBES = 400, 40_000
_WANTED_LOSSES = 20.0
_SIGMAS = 6.0
_DELAY_PROBES = 5
_RATE_S = 0.3
_RATE_PACKET_BYTES = range(100, 1401)
_MOST_RATE_BYTES = 100_000
_FEWEST_RATE_PACKETS = 8
_HEADERS_BYTES = 42
_RATE_TOLERANCE = 1.05


class LinkProofs:
    """Proves one rule on its links, link by link."""

    def __init__(self, probes: LinkProbes, rule: LinkRule, ruled: Mapping[Link, Collection[LinkRule]]) -> None:
        self._probes = probes
        self._rule = rule
        self._ruled = ruled
        self._proofs = {
            LinkEffect.DROP: self._dropped,
            LinkEffect.DROP_CONNECTS: self._connects_dropped,
            LinkEffect.REFUSE: self._refused,
            LinkEffect.LOSS: self._lost,
            LinkEffect.DELAY: self._delayed,
            LinkEffect.RATE: self._limited,
        }

    async def prove(self, link: Link, witness: Witness | None) -> str:
        """One line of what was measured; raises `FaultNotProvedError`."""
        return await self._proofs[self._rule.effect](link, witness)

    def _slack_s(self, link: Link) -> float:
        """How much later than usual a packet may come."""
        return slack_s(self._ruled.get(link, ()))

    async def _dropped(self, link: Link, witness: Witness | None) -> str:
        tokens = [self._probes.send(link) for _ in range(3)]
        outcome = await self._probes.connect(link, QUIET_S)
        came = await self._probes.arrivals(link, tokens, 0.0)
        if came or outcome != SILENT:
            raise FaultNotProvedError(
                f"{link}: expected no packet and no answer, found {len(came)} of 3 packets, a connect was {outcome}"
            )
        await self._control(link)
        return f"{link}: 3 packets vanished, a connect got no answer in {QUIET_S:g} s"

    async def _connects_dropped(self, link: Link, witness: Witness | None) -> str:
        outcome = await self._probes.connect(link, QUIET_S)
        if outcome != SILENT:
            raise FaultNotProvedError(f"{link}: expected a connect without an answer, it was {outcome}")
        took_s = await self._probes.first_arrival(link, ARRIVAL_S)
        if took_s is None:
            raise FaultNotProvedError(f"{link}: not only connects vanish, but other packets, too")
        if witness is None:
            return f"{link}: a connect got no answer in {QUIET_S:g} s, other packets pass"
        told = await witness.speak(ARRIVAL_S)
        if told != CONNECTED:
            raise FaultNotProvedError(f"{link}: expected an older connection to go on, it was {told}")
        return f"{link}: a connect got no answer in {QUIET_S:g} s, an older connection goes on"

    async def _refused(self, link: Link, witness: Witness | None) -> str:
        outcome = await self._probes.connect(link, ARRIVAL_S)
        if outcome != REFUSED:
            raise FaultNotProvedError(f"{link}: expected a connect to be refused, it was {outcome}")
        if witness is None:
            return f"{link}: a connect was refused"
        told = await witness.speak(ARRIVAL_S)
        if told != REFUSED:
            raise FaultNotProvedError(f"{link}: expected an older connection to be reset, it was {told}")
        return f"{link}: a connect was refused, an older connection was reset"

    async def _lost(self, link: Link, witness: Witness | None) -> str:
        share = self._rule.loss_percent / 100.0
        wanted = min(_MOST_PROBES, max(_FEWEST_PROBES, math.ceil(_WANTED_LOSSES / share)))
        sent, lost = await send_many(self._probes, link, wanted, self._slack_s(link))
        tolerance = _SIGMAS * math.sqrt(sent * share * (1.0 - share)) + 2.0
        if not lost or abs(lost - sent * share) > tolerance:
            raise FaultNotProvedError(
                f"{link}: expected {self._rule.loss_percent:g} % of {sent} packets to vanish (give or take "
                f"{tolerance:.0f}), found {lost}"
            )
        if lost == sent:
            await self._control(link)
        return f"{link}: {lost} of {sent} packets vanished ({100.0 * lost / sent:.2g} %)"

    async def _delayed(self, link: Link, witness: Witness | None) -> str:
        took: list[float] = []
        deadline = time.monotonic() + ARRIVAL_S + self._slack_s(link)
        while len(took) < _DELAY_PROBES and time.monotonic() < deadline:
            tokens = [self._probes.send(link) for _ in range(_DELAY_PROBES)]
            took += await self._probes.arrivals(link, tokens, self._slack_s(link) + 1.0)
        times_ms = sorted(1000.0 * one for one in took)
        if not times_ms:
            raise FaultNotProvedError(f"{link}: expected packets after {self._rule.delay_ms:g} ms, found none")
        if times_ms[0] < self._rule.delay_ms:
            raise FaultNotProvedError(
                f"{link}: expected packets after {self._rule.delay_ms:g} ms at the earliest, found one after "
                f"{times_ms[0]:.3f} ms"
            )
        return f"{link}: packets took {times_ms[0]:.1f} to {times_ms[-1]:.1f} ms"

    async def _limited(self, link: Link, witness: Witness | None) -> str:
        wanted = self._rule.rate_bytes_per_s
        delay_s = sum(rule.delay_ms for rule in self._ruled.get(link, ())) / 1000.0
        measured = await measure_rate(self._probes, link, wanted, delay_s, self._slack_s(link))
        if measured is None:
            raise FaultNotProvedError(f"{link}: expected packets at {wanted} bytes/s, found none")
        if measured > wanted * _RATE_TOLERANCE:
            raise FaultNotProvedError(f"{link}: expected at most {wanted} bytes/s, measured {measured:.0f}")
        return f"{link}: {measured:.0f} bytes/s"

    async def _control(self, link: Link) -> None:
        """The target can hear, and the other direction is as free as before."""
        itself = Link(link.target, link.target)
        if await self._probes.first_arrival(itself, ARRIVAL_S) is None:
            raise FaultNotProvedError(f"{link}: the probe of {link.target} does not hear itself either")
        reverse = Link(link.target, link.source)
        if not self._ruled.get(reverse) and await self._probes.first_arrival(reverse, ARRIVAL_S) is None:
            raise FaultNotProvedError(f"{link}: packets vanish in the other direction, too, and no rule is on it")


def slack_s(rules: Collection[LinkRule]) -> float:
    """How much later than usual a packet may come under these rules."""
    slow_ms = sum(rule.delay_ms + rule.jitter_ms for rule in rules)
    slowest = min((rule.rate_bytes_per_s for rule in rules if rule.rate_bytes_per_s), default=0)
    return slow_ms / 1000.0 + (_FEWEST_RATE_PACKETS * 2 * _RATE_PACKET_BYTES[0] / slowest if slowest else 0.0)


async def send_many(probes: LinkProbes, link: Link, count: int, link_slack_s: float) -> tuple[int, int]:
    """Sends packets in batches that every buffer holds; how many were sent, and how many did not come."""
    tokens: list[int] = []
    while len(tokens) < count:
        batch = [probes.send(link) for _ in range(_BATCH)]
        tokens += batch
        await probes.arrivals(link, batch, 0.1, quiet_s=_BATCH_QUIET_S)
    came = await probes.arrivals(link, tokens, ARRIVAL_S + link_slack_s, quiet_s=0.1 + link_slack_s)
    return len(tokens), len(tokens) - len(came)


async def measure_rate(
    probes: LinkProbes, link: Link, wanted_bytes_per_s: int, delay_s: float, link_slack_s: float
) -> float | None:
    """Sends a burst that takes about 0.3 s at the wanted rate and fits in every queue: bytes/s of what came.

    Counted from the first packet's sending, less the link's delay: a late look can make it look slower, not faster.
    """
    size = min(_RATE_PACKET_BYTES[-1], max(_RATE_PACKET_BYTES[0], wanted_bytes_per_s // 100))
    burst = min(_MOST_RATE_BYTES, int(wanted_bytes_per_s * _RATE_S))
    count = max(_FEWEST_RATE_PACKETS, burst // (size + _HEADERS_BYTES))
    began = time.monotonic()
    tokens = [probes.send(link, size) for _ in range(count)]
    expected_s = count * (size + _HEADERS_BYTES) / wanted_bytes_per_s
    came = await probes.arrivals(link, tokens, ARRIVAL_S + 2.0 * expected_s + link_slack_s)
    if len(came) < count:
        return None
    elapsed_s = max(probes.arrival_time(link, token) for token in tokens) - began - delay_s
    return count * (size + _HEADERS_BYTES) / max(elapsed_s, 1e-6)
