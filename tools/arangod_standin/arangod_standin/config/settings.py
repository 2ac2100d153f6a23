"""The settings of one process: typed values of the options that have an effect in the stand-in."""

from __future__ import annotations

import os

from .. import ARANGODB_VERSION
from .endpoint import normal_endpoint, parse_endpoint, split_endpoint
from .known_options import V3, V4, Family
from .options import EXIT_BAD_VALUE, OptionError

__all__ = ["Settings", "normal_endpoint", "split_endpoint"]

EXIT_FAILED = 1
_VERSION_4 = "4.0.0"


def version_of(family: Family) -> str:
    """Return the ArangoDB release that the stand-in follows for a family."""
    return ARANGODB_VERSION if family == V3 else _VERSION_4


class Settings:
    """What the stand-in needs to know from the command line; seconds end in ``_s``."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values
        # The ArangoDB release that is followed, and its family: (3, 12) or (4, 0).
        self.family = V4 if self.string("standin.version-family", "3.12") == "4.0" else V3
        self.arangodb_version = version_of(self.family)
        self.endpoints = [parse_endpoint(e) for e in self.strings("server.endpoint", ["tcp://127.0.0.1:8529"])]
        self.endpoint = str(self.endpoints[0])
        self.database_directory = self.string("database.directory", "")
        self.authentication = self.boolean("server.authentication", True)
        self.jwt_keyfile = self.string("server.jwt-secret-keyfile", "")
        self.jwt_folder = self.string("server.jwt-secret-folder", "")
        self.jwt_secret = self.string("server.jwt-secret", "")
        # root's password when the deployment starts for the first time
        self.root_password = self.string("database.password", os.environ.get("ARANGODB_DEFAULT_ROOT_PASSWORD", ""))
        self.role = self._role()
        self.agency_endpoints = [normal_endpoint(e) for e in self.strings("cluster.agency-endpoint", [])]
        own_address = self.string("agency.my-address" if self.role == "AGENT" else "cluster.my-address", "")
        self.my_address = normal_endpoint(own_address) if own_address else self.endpoint
        self.advertised_endpoint = self.string("cluster.my-advertised-endpoint", "")
        self.tls_keyfile = self.string("ssl.keyfile", self.string("tls.keyfile", ""))
        self._check_role()

    def _role(self) -> str:
        if self.boolean("agency.activate", False):
            return "AGENT"
        named = self.string("cluster.my-role", "").upper()
        if not named:
            return "SINGLE"
        if named in ("PRIMARY", "DBSERVER"):
            return "PRIMARY"
        if named == "COORDINATOR":
            return "COORDINATOR"
        raise OptionError(
            f"invalid value '{named}' for option '--cluster.my-role': expected DBSERVER, PRIMARY or COORDINATOR",
            EXIT_BAD_VALUE,
        )

    def _check_role(self) -> None:
        if self.role in ("PRIMARY", "COORDINATOR"):
            if not self.agency_endpoints:
                raise OptionError("no agency: give --cluster.agency-endpoint once per agent", EXIT_BAD_VALUE)
            if split_endpoint(self.my_address)[0] in ("0.0.0.0", "::"):
                raise OptionError("--cluster.my-address must be an address others can reach", EXIT_BAD_VALUE)
        if not self.database_directory:
            # arangod ends with a general failure here
            raise OptionError("no database path has been supplied, giving up, please use the '--database.directory'"
                              " option", EXIT_FAILED)  # fmt: skip
        if any(endpoint.scheme == "ssl" for endpoint in self.endpoints) and not self.tls_keyfile:
            raise OptionError("an ssl:// endpoint needs --ssl.keyfile with a certificate and its key", EXIT_BAD_VALUE)

    def string(self, name: str, default: str) -> str:
        """Return a text option, or the default when it was not given."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else str(value)

    def strings(self, name: str, default: list[str]) -> list[str]:
        """Return all values of a repeatable option."""
        value = self.values.get(name, default)
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]

    def boolean(self, name: str, default: bool) -> bool:
        """Return a true/false option."""
        return bool(self.values.get(name, default))

    def number(self, name: str, default: float) -> float:
        """Return a number option (seconds where the option is a time)."""
        value = self.values.get(name, default)
        return float(value) if isinstance(value, (int, float)) else float(str(value))

    def integer(self, name: str, default: int) -> int:
        """Return a whole-number option."""
        return int(self.number(name, default))
