"""What the packet switch does with the packets of one directed link, and its form between runner and switch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .links import LinkEffect, LinkRule


@dataclass
class SwitchRule:
    """All effects that one link has at the moment; those that it has not are 0 or False."""

    loss_percent: float = 0.0
    drop_connects: bool = False
    refuse: bool = False
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    rate_bytes_per_s: int = 0

    def add(self, rule: LinkRule) -> None:
        """Adds an effect to those that the link has already."""
        if rule.effect is LinkEffect.DROP:
            self.loss_percent = 100.0
        elif rule.effect is LinkEffect.LOSS:
            self.loss_percent = max(self.loss_percent, rule.loss_percent)
        self.drop_connects |= rule.effect is LinkEffect.DROP_CONNECTS
        self.refuse |= rule.effect is LinkEffect.REFUSE
        if rule.effect is LinkEffect.DELAY:
            self.delay_ms += rule.delay_ms
            self.jitter_ms += rule.jitter_ms
        if rule.effect is LinkEffect.RATE:
            self.rate_bytes_per_s = rule.rate_bytes_per_s

    def to_json(self) -> dict[str, Any]:
        """For the channel to the switch; `SwitchRule(**json)` reads it."""
        return asdict(self)
