"""The executable and the tarball that Bazel builds."""

from __future__ import annotations

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
    """Every module is there as source and as byte code, with one fixed time."""
    with zipfile.ZipFile(EXECUTABLE) as archive:
        names = archive.namelist()
        times = {info.date_time for info in archive.infolist()}
    sources = [name for name in names if name.endswith(".py")]

    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert {f"{name}c" for name in sources} == set(names) - set(sources)
    assert "arangod_standin/process.py" in sources


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
