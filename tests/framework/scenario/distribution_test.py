"""arangodb.distribution on real trees: what is found becomes a server, what is missing a failed test."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

ARANGOD = """\
#!/bin/sh
echo "server-version: 3.12.5"
echo "license: enterprise"
echo "v8-version: 12.1.165"
echo "icu: $(cat "$ICU_DATA"/icudtl*.dat)"
"""

WRAPPER = "#!/bin/sh\necho this is the shell wrapper, it must not be run\n"

TEST = '''\
"""A test on whatever server the flag names."""


async def test_it_answers(arango):
    """The server answers for its version."""
    assert await arango.version()
'''


def make_tarball_tree(root: Path) -> Path:
    """The official tarball, unpacked."""
    for name, text in (
        ("usr/sbin/arangod", ARANGOD),
        ("usr/bin/arangosh", ARANGOD),
        ("bin/arangod", WRAPPER),
        ("usr/share/arangodb3/icudtl.dat", "icu data"),
        ("usr/share/arangodb3/js/server/server.js", "// js"),
        ("LICENSE", "licence"),
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    return root


def make_source_tree(root: Path) -> Path:
    """A source tree with a build directory elsewhere, as CMake leaves it."""
    source, build = root / "source", root / "out" / "build"
    (source / "js").mkdir(parents=True)
    (source / "enterprise" / "js").mkdir(parents=True)
    (source / "js" / "a.js").write_text("// js", encoding="utf-8")
    (build / "bin" / "tzdata").mkdir(parents=True)
    (build / "bin" / "icudtl_legacy.dat").write_text("icu data", encoding="utf-8")
    (build / "bin" / "arangod").write_text(ARANGOD, encoding="utf-8")
    (build / "bin" / "arangod").chmod(0o755)
    (build / "CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={source}\n", encoding="utf-8")
    return build


def packed(tree: Path, archive: Path) -> str:
    """Packs a tree below one folder, as the official tarball is; returns its sha256."""
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tree, arcname="arangodb3e-linux-3.12.5_x86_64")
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def declare(workspace: ScratchWorkspace, distributions: dict[str, dict[str, str]]) -> None:
    """Declares distributions in WORKSPACE and in MODULE.bazel."""
    calls = [
        ", ".join([f'name = "{name}"', *(f'{key} = "{value}"' for key, value in attributes.items())])
        for name, attributes in distributions.items()
    ]
    workspace.append(
        "WORKSPACE",
        'load("//rules:repositories.bzl", "arangodb_distribution")\n'
        + "".join(f"arangodb_distribution({call})\n" for call in calls),
    )
    workspace.append(
        "MODULE.bazel",
        'arangodb = use_extension("//rules:extensions.bzl", "arangodb")\n'
        + "".join(f"arangodb.distribution({call})\n" for call in calls)
        + "use_repo(arangodb, {})\n".format(", ".join(f'"{name}"' for name in distributions)),
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with one distribution of each kind, one target for each, and a test."""
    directory = tmp_path_factory.mktemp("distribution")
    tree = make_tarball_tree(directory / "tree")
    build = make_source_tree(directory / "built")
    (directory / "empty").mkdir()
    other = directory / "other" / "usr" / "sbin" / "arangod"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho I am a cake\n", encoding="utf-8")
    other.chmod(0o755)
    with scratch_workspace(directory) as made:
        sha256 = packed(tree, made.root / "arangodb.tar.gz")
        shutil.copy(os.environ["STANDIN_TARBALL"], made.root / "standin.tar.gz")
        declare(
            made,
            {
                "unpacked": {"path": str(tree)},
                "built": {"path": str(build)},
                "archived": {"archive": "//:arangodb.tar.gz"},
                "downloaded": {"url": (made.root / "arangodb.tar.gz").as_uri(), "sha256": sha256},
                "standin": {"archive": "//:standin.tar.gz"},
                "absent": {"path": str(directory / "nowhere")},
                "empty": {"path": str(directory / "empty")},
                "other": {"path": str(directory / "other")},
            },
        )
        made.write("suite/example_test.py", TEST)
        lines = [
            f'filegroup(name = "{name}", srcs = ["@{name}//:server"])\n'
            for name in ("unpacked", "built", "archived", "downloaded", "standin", "absent", "empty", "other")
        ]
        made.write("servers/BUILD.bazel", "".join(lines))
        made.write(
            "suite/BUILD.bazel",
            'load("//rules:defs.bzl", "arangodb_test")\n'
            + 'arangodb_test(name = "example_test", srcs = ["example_test.py"])\n',
        )
        yield made


def facts(workspace: ScratchWorkspace, name: str) -> dict[str, Any]:
    """Builds a distribution's server and reads what it says of itself."""
    built = workspace.bazel("build", f"//servers:{name}")
    assert built.exit_code == 0, built.output
    (file,) = workspace.root.glob(f"bazel-bin/external/*{name}/server.facts.json")
    return workspace.json_of(str(file.relative_to(workspace.root / "bazel-bin")))


@pytest.mark.parametrize("name", ["unpacked", "built", "archived", "downloaded"])
def test_a_distribution_becomes_a_server(workspace: ScratchWorkspace, name: str) -> None:
    """Unpacked, built from source, as a file and downloaded: the binary is asked, with its own data files."""
    found = facts(workspace, name)

    assert found["is_arangod"], found
    assert (found["version"], found["edition"]) == ("3.12.5", "enterprise")
    assert found["raw"]["icu"] == "icu data"


def test_a_test_runs_on_a_distribution(workspace: ScratchWorkspace) -> None:
    """The flag alone puts a test on the server of an archive in the official layout."""
    done = workspace.bazel("test", "//suite:example_test", "--//rules:server=@standin//:server")

    assert done.exit_code == 0, done.output
    assert done.status_of("//suite:example_test") == "PASSED"
    (case,) = workspace.cases_of("suite/example_test")
    assert case.attrib["name"] == "test_it_answers"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent", "found no such file or directory"),
        ("empty", "found there: nothing"),
        ("other", "I am a cake"),
    ],
)
def test_what_is_no_arangodb_is_a_failed_test(workspace: ScratchWorkspace, name: str, says: str) -> None:
    """The build goes on; the test fails, and its test.xml names the path and what is wrong."""
    assert says in facts(workspace, name)["output_head"]

    done = workspace.bazel("test", "//suite:example_test", f"--//rules:server=@{name}//:server")

    assert done.exit_code == 3
    assert done.status_of("//suite:example_test") == "FAILED"
    (case,) = workspace.cases_of("suite/example_test")
    error = case.find("error")
    assert error is not None
    assert f"/{'nowhere' if name == 'absent' else name}" in error.attrib["message"]


def test_a_wrong_hash_is_refused(workspace: ScratchWorkspace) -> None:
    """A download that is not what the hash says never becomes a server."""
    url = (workspace.root / "arangodb.tar.gz").as_uri()
    declared = {name: (workspace.root / name).read_text(encoding="utf-8") for name in ("WORKSPACE", "MODULE.bazel")}
    workspace.append("WORKSPACE", f'arangodb_distribution(name = "forged", url = "{url}", sha256 = "{"0" * 64}")\n')
    workspace.append(
        "MODULE.bazel",
        f'arangodb.distribution(name = "forged", url = "{url}", sha256 = "{"0" * 64}")\nuse_repo(arangodb, "forged")\n',
    )
    done = workspace.bazel("build", "@forged//:server")
    for name, text in declared.items():
        (workspace.root / name).write_text(text, encoding="utf-8")

    assert done.exit_code != 0
    assert hashlib.sha256((workspace.root / "arangodb.tar.gz").read_bytes()).hexdigest() in done.output
