"""The tidy tests see the whole tree, also as Bazel hands it to them."""

from __future__ import annotations

import os

import pytest

from tests.framework.tidy.source_tree import paths, text_of

NOT_CHECKED = ("examples/", "tools/offline/", ".ci/", "docs/")
"""Packages that Bazel does not hand over: foreign workspaces, stand-ins for repositories, scripts, texts."""


@pytest.mark.skipif("TEST_SRCDIR" in os.environ, reason="Bazel shows this test only what was handed over")
def test_every_package_is_handed_over() -> None:
    """A new package hands its files over by a target `sources`, in `data` of this test or of another `sources`."""
    builds = "".join(text_of(path) for path in paths() if path.endswith("BUILD.bazel"))
    packages = [os.path.dirname(path) for path in paths() if path.endswith("/BUILD.bazel")]
    found = [
        f"//{package}:sources"
        for package in packages
        if package != "tests/framework/tidy"
        and not path_is_left_out(package)
        and f'"//{package}:sources"' not in builds
    ]
    assert not found, "add to data in tests/framework/tidy/BUILD.bazel:\n" + "\n".join(found)


def path_is_left_out(package: str) -> bool:
    """Whether a package is one of those that are not checked."""
    return f"{package}/".startswith(NOT_CHECKED)


def test_the_main_parts_are_there() -> None:
    """An empty tree would pass every other test."""
    for part in ("proto/", "rules/private/", "runner/armadillo/", "tools/arangod_standin/", "tests/smoke/"):
        assert any(path.startswith(part) for path in paths()), part
    assert len(paths()) > 150
