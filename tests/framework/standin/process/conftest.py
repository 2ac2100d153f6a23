"""Servers in folders of their own, with any options."""

from __future__ import annotations

from tests.framework.standin.support.shared_servers import make

__all__ = ["make"]
