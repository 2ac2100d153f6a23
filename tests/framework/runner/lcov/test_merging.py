"""The program that Bazel's scripts call to make one file of all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.lcov.merging import main

ONE_LINE = "SF:{name}\nDA:1,1\nend_of_record\n"


def merged(directory: Path, *words: str) -> str:
    """What the program writes for the files of a coverage directory; the manifest names pkg/lib.py alone."""
    manifest, output = directory.parent / "manifest", directory / "_coverage.dat"
    manifest.write_text("pkg/lib.py\n")
    output.touch()
    options = [f"--coverage_dir={directory}", f"--output_file={output}", f"--source_file_manifest={manifest}"]
    assert main([*options, *words]) == 0
    return output.read_text()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty coverage directory with the servers' folder."""
    (tmp_path / "coverage" / "armadillo_servers").mkdir(parents=True)
    return tmp_path / "coverage"


def test_sources_are_those_of_the_manifest_and_of_servers(directory: Path) -> None:
    """Servers are seldom built by Bazel; what Bazel tells to leave out is left out of theirs, too."""
    for name in ("pkg/lib.py", "pkg/other.py"):
        (directory / f"{os.path.basename(name)}.dat").write_text(ONE_LINE.format(name=name))
    servers = "".join(ONE_LINE.format(name=name) for name in ("/src/arangod/x.cpp", "/usr/include/c++/12/string"))
    (directory / "armadillo_servers" / "lines.dat").write_text(servers)
    text = merged(directory, "--filter_sources=/usr/include.+", "--an_option_of_later=1")
    assert [line for line in text.splitlines() if line.startswith("SF")] == ["SF:/src/arangod/x.cpp", "SF:pkg/lib.py"]


def test_the_same_source_adds_up(directory: Path) -> None:
    """Two processes ran the same line."""
    for name in ("one.dat", "two.dat"):
        (directory / name).write_text(ONE_LINE.format(name="pkg/lib.py"))
    assert "DA:1,2\n" in merged(directory)


def test_whatever_is_wrong_the_exit_code_is_good(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The script's exit code is the test's: a broken file must not fail it, and is told."""
    (directory / "broken.dat").write_text("SF:pkg/lib.py\nDA:1,1\nDA:2,\n")
    (directory / "dead.dat").symlink_to("nowhere")
    assert "DA:1,1\n" in merged(directory)
    assert main(["--coverage_dir=/nowhere", "--output_file=/nowhere/x", "--source_file_manifest=/nowhere/m"]) == 0
    told = capsys.readouterr().err
    assert "broken.dat: 1 lines are no LCOV" in told
    assert "dead.dat is left out" in told
    assert "/nowhere/m" in told


def test_reports_of_all_targets_become_one(tmp_path: Path) -> None:
    """As a --coverage_report_generator, by which Bazel makes the combined report; as a program of its own."""
    reports = [tmp_path / name for name in ("a.dat", "b.dat")]
    for report in reports:
        report.write_text(ONE_LINE.format(name=f"pkg/{report.name}"))
    listed, output = tmp_path / "reports", tmp_path / "all.dat"
    listed.write_text("".join(f"{report}\n" for report in reports))
    words = [sys.executable, "-m", "armadillo.lcov", f"--reports_file={listed}", f"--output_file={output}"]
    subprocess.run(words, check=True, timeout=60)
    assert output.read_text().count("SF:") == 2
