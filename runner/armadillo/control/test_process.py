"""The process that runs the tests: pytest with our plug-in."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence

from ..model.control_metadata import SOCKET_VARIABLE, TOKEN_VARIABLE
from ..model.spec import TestSpec
from ..model.stacks_request import STACKS_VARIABLE
from ..process.guardian import RUN_ID_VARIABLE
from ..process.spawn import Spawned, spawn

_HIDDEN = (
    "XML_OUTPUT_FILE",
    "TEST_SHARD_STATUS_FILE",
    "TEST_PREMATURE_EXIT_FILE",
    "PYTEST_ADDOPTS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
)
"""What the runner writes itself; an in-process pytest told by an IDE to write XML would overwrite ours.

Without its plug-ins found by themselves pytest would lack pytest-asyncio."""

_JUNIT_OPTIONS = ("--junitxml", "--junit-xml", "--junit-prefix")
_SETTING_OPTIONS = ("-o", "--override-ini")
_JUNIT_WORDS = (*(f"{option}=" for option in _JUNIT_OPTIONS), "-ojunit_", "--override-ini=junit_")

PLUGIN_MODULE = "armadillo.pytest_plugin"


def spawn_test_process(
    spec: TestSpec,
    spec_path: str,
    *,
    args: Sequence[str],
    runfiles_root: str,
    workspace: str,
    control_socket: str,
    token: str,
    run_id: str,
    tmp_directory: str,
    environ: Mapping[str, str],
) -> Spawned:
    """Starts pytest at once, so that it imports while servers boot; it waits on the control socket.

    Its output is the runner's own, that is test.log. Raises OSError when it cannot be started.
    """
    env = {name: value for name, value in environ.items() if name not in _HIDDEN}
    env.update(spec.test_env)
    env.update(
        {
            SOCKET_VARIABLE: control_socket,
            TOKEN_VARIABLE: token,
            "ARMADILLO_SPEC": os.path.abspath(spec_path),
            "ARMADILLO_RUNFILES": runfiles_root,
            "ARMADILLO_WORKSPACE": workspace,
            RUN_ID_VARIABLE: run_id,
            STACKS_VARIABLE: stacks_path(tmp_directory),
            "TEST_TMPDIR": tmp_directory,
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(_import_path(spec, runfiles_root, environ)),
        }
    )
    env.setdefault("HOME", tmp_directory)
    addopts = without_junit_options(environ.get("PYTEST_ADDOPTS", ""))
    if addopts:
        env["PYTEST_ADDOPTS"] = addopts
    # -S: plug-ins of pytest that a machine happens to have must not take part. -P: nor modules in the cwd.
    argv = [sys.executable, "-s", "-S", "-P", "-m", PLUGIN_MODULE, *args]
    return spawn("test process", argv, cwd=os.getcwd(), env=env, output_path=None)


def stacks_path(tmp_directory: str) -> str:
    """Where the test process writes its stacks when it is told to."""
    return os.path.join(tmp_directory, "test_process_stacks.txt")


def _import_path(spec: TestSpec, runfiles_root: str, environ: Mapping[str, str]) -> list[str]:
    inherited = [path for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return [*inherited, *(os.path.join(runfiles_root, path) for path in spec.imports)]


def without_junit_options(addopts: str) -> str:
    """PYTEST_ADDOPTS without `--junitxml` and `junit_*` settings, which some IDEs put there.

    What is no list of words (a quote that never closes) stays as it is: pytest says what is wrong with it.
    """
    try:
        words = shlex.split(addopts)
    except ValueError:
        return addopts
    kept: list[str] = []
    skip_next = False
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if skip_next:
            skip_next = False
        elif word in _JUNIT_OPTIONS or (word in _SETTING_OPTIONS and following.startswith("junit_")):
            skip_next = True
        elif not word.startswith(_JUNIT_WORDS):
            kept.append(word)
    return shlex.join(kept)
