"""Reading a dataset's archive: its record, and laying its files out."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping

from ..errors import DatasetError
from .record import RECORD_NAME, DatasetRecord, record_from_json
from .sparse import Range, copy_ranges

_OWN_DIRECTORY = 0o700


def read_record(path: str) -> DatasetRecord:
    """The record of an archive; raises `DatasetError` when there is none."""
    try:
        with tarfile.open(path, "r:") as archive:
            first = archive.next()
            content = archive.extractfile(first) if first is not None and first.name == RECORD_NAME else None
            if content is not None:
                return record_from_json(content.read(), path)
    except (OSError, tarfile.TarError) as error:
        raise DatasetError(f"cannot read the dataset {path}: {error}; build it again") from error
    raise DatasetError(f"expected a dataset in {path}, found an archive without {RECORD_NAME}; build it again")


def lay_out(path: str, directories: Mapping[str, str]) -> int:
    """Writes each directory of the archive, by its name in there, to its place; answers the bytes of all files.

    Blocks are shared with the archive where the file system can; holes stay holes. Raises `DatasetError` for a damaged
    archive, OSError when the disk is full.
    """
    total_bytes = 0
    try:
        with tarfile.open(path, "r:") as archive, open(path, "rb", buffering=0) as source:
            for member in archive:
                place = _place(member.name, directories)
                if member.name == RECORD_NAME:
                    continue
                if not place:
                    raise DatasetError(f"the dataset {path} holds {member.name}, which no server of this run is given")
                if member.isdir():
                    os.makedirs(place, exist_ok=True)
                elif member.issym():
                    os.symlink(member.linkname, place)
                else:
                    _write_file(source.fileno(), member, place)
                    total_bytes += member.size
    except (tarfile.TarError, EOFError) as error:
        raise DatasetError(f"the dataset {path} is damaged: {error}; build it again") from error
    return total_bytes


def _place(name: str, directories: Mapping[str, str]) -> str:
    """Where a member goes; "" for one of no directory."""
    for directory, place in directories.items():
        if name == directory:
            return place
        if name.startswith(f"{directory}/"):
            return os.path.join(place, name[len(directory) + 1 :])
    return ""


def _write_file(source: int, member: tarfile.TarInfo, place: str) -> None:
    target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, member.mode)
    try:
        os.ftruncate(target, member.size)
        ranges = [(0, member.size)] if member.sparse is None else _sparse_ranges(member)
        copy_ranges(source, member.offset_data, target, 0, [(offset, length) for offset, length in ranges if length])
    finally:
        os.close(target)


def _sparse_ranges(member: tarfile.TarInfo) -> list[Range]:
    """Where its data belong; the types of the standard library know nothing of them."""
    parts: list[Range] = list(getattr(member, "sparse", ()))
    return parts
