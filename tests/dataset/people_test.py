"""What holds for the people of the dataset wherever they live."""

from __future__ import annotations

from armadillo import Cluster, SingleServer


async def test_everybody_is_known_by_somebody(arango: Cluster | SingleServer) -> None:
    """The script's edges are there, in a single server as in a cluster."""
    shop = arango.database("shop")

    assert await shop.query("FOR p IN people FOR v IN 1 OUTBOUND p knows SORT v.name RETURN DISTINCT v.name") == [
        "Ada",
        "Grace",
        "Konrad",
    ]
