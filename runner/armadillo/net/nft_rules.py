"""Rules on links of the lab by nftables: a table of their own for each rule, so that each goes as it came, at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .lab_node import LabNode
from .link_probe import PROBE_PORTS
from .links import TESTS_NODE, Link, LinkEffect, LinkRule
from .nft import Nft, why_no_nft

NFT_EFFECTS = (LinkEffect.DROP, LinkEffect.DROP_CONNECTS, LinkEffect.REFUSE, LinkEffect.LOSS)
_LOSS_STEPS = 100_000
_FIRST_PORT = 8529
_TABLE = "armadillo_"
_PROBED = "armadillo_probe"


class NftRules:
    """What nftables can do to links: nothing passes, no connection is opened or all are reset, some packets are lost.

    What vanishes does so at the bridge, by its addresses; what is reset is reset by the target itself: the bridge
    family cannot reject on all kernels.
    """

    def __init__(self, nodes: Mapping[str, LabNode]) -> None:
        self._nodes = nodes
        self._tables: dict[str, list[tuple[str, str, str]]] = {}
        self._count = 0
        self._speakers: dict[str, Nft] = {}
        self._reasons: dict[LinkEffect, str] = {}

    def why_not(self, effect: LinkEffect) -> str:
        """ "" when the effect can be had, else what lacks; tried once with a table that matches nothing."""
        if effect not in NFT_EFFECTS:
            return f"nftables cannot {effect.value}"
        if effect not in self._reasons:
            self._reasons[effect] = why_no_nft() or self._try(effect)
        return self._reasons[effect]

    def impose(self, rule_id: str, links: Collection[Link], rule: LinkRule) -> None:
        """Puts a rule in force; raises OSError, and then nothing of it is."""
        self._count += 1
        name = f"{_TABLE}{self._count}"
        made = self._tables[rule_id] = []
        try:
            for place, family, text in self._tables_of(name, links, rule):
                self._at(place).run(text)
                made.append((place, family, name))
        except OSError:
            self.lift(rule_id)
            raise

    def lift(self, rule_id: str) -> None:
        """Takes a rule away; nothing happens for an id that is not in force. Raises OSError."""
        tables = self._tables.get(rule_id, [])
        while tables:
            place, family, name = tables[-1]
            self._at(place).run(f"delete table {family} {name}\n")
            tables.pop()
        self._tables.pop(rule_id, None)

    def close(self) -> None:
        """Gives the sockets back; rules stay."""
        for one in self._speakers.values():
            one.close()
        self._speakers.clear()

    def _at(self, place: str) -> Nft:
        """Speaks to a node's namespace."""
        if place not in self._speakers:
            with self._nodes[place].inside():
                self._speakers[place] = Nft()
        return self._speakers[place]

    def _tables_of(self, name: str, links: Collection[Link], rule: LinkRule) -> list[tuple[str, str, str]]:
        """Node in whose namespace, family, and text of each table that the rule needs."""
        if rule.effect is not LinkEffect.REFUSE:
            return [(TESTS_NODE, "bridge", _bridge_table(name, self._pairs(links), _verdict(rule)))]
        tables = []
        for target in sorted({link.target for link in links}):
            sources = [self._nodes[link.source].address for link in sorted(links) if link.target == target]
            with self._nodes[target].inside():
                tables.append((target, "inet", _reset_table(name, sources, _ephemeral_ports())))
        return tables

    def _pairs(self, links: Collection[Link]) -> list[str]:
        addresses = {name: node.address for name, node in self._nodes.items()}
        return [f"{addresses[link.source]} . {addresses[link.target]}" for link in sorted(links)]

    def _try(self, effect: LinkEffect) -> str:
        nowhere = ["192.0.2.1"]
        if effect is LinkEffect.REFUSE:
            family, text = "inet", _reset_table(_PROBED, nowhere, "32768-60999")
        else:
            rule = LinkRule(effect, loss_percent=50.0)
            family, text = "bridge", _bridge_table(_PROBED, ["192.0.2.1 . 192.0.2.2"], _verdict(rule))
        try:
            self._at(TESTS_NODE).run(text)
            self._at(TESTS_NODE).run(f"delete table {family} {_PROBED}\n")
        except OSError as error:
            return f"this kernel's nftables cannot {effect.value}: {error.strerror}"
        return ""


def _verdict(rule: LinkRule) -> str:
    if rule.effect is LinkEffect.DROP_CONNECTS:
        return "tcp flags & (syn|ack) == syn drop"
    if rule.effect is LinkEffect.LOSS and rule.loss_percent < 100.0:
        lost = max(1, round(rule.loss_percent * _LOSS_STEPS / 100.0))
        return f"numgen random mod {_LOSS_STEPS} < {lost} drop"
    return "drop"


def _bridge_table(name: str, pairs: Collection[str], verdict: str) -> str:
    """Packets between nodes and to the tests' node come by `prerouting`, those of the tests' node by `output`."""
    match = f"ip saddr . ip daddr {{ {', '.join(pairs)} }} {verdict}"
    chains = "".join(
        f" chain {hook} {{\n  type filter hook {hook} priority -200;\n  {match}\n }}\n"
        for hook in ("prerouting", "output")
    )
    return f"table bridge {name} {{\n{chains}}}\n"


def _reset_table(name: str, sources: Collection[str], ephemeral: str) -> str:
    """Resets what the sources open, and what they have opened.

    Who opened a connection is told by the port: one outside of those that the kernel hands out for connecting is a
    listener's. Conntrack could tell, too, but would take a connection's direction wrong when it first sees it late.
    """
    match = f"ip saddr {{ {', '.join(sources)} }}"
    reject = "reject with tcp reset"
    return (
        f"table inet {name} {{\n chain input {{\n  type filter hook input priority -200;\n"
        f"  {match} tcp flags & (syn|ack) == syn {reject}\n"
        f"  {match} tcp dport {_FIRST_PORT}-{PROBE_PORTS[-1]} {reject}\n"
        f"  {match} tcp dport != {ephemeral} {reject}\n }}\n}}\n"
    )


def _ephemeral_ports() -> str:
    """The range of ports from which this thread's namespace takes those of its own connections."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        return "-".join(file.read().split())
