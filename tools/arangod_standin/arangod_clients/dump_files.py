"""The files of a dump: their names and how they are written and read.

Per collection ``<name>_<md5 of the name>.structure.json`` and ``.data.json`` (``.data.json.gz`` when compressed), per
view ``<name>.view.json``, and ``dump.json`` and ``ENCRYPTION`` for the whole. With ``--split-files`` the data files
have numbers: ``<name>_<md5>.<number>.data.json.gz``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import threading
from typing import IO, TYPE_CHECKING, Any

from .failure import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
STRUCTURE = ".structure.json"
VIEW = ".view.json"
_DATA = re.compile(r"(?:\.\d+)?\.data\.json(?:\.gz)?")


def file_stem(name: str, number: str) -> str:
    """Return how the files of a collection begin; names that are no good file names give way to the id."""
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name if _PLAIN_NAME.fullmatch(name) else number}_{digest}"


def folder_name(name: str, number: str) -> str:
    """Return the name of a database's folder in a dump of all databases."""
    return name if _PLAIN_NAME.fullmatch(name) else number


def write_json(path: str, value: Any) -> None:
    """Write a small file that is there as a whole or not at all."""
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
    os.replace(temporary, path)


def read_json(path: str) -> dict[str, Any]:
    """Return the object in a file. Raises ToolError."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise ToolError(f"cannot read {path}: {error}") from None
    if not isinstance(value, dict):
        raise ToolError(f"{path} is not part of a dump: expected a JSON object in it")
    return value


def prepare_folder(path: str, *, overwrite: bool) -> None:
    """Make a folder for output. Raises ToolError when there is something in it that must not be overwritten."""
    if os.path.exists(path) and not os.path.isdir(path):
        raise ToolError(f"cannot write to directory '{path}': it is a file")
    if os.path.isdir(path) and os.listdir(path) and not overwrite:
        raise ToolError(f"output directory '{path}' already exists. use \"--overwrite true\" to overwrite data in it")
    os.makedirs(path, exist_ok=True)


class DataFile:
    """One data file that several threads may append whole blocks of lines to."""

    def __init__(self, path: str, *, compress: bool) -> None:
        self.path = path + (".gz" if compress else "")
        opener: Any = gzip.open if compress else open
        self._file: IO[bytes] = opener(self.path, "wb")
        self._lock = threading.Lock()

    def append(self, block: bytes) -> None:
        """Write lines."""
        with self._lock:
            self._file.write(block)

    def close(self) -> None:
        """End the file."""
        self._file.close()


def remove_data(folder: str, stem: str) -> None:
    """Remove data files of an earlier dump of the same collection."""
    for name in os.listdir(folder):
        if name.startswith(stem) and _DATA.fullmatch(name[len(stem) :]):
            os.remove(os.path.join(folder, name))


def data_paths(folder: str, stem: str) -> list[str]:
    """Return the data files of a collection."""
    names = sorted(n for n in os.listdir(folder) if n.startswith(stem) and _DATA.fullmatch(n[len(stem) :]))
    return [os.path.join(folder, name) for name in names]


def blocks(path: str, size: int) -> Iterator[bytes]:
    """Give a data file in blocks of whole lines, about `size` bytes each. Raises ToolError for a broken file."""
    opener: Any = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            rest = b""
            while piece := file.read(size):
                whole, newline, tail = (rest + piece).rpartition(b"\n")
                if newline:
                    yield whole + newline
                    rest = tail
                else:
                    rest = tail
            if rest.strip():
                yield rest + b"\n"
    except (EOFError, gzip.BadGzipFile) as error:
        raise ToolError(f"{path} is damaged: {error}") from None
