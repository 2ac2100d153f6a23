"""The repository with Python packages: what is wrong with a lock or an interpreter is said so that it can be mended."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace


def make_wheel(directory: Path) -> Path:
    """A wheel with one module, `greeting`."""
    wheel = directory / "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("greeting.py", 'TEXT = "hello"\n')
        archive.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        archive.writestr(
            "greeting-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("greeting-1.0.dist-info/RECORD", "")
    return wheel


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace whose repository @deps installs one wheel that lies on disk, by a lock."""
    directory = tmp_path_factory.mktemp("packages")
    wheel = make_wheel(directory)
    with scratch_workspace(directory) as made:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        made.write("deps/BUILD.bazel", "")
        made.write("deps/good.lock", f"greeting @ {wheel.as_uri()} --hash=sha256:{digest}\n")
        made.write("deps/forged.lock", f"greeting @ {wheel.as_uri()} --hash=sha256:{'0' * 64}\n")
        made.write("deps/unpinned.lock", "# a list of wishes\ngreeting>=1.0\n")
        made.write("deps/remote.lock", f"greeting==1.0 \\\n    --hash=sha256:{digest}\n")
        made.write("deps/garbage.lock", "<<<<<<< HEAD\n")
        for name in ("good", "forged", "unpinned", "garbage", "remote"):
            made.append(
                "WORKSPACE",
                'load("//rules:repositories.bzl", "armadillo_python_packages")\n'
                f'armadillo_python_packages(name = "{name}", requirements_lock = "//deps:{name}.lock")\n',
            )
            made.append(
                "MODULE.bazel",
                f'armadillo_python.packages(name = "{name}", requirements_lock = "//deps:{name}.lock")\n'
                f'use_repo(armadillo_python, "{name}")\n',
            )
        yield made


def test_a_lock_becomes_a_target(workspace: ScratchWorkspace) -> None:
    """The packages are one directory, with byte code, and a marker that names lock and interpreter."""
    done = workspace.bazel("build", "@good//:packages")

    assert done.exit_code == 0, done.output
    (site,) = workspace.output_user_root.glob("*/external/*good/site-packages")
    assert (site / "greeting.py").exists()
    assert list(site.glob("__pycache__/greeting.*.pyc"))
    marker = (site.parent / "marker.txt").read_text(encoding="utf-8")
    lock = (workspace.root / "deps" / "good.lock").read_bytes()
    assert hashlib.sha256(lock).hexdigest() in marker
    assert sys.version.split()[0] in marker


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("forged", "has another hash than"),
        ("unpinned", 'is not a lock, it has the requirement "greeting>=1.0"'),
        ("garbage", "is not a lock"),
        ("remote", "a package index that can be reached"),
    ],
)
def test_a_bad_lock_says_what_is_wrong(workspace: ScratchWorkspace, name: str, says: str) -> None:
    """A forged hash, no lock at all, no network: the lock's label, the law and what to do stand in the message."""
    done = workspace.bazel("build", f"@{name}//:packages")

    assert done.exit_code != 0
    assert says in done.output
    assert f"deps:{name}.lock" in done.output
    assert "what to do:" in done.output


def test_without_python_it_says_what_was_looked_for(workspace: ScratchWorkspace) -> None:
    """A wrong ARMADILLO_PYTHON is named, with the ways out."""
    absent = str(workspace.root / "no-python3")
    done = workspace.bazel("build", "@good//:packages", f"--repo_env=ARMADILLO_PYTHON={absent}")

    assert done.exit_code != 0
    assert f"found no Python interpreter (looked for ARMADILLO_PYTHON={absent})" in done.output
    assert "apt-get install python3" in done.output


def test_an_old_python_says_so(workspace: ScratchWorkspace) -> None:
    """An interpreter below 3.11 is refused before anything is installed."""
    old = workspace.write("old-python3", "#!/bin/sh\necho False /usr/bin/python3.9 3.9.2\n", executable=True)
    done = workspace.bazel("build", "@good//:packages", f"--repo_env=ARMADILLO_PYTHON={old}")

    assert done.exit_code != 0
    assert "is not usable, it said: 3.9.2" in done.output
    assert "3.11 or newer" in done.output
