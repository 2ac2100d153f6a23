"""The command lines of ArangoDB's client tools: arangodump, arangorestore, arangoimport and the like.

Sources: the option tables of ArangoDB's documentation for 3.11, 3.12 and 4.x (components/tools), and the wrappers of
its tarball. `--configuration none` keeps any configuration file of the machine out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from .installation import Installation

_TAKES_JWT = ("arangodump", "arangorestore", "arangosh")
"""Tools with the option `--server.jwt-secret-keyfile`; all others log in by name and password."""

_WITHOUT_SERVER = ("arangovpack",)
"""Tools that speak to no server."""

_SCHEMES = {"http": "http+tcp", "https": "http+ssl"}
"""How an endpoint's scheme is spelled in `--server.endpoint`."""


Login = Literal["usual", "superuser", "root", "own"]
"""How a tool logs in where the deployment has authentication: as superuser where the tool can be one and else as root;
as superuser by the deployment's secret; as root by the password; by options among the test's own words."""


def takes_superuser(tool: str) -> bool:
    """Whether the tool can log in by the deployment's secret."""
    return tool in _TAKES_JWT


def tool_endpoint(http_endpoint: str) -> str:
    """`--server.endpoint` for "http://host:port" or "https://host:port"."""
    scheme, _, place = http_endpoint.partition("://")
    return f"{_SCHEMES.get(scheme, scheme)}://{place}"


def tool_command(
    tool: str,
    path: str,
    installation: Installation,
    *,
    endpoint: str,
    login: Sequence[str],
    words: Sequence[str],
) -> list[str]:
    """The words of one call; the test's own come last. Positional ones (of arangobackup) are among `words`."""
    argv = [path, "--configuration", "none"]
    if tool == "arangosh" and installation.javascript_directory:
        argv += option_words({"javascript.startup-directory": installation.javascript_directory})
        if installation.enterprise_javascript_directory:
            argv += option_words({"javascript.module-directory": installation.enterprise_javascript_directory})
    if tool not in _WITHOUT_SERVER:
        argv += [*option_words({"server.endpoint": tool_endpoint(endpoint)}), *login]
    return [*argv, *words]


def option_words(options: Mapping[str, str | bool]) -> list[str]:
    """`--name value` for each; `@NAME@` in a value would be an environment variable, so an at sign is doubled."""
    words = []
    for name, value in options.items():
        words += [f"--{name}", str(value).lower() if isinstance(value, bool) else value.replace("@", "@@")]
    return words


def login_words(jwt_secret_path: str, root_password: str, *, has_authentication: bool) -> list[str]:
    """The options of a login: by the secret's file if one is named, else as root."""
    if not has_authentication:
        return option_words({"server.authentication": False})
    if jwt_secret_path:
        return option_words({"server.jwt-secret-keyfile": jwt_secret_path})
    return option_words({"server.authentication": True, "server.username": "root", "server.password": root_password})
