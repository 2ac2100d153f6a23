"""The definition of a named graph: which edge collections join which vertex collections."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..errors import ArangoError

# Options of a graph that become properties of the collections it makes.
SHARDING = ("numberOfShards", "replicationFactor", "writeConcern")


class EdgeDefinition:
    """One edge collection with the vertex collections its edges lead from and to (sorted, as ArangoDB shows them)."""

    __slots__ = ("collection", "sources", "targets")

    def __init__(self, collection: str, sources: list[str], targets: list[str]) -> None:
        self.collection = collection
        self.sources = sorted(set(sources))
        self.targets = sorted(set(targets))

    @classmethod
    def parse(cls, value: Any) -> EdgeDefinition:
        """Return the definition a client sent. Raises ArangoError 1923 for anything malformed."""
        if not isinstance(value, dict) or not isinstance(value.get("collection"), str) or not value["collection"]:
            raise _malformed("expected an object with the name of the edge collection in 'collection'")
        for name in ("from", "to"):
            names = value.get(name)
            if not isinstance(names, list) or not names or not all(isinstance(item, str) and item for item in names):
                raise _malformed(f"expected a list of at least one collection name in '{name}'")
        return cls(value["collection"], value["from"], value["to"])

    @property
    def vertex_collections(self) -> set[str]:
        """The vertex collections of both ends."""
        return {*self.sources, *self.targets}

    def same_as(self, other: EdgeDefinition) -> bool:
        """Say whether both join the same collections."""
        return self.document() == other.document()

    def document(self) -> dict[str, Any]:
        """Return the definition as it is stored and shown."""
        return {"collection": self.collection, "from": self.sources, "to": self.targets}


def _malformed(text: str) -> ArangoError:
    return ArangoError(errors.GRAPH_CREATE_MALFORMED_EDGE_DEFINITION, f"malformed edge definition: {text}")


class Graph:
    """A named graph; `revision` is the one of its document in ``_graphs``, empty while it is not stored."""

    def __init__(self, name: str, options: dict[str, Any], revision: str = "") -> None:
        self.name = name
        self.options = options
        self.revision = revision
        self.definitions: dict[str, EdgeDefinition] = {}
        self.orphans: set[str] = set()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Graph:
        """Return the graph a document of ``_graphs`` describes."""
        special = ("_id", "_key", "_rev", "name", "edgeDefinitions", "orphanCollections")
        options = {name: value for name, value in document.items() if name not in special}
        graph = cls(document["_key"], options, document["_rev"])
        for value in document.get("edgeDefinitions") or []:
            definition = EdgeDefinition.parse(value)
            graph.definitions[definition.collection] = definition
        graph.orphans = set(document.get("orphanCollections") or [])
        return graph

    # -- what belongs to the graph -----------------------------------------------------------------------------------
    @property
    def edge_collections(self) -> list[str]:
        """The names of the edge collections, sorted."""
        return sorted(self.definitions)

    @property
    def vertex_collections(self) -> list[str]:
        """The names of the vertex collections with the orphans, sorted."""
        return sorted(self.orphans.union(*(item.vertex_collections for item in self.definitions.values())))

    def uses(self, collection: str) -> bool:
        """Say whether a collection belongs to the graph in any role."""
        return collection in self.definitions or collection in self.vertex_collections

    def edges_touching(self, vertex_collection: str) -> list[str]:
        """Return the edge collections whose definition names a vertex collection."""
        return [name for name, item in self.definitions.items() if vertex_collection in item.vertex_collections]

    # -- changes -----------------------------------------------------------------------------------------------------
    def add_definition(self, definition: EdgeDefinition) -> None:
        """Take in an edge collection; its vertex collections are no orphans any more. Raises ArangoError 1920."""
        if definition.collection in self.definitions:
            raise ArangoError(
                errors.GRAPH_COLLECTION_MULTI_USE, f"{definition.collection} multi use of edge collection in edge def"
            )
        self.definitions[definition.collection] = definition
        self.orphans -= definition.vertex_collections

    def replace_definition(self, definition: EdgeDefinition) -> None:
        """Exchange the definition of an edge collection. Raises ArangoError 1930."""
        self.remove_definition(definition.collection)
        self.add_definition(definition)

    def remove_definition(self, edge_collection: str) -> None:
        """Take out an edge collection; vertex collections nobody else names become orphans. Raises ArangoError 1930."""
        removed = self.definitions.pop(edge_collection, None)
        if removed is None:
            raise ArangoError(errors.GRAPH_EDGE_COLLECTION_NOT_USED)
        used = set(self.vertex_collections)
        self.orphans |= removed.vertex_collections - used

    def add_orphan(self, collection: str) -> None:
        """Take in a vertex collection without edges. Raises ArangoError 1938, 1929."""
        if collection in self.orphans:
            raise ArangoError(errors.GRAPH_COLLECTION_USED_IN_ORPHANS)
        if collection in self.vertex_collections:
            raise ArangoError(
                errors.GRAPH_COLLECTION_USED_IN_EDGE_DEF, f"{collection} collection already used in edge def"
            )
        self.orphans.add(collection)

    # -- forms -------------------------------------------------------------------------------------------------------
    def document(self) -> dict[str, Any]:
        """Return the document to store in ``_graphs``."""
        return {
            "_key": self.name,
            **self.options,
            "orphanCollections": sorted(self.orphans),
            "edgeDefinitions": [self.definitions[name].document() for name in self.edge_collections],
        }

    def shown(self) -> dict[str, Any]:
        """Return the graph as the API shows it."""
        return {**self.document(), "_id": f"_graphs/{self.name}", "_rev": self.revision, "name": self.name}
