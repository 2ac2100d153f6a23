"""The deployment that a test asks for: `armadillo_api.v1.Deployment` as a frozen noun."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpecError
from .role import START_ORDER, Role


class Mode(enum.Enum):
    """Whether the deployment is one server or a cluster."""

    SINGLE_SERVER = "SINGLE_SERVER"
    CLUSTER = "CLUSTER"


class Network(enum.Enum):
    """Where the servers listen; see `Network` in deployment.proto."""

    AUTO = "AUTO"
    LAB = "LAB"
    LEASES = "LEASES"
    HOST = "HOST"


DEFAULT_START_TIMEOUT_S = 120.0
DEFAULT_STOP_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Deployment:
    """Numbers of servers by role, their options, and the limits of time."""

    mode: Mode
    counts: Mapping[Role, int]
    replication_factor: int = 0
    write_concern: int = 0
    force_one_shard: bool = False
    authentication: bool = True
    server_args: tuple[str, ...] = ()
    role_args: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    named_server_args: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: int = 0
    start_timeout_s: float = DEFAULT_START_TIMEOUT_S
    stop_timeout_s: float = DEFAULT_STOP_TIMEOUT_S
    requires: tuple[str, ...] = ()
    network: Network = Network.AUTO
    prepared_faults: tuple[str, ...] = ()

    @property
    def is_cluster(self) -> bool:
        """True for a deployment with agents, dbservers and coordinators."""
        return self.mode is Mode.CLUSTER

    def server_names(self) -> list[tuple[str, Role]]:
        """Names and roles of all servers in start order."""
        return [
            (f"{role.server_prefix}-{number}", role)
            for role in START_ORDER
            for number in range(1, self.counts.get(role, 0) + 1)
        ]

    def args_of(self, server: str, role: Role) -> tuple[str, ...]:
        """The user's options of one server: of all, then of its role, then its own; later ones win in arangod."""
        return (*self.server_args, *self.role_args.get(role, ()), *self.named_server_args.get(server, ()))


def _enum_value(kind: type[Any], text: str, default: Any) -> Any:
    if not text or text.endswith("_UNSPECIFIED"):
        return default
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise SpecError(f"the spec's {kind.__name__.lower()} is {text!r}; known are: {known}") from None


def _args(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item.get("args", ()))


def deployment_from_json(data: Mapping[str, Any]) -> Deployment:
    """Reads the JSON form of `armadillo_api.v1.Deployment` (proto field names).

    Raises `SpecError` for an unknown mode, role or network.
    """
    mode = _enum_value(Mode, str(data.get("mode", "")), Mode.SINGLE_SERVER)
    if mode is Mode.SINGLE_SERVER:
        counts = {Role.SINGLE: 1}
    else:
        counts = {
            Role.AGENT: int(data.get("agents", 0)),
            Role.DBSERVER: int(data.get("dbservers", 0)),
            Role.COORDINATOR: int(data.get("coordinators", 0)),
        }
    return Deployment(
        mode=mode,
        counts=counts,
        replication_factor=int(data.get("replication_factor", 0)),
        write_concern=int(data.get("write_concern", 0)),
        force_one_shard=bool(data.get("force_one_shard", False)),
        authentication=bool(data.get("authentication", False)),
        server_args=tuple(data.get("server_args", ())),
        role_args={_enum_value(Role, item["role"], None): _args(item) for item in data.get("role_args", ())},
        named_server_args={item["server"]: _args(item) for item in data.get("named_server_args", ())},
        env=dict(data.get("env", {})),
        memory_bytes=int(data.get("memory_bytes", 0)),
        start_timeout_s=float(data.get("start_timeout_s", 0)) or DEFAULT_START_TIMEOUT_S,
        stop_timeout_s=float(data.get("stop_timeout_s", 0)) or DEFAULT_STOP_TIMEOUT_S,
        requires=tuple(data.get("requires", ())),
        network=_enum_value(Network, str(data.get("network", "")), Network.AUTO),
        prepared_faults=tuple(data.get("prepared_faults", ())),
    )
