"""The executable and the tarball that Bazel builds."""

from __future__ import annotations

import marshal
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

EXECUTABLE = Path(os.environ["STANDIN_EXECUTABLE"])
TARBALL = Path(os.environ["STANDIN_TARBALL"])


def test_the_executable_runs_alone(tmp_path: Path) -> None:
    """A copy of the one file, anywhere, is the server."""
    copy = tmp_path / "arangod"
    copy.write_bytes(EXECUTABLE.read_bytes())
    copy.chmod(0o755)
    done = subprocess.run([str(copy), "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert "server-version: 3.12." in done.stdout


def test_the_executable_holds_byte_code_and_no_times() -> None:
    """Every module is there as source and as byte code, in a file of its own or in the block, with one fixed time."""
    with zipfile.ZipFile(EXECUTABLE) as archive:
        names = archive.namelist()
        times = {info.date_time for info in archive.infolist()}
        block = marshal.loads(archive.read("modules.bin"))
    sources = {name for name in names if name.endswith(".py")}

    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert {name.removesuffix("c") for name in names if name.endswith(".pyc")} | {
        path for path, _, _ in block.values()
    } == sources
    assert {"arangod_standin/process.py", "arangod_standin/aql/parser.py"} <= sources


def test_errors_in_the_executable_show_the_source(tmp_path: Path) -> None:
    """A traceback in the log has the line of the source, also from the block of byte code."""
    engine = tmp_path / "data/engine-sqlite"
    engine.mkdir(parents=True)
    (engine / "data.sqlite3").write_bytes(b"this is no database" * 1000)
    (tmp_path / "data/VERSION").write_text('{"version": 31200, "tasks": {}}')
    command = [str(EXECUTABLE.absolute()), "--database.directory", str(tmp_path / "data"),
               "--server.endpoint", f"unix://{tmp_path / 's'}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "cannot run the server: Traceback" in done.stdout
    assert "self._connection.execute(" in done.stdout


def test_the_tarball_has_the_official_layout(tmp_path: Path) -> None:
    """The server is in usr/sbin, a wrapper in bin, data in usr/share/arangodb3; unpacked, both run."""
    with tarfile.open(TARBALL) as archive:
        names = archive.getnames()
    subprocess.run(["tar", "xzf", str(TARBALL.absolute()), "-C", str(tmp_path)], check=True)
    root = tmp_path / names[0]

    assert TARBALL.name == f"{names[0]}.tar.gz"
    assert (root / "usr/share/arangodb3/js").is_dir()
    for program in ("usr/sbin/arangod", "bin/arangod"):
        done = subprocess.run([str(root / program), "--version"], capture_output=True, text=True, check=True)
        assert "license: community" in done.stdout
    for program in ("usr/bin/arangodump", "bin/arangoimport"):
        done = subprocess.run([str(root / program), "--version"], capture_output=True, text=True, check=True)
        assert "arangod-standin" in done.stdout
