"""Planned servers, deployments and installations for tests."""

from __future__ import annotations

from typing import Any

from armadillo.arangodb.installation import Installation
from armadillo.arangodb.server_plan import ServerPlan
from armadillo.model.deployment import Deployment, deployment_from_json
from armadillo.model.distribution import Layout, ServerFacts
from armadillo.model.role import Role

ARANGODB_3_11 = ServerFacts(version="3.11.14", edition="enterprise", is_arangod=True, has_v8=True)
ARANGODB_3_12 = ServerFacts(version="3.12.10", edition="community", is_arangod=True, has_v8=True)
ARANGODB_3_12_WITHOUT_V8 = ServerFacts(version="3.12.10", edition="community", is_arangod=True)
ARANGODB_4 = ServerFacts(version="4.0.0-devel", edition="enterprise", is_arangod=True, has_v8=True)


def plan(role: Role, number: int = 1, *, port: int = 8529, host: int = 1, args: tuple[str, ...] = ()) -> ServerPlan:
    """A server at 127.0.0.`host`, with paths that need not exist."""
    name = f"{role.server_prefix}-{number}"
    return ServerPlan(
        name=name,
        role=role,
        address=f"127.0.0.{host}",
        user_args=args,
        data_directory=f"/data/{name}",
        evidence_directory="/outputs/servers",
        port=port,
    )


def cluster(**fields: Any) -> Deployment:
    """A cluster of 3 agents, 2 dbservers and 1 coordinator, with more fields of its JSON form."""
    return deployment_from_json({"mode": "CLUSTER", "agents": 3, "dbservers": 2, "coordinators": 1, **fields})


def single(**fields: Any) -> Deployment:
    """A single server, with more fields of its JSON form."""
    return deployment_from_json({"mode": "SINGLE_SERVER", **fields})


def installation(facts: ServerFacts, **fields: Any) -> Installation:
    """An installation as the official tarball has it."""
    defaults: dict[str, Any] = {
        "executable": "/opt/usr/sbin/arangod",
        "javascript_directory": "/opt/usr/share/arangodb3/js",
        "resource_directory": "/opt/usr/share/arangodb3",
        "top_directory": "",
        "layout": Layout.TARBALL,
        "facts": facts,
    }
    return Installation(**{**defaults, **fields})
