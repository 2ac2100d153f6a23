"""The report of the rule servers_report, which reads Armadillo's providers."""

from __future__ import annotations

import os
from pathlib import Path

from armadillo import SingleServer


def rows() -> dict[str, str]:
    """What the report says of each target."""
    text = Path(os.environ["REPORT"]).read_text()
    return dict(line.split("\t", 1) for line in text.splitlines())


async def test_the_report_says_what_the_server_says(arango_single_server: SingleServer) -> None:
    """Every test is in the report with its servers; the version is that of the server which answers here."""
    version = await arango_single_server.version()

    assert rows() == {
        "//tests:cheapest_test": f"single-1\t{version}",
        "//tests:loading_test": f"single-1\t{version}",
        "//tests:replicated_loading_test": f"agent-1 dbserver-1 dbserver-2 coordinator-1\t{version}",
    }
