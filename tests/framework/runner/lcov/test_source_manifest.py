"""Bazel's manifest: which sources, under which names, and where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo.lcov.coverage_request import read_coverage_request
from armadillo.lcov.source_manifest import SourceManifest, places_of, read_source_manifest

MANIFEST = SourceManifest(("pkg/lib.py", "pkg/a/x.cpp", "a/x.cpp", "bazel-out/k8/bin/pkg/made.py", "pkg/x.gcno"))


def test_the_file_is_read(tmp_path: Path) -> None:
    """One path a line; empty lines and repetitions do not count."""
    file = tmp_path / "manifest"
    file.write_text("pkg/lib.py\n\npkg/x.gcno\npkg/lib.py\n")
    manifest = read_source_manifest(str(file))
    assert (manifest.paths, manifest.python, manifest.notes) == (
        ("pkg/lib.py", "pkg/x.gcno"),
        ["pkg/lib.py"],
        ["pkg/x.gcno"],
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("pkg/a/x.cpp", "pkg/a/x.cpp"),
        ("./pkg/../pkg/a/x.cpp", "pkg/a/x.cpp"),
        ("/b/sandbox/7/execroot/_main/pkg/a/x.cpp", "pkg/a/x.cpp"),
        ("/b/sandbox/7/execroot/_main/pkg/unknown.cpp", "pkg/unknown.cpp"),
        ("/elsewhere/pkg/a/x.cpp", "pkg/a/x.cpp"),
        ("/src/arangod/main.cpp", "/src/arangod/main.cpp"),
    ],
)
def test_a_source_has_the_name_that_bazel_reports(path: str, name: str) -> None:
    """Whatever path the compiler was called with; a server that somebody else built keeps its own."""
    assert MANIFEST.reported_name(path) == name


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("pkg/lib.py", "/rf/_main/pkg/lib.py"),
        ("bazel-out/k8/bin/pkg/made.py", "/rf/_main/pkg/made.py"),
        ("external/other/lib.py", "/rf/other/lib.py"),
        ("bazel-out/k8/bin/external/other/made.py", "/rf/other/made.py"),
    ],
)
def test_sources_lie_in_the_runfiles(path: str, place: str) -> None:
    """Generated ones and those of other repositories, too; else below the execution root."""
    places = places_of(path, runfiles_root="/rf", workspace="_main", execution_root="/root")
    assert list(places) == [place, f"/root/{path}"]


def test_only_bazel_coverage_asks() -> None:
    """Both variables, and a path that Bazel's script has made absolute."""
    asked = {"COVERAGE_DIR": "/c", "COVERAGE_MANIFEST": "/m", "ROOT": "/root"}
    assert read_coverage_request({}) is None
    assert read_coverage_request({"COVERAGE_DIR": "/c"}) is None
    assert read_coverage_request({**asked, "COVERAGE_DIR": "c"}) is None
    request = read_coverage_request(asked)
    assert request is not None
    assert (request.directory, request.manifest, request.execution_root) == ("/c", "/m", "/root")


def test_servers_are_told_where_to_write() -> None:
    """One LLVM profile for each process and binary; the continuous form where Bazel says that it is supported."""
    asked = {"COVERAGE_DIR": "/c", "COVERAGE_MANIFEST": "/m"}
    request = read_coverage_request(asked)
    continuous = read_coverage_request({**asked, "LLVM_PROFILE_CONTINUOUS_MODE": "1"})
    assert request is not None
    assert continuous is not None
    assert request.server_environment("single-1", 2) == {
        "LLVM_PROFILE_FILE": "/c/armadillo_servers/single-1-2-%p-%m.profraw",
        "GCOV_PREFIX": "/c/armadillo_servers",
        "GCOV_PREFIX_STRIP": "0",
    }
    assert continuous.server_environment("a", 1)["LLVM_PROFILE_FILE"].endswith(".profraw%c")
