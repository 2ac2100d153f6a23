"""A scratch workspace: a copy of this repository in which a real Bazel runs, inside a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

TIMEOUT_S = 400
PARTS = (
    ".bazelrc",
    "BUILD.bazel",
    "MODULE.bazel",
    "WORKSPACE",
    "WORKSPACE.bzlmod",
    "proto",
    "rules",
    "runner",
    "tests/framework/packages",
    "tools",
)


@dataclass
class Result:
    """How one Bazel command ended."""

    exit_code: int
    output: str

    def status_of(self, label: str) -> str:
        """The word that Bazel's summary says of a test target: PASSED, FAILED, TIMEOUT, NO STATUS, ...; "" if none."""
        for line in self.output.splitlines():
            if line.startswith(label + " "):
                return line[len(label) :].strip().split(" in ")[0]
        return ""


@dataclass
class ScratchWorkspace:
    """A copy of the repository with packages of its own; Bazel's output is below the test's own folder."""

    root: Path
    output_user_root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str, *, executable: bool = False) -> Path:
        """Writes one file of the workspace."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if executable:
            file.chmod(0o755)
        return file

    def append(self, path: str, text: str) -> None:
        """Adds lines to a file of the workspace, say a repository to WORKSPACE."""
        file = self.root / path
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    def bazel(self, *arguments: str, **environment: str) -> Result:
        """Runs a command; nothing is downloaded, the Python packages are those of this test."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        print(done.stdout)
        return Result(done.returncode, done.stdout)

    def command(self, *arguments: str) -> list[str]:
        """The words that `bazel` runs, for who does not want to wait for its end."""
        command = [str(self.root / "tools" / "bazel"), f"--output_user_root={self.output_user_root}"]
        end = arguments.index("--") if "--" in arguments else len(arguments)  # behind it: what `run` hands on
        command += arguments[:end]
        if arguments and arguments[0] not in ("shutdown", "info"):
            command += [f"--override_repository={packages_repository().name}={self.root.parent / 'packages'}"]
            command += ["--noshow_progress", "--color=no", "--curses=no"]
        command += arguments[end:]
        return command

    def file_of(self, folder: str, path: str) -> Path:
        """A file below bazel-bin or bazel-testlogs, as `folder` says."""
        return self.root / folder / path

    def json_of(self, path: str) -> dict[str, object]:
        """A JSON file below bazel-bin."""
        loaded: dict[str, object] = json.loads(self.file_of("bazel-bin", path).read_text(encoding="utf-8"))
        return loaded

    def cases_of(self, target: str) -> list[ElementTree.Element]:
        """The cases in the test.xml of a target, given as "package/name"."""
        return list(ElementTree.parse(self.file_of("bazel-testlogs", f"{target}/test.xml")).iter("testcase"))


def packages_repository() -> Path:
    """The repository with this test's own Python packages; its folder's name is its canonical name."""
    runfiles = Path(os.environ["TEST_SRCDIR"])
    (site_packages,) = runfiles.glob("*armadillo_pydeps/site-packages")
    return site_packages.parent


def copy_packages(target: Path) -> None:
    """Makes the same repository for the inner Bazel; the packages themselves are linked, not copied."""
    real = (packages_repository() / "site-packages").resolve().parent
    target.mkdir()
    for name in ("BUILD.bazel", "marker.txt", "python.bzl"):
        shutil.copy(real / name, target / name)
    (target / "WORKSPACE").touch()
    (target / "site-packages").symlink_to(real / "site-packages")


@contextmanager
def scratch_workspace(directory: Path, copied_from: Path = Path()) -> Iterator[ScratchWorkspace]:
    """A scratch workspace below a folder; its Bazel server ends with it. It may be a copy of another one."""
    root = directory / "workspace"
    root.mkdir()
    for part in PARTS:
        source = copied_from / part
        if source.is_dir():
            shutil.copytree(source, root / part, symlinks=False)
        else:
            shutil.copy(source, root / part)
    (root / "tools" / "bazel").chmod(0o755)
    # Bazel 7 gives each sandbox a /tmp of its own, in which a scratch workspace below /tmp would lack its packages.
    with (root / "tools" / "bazel7.bazelrc").open("a", encoding="utf-8") as options:
        options.write("build --noincompatible_sandbox_hermetic_tmp\n")
    # Globs do not go into folders that .bazelignore names, so these are made anew.
    subprocess.run([sys.executable, "-s", "-S", str(root / "tools" / "offline" / "generate.py")], check=True)
    copy_packages(directory / "packages")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "USER": "scratch",
        "ARMADILLO_OFFLINE": "1",
        "ARMADILLO_PYTHON": sys.executable,
        # There is no network: pip need not try again.
        "PIP_RETRIES": "0",
    }
    workspace = ScratchWorkspace(root, directory / "bazel", environment)
    try:
        yield workspace
    finally:
        workspace.bazel("shutdown")
