"""What is printed when a deployment is up and stays up."""

from __future__ import annotations

import os
from collections.abc import Mapping

from armadillo_api.v1 import control_pb2

from ..net.links import TESTS_NODE
from ..net.tier import LAB


def serving_text(
    target: str, server: str, description: control_pb2.DescribeReply, script: str, shells: Mapping[str, str]
) -> str:
    """Endpoints, login, logs and the ways in, for people; programs read deployment.json."""
    name_width = max(len(one.name) for one in description.servers)
    endpoint_width = max(len(one.endpoint) for one in description.servers)
    lines = [f"armadillo: {target} is up: {server}, network {description.network_tier}"]
    lines += [
        f"  {one.name:<{name_width}}  {one.endpoint:<{endpoint_width}}  log {one.log_path}"
        for one in description.servers
    ]
    login = "user root, password empty" if description.jwt_secret else "none: authentication is off"
    lines += [
        f"  login      {login}",
        f"  all facts  {os.path.join(os.path.dirname(script), 'deployment.json')}",
        f"  evidence   {description.outputs_directory}",
        f"  variables  . {script}  # ARANGO_ENDPOINTS and others; armadilloctl on PATH",
    ]
    if description.network_tier == LAB:
        lines += [
            f"  a shell inside: {shells[TESTS_NODE]}",
            "  programs outside of that shell reach no server; with `-- --serve --no-lab` they do",
        ]
    lines += ["armadillo: Ctrl-C or SIGTERM stops it"]
    return "\n".join(lines)
