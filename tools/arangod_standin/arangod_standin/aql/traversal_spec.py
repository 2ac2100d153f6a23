"""What a FOR over a graph asks for: filled in from the query by the executor, carried out by `traversal`."""

from __future__ import annotations

from typing import Any

TRAVERSAL = "traversal"
SHORTEST_PATH = "shortest"
K_SHORTEST_PATHS = "k_shortest"
K_PATHS = "k_paths"
ALL_SHORTEST_PATHS = "all_shortest"


class EdgeSource:
    """One edge collection of an anonymous graph; `direction` is OUTBOUND, INBOUND or ANY."""

    __slots__ = ("collection", "direction")

    def __init__(self, collection: str, direction: str) -> None:
        self.collection = collection
        self.direction = direction

    def __repr__(self) -> str:
        return f"EdgeSource({self.collection!r}, {self.direction!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, EdgeSource)
            and (self.collection, self.direction) == (other.collection, other.direction)
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.collection, self.direction))


class GraphOptions:
    """OPTIONS of a traversal or path search, with ArangoDB's defaults.

    `order` is dfs, bfs or weighted; `unique_vertices` none, path or global; `unique_edges` none or path. The lists of
    collections are None when nothing restricts them. `raw` is the object as it stands in the query.
    """

    __slots__ = (
        "algorithm",
        "default_weight",
        "edge_collections",
        "max_projections",
        "order",
        "parallelism",
        "raw",
        "unique_edges",
        "unique_vertices",
        "use_cache",
        "vertex_collections",
        "weight_attribute",
    )  # fmt: skip

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        order = raw.get("order") or raw.get("mode") or ("bfs" if raw.get("bfs") else "dfs")
        self.order = str(order).lower()
        self.unique_vertices = str(raw.get("uniqueVertices") or "none").lower()
        self.unique_edges = str(raw.get("uniqueEdges") or "path").lower()
        self.weight_attribute: str | None = raw.get("weightAttribute")
        weight = raw.get("defaultWeight")
        self.default_weight = float(weight) if isinstance(weight, (int, float)) else 1.0
        self.vertex_collections = _names(raw.get("vertexCollections"))
        self.edge_collections = _names(raw.get("edgeCollections"))
        self.parallelism = int(raw.get("parallelism") or 1)
        self.use_cache = bool(raw.get("useCache", True))
        self.algorithm: str | None = raw.get("algorithm")
        self.max_projections = raw.get("maxProjections")


def _names(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [value] if isinstance(value, str) else [str(name) for name in value]


class TraversalSpec:
    """What `traversal.run` carries out.

    `kind` is one of the constants of this module. A graph is either named (`graph`) or made of `edges`; `direction` is
    the one written before the start, which counts for named graphs (for `edges`, each has its own). `minimum` and
    `maximum` are depths (traversals and K_PATHS; 1..1 if the query names none).
    `needs_edge` and `needs_path` say whether the query looks at those results; what it does not look at may be None.
    """

    __slots__ = (
        "direction", "edges", "graph", "kind", "maximum", "minimum", "needs_edge", "needs_path", "options",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        direction: str,
        *,
        graph: str | None = None,
        edges: list[EdgeSource] | None = None,
        minimum: int = 1,
        maximum: int = 1,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.direction = direction
        self.graph = graph
        self.edges = edges or []
        self.minimum = minimum
        self.maximum = maximum
        self.options = GraphOptions(options or {})
        self.needs_edge = True
        self.needs_path = True


# The contract with `traversal`, which the executor imports at the first query that needs it:
#
#     async def run(
#         views: GraphViews,                     # one for the query, made with the backend of the query's scope
#         spec: TraversalSpec,
#         start: Any,                            # as the query gives it: "collection/key" or a document
#         target: Any,                           # the same for path searches, None for traversals
#         prune: Callable[[Any, Any, Any], bool] | None,   # (vertex, edge, path) -> stop below this vertex
#     ) -> AsyncIterator[tuple[Any, Any, Any]]:
#
# It yields (vertex, edge, path) in ArangoDB's order; path searches of kind "shortest" yield (vertex, edge, None) for
# every vertex on the path, and K_SHORTEST_PATHS, K_PATHS and ALL_SHORTEST_PATHS yield (path, None, None), path being
# {"vertices": [...], "edges": [...], "weight": ...}. Errors are ArangoErrors: 1924 unknown graph, 1203 unknown
# collection, 1218 a document collection where edges are needed.
