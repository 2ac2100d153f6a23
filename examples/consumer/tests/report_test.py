"""The report of the rule servers_report, which reads Armadillo's providers."""

from __future__ import annotations

import os
from pathlib import Path

from armadillo import SingleServer


async def test_the_report_says_what_the_server_says(arango_single_server: SingleServer) -> None:
    """Every test is in the report with its servers; the version is that of the server which answers here."""
    version = await arango_single_server.version()
    rows = dict(line.split("\t", 1) for line in Path(os.environ["REPORT"]).read_text().splitlines())

    assert rows == {
        "//tests:cheapest_test": f"single-1\t{version}",
        "//tests:loading_test": f"single-1\t{version}",
        "//tests:replicated_loading_test": f"agent-1 dbserver-1 dbserver-2 coordinator-1\t{version}",
    }
