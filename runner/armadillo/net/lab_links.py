"""Rules on the links of the lab."""

from __future__ import annotations

from collections.abc import Mapping

from .lab_node import LabNode
from .no_links import NoLinks


class LabLinks(NoLinks):
    """Has no rule yet."""

    def __init__(self, nodes: Mapping[str, LabNode]) -> None:
        super().__init__("links of the lab take no rules yet")
        self.nodes = nodes
