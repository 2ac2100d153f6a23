"""Starting a test program of any language: its files, its environment, its words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..arangodb.server_plan import ServerPlan
from ..model.control_metadata import SOCKET_VARIABLE, TOKEN_VARIABLE
from ..model.spec import TestSpec
from ..process.guardian import RUN_ID_VARIABLE
from ..process.private_directory import PrivateDirectory
from ..process.spawn import Spawned
from .program_environment import program_environment
from .test_program import TestProgram


def spawn_program(
    spec: TestSpec,
    *,
    args: Sequence[str],
    plans: Sequence[ServerPlan],
    runfiles_root: str,
    workspace: str,
    private: PrivateDirectory,
    token: str,
    run_id: str,
    tmp_directory: str,
    outputs_directory: str,
    environ: Mapping[str, str],
) -> tuple[TestProgram, Spawned]:
    """The program, waiting for its deployment. Raises OSError when it cannot be started."""
    xml_path = os.path.join(outputs_directory, "program", "test.xml")
    deployment_path = os.path.join(tmp_directory, "program", "deployment.json")
    shard_status_path = os.path.join(tmp_directory, "program", "shard_status")
    env = program_environment(
        environ,
        plans=plans,
        has_authentication=spec.deployment.authentication,
        xml_path=xml_path,
        deployment_path=deployment_path,
        shard_status_path=shard_status_path,
        runfiles_root=runfiles_root,
    )
    env.update(spec.test_env)
    env.update(
        {
            SOCKET_VARIABLE: private.control_socket,
            TOKEN_VARIABLE: token,
            RUN_ID_VARIABLE: run_id,
            "TEST_TMPDIR": tmp_directory,
            "LC_ALL": "C.UTF-8",
        }
    )
    env.setdefault("HOME", tmp_directory)
    program = TestProgram(
        spec.program.removeprefix(f"{workspace}/"),
        root=os.path.join(runfiles_root, workspace),
        deployment_path=deployment_path,
        xml_path=xml_path,
        shard_status_path=shard_status_path,
    )
    words = [os.path.join(runfiles_root, spec.program), *args]
    return program, program.spawn(private.file("gate"), words, cwd=os.getcwd(), env=env)
