"""arangorestore: brings a dump's collections and views back into a database."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .arangodump import Totals
from .dump_files import STRUCTURE, VIEW, blocks, data_paths, read_json
from .failure import ConnectionFailedError, ToolError
from .options import flag, integer, text, texts
from .tool import ensure_database, run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPTIONS = (
    text("input-directory", os.path.join(os.getcwd(), "dump"), "the folder that arangodump wrote"),
    texts("collection", "restore only these collections"),
    texts("view", "restore only these views"),
    flag("create-collection", True, "make the collections"),
    flag("create-database", False, "make the database if it is not there"),
    flag("import-data", True, "load documents, not the structure alone"),
    flag("overwrite", True, "drop collections that are there before they are made again"),
    flag("include-system-collections", False, "restore collections whose names begin with an underscore, too"),
    flag("all-databases", False, "restore all databases of a dump of all databases"),
    flag("force-same-database", False, "refuse a dump of a database with another name"),
    flag("force", False, "go on after errors"),
    flag("ignore-distribute-shards-like-errors", False, "make collections without their sharding prototype"),
    flag("continue", False, "not supported"),
    texts("number-of-shards", "shards per collection: <number> or <collection>=<number>"),
    texts("replication-factor", "copies per collection: <number> or <collection>=<number>"),
    texts("write-concern", "write concern per collection: <number> or <collection>=<number>"),
    integer("threads", max(2, os.cpu_count() or 1), "collections to restore at a time"),
    integer("batch-size", 8 << 20, "bytes to send at a time"),
    integer("initial-connect-retries", 3, "how often to try again to reach the server"),
    text("encryption.keyfile", "", "not supported"),
    text("encryption.key-generator", "", "not supported"),
)
_ANALYZERS = "_analyzers"
_EDGES = 3
_NOT_SUPPORTED = ("continue", "encryption.keyfile", "encryption.key-generator")


class Structure:
    """One collection of a dump."""

    def __init__(self, folder: str, file_name: str) -> None:
        self.folder = folder
        self.stem = file_name.removesuffix(STRUCTURE)
        self.body = read_json(os.path.join(folder, file_name))
        parameters = self.body.get("parameters")
        if not isinstance(parameters, dict) or not isinstance(parameters.get("name"), str):
            raise ToolError(f"{os.path.join(folder, file_name)} is no structure of a collection: no parameters.name")
        self.parameters: dict[str, Any] = parameters
        self.name: str = parameters["name"]

    @property
    def rank(self) -> tuple[bool, bool, bool, str]:
        """Where the collection comes: analyzers, sharding prototypes, documents, edges; then by name."""
        follows = bool(self.parameters.get("distributeShardsLike"))
        return (self.name != _ANALYZERS, follows, self.parameters.get("type") == _EDGES, self.name)


class Restore:
    """Restores one folder into one database."""

    def __init__(self, server: Server, options: Options, console: Console, totals: Totals, folder: str) -> None:
        self._server = server
        self._options = options
        self._console = console
        self._totals = totals
        self._folder = folder
        self._stop = threading.Event()
        self._use_envelope = True

    def run(self) -> None:
        """Restore. Raises ToolError."""
        description = self._description()
        properties = description.get("properties")
        # dumps of releases that say nothing about it have an envelope around each document
        self._use_envelope = bool(description.get("useEnvelope", True))
        if self._options["create-database"]:
            ensure_database(self._server, self._options, self._console, properties or {})
        else:
            self._server.current_database()
        structures = sorted(self._structures(), key=lambda structure: structure.rank)
        if self._options["create-collection"]:
            for structure in structures:
                self._attempt(structure, self._create)
        if self._options["import-data"]:
            with ThreadPoolExecutor(max(1, self._options["threads"])) as pool:
                running = [pool.submit(self._attempt, structure, self._load) for structure in structures]
                for future in running:
                    future.result()
        if self._options["create-collection"]:
            for structure in structures:
                self._attempt(structure, self._index)
        self._views()
        self._totals.add(databases=1)

    def _description(self) -> dict[str, Any]:
        """Return what dump.json says, after checks. Raises ToolError."""
        if not os.path.isdir(self._folder):
            raise ToolError(f"input directory '{self._folder}' does not exist: did you mean another --input-directory?")
        encryption = os.path.join(self._folder, "ENCRYPTION")
        if os.path.exists(encryption):
            with open(encryption, encoding="utf-8") as file:
                kind = file.read().strip()
            if kind != "none":
                raise ToolError(f"the dump data seems to be encrypted with {kind}, which is not supported here")
        path = os.path.join(self._folder, "dump.json")
        if not os.path.exists(path):
            if not any(name.endswith(STRUCTURE) for name in os.listdir(self._folder)):
                raise ToolError(f"'{self._folder}' is no dump: neither dump.json nor a structure file in it")
            return {}
        found = read_json(path)
        if self._options["force-same-database"] and found.get("database") != self._server.database:
            raise ToolError(
                f"the dump is of database '{found.get('database')}', not '{self._server.database}' "
                f"(--force-same-database)"
            )
        return found

    def _structures(self) -> list[Structure]:
        wanted = self._options["collection"]
        found = [Structure(self._folder, name) for name in sorted(os.listdir(self._folder)) if name.endswith(STRUCTURE)]
        missing = [name for name in wanted if name not in {structure.name for structure in found}]
        if missing:
            raise ToolError(f"collection '{missing[0]}' is not in the dump '{self._folder}'")
        return [structure for structure in found if self._is_wanted(structure, wanted)]

    def _is_wanted(self, structure: Structure, wanted: list[str]) -> bool:
        if wanted:
            return structure.name in wanted
        is_system = structure.name.startswith("_")
        return not is_system or self._options["include-system-collections"] or structure.name == _ANALYZERS

    def _attempt(self, structure: Structure, action: Any) -> None:
        """Do something with a collection; an error ends the restore unless it is forced. Raises ToolError."""
        if self._stop.is_set():
            return
        try:
            action(structure)
        except ToolError as error:
            self._totals.add(errors=1)
            if not self._options["force"]:
                self._stop.set()
                raise ToolError(f"cannot restore collection '{structure.name}': {error}") from None
            self._console.error("f7ff5", f"cannot restore collection '{structure.name}': {error}")

    def _override(self, name: str, option: str) -> int | None:
        """Return what --number-of-shards and its like say for a collection. Raises ToolError."""
        found = None
        for value in self._options[option]:
            collection, separator, number = value.rpartition("=")
            if separator and collection != name:
                continue
            if not number.isdigit():
                raise ToolError(f"invalid --{option} '{value}': expected <number> or <collection>=<number>", 4)
            if separator:
                return int(number)
            found = int(number)
        return found

    # -- steps -------------------------------------------------------------------------------------------------------
    def _create(self, structure: Structure) -> None:
        parameters = dict(structure.parameters)
        for option, member in (
            ("number-of-shards", "numberOfShards"),
            ("replication-factor", "replicationFactor"),
            ("write-concern", "writeConcern"),
        ):
            value = self._override(structure.name, option)
            if value is not None:
                parameters[member] = value
                if member == "writeConcern":
                    parameters["minReplicationFactor"] = value
        body = {**structure.body, "parameters": parameters}
        query = {
            "overwrite": self._options["overwrite"],
            "force": self._options["force"],
            "ignoreDistributeShardsLikeErrors": self._options["ignore-distribute-shards-like-errors"],
        }
        if not self._options["overwrite"] and self._exists(structure.name):
            return
        self._server.call("PUT", "/_api/replication/restore-collection", body, parameters=query)
        self._console.info("9b414", f"# Re-created collection '{structure.name}'")
        self._totals.add(collections=1)

    def _exists(self, name: str) -> bool:
        return self._server.ask("GET", f"/_api/collection/{quote(name, safe='')}").status == 200

    def _load(self, structure: Structure) -> None:
        if not self._options["create-collection"]:
            self._totals.add(collections=1)
        try:
            for path in data_paths(structure.folder, structure.stem):
                for block in blocks(path, max(1, self._options["batch-size"])):
                    if self._stop.is_set():
                        return
                    query = {"collection": structure.name, "useEnvelope": self._use_envelope}
                    self._server.call("PUT", "/_api/replication/restore-data", block, parameters=query)
                    self._totals.add(batches=1, bytes=len(block))
        finally:
            self._server.close()
        self._console.info("6ae09", f"# Loaded data into collection '{structure.name}'")

    def _index(self, structure: Structure) -> None:
        if structure.body.get("indexes"):
            self._server.call(
                "PUT", "/_api/replication/restore-indexes", structure.body,
                parameters={"force": self._options["force"]},
            )  # fmt: skip

    def _views(self) -> None:
        wanted = self._options["view"]
        if self._options["collection"] and not wanted:
            return
        for file_name in sorted(os.listdir(self._folder)):
            if file_name.endswith(VIEW):
                definition = read_json(os.path.join(self._folder, file_name))
                if not wanted or definition.get("name") in wanted:
                    self._server.call(
                        "PUT", "/_api/replication/restore-view", definition,
                        parameters={"overwrite": self._options["overwrite"]},
                    )  # fmt: skip
                    self._console.info("f723c", f"# Creating view '{definition.get('name')}'...")


def _reach(server: Server, options: Options, console: Console) -> None:
    """Wait until the server answers. Raises ConnectionFailedError after the allowed number of tries."""
    for attempt in range(options["initial-connect-retries"] + 1):
        try:
            console.info("05c1d", f"Server version: {server.version()}")
            return
        except ConnectionFailedError:
            if attempt == options["initial-connect-retries"]:
                raise
            time.sleep(1.0)


def _run(options: Options, server: Server, console: Console) -> int:
    for name in _NOT_SUPPORTED:
        if options[name]:
            raise ToolError(f"--{name} is not supported by this arangorestore: leave the option out")
    if options["all-databases"] and "server.database" in options.given:
        raise ToolError("cannot use --server.database and --all-databases at the same time")
    started_s, totals, folder = time.monotonic(), Totals(), options["input-directory"].rstrip("/") or "/"
    _reach(server, options, console)
    if options["all-databases"]:
        if not os.path.isdir(folder):
            raise ToolError(f"input directory '{folder}' does not exist")
        names = sorted(name for name in os.listdir(folder) if os.path.exists(os.path.join(folder, name, "dump.json")))
        if not names:
            raise ToolError(f"'{folder}' is no dump of all databases: no folder with a dump.json in it")
        for name in names:
            server.database = str(read_json(os.path.join(folder, name, "dump.json")).get("database", name))
            Restore(server, options, console, totals, os.path.join(folder, name)).run()
    else:
        Restore(server, options, console, totals, folder).run()
    console.info(
        "a66e1",
        f"Processed {totals.collections} collection(s) from {totals.databases} database(s) in "
        f"{time.monotonic() - started_s:.6f} s total time. Read {totals.bytes} bytes from datafiles, "
        f"sent {totals.batches} data batch(es) of {totals.bytes} byte(s) total size",
    )
    return 1 if totals.errors and not options["force"] else 0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangorestore", _OPTIONS, _run, arguments, positional="input-directory")
