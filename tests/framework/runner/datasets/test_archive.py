"""The archive of a dataset: the same bytes for the same contents, holes kept, what comes out is what went in."""

from __future__ import annotations

import os
import random
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from armadillo.datasets.packing import pack
from armadillo.datasets.record import DatasetRecord
from armadillo.datasets.sparse import BLOCK_BYTES, data_ranges
from armadillo.datasets.unpacking import lay_out, read_record
from armadillo.errors import DatasetError

RECORD = DatasetRecord("//x:people", "//x:server", "3.12.10", "community", "", {"single-1": "127.0.0.1"})
MIB = 1 << 20


def nothing(member: str) -> bool:
    """Leaves nothing out."""
    return False


def make_tree(root: Path, seed: int = 1) -> Path:
    """Files of all kinds: empty, small, large, one with holes, one that is a hole, a link, an empty directory."""
    noise = random.Random(seed)
    (root / "engine" / "empty").mkdir(parents=True)
    (root / "VERSION").write_bytes(b"{}")
    (root / "LOCK").write_bytes(b"4711")
    (root / "engine" / "nothing").touch()
    (root / "engine" / "large").write_bytes(noise.randbytes(3 * MIB + 5))
    with (root / "engine" / "holes").open("wb") as file:
        file.write(b"first")
        for offset in (MIB, 3 * MIB + 100):
            file.seek(offset)
            file.write(noise.randbytes(200_000))
        file.truncate(8 * MIB + 3)
    with (root / "engine" / "zeros").open("wb") as file:
        file.truncate(MIB)
    (root / "engine" / "CURRENT").symlink_to("large")
    (root / "engine" / ("long" * 40)).write_bytes(b"long name")
    return root


def contents(root: Path) -> dict[str, bytes | str]:
    """What is below a folder: bytes of files, targets of links, "" for directories."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = path.read_bytes() if path.is_file() else ""
    return found


def packed(tmp_path: Path, tree: Path, name: str = "a.tar", left_out: Callable[[str], bool] = nothing) -> Path:
    """The archive of one tree as the data of a single server."""
    archive = tmp_path / name
    pack(str(archive), RECORD, {"single-1/data": str(tree), "single-1/apps": str(tmp_path / "missing")}, left_out)
    return archive


def test_what_comes_out_is_what_went_in(tmp_path: Path) -> None:
    """Contents, links, empty directories and long names; the record is read without the rest."""
    tree = make_tree(tmp_path / "tree")
    archive = packed(tmp_path, tree)

    total_bytes = lay_out(str(archive), {"single-1/data": str(tmp_path / "out" / "data")})

    assert contents(tmp_path / "out" / "data") == contents(tree)
    assert total_bytes == sum(len(content) for content in contents(tree).values() if isinstance(content, bytes))
    assert read_record(str(archive)) == RECORD


def test_holes_are_neither_stored_nor_written(tmp_path: Path) -> None:
    """A file of 8 MiB with 0.4 MiB of data costs that much in the archive and on the disk."""
    tree = make_tree(tmp_path / "tree")
    archive = packed(tmp_path, tree)
    lay_out(str(archive), {"single-1/data": str(tmp_path / "data")})

    assert archive.stat().st_size < 4 * MIB
    laid_out = (tmp_path / "data" / "engine" / "holes").stat()
    assert laid_out.st_size == 8 * MIB + 3
    assert laid_out.st_blocks * 512 < MIB
    assert (tmp_path / "data" / "engine" / "zeros").stat().st_blocks * 512 < MIB // 2


def test_the_same_contents_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever order, times, modes and holes the directories had."""
    first = make_tree(tmp_path / "first")
    second = tmp_path / "second"
    subprocess.run(["cp", "-r", "--sparse=never", str(first), str(second)], check=True)
    os.utime(second / "VERSION", (1, 1))
    (second / "VERSION").chmod(0o600)

    one = packed(tmp_path, first, "one.tar")
    other = packed(tmp_path, second, "other.tar")

    assert one.read_bytes() == other.read_bytes()


def test_gnu_tar_reads_it(tmp_path: Path) -> None:
    """People look into an archive with the tool they have; it is sorted, and nobody owns its files."""
    tree = make_tree(tmp_path / "tree")
    archive = packed(tmp_path, tree)
    subprocess.run(["tar", "xf", str(archive), "--no-same-owner", "-C", str(tmp_path)], check=True)

    assert contents(tmp_path / "single-1" / "data") == contents(tree)
    with tarfile.open(archive) as members:
        listed = members.getmembers()
    names = [member.name for member in listed]
    assert names[0] == "dataset.json"
    assert names[1:] == sorted(names[1:])
    assert {(member.mtime, member.uid, member.gid, member.uname) for member in listed} == {(0, 0, 0, "")}


def test_large_files_lie_where_their_blocks_can_be_shared(tmp_path: Path) -> None:
    """Their data begin at multiples of the block size, those with holes and after long headers, too."""
    archive = packed(tmp_path, make_tree(tmp_path / "tree"))
    with tarfile.open(archive) as members:
        large = [member for member in members if member.size > MIB]

    assert [os.path.basename(member.name) for member in large] == ["holes", "large"]
    assert [member.offset_data % BLOCK_BYTES for member in large] == [0, 0]


def test_what_is_left_out_is_not_there(tmp_path: Path) -> None:
    """The lock of a process that is gone."""
    archive = packed(tmp_path, make_tree(tmp_path / "tree"), left_out=lambda member: member.endswith("/LOCK"))
    lay_out(str(archive), {"single-1/data": str(tmp_path / "data")})

    assert not (tmp_path / "data" / "LOCK").exists()
    assert (tmp_path / "data" / "VERSION").exists()


def test_what_no_data_directory_holds_is_refused(tmp_path: Path) -> None:
    """A named pipe has no contents that could be stored."""
    tree = make_tree(tmp_path / "tree")
    os.mkfifo(tree / "pipe")

    with pytest.raises(DatasetError, match=r"expected files, directories and links.*single-1/data/pipe"):
        packed(tmp_path, tree)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_damaged_archive_is_never_laid_out_as_if_it_were_whole(tmp_path: Path, kept: float) -> None:
    """One that ends too early is told as damaged."""
    archive = packed(tmp_path, make_tree(tmp_path / "tree"))
    os.truncate(archive, int(archive.stat().st_size * kept))

    with pytest.raises(DatasetError, match=r"damaged.*build it again"):
        lay_out(str(archive), {"single-1/data": str(tmp_path / "data")})


def test_data_of_a_server_that_this_run_has_not_are_refused(tmp_path: Path) -> None:
    """Rather than forgotten."""
    archive = packed(tmp_path, make_tree(tmp_path / "tree"))

    with pytest.raises(DatasetError, match="holds single-1/data, which no server of this run is given"):
        lay_out(str(archive), {"single-2/data": str(tmp_path / "data")})


def test_what_is_no_dataset_is_told_as_such(tmp_path: Path) -> None:
    """Another archive, no archive, and none at all."""
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as archive:
        archive.add(__file__, "file.py")
    (tmp_path / "text").write_text("no archive")

    with pytest.raises(DatasetError, match=r"found an archive without dataset\.json"):
        read_record(str(other))
    for path in (tmp_path / "text", tmp_path / "missing"):
        with pytest.raises(DatasetError, match="cannot read the dataset"):
            read_record(str(path))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"x", [(0, 1)]),
        (bytes(100), [(0, 100)]),
        (bytes(MIB), []),
        (bytes(MIB) + b"x", [(MIB, 1)]),
        (b"x" + bytes(MIB), [(0, BLOCK_BYTES)]),
        (b"x" + bytes(10_000) + b"x" + bytes(MIB), [(0, 3 * BLOCK_BYTES)]),
        (bytes(10_000) + b"x", [(0, 10_001)]),
        (b"x" + bytes(MIB - 1) + b"x" * 10 + bytes(10_000), [(0, BLOCK_BYTES), (MIB, 10_010)]),
    ],
)
def test_only_long_runs_of_zeros_are_holes(tmp_path: Path, content: bytes, expected: list[tuple[int, int]]) -> None:
    """In whole blocks, wherever they are; a short one costs less than to tell of it."""
    (tmp_path / "file").write_bytes(content)
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    try:
        assert data_ranges(descriptor, len(content)) == expected
    finally:
        os.close(descriptor)
