"""Storing data directories in a tar archive that is a function of their contents.

Names are sorted, times and owners are zero. Long runs of zeros are left out (GNU's sparse format 1.0, which GNU tar and
Python read). The data of large files begin at multiples of 4096 bytes, so that a file system can share the blocks with
the copies that tests start from; that is also why nothing is compressed (docs/decisions/0020-datasets.md).
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping

from ..errors import DatasetError
from .record import RECORD_NAME, DatasetRecord
from .sparse import BLOCK_BYTES, Range, copy_ranges, data_ranges

_ALIGNED_FROM_BYTES = 64 * 1024
_DIRECTORY_MODE = 0o755
_FILE_MODE = 0o644


def pack(path: str, record: DatasetRecord, directories: Mapping[str, str], is_left_out: Callable[[str], bool]) -> None:
    """Writes the archive: the record, then each directory under its name; a missing directory is left out.

    `is_left_out` is asked with a member's name. Raises `DatasetError` for what is neither file, directory nor link.
    """
    with open(path, "wb") as archive:
        content = record.to_json().encode()
        archive.write(_header(_member(RECORD_NAME, len(content))) + _padded(content))
        for name in sorted(directories):
            if os.path.isdir(directories[name]):
                _pack_directory(archive, name, directories[name], is_left_out)
        archive.write(bytes(2 * tarfile.BLOCKSIZE))


def _pack_directory(archive: io.BufferedWriter, name: str, path: str, is_left_out: Callable[[str], bool]) -> None:
    info = _member(name)
    info.type, info.mode = tarfile.DIRTYPE, _DIRECTORY_MODE
    archive.write(_header(info))
    for entry in _sorted(path):
        member = f"{name}/{entry.name}"
        mode = entry.stat(follow_symlinks=False).st_mode
        if is_left_out(member):
            continue
        if stat.S_ISDIR(mode):
            _pack_directory(archive, member, entry.path, is_left_out)
        elif stat.S_ISREG(mode):
            _pack_file(archive, member, entry.path)
        elif stat.S_ISLNK(mode):
            info = _member(member)
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(entry.path)
            archive.write(_header(info))
        else:
            raise DatasetError(
                f"expected files, directories and links in a stopped server's data, found {member} of mode {mode:o}"
            )


def _sorted(path: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)


def _pack_file(archive: io.BufferedWriter, name: str, path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size_bytes = os.fstat(descriptor).st_size
        ranges = data_ranges(descriptor, size_bytes)
        stored_bytes = sum(length for _, length in ranges)
        sparse_map = b"" if stored_bytes == size_bytes else _sparse_map(ranges, size_bytes)
        info = _member(name, len(sparse_map) + stored_bytes)
        if sparse_map:
            info.name = f"{os.path.dirname(name)}/GNUSparseFile.0/{os.path.basename(name)}"
            info.pax_headers = {
                "GNU.sparse.major": "1",
                "GNU.sparse.minor": "0",
                "GNU.sparse.name": name,
                "GNU.sparse.realsize": str(size_bytes),
            }
        aligned = stored_bytes >= _ALIGNED_FROM_BYTES
        archive.write(_aligned_header(info, archive.tell() + len(sparse_map)) if aligned else _header(info))
        archive.write(sparse_map)
        archive.flush()
        start = archive.tell()
        _append_ranges(descriptor, archive.fileno(), start, ranges)
        archive.seek(start + stored_bytes)
        archive.write(bytes(-stored_bytes % tarfile.BLOCKSIZE))
    except EOFError as error:
        raise DatasetError(f"{path} became shorter while it was stored: {error}; does a server still run?") from error
    finally:
        os.close(descriptor)


def _append_ranges(source: int, archive: int, start: int, ranges: list[Range]) -> None:
    for offset, length in ranges:
        copy_ranges(source, offset, archive, start, [(0, length)])
        start += length


def _sparse_map(ranges: list[Range], size_bytes: int) -> bytes:
    """The number of parts, then offset and length of each; an empty part tells where the file ends."""
    parts = [*ranges, *([] if ranges and sum(ranges[-1]) == size_bytes else [(size_bytes, 0)])]
    numbers = [len(parts), *(number for part in parts for number in part)]
    return _padded("".join(f"{number}\n" for number in numbers).encode())


def _member(name: str, size_bytes: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size_bytes, _FILE_MODE, 0
    return info


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT)


def _aligned_header(info: tarfile.TarInfo, position: int) -> bytes:
    """The header that makes what follows it begin at a multiple of the block size; a comment fills it up."""
    header = _header(info)
    length = 1
    while (position + len(header)) % BLOCK_BYTES:
        info.pax_headers = {**info.pax_headers, "comment": "-" * length}
        header = _header(info)
        length += tarfile.BLOCKSIZE
    return header


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % tarfile.BLOCKSIZE)
