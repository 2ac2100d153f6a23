"""Armadillo: hermetic ArangoDB tests under Bazel.

The public names are offered lazily (PEP 562), so that importing one room does not import the others.
"""

from __future__ import annotations

import importlib
from typing import Any

_ROOM_OF = {
    "ArangoBadRequestError": "armadillo.errors",
    "ArangoClient": "armadillo.arangodb.client",
    "ArangoConflictError": "armadillo.errors",
    "ArangoError": "armadillo.errors",
    "ArangoForbiddenError": "armadillo.errors",
    "ArangoNotFoundError": "armadillo.errors",
    "ArangoPreconditionError": "armadillo.errors",
    "ArangoUnauthorizedError": "armadillo.errors",
    "ArangoUnavailableError": "armadillo.errors",
    "ArmadilloError": "armadillo.errors",
    "ClientToolError": "armadillo.errors",
    "ClientToolMissingError": "armadillo.errors",
    "ClientToolRun": "armadillo.scenario.client_tools",
    "ClientTools": "armadillo.scenario.client_tools",
    "Cluster": "armadillo.handles.cluster",
    "Collection": "armadillo.handles.collection",
    "ConditionTimeoutError": "armadillo.errors",
    "Consistency": "armadillo.scenario.consistency",
    "ConsistencyError": "armadillo.errors",
    "ControlError": "armadillo.errors",
    "CrashMissingError": "armadillo.errors",
    "Credentials": "armadillo.arangodb.credentials",
    "Database": "armadillo.handles.database",
    "DumpStage": "armadillo.handles.dump_stage",
    "FaultChoice": "armadillo.scenario.nemesis_plan",
    "FaultConflictError": "armadillo.errors",
    "FaultError": "armadillo.errors",
    "FaultNotProvedError": "armadillo.errors",
    "FaultRequestError": "armadillo.errors",
    "FaultUnavailableError": "armadillo.errors",
    "Faults": "armadillo.handles.faults",
    "Load": "armadillo.scenario.load",
    "Nemeses": "armadillo.scenario.nemeses",
    "Nemesis": "armadillo.scenario.nemesis",
    "Role": "armadillo.model.role",
    "Server": "armadillo.handles.server",
    "ServerDiedError": "armadillo.errors",
    "ServerError": "armadillo.errors",
    "ServerStartError": "armadillo.errors",
    "ServerStopError": "armadillo.errors",
    "Shard": "armadillo.handles.shard",
    "SingleServer": "armadillo.handles.single_server",
    "UndecidedError": "armadillo.errors",
    "Upgrade": "armadillo.handles.upgrade",
    "UpgradeStep": "armadillo.handles.upgrade",
    "wait_until": "armadillo.handles.wait",
}

__all__ = sorted(_ROOM_OF)  # noqa: PLE0605 - pinned by tests/framework/runner/public_names


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'armadillo' has no public name {name!r}; it offers: {', '.join(__all__)}")
    return getattr(importlib.import_module(_ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
