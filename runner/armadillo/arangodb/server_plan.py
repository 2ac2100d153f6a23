"""One server as planned: who it is, where it listens and where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..model.role import Role
from ..net.address_lease import STANDARD_PORT


@dataclass(frozen=True)
class ServerPlan:
    """What stays the same over all incarnations of one server."""

    name: str
    role: Role
    address: str
    user_args: tuple[str, ...]
    data_directory: str
    evidence_directory: str
    port: int = STANDARD_PORT
    advertised_address: str = ""
    """Where other servers find it; "" when that is where it listens."""

    @property
    def arangod_endpoint(self) -> str:
        """The endpoint as arangod's options spell it."""
        return f"tcp://{self.address}:{self.port}"

    @property
    def advertised_endpoint(self) -> str:
        """The endpoint by which other servers know this one."""
        return f"tcp://{self.advertised_address or self.address}:{self.port}"

    @property
    def http_endpoint(self) -> str:
        """Where the runner itself asks the server; no fault of the network is in the way."""
        return f"http://{self.address}:{self.port}"

    @property
    def advertised_http_endpoint(self) -> str:
        """The endpoint for tests, as HTTP clients and drivers spell it."""
        return f"http://{self.advertised_address or self.address}:{self.port}"

    def incarnation(self, number: int) -> Incarnation:
        """Paths of the `number`th start of this server."""
        return Incarnation(self, number)


@dataclass(frozen=True)
class Incarnation:
    """Paths of one start of a server: each has its own log, output, working directory (cores!)."""

    plan: ServerPlan
    number: int
    suffix: str = ""
    """Of a run on the server's data that is no start of the server: "-auto-upgrade"."""

    @property
    def directory(self) -> str:
        """Where this incarnation's evidence is."""
        return os.path.join(self.plan.evidence_directory, self.plan.name, f"{self.number}{self.suffix}")

    @property
    def log_path(self) -> str:
        """arangod's own log."""
        return os.path.join(self.directory, "arangod.log")

    @property
    def output_path(self) -> str:
        """What the process wrote to stdout and stderr."""
        return os.path.join(self.directory, "output.log")

    @property
    def command_path(self) -> str:
        """The command line, one word a line."""
        return os.path.join(self.directory, "command_line.txt")

    @property
    def working_directory(self) -> str:
        """Beside the data, not in the outputs: a core written here may be huge."""
        return os.path.join(self.plan.data_directory, f"cwd-{self.number}{self.suffix}")

    @property
    def database_directory(self) -> str:
        """`--database.directory`, the same for all incarnations."""
        return os.path.join(self.plan.data_directory, "data")

    @property
    def temp_directory(self) -> str:
        """`--temp.path`."""
        return os.path.join(self.plan.data_directory, "tmp")

    @property
    def apps_directory(self) -> str:
        """`--javascript.app-path`."""
        return os.path.join(self.plan.data_directory, "apps")

    def make_directories(self) -> None:
        """Makes the directories that arangod expects to be there (it does not make its log's folder)."""
        for path in (self.directory, self.working_directory, self.temp_directory, self.apps_directory):
            os.makedirs(path, exist_ok=True)
