"""arangodump: copies structure and data of collections and views into files."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .dump_files import DataFile, file_stem, folder_name, prepare_folder, remove_data, write_json
from .failure import ServerError, ToolError
from .options import flag, integer, text, texts
from .tool import run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPTIONS = (
    text("output-directory", os.path.join(os.getcwd(), "dump"), "the folder to write to"),
    flag("overwrite", False, "overwrite files that are in the output directory"),
    texts("collection", "dump only these collections"),
    texts("ignore-collection", "do not dump these collections"),
    texts("shard", "dump only these shards"),
    flag("include-system-collections", False, "dump collections whose names begin with an underscore, too"),
    flag("dump-data", True, "dump documents, not the structure alone"),
    flag("dump-views", True, "dump the definitions of views"),
    flag("all-databases", False, "dump all databases that the user can reach"),
    flag("compress-output", True, "compress data files"),
    flag("split-files", False, "write several data files per collection"),
    flag("force", False, "go on after errors"),
    flag("ignore-distribute-shards-like-errors", False, "dump collections without their sharding prototype"),
    integer("threads", max(2, os.cpu_count() or 1), "collections and shards to dump at a time"),
    integer("batch-size", 64 << 20, "bytes to ask the server for at a time"),
    text("maskings", "", "not supported"),
    flag("dump-vpack", False, "not supported"),
    text("encryption.keyfile", "", "not supported"),
    text("encryption.key-generator", "", "not supported"),
)
_BATCH_TTL_S = 600
_PROLONG_S = 120.0
_ANALYZERS = "_analyzers"
_NOT_SUPPORTED = ("maskings", "dump-vpack", "encryption.keyfile", "encryption.key-generator")


class Totals:
    """What was done; shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.collections = 0
        self.databases = 0
        self.bytes = 0
        self.batches = 0
        self.errors = 0

    def add(self, **counts: int) -> None:
        """Add to counts by name."""
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)


class DumpBatch:
    """A snapshot that the server keeps; prolonged in time by a thread of its own."""

    def __init__(self, server: Server, dbserver: str = "") -> None:
        self._server = server
        self._parameters = {"DBserver": dbserver} if dbserver else {}
        answer = server.call(
            "POST", "/_api/replication/batch", {"ttl": _BATCH_TTL_S}, parameters=self._parameters
        ).json()
        self.id = str(answer["id"])
        self.last_tick = str(answer.get("lastTick", "0"))
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._ended.wait(_PROLONG_S):
            try:
                self._server.call(
                    "PUT", f"/_api/replication/batch/{self.id}", {"ttl": _BATCH_TTL_S}, parameters=self._parameters
                )
            except ToolError:
                return
        self._server.close()

    def close(self) -> None:
        """Let the server forget the snapshot."""
        self._ended.set()
        self._keeper.join()
        try:
            self._server.call("DELETE", f"/_api/replication/batch/{self.id}", parameters=self._parameters)
        except ToolError:
            # it ends by itself after its time to live
            return


class Dump:
    """Dumps one database into one folder."""

    def __init__(self, server: Server, options: Options, console: Console, totals: Totals, folder: str) -> None:
        self._server = server
        self._options = options
        self._console = console
        self._totals = totals
        self._folder = folder
        self._is_cluster = server.is_cluster()
        self._batches: dict[str, DumpBatch] = {}

    def run(self) -> None:
        """Dump. Raises ToolError."""
        properties = self._server.current_database()
        prepare_folder(self._folder, overwrite=self._options["overwrite"])
        with open(os.path.join(self._folder, "ENCRYPTION"), "w", encoding="utf-8") as file:
            file.write("none")
        try:
            inventory = self._inventory()
            write_json(
                os.path.join(self._folder, "dump.json"),
                {"database": self._server.database, "lastTickAtDumpStart": str(inventory.get("tick", "0")),
                 "properties": properties, "useEnvelope": False, "useVPack": False},
            )  # fmt: skip
            if self._options["dump-views"] and not self._options["collection"]:
                for view in inventory.get("views", []):
                    name = folder_name(view["name"], str(view["id"]))
                    write_json(os.path.join(self._folder, name + ".view.json"), view)
            self._dump_collections(self._chosen(inventory["collections"]))
        finally:
            for batch in self._batches.values():
                batch.close()
        self._totals.add(databases=1)

    def _inventory(self) -> dict[str, Any]:
        parameters: dict[str, Any] = {"includeSystem": True}
        if self._is_cluster:
            path = "/_api/replication/clusterInventory"
        else:
            path = "/_api/replication/inventory"
            parameters["batchId"] = self._batch("").id
        inventory: dict[str, Any] = self._server.call("GET", path, parameters=parameters).json()
        return inventory

    def _batch(self, dbserver: str) -> DumpBatch:
        if dbserver not in self._batches:
            self._batches[dbserver] = DumpBatch(self._server, dbserver)
        return self._batches[dbserver]

    # -- collections -------------------------------------------------------------------------------------------------
    def _chosen(self, collections: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the collections that the options ask for. Raises ToolError for one that is not there."""
        options = self._options
        wanted, unwanted = options["collection"], options["ignore-collection"]
        known = {entry["parameters"]["name"] for entry in collections}
        missing = [name for name in wanted if name not in known]
        if missing:
            raise ToolError(f"collection '{missing[0]}' to dump not found in database '{self._server.database}'")
        chosen = []
        for entry in collections:
            parameters = entry["parameters"]
            name = parameters["name"]
            if parameters.get("deleted") or name in unwanted or (wanted and name not in wanted):
                continue
            is_hidden = name.startswith("_") and not options["include-system-collections"]
            if is_hidden and name != _ANALYZERS and name not in wanted:
                continue
            chosen.append(entry)
        names = {entry["parameters"]["name"] for entry in chosen}
        for entry in chosen:
            like = entry["parameters"].get("distributeShardsLike")
            system_like = bool(like) and like.startswith("_")
            if like and like not in names and not system_like and not options["ignore-distribute-shards-like-errors"]:
                raise ToolError(
                    f"Collection {entry['parameters']['name']}'s shard distribution is based on that of collection "
                    f"{like}, which is not dumped along."
                )
        return chosen

    def _dump_collections(self, collections: list[dict[str, Any]]) -> None:
        jobs = []
        for entry in collections:
            parameters = entry["parameters"]
            name = parameters["name"]
            stem = file_stem(name, str(parameters.get("id", parameters.get("cid", "0"))))
            structure = {"allInSync": True, "indexes": entry.get("indexes", []), "parameters": parameters}
            remove_data(self._folder, stem)
            write_json(os.path.join(self._folder, stem + ".structure.json"), structure)
            self._totals.add(collections=1)
            if self._options["dump-data"]:
                jobs.append((name, stem, self._sources(parameters)))
        with ThreadPoolExecutor(max(1, self._options["threads"])) as pool:
            running = []
            for name, stem, sources in jobs:
                files = CollectionFiles(self._folder, stem, len(sources), self._options)
                running += [pool.submit(self._guarded, name, source, batch, files) for source, batch in sources]
            failures = [error for error in (future.result() for future in running) if error is not None]
        if failures and not self._options["force"]:
            raise failures[0]

    def _sources(self, parameters: dict[str, Any]) -> list[tuple[dict[str, str], DumpBatch]]:
        """Return what to ask the server for: the collection, or in clusters each shard of its leader."""
        if not self._is_cluster:
            return [({"collection": parameters["name"]}, self._batch(""))]
        sources = []
        for shard, servers in sorted(parameters.get("shards", {}).items()):
            if self._options["shard"] and shard not in self._options["shard"]:
                continue
            leader = servers[0].lstrip("_")
            sources.append(({"collection": shard, "DBserver": leader}, self._batch(leader)))
        return sources

    def _guarded(self, name: str, source: dict[str, str], batch: DumpBatch, files: CollectionFiles) -> ToolError | None:
        try:
            self._dump_source(name, source, batch, files)
        except ToolError as error:
            self._totals.add(errors=1)
            self._console.error("f7ff5", f"An error occurred while dumping collection '{name}': {error}")
            return error
        finally:
            files.end_source()
            self._server.close()
        return None

    def _dump_source(self, name: str, source: dict[str, str], batch: DumpBatch, files: CollectionFiles) -> None:
        parameters = {
            **source, "batchId": batch.id, "chunkSize": self._options["batch-size"], "ticks": False,
            "useEnvelope": False, "flush": False,
        }  # fmt: skip
        more = True
        while more:
            answer = self._server.call("GET", "/_api/replication/dump", parameters=parameters)
            more = answer.headers.get("x-arango-replication-checkmore") == "true"
            self._totals.add(batches=1, bytes=len(answer.body))
            if answer.body:
                files.append(answer.body)
        self._console.info("a9ec1", f"Dumped {source['collection']} of collection '{name}'")


class CollectionFiles:
    """The data files of one collection; closed after the last of its sources."""

    def __init__(self, folder: str, stem: str, sources: int, options: Options) -> None:
        self._path = os.path.join(folder, stem)
        self._left = sources
        self._lock = threading.Lock()
        self._compress = bool(options["compress-output"])
        self._split = bool(options["split-files"])
        self._count = 0
        self._file: DataFile | None = None
        if not self._split or not sources:
            self._file = DataFile(self._path + ".data.json", compress=self._compress)
        if not sources:
            self._close()

    def append(self, block: bytes) -> None:
        """Write the lines of one answer."""
        if self._file is not None:
            self._file.append(block)
            return
        with self._lock:
            self._count += 1
            path = f"{self._path}.{self._count}.data.json"
        part = DataFile(path, compress=self._compress)
        try:
            part.append(block)
        finally:
            part.close()

    def end_source(self) -> None:
        """Count a source that has ended."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


def _run(options: Options, server: Server, console: Console) -> int:
    for name in _NOT_SUPPORTED:
        if options[name]:
            raise ToolError(f"--{name} is not supported by this arangodump: leave the option out")
    if options["collection"] and options["ignore-collection"]:
        raise ToolError("--collection and --ignore-collection exclude each other: use one of them")
    if options["all-databases"] and "server.database" in options.given:
        raise ToolError("cannot use --server.database and --all-databases at the same time")
    started_s, totals, folder = time.monotonic(), Totals(), options["output-directory"].rstrip("/") or "/"
    console.info("05c1d", f"Server version: {server.version()}")
    if options["all-databases"]:
        prepare_folder(folder, overwrite=options["overwrite"])
        for name in server.databases():
            server.database = name
            try:
                number = str(server.current_database()["id"])
            except ServerError as error:
                raise ToolError(f"cannot dump database '{name}': {error.text}") from None
            Dump(server, options, console, totals, os.path.join(folder, folder_name(name, number))).run()
    else:
        Dump(server, options, console, totals, folder).run()
    console.info(
        "66c0e",
        f"Processed {totals.collections} collection(s) from {totals.databases} database(s) in "
        f"{time.monotonic() - started_s:.6f} s total time. Wrote {totals.bytes} bytes into datafiles, "
        f"sent {totals.batches} batch(es) in total.",
    )
    return 1 if totals.errors and not options["force"] else 0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangodump", _OPTIONS, _run, arguments, positional="output-directory")
