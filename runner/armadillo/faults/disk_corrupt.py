"""A fault of the data itself: a stopped server's database directory is swapped for a copy with flipped bits or cuts.

The server is down when it is injected; a test starts it and sees what it makes of the damage. At the heal the original
is put back and the server started on it: what was written meanwhile is gone with the copy. Needs no preparation.
"""

from __future__ import annotations

import asyncio
import fnmatch
import os
import random
import shutil
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from ..errors import FaultError, FaultNotProvedError, FaultRequestError
from .fault import Fault
from .ground import Ground
from .parameters import choice, measure
from .process import ASKED_BY, ProcessFault
from .targets import Targets

_ORIGINAL = ".original"
_STEP_TIMEOUT_S = 300.0


class Damage(NamedTuple):
    """What was done at one place: `bit` of the byte at `offset` flipped, or (-1) the file cut there."""

    path: str
    offset: int
    bit: int

    def told(self) -> str:
        """ "engine-rocksdb/000012.sst: bit 3 of byte 8123 flipped"."""
        if self.bit < 0:
            return f"{self.path}: cut at byte {self.offset}"
        return f"{self.path}: bit {self.bit} of byte {self.offset} flipped"


@dataclass(frozen=True)
class CorruptParameters:
    """What is damaged: `count` places in files whose path below the database directory matches `files` (fnmatch)."""

    how: str = choice("flip", "flip", "truncate")
    files: str = "*"
    count: int = measure(1, 1, 10000)


class DiskCorrupt(Fault):
    """Bits flipped or files cut in a copy of the data, at random places by the run's seed."""

    kind: ClassVar[str] = "disk.corrupt"
    parameters_type: ClassVar[type[Any]] = CorruptParameters

    def __init__(self, server: str, parameters: CorruptParameters) -> None:
        self._server = server
        self.parameters = parameters
        self.damages: list[Damage] = []

    @classmethod
    def from_request(cls, targets: Targets, parameters: CorruptParameters) -> Self:
        """The fault of a request; it hits one server."""
        return cls(targets.only_server(cls.kind), parameters)

    @property
    def servers(self) -> tuple[str, ...]:
        """The one."""
        return (self._server,)

    @property
    def step_timeout_s(self) -> float:
        """Servers stop and start in it, and data is copied."""
        return _STEP_TIMEOUT_S

    def describe(self) -> str:
        """ "data of dbserver-1 corrupted: bits flipped in 3 places of *.sst"."""
        how = "bits flipped" if self.parameters.how == "flip" else "files cut"
        return f"data of {self._server} corrupted: {how} in {self.parameters.count} places of {self.parameters.files}"

    def conflicts_with(self, other: Fault) -> str:
        """It stops and starts the server, and swaps what faults of its disk look at."""
        clash = isinstance(other, ProcessFault) or other.kind.startswith(("disk.", "resource."))
        return f"both hit {self._server}" if clash and self._server in other.servers else ""

    async def inject(self, ground: Ground) -> None:
        """Stops the server, puts the original aside and damages a copy in its place."""
        server = ground.servers[self._server]
        if server.is_alive:
            await server.stop(ground.stop_timeout_s, ASKED_BY)
        directory = server.incarnation.database_directory
        try:
            await asyncio.to_thread(self._swap, directory, random.Random(ground.random.getrandbits(64)))
        except OSError as error:
            raise FaultError(f"{self.kind}: the data of {self._server} cannot be copied: {error}") from None

    def _swap(self, directory: str, source: random.Random) -> None:
        files = _matching(directory, self.parameters.files)
        if not files:
            there = ", ".join(sorted(_matching(directory, "*"))[:20]) or "none at all"
            raise FaultRequestError(
                f"{self.kind}: no file of {self._server} matches {self.parameters.files!r}; there are {there}"
            )
        os.rename(directory, directory + _ORIGINAL)
        shutil.copytree(directory + _ORIGINAL, directory, symlinks=True)
        for _ in range(self.parameters.count):
            path = source.choice(sorted(files))
            place = os.path.join(directory, path)
            size = os.path.getsize(place)
            if not size:
                continue  # cut to nothing by an earlier turn
            offset = source.randrange(size)
            bit = source.randrange(8) if self.parameters.how == "flip" else -1
            self.damages.append(Damage(path, offset, bit))
            _damage(place, offset, bit)

    async def prove_injected(self, ground: Ground) -> str:
        """The damaged files differ from the originals, and the server is down."""
        directory = ground.servers[self._server].incarnation.database_directory
        same = [path for path in {one.path for one in self.damages} if _is_same(directory, path)]
        if same or not self.damages:
            raise FaultNotProvedError(f"expected damage in {', '.join(same) or directory}, found the original bytes")
        return "; ".join(one.told() for one in self.damages)

    async def recover(self, ground: Ground) -> None:
        """Puts the original back and starts the server on it."""
        server = ground.servers[self._server]
        directory = server.incarnation.database_directory
        if _is_swapped(directory):
            if server.is_alive:
                await server.kill(0, ASKED_BY)  # it may hang over the damage, and its data goes anyway
            try:
                await asyncio.to_thread(shutil.rmtree, directory, True)
                os.rename(directory + _ORIGINAL, directory)
            except OSError as error:
                raise FaultError(f"{self.kind}: the data of {self._server} cannot be put back: {error}") from None
        if not server.is_alive:
            await ground.start_server(self._server, wait=False)

    async def prove_recovered(self, ground: Ground) -> str:
        """The original is in its place, and the server is ready on it."""
        directory = ground.servers[self._server].incarnation.database_directory
        if _is_swapped(directory):
            raise FaultNotProvedError(f"the original data still lies at {directory + _ORIGINAL}")
        return await ground.until_ready(self._server)


def _is_swapped(directory: str) -> bool:
    return os.path.isdir(directory + _ORIGINAL)


def _matching(directory: str, pattern: str) -> list[str]:
    """Paths of files with content, relative to the directory, that match the pattern as a whole or by their name."""
    found = []
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            is_meant = fnmatch.fnmatch(relative, pattern) or fnmatch.fnmatch(name, pattern)
            if is_meant and os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path):
                found.append(relative)
    return found


def _damage(path: str, offset: int, bit: int) -> None:
    with open(path, "r+b") as file:
        if bit < 0:
            file.truncate(offset)
            return
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def _is_same(directory: str, path: str) -> bool:
    with (
        open(os.path.join(directory, path), "rb") as copy,
        open(os.path.join(directory + _ORIGINAL, path), "rb") as original,
    ):
        while True:
            ours, theirs = copy.read(1 << 20), original.read(1 << 20)
            if ours != theirs:
                return False
            if not ours:
                return True


KINDS = (DiskCorrupt,)
