"""Making, changing and dropping named graphs together with their collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .definition import SHARDING, EdgeDefinition, Graph
from .store import GraphStore

if TYPE_CHECKING:
    from ..backend import Backend

_EDGE_TYPE = 3
_SATELLITE = "satellite"


class GraphManager:
    """Carries out what clients ask of the graphs of one database."""

    def __init__(self, backend: Backend, database: str) -> None:
        self._backend = backend
        self._database = database
        self.store = GraphStore(backend, database)

    # -- making ------------------------------------------------------------------------------------------------------
    async def create(self, body: dict[str, Any], *, wait_for_sync: bool) -> Graph:
        """Make a graph and its missing collections. Raises ArangoError 1922, 1925, 1901, 1923, 1943, 1921, 9."""
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise ArangoError(errors.GRAPH_CREATE_MISSING_NAME)
        graph = Graph(name, self._options(body))
        existing = await self.store.all()
        if any(other.name == name for other in existing):
            raise ArangoError(errors.GRAPH_DUPLICATE)
        for value in self._list_of(body, "edgeDefinitions"):
            graph.add_definition(EdgeDefinition.parse(value))
        for value in self._list_of(body, "orphanCollections"):
            if not isinstance(value, str) or not value:
                raise ArangoError(errors.GRAPH_CREATE_MALFORMED_ORPHAN_LIST)
            if value not in graph.vertex_collections:
                graph.add_orphan(value)
        for definition in graph.definitions.values():
            self._check_conflicts(definition, existing)
        await self._ensure_collections(graph, wait_for_sync=wait_for_sync)
        await self.store.insert(graph, wait_for_sync=wait_for_sync)
        return graph

    @staticmethod
    def _list_of(body: dict[str, Any], name: str) -> list[Any]:
        value = body.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise ArangoError(errors.GRAPH_INVALID_GRAPH, f"'{name}' are not an array in the graph definition")
        return value

    def _options(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the options to store; those that would shard in a way there is no code for are refused."""
        given = body.get("options") or {}
        if not isinstance(given, dict):
            raise ArangoError(errors.BAD_PARAMETER, "expecting an object in 'options'")
        if given.get("smartGraphAttribute") is not None:
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: smartGraphAttribute is not implemented")
        if body.get("isDisjoint"):
            raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: disjoint graphs are not implemented")
        smart = body.get("isSmart") is True
        satellites = _satellites(given) if smart else []
        if given.get("replicationFactor") in (_SATELLITE, 0):
            if smart or given.get("numberOfShards", 1) != 1:
                raise ArangoError(
                    errors.BAD_PARAMETER, "a satellite graph has a single shard and cannot be a smart graph"
                )
            shards = {"numberOfShards": 1, "replicationFactor": _SATELLITE, "writeConcern": 1}
        else:
            shards = self._shards(given)
        return {
            **shards,
            "minReplicationFactor": shards["writeConcern"],
            "isSmart": smart,
            "isDisjoint": False,
            "isSatellite": shards["replicationFactor"] == _SATELLITE,
            **({"satellites": satellites} if satellites else {}),
        }

    def _shards(self, given: dict[str, Any]) -> dict[str, Any]:
        defaults = self._backend.database(self._database)
        concern = given.get("writeConcern", given.get("minReplicationFactor"))
        shards = {
            "numberOfShards": given.get("numberOfShards", 1),
            "replicationFactor": given.get("replicationFactor", defaults.get("replicationFactor", 1)),
            "writeConcern": defaults.get("writeConcern", 1) if concern is None else concern,
        }
        for name, value in shards.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ArangoError(errors.BAD_PARAMETER, f"invalid value for {name}: expected a positive number")
        return shards

    @staticmethod
    def _check_conflicts(definition: EdgeDefinition, graphs: list[Graph]) -> None:
        for graph in graphs:
            other = graph.definitions.get(definition.collection)
            if other is not None and not other.same_as(definition):
                raise ArangoError(
                    errors.GRAPH_COLLECTION_USE_IN_MULTI_GRAPHS,
                    f"{definition.collection} edge collection already used in edge def",
                )

    def _type_of(self, collection: str) -> int | None:
        """Return the type of a collection, None when it does not exist."""
        try:
            return int(self._backend.collection(self._database, collection).properties["type"])
        except ArangoError as error:
            if error.error_num != errors.DATA_SOURCE_NOT_FOUND:
                raise
            return None

    async def _ensure_collections(self, graph: Graph, *, wait_for_sync: bool) -> None:
        """Make the collections that are missing. Raises ArangoError 1944 when an edge collection holds no edges."""
        missing = []
        for name in graph.edge_collections:
            kind = self._type_of(name)
            if kind is None:
                missing.append((name, _EDGE_TYPE))
            elif kind != _EDGE_TYPE:
                raise ArangoError(
                    errors.GRAPH_EDGE_DEFINITION_IS_DOCUMENT, f"Collection: '{name}' is not an EdgeCollection"
                )
        known = {name for name, _ in missing}
        missing += [(name, 2) for name in graph.vertex_collections if name not in known and self._type_of(name) is None]
        for name, kind in missing:
            body = {"name": name, "type": kind, "waitForSync": wait_for_sync}
            if self._backend.is_cluster:
                body.update({option: graph.options[option] for option in SHARDING if option in graph.options})
                if graph.options.get("isSatellite") or name in graph.options.get("satellites", []):
                    body.update({"numberOfShards": 1, "replicationFactor": _SATELLITE, "writeConcern": 1})
            try:
                await self._backend.create_collection(self._database, body, {})
            except ArangoError as error:
                if error.error_num != errors.DUPLICATE_NAME:
                    raise

    # -- dropping ----------------------------------------------------------------------------------------------------
    async def drop(self, name: str, *, drop_collections: bool, wait_for_sync: bool) -> None:
        """Remove a graph, with `drop_collections` also its collections that no other graph uses."""
        graph = await self.store.get(name)
        await self.store.remove(name, wait_for_sync=wait_for_sync)
        if drop_collections:
            for collection in [*graph.edge_collections, *graph.vertex_collections]:
                await self._drop_unused(collection)

    async def _drop_unused(self, collection: str) -> None:
        if await self.store.user_of(collection) is None and self._type_of(collection) is not None:
            await self._backend.drop_collection(self._backend.collection(self._database, collection))

    # -- vertex collections ------------------------------------------------------------------------------------------
    async def add_vertex_collection(
        self, name: str, body: dict[str, Any], *, create: bool, wait_for_sync: bool
    ) -> Graph:
        """Take a vertex collection into a graph as an orphan. Raises ArangoError 1938, 1929, 1926, 1927."""
        collection = body.get("collection")
        if not isinstance(collection, str) or not collection:
            raise ArangoError(errors.BAD_PARAMETER, "expecting the name of a vertex collection in 'collection'")

        async def change(graph: Graph) -> None:
            _add_satellites(graph, body)
            graph.add_orphan(collection)
            kind = self._type_of(collection)
            if kind is None and not create:
                raise ArangoError(errors.GRAPH_VERTEX_COL_DOES_NOT_EXIST)
            if kind == _EDGE_TYPE:
                raise ArangoError(errors.GRAPH_WRONG_COLLECTION_TYPE_VERTEX)
            await self._ensure_collections(graph, wait_for_sync=wait_for_sync)

        return await self.store.change(name, change, wait_for_sync=wait_for_sync)

    async def remove_vertex_collection(self, name: str, collection: str, *, drop: bool, wait_for_sync: bool) -> Graph:
        """Take an orphan out of a graph. Raises ArangoError 1926 for a foreign collection, 1928 for no orphan."""

        async def change(graph: Graph) -> None:
            if collection not in graph.orphans:
                if collection not in graph.vertex_collections and self._type_of(collection) is None:
                    raise ArangoError(errors.GRAPH_VERTEX_COL_DOES_NOT_EXIST)
                raise ArangoError(errors.GRAPH_NOT_IN_ORPHAN_COLLECTION)
            graph.orphans.discard(collection)

        graph = await self.store.change(name, change, wait_for_sync=wait_for_sync)
        if drop:
            await self._drop_unused(collection)
        return graph

    # -- edge collections --------------------------------------------------------------------------------------------
    async def add_edge_definition(self, name: str, body: dict[str, Any], *, wait_for_sync: bool) -> Graph:
        """Take an edge collection into a graph. Raises ArangoError 1923, 1920, 1921, 1944."""
        definition = EdgeDefinition.parse(body)

        async def change(graph: Graph) -> None:
            _add_satellites(graph, body)
            graph.add_definition(definition)
            self._check_conflicts(definition, [item for item in await self.store.all() if item.name != name])
            await self._ensure_collections(graph, wait_for_sync=wait_for_sync)

        return await self.store.change(name, change, wait_for_sync=wait_for_sync)

    async def replace_edge_definition(
        self, name: str, collection: str, body: dict[str, Any], *, wait_for_sync: bool, drop: bool
    ) -> Graph:
        """Exchange the definition of an edge collection in all graphs that have it. Raises ArangoError 1930, 1923."""
        graph = await self.store.get(name)
        if collection not in graph.definitions:
            raise ArangoError(errors.GRAPH_EDGE_COLLECTION_NOT_USED)
        definition = EdgeDefinition.parse(body)
        if definition.collection not in graph.definitions:
            raise ArangoError(errors.GRAPH_EDGE_COLLECTION_NOT_USED)
        before = set(graph.vertex_collections)

        async def change(graph: Graph) -> None:
            _add_satellites(graph, body)
            graph.replace_definition(definition)
            if drop and graph.name == name:
                # without its collections the definition leaves no orphans behind
                graph.orphans -= before - definition.vertex_collections
            await self._ensure_collections(graph, wait_for_sync=wait_for_sync)

        for other in await self.store.all():
            if definition.collection in other.definitions:
                await self.store.change(other.name, change, wait_for_sync=wait_for_sync)
        changed = await self.store.get(name)
        if drop:
            for vertex_collection in sorted(before - set(changed.vertex_collections)):
                await self._drop_unused(vertex_collection)
        return changed

    async def remove_edge_definition(self, name: str, collection: str, *, drop: bool, wait_for_sync: bool) -> Graph:
        """Take an edge collection out of a graph. Raises ArangoError 1930."""

        async def change(graph: Graph) -> None:
            graph.remove_definition(collection)

        graph = await self.store.change(name, change, wait_for_sync=wait_for_sync)
        if drop:
            await self._drop_unused(collection)
        return graph


def _satellites(options: dict[str, Any]) -> list[str]:
    """Return the collections that are to have a copy on every dbserver. Raises ArangoError 10."""
    names = options.get("satellites") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ArangoError(errors.BAD_PARAMETER, "Missing array for field 'satellites'")
    return names


def _add_satellites(graph: Graph, body: dict[str, Any]) -> None:
    options = body.get("options")
    if graph.options.get("isSmart") and isinstance(options, dict):
        names = {*graph.options.get("satellites", []), *_satellites(options)}
        if names:
            graph.options["satellites"] = sorted(names)


async def rename_in_graphs(backend: Backend, database: str, old: str, new: str) -> None:
    """Let all graphs of a database know that a collection has another name."""

    def renamed(name: str) -> str:
        return new if name == old else name

    async def change(graph: Graph) -> None:
        definitions = list(graph.definitions.values())
        graph.orphans = {renamed(name) for name in graph.orphans}
        graph.definitions = {}
        for item in definitions:
            sources, targets = [renamed(name) for name in item.sources], [renamed(name) for name in item.targets]
            graph.add_definition(EdgeDefinition(renamed(item.collection), sources, targets))

    store = GraphStore(backend, database)
    for graph in await store.all():
        if graph.uses(old):
            await store.change(graph.name, change, wait_for_sync=False)
