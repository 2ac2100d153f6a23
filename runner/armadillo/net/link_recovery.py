"""The proof that a rule is gone from a link of the lab: what it kept away comes again."""

from __future__ import annotations

import math
import time
from collections.abc import Collection

from ..errors import FaultNotProvedError
from .link_probe import CONNECTED, LinkProbes
from .link_proofs import ARRIVAL_S, measure_rate, send_many, slack_s
from .links import Link, LinkEffect, LinkRule

_TRY_S = 1.2
"""Of a connect; TCP sends its first packet again after 1 s."""
_HARDLY_MS = 4.0
"""A shorter delay cannot be told from a busy machine's."""
_FASTEST_TOLD_BYTES_PER_S = 4_000_000
_SURE = 1e-9
_MOST_PROBES = 5_000
BLOCKING = (LinkEffect.DROP, LinkEffect.REFUSE, LinkEffect.DROP_CONNECTS)
"""Effects under which no connection can be opened."""


class LinkRecovery:
    """Proves for single links that rules which were on them are gone; `ruled` are those that are still in force."""

    def __init__(self, probes: LinkProbes, deadline_s: float = ARRIVAL_S) -> None:
        self._probes = probes
        self._deadline_s = deadline_s

    async def prove(
        self, link: Link, gone: Collection[LinkRule], ruled: Collection[LinkRule], ruled_back: Collection[LinkRule]
    ) -> float | None:
        """How long the fastest packet took, in seconds; None when another rule keeps everything away.

        Raises `FaultNotProvedError`.
        """
        effects = {rule.effect for rule in ruled}
        if LinkEffect.DROP in effects:
            return None
        limit_s = self._deadline_s + slack_s(ruled)
        took_s = await self._probes.first_arrival(link, limit_s)
        if took_s is None:
            raise FaultNotProvedError(f"{link}: still no packet came within {limit_s:.1f} s")
        if not any(rule.effect in (*BLOCKING, LinkEffect.LOSS) for rule in (*ruled, *ruled_back)):
            await self._connect(link, limit_s + slack_s(ruled_back))
        for rule in gone:
            if rule.effect is LinkEffect.DELAY and not slack_s(ruled):
                took_s = await self._without_delay(link, rule, took_s)
            elif rule.effect is LinkEffect.LOSS and LinkEffect.LOSS not in effects and not slack_s(ruled):
                await self._without_loss(link, rule)
            elif rule.effect is LinkEffect.RATE and LinkEffect.RATE not in effects and not slack_s(ruled):
                await self._without_limit(link, rule)
        return took_s

    async def _connect(self, link: Link, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        outcome = ""
        while time.monotonic() < deadline:
            outcome = await self._probes.connect(link, min(_TRY_S, max(0.01, deadline - time.monotonic())))
            if outcome == CONNECTED:
                return
        raise FaultNotProvedError(f"{link}: a connect was still {outcome} after {limit_s:.1f} s")

    async def _without_delay(self, link: Link, rule: LinkRule, took_s: float) -> float:
        deadline = time.monotonic() + self._deadline_s
        while rule.delay_ms > _HARDLY_MS and took_s * 1000.0 >= rule.delay_ms / 2:
            if time.monotonic() > deadline:
                raise FaultNotProvedError(f"{link}: packets still take {took_s * 1000.0:.1f} ms at least")
            again_s = await self._probes.first_arrival(link, self._deadline_s)
            took_s = min(took_s, again_s if again_s is not None else took_s)
        return took_s

    async def _without_loss(self, link: Link, rule: LinkRule) -> None:
        """So many packets come in a row that the loss would hardly have spared them."""
        share = min(rule.loss_percent / 100.0, 0.999)
        count = min(_MOST_PROBES, math.ceil(math.log(_SURE) / math.log1p(-share)))
        deadline = time.monotonic() + self._deadline_s
        lost, sent = -1, 0
        while lost and time.monotonic() < deadline:
            sent, lost = await send_many(self._probes, link, count, 0.0)
        if lost:
            raise FaultNotProvedError(f"{link}: still {lost} of {sent} packets vanish")

    async def _without_limit(self, link: Link, rule: LinkRule) -> None:
        limit = rule.rate_bytes_per_s
        deadline = time.monotonic() + self._deadline_s
        measured: float | None = None
        while limit <= _FASTEST_TOLD_BYTES_PER_S and (measured is None or measured < 1.5 * limit):
            if time.monotonic() > deadline:
                raise FaultNotProvedError(f"{link}: the rate is still {measured or 0.0:.0f} bytes/s")
            measured = await measure_rate(self._probes, link, limit, 0.0, 0.0)
