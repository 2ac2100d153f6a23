"""What one arangod process is in its deployment."""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """A server's role; the values are the names of `armadillo_api.v1.Role`."""

    SINGLE = "SINGLE"
    AGENT = "AGENT"
    DBSERVER = "DBSERVER"
    COORDINATOR = "COORDINATOR"

    @property
    def server_prefix(self) -> str:
        """First part of a server's name: "dbserver" of "dbserver-2"."""
        return self.value.lower()

    @property
    def reported_role(self) -> str:
        """What `GET /_admin/server/role` of ArangoDB answers for this role."""
        return "PRIMARY" if self is Role.DBSERVER else self.value

    @property
    def is_front(self) -> bool:
        """Whether clients talk to it: a single server or a coordinator."""
        return self in (Role.SINGLE, Role.COORDINATOR)


START_ORDER = (Role.SINGLE, Role.AGENT, Role.DBSERVER, Role.COORDINATOR)
"""Roles in the order in which they start (arangod's manual start)."""

START_FIRST = (Role.SINGLE, Role.AGENT)
"""Roles that need nobody else to be there."""

STOP_ORDER = (Role.SINGLE, Role.COORDINATOR, Role.DBSERVER, Role.AGENT)
"""Roles in the order in which they stop: agents last, so that everybody else can sign off."""
