"""Links of a network in which none can be touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..errors import FaultRequestError, FaultUnavailableError
from .links import Link, LinkEffect, LinkRule


class NoLinks:
    """Refuses every rule with the reason that it was given; a fault then is a typed skip."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @property
    def imposed(self) -> Mapping[str, tuple[frozenset[Link], LinkRule]]:
        """Never any."""
        return {}

    def why_not(self, effect: LinkEffect) -> str:
        """The reason, for every effect."""
        return self._reason

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Raises `FaultUnavailableError`."""
        raise FaultUnavailableError(f"{rule.effect.value} cannot be had: {self._reason}")

    async def prove(self, rule_id: str) -> str:
        """Raises `FaultUnavailableError`: no rule was ever in force."""
        raise FaultUnavailableError(self._reason)

    async def lift(self, rule_id: str) -> None:
        """Nothing is in force."""

    async def prove_lifted(self, links: Collection[Link]) -> str:
        """Nothing was in force."""
        return "no rule was ever in force"


class UnpreparedLinks(NoLinks):
    """Links that could take rules had the target asked for it: a fault then is a mistake of the request."""

    def why_not(self, effect: LinkEffect) -> str:
        """Raises `FaultRequestError`: nothing lacks but a word in the target."""
        raise FaultRequestError(f"{effect.value} cannot be had: {self._reason}")

    async def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Raises `FaultRequestError`."""
        self.why_not(rule.effect)
