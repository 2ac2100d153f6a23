"""One run, from the spec to the exit code. Reads top-down like the story of a run.

Order matters for start-up time: servers and the test process are spawned before anything heavy is imported here, so
that the three of them start side by side. That is why the imports of asyncio, protobuf and gRPC are late.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .arangodb.installation import Installation, locate, problem_with
from .arangodb.server_plan import ServerPlan
from .control.launcher import Launcher
from .control.preparation import Preparation
from .control.program_environment import with_armadilloctl, write_armadilloctl
from .control.test_process import spawn_test_process
from .datasets.dataset import Dataset
from .errors import AddressLeaseError, ArmadilloError, LabUnavailableError
from .lcov.coverage_request import read_coverage_request
from .model.bazel_environment import BazelEnvironment
from .model.control_metadata import SOCKET_VARIABLE, TOKEN_VARIABLE
from .model.distribution import ServerFacts
from .model.requirement import missing_requirement
from .model.role import START_FIRST, Role
from .model.run_words import RunWords, debug_environment
from .model.seed import run_seed
from .model.spec import TestSpec, read_facts
from .model.upgrade_path import forbidden_upgrade
from .net.lab_entry import LabEntry
from .net.network import Network
from .net.open_network import open_network
from .process.guardian import RUN_ID_VARIABLE, start_guardian
from .process.limits import raise_soft_limits
from .process.own_start import seconds_since_start
from .process.private_directory import PrivateDirectory
from .process.spawn import Spawned
from .results.skeleton_xml import write_skeleton_xml

if TYPE_CHECKING:
    from .control.serving import Serving
    from .control.test_program import TestProgram
    from .lcov.collection import Collection


class Session:
    """Everything that one run owns; `run` gives all of it back, however the run ends."""

    def __init__(
        self,
        spec: TestSpec,
        *,
        spec_path: str,
        bazel: BazelEnvironment,
        environ: Mapping[str, str],
        asked: RunWords,
        entry: LabEntry,
    ) -> None:
        self.spec = spec
        self.spec_path = spec_path
        self.bazel = bazel
        self.environ = environ
        self.asked = asked
        self.entry = entry
        self.started_s = time.time() - seconds_since_start()
        self.seed: int
        self.run_id = secrets.token_hex(8)
        self.token = secrets.token_hex(16)
        self.runfiles_root = environ.get("ARMADILLO_RUNFILES") or os.path.dirname(os.path.dirname(spec_path))
        self.workspace = environ.get("ARMADILLO_WORKSPACE", "")
        self.jwt_secret = secrets.token_hex(32) if spec.deployment.authentication else ""
        self.facts = ServerFacts()
        self.next_installation: Installation | None = None
        """What the deployment may be upgraded to."""
        self.dataset: Dataset | None = None
        """What the servers start from; None for empty directories."""
        self.notes: list[tuple[str, bool]] = []
        """What is to be told at the run's beginning, and whether it is routine."""
        self.skip_reason = ""
        self.time_scale = 1.0
        self.is_instrumented = False
        self.private: PrivateDirectory
        self.network: Network
        self.installation: Installation
        self.plans: list[ServerPlan] = []
        self.preparation: Preparation
        self.launcher: Launcher
        self.spawned: list[Spawned] = []
        self.test_process: Spawned
        self.program: TestProgram | Serving | None = None
        """The test process where it is no pytest."""

    def run(self, supervise: Callable[[Session], int]) -> int:
        """The whole run; answers the process's exit code.

        `supervise` is the second half, from the first event to the verdict; it finds everything spawned.
        """
        write_skeleton_xml(self.bazel.xml_path, self.spec.target, self.started_s)
        if not self.entry.is_inside:  # in there nothing outlives us anyway
            start_guardian(self.run_id)
        raise_soft_limits()
        self.private = PrivateDirectory()
        try:
            self.seed = run_seed(self.bazel.random_seed, self.spec.target)
            self._look_at_the_server()
            self._plan()
            if not self.skip_reason and not self.is_sharded:
                self._spawn_first_servers()
            self._spawn_test_process()
        except (ArmadilloError, OSError) as error:
            return self._give_up(error)
        try:
            return supervise(self)
        finally:
            self.preparation.close()
            self.network.close()
            self.private.remove()

    @property
    def tier(self) -> str:
        """What isolates the run's network in fact, see `net.tier`."""
        return self.network.tier

    @property
    def is_sharded(self) -> bool:
        """Whether Bazel shares the cases out: then servers wait until it is known that some are ours."""
        return int(self.environ.get("TEST_TOTAL_SHARDS") or 1) > 1

    @property
    def control_socket(self) -> str:
        """Path of the control service's Unix socket."""
        return self.private.control_socket

    def coverage_collection(self) -> Collection | None:
        """What is to be done under `bazel coverage`; None in any other run."""
        if self.launcher.coverage is None:
            return None
        from .lcov.collection import Collection

        return Collection(
            self.launcher.coverage,
            self.environ,
            runfiles_root=self.runfiles_root,
            workspace=self.workspace,
            outputs_directory=self.bazel.outputs_directory,
            expects_python=self.program is None,
        )

    def _look_at_the_server(self) -> None:
        """Reads what the build action found out about the binary; raises `ArmadilloError` when it is no arangod."""
        facts_path = os.path.join(self.runfiles_root, self.spec.server.facts)
        self.facts = read_facts(facts_path)
        self.installation = locate(self.spec.server, self.facts, self.runfiles_root)
        problem = problem_with(self.installation)
        if self.spec.upgrade_to is not None and not problem:
            facts = read_facts(os.path.join(self.runfiles_root, self.spec.upgrade_to.facts))
            self.next_installation = locate(self.spec.upgrade_to, facts, self.runfiles_root)
            problem = problem_with(self.next_installation)
            if not self.spec.upgrade_by_dump:
                problem = problem or forbidden_upgrade(self.facts, facts)
        if problem:
            raise ArmadilloError(problem)
        both = [one.facts for one in (self.installation, self.next_installation) if one is not None]
        self.time_scale = max(facts.time_scale for facts in both)
        self.is_instrumented = any(facts.sanitizer for facts in both)
        reasons = [missing_requirement(facts, self.spec.deployment.requires) for facts in both]
        self.skip_reason = next(filter(None, reasons), "")
        if self.spec.dataset and not self.skip_reason:
            self.dataset = Dataset(os.path.join(self.runfiles_root, self.spec.dataset))
            self.dataset.check_server(self.facts, self.spec.server.label)
            self.skip_reason = self.dataset.record.skip_reason

    def _plan(self) -> None:
        """Addresses, directories and command lines of all servers; nothing is started."""
        wanted = self.spec.deployment
        subnet = self.dataset.subnet if self.dataset is not None else ""
        self.network = open_network(wanted, self.entry, self.private.path, subnet)
        self.plans = [self.server_plan(name, role) for name, role in self.spec.deployment.server_names()]
        if self.dataset is not None and not self.skip_reason:
            self.notes.append((self.dataset.lay_out(self.plans, self.tier), True))
        way_in = self.network.way_in()
        if way_in and not self.asked.serves:
            print(f"armadillo: {way_in}", file=sys.stderr, flush=True)
        self.preparation = Preparation(
            wanted.prepared_faults,
            self.run_id,
            self.environ,
            is_instrumented=self.is_instrumented,
            is_in_lab=self.entry.is_inside,
        )
        self.launcher = Launcher(
            deployment=self.spec.deployment,
            installation=self.installation,
            agents=[plan for plan in self.plans if plan.role is Role.AGENT],
            jwt_secret_path=self.private.write_secret("jwt", self.jwt_secret) if self.jwt_secret else "",
            run_id=self.run_id,
            home=self.bazel.tmp_directory,
            inherited_env=self.environ,
            network=self.network,
            preparation=self.preparation,
            coverage=read_coverage_request(self.environ),
        )
        if self.next_installation is not None:
            after = replace(self.launcher, installation=self.next_installation)
            self.launcher = replace(self.launcher, next_launcher=after)
        if self.launcher.core_pattern.reason:
            self.notes.append((self.launcher.core_pattern.reason, False))

    def server_plan(self, name: str, role: Role) -> ServerPlan:
        """A new server of this run: the next address, directories of its own, the user's options for it."""
        address = self.network.add_node(name)
        return ServerPlan(
            name=name,
            role=role,
            address=address.listening,
            advertised_address=address.advertised,
            user_args=self.spec.deployment.args_of(name, role),
            data_directory=os.path.join(self.bazel.tmp_directory, "servers", name),
            evidence_directory=os.path.join(self.bazel.outputs_directory, "servers"),
        )

    def _spawn_first_servers(self) -> None:
        """Those that need nobody else; they boot while we import the rest."""
        for plan in self.plans:
            if plan.role in START_FIRST:
                self.spawned.append(self.launcher.spawn(plan.incarnation(1), (), False))

    def _spawn_test_process(self) -> None:
        commands = os.path.join(self.bazel.tmp_directory, "armadillo_commands")
        write_armadilloctl(commands)
        environ = {
            # The order of sets, and with it that of parameters made from one, is the same with the same seed.
            "PYTHONHASHSEED": str(self.seed % 2**32),
            **with_armadilloctl(self.environ, commands),
            "TEST_RANDOM_SEED": str(self.seed),
            "TEST_UNDECLARED_OUTPUTS_DIR": self.bazel.outputs_directory,
        }
        if self.asked.serves:
            self._spawn_nothing(environ)
            return
        if self.spec.program:
            from .control.program_start import spawn_program

            self.program, self.test_process = spawn_program(
                self.spec,
                args=[*self.spec.pytest_args, *self.asked.words],
                plans=self.plans,
                runfiles_root=self.runfiles_root,
                workspace=self.workspace,
                private=self.private,
                token=self.token,
                run_id=self.run_id,
                tmp_directory=self.bazel.tmp_directory,
                outputs_directory=self.bazel.outputs_directory,
                environ=environ,
            )
            return
        self.test_process = spawn_test_process(
            self.spec,
            self.spec_path,
            args=[*self.spec.pytest_args, *self.asked.words],
            runfiles_root=self.runfiles_root,
            workspace=self.workspace,
            control_socket=self.control_socket,
            token=self.token,
            run_id=self.run_id,
            tmp_directory=self.bazel.tmp_directory,
            environ={**environ, **debug_environment(self.asked)},
        )

    def _spawn_nothing(self, environ: Mapping[str, str]) -> None:
        """In the place of tests: the deployment stays up until somebody stops the run."""
        from .control.serving import Serving

        self.program = Serving(
            self.spec.target,
            server=self.facts.display_name,
            directory=self.bazel.tmp_directory,
            plans=self.plans,
            has_authentication=self.spec.deployment.authentication,
            control={
                SOCKET_VARIABLE: self.control_socket,
                TOKEN_VARIABLE: self.token,
                "PATH": environ["PATH"],
            },
            shells=self.network.shells(),
        )
        self.test_process = self.program.spawn({**environ, RUN_ID_VARIABLE: self.run_id})

    def _give_up(self, error: Exception) -> int:
        """A run that could not even begin: the reason goes where people and Bazel look."""
        from .process.guardian import kill_marked
        from .report.run_report import write_report_of_log
        from .results.bazel_files import tell_infrastructure_failure
        from .results.stillborn import record_stillborn_run

        kill_marked(self.run_id)
        self.private.remove()
        is_infrastructure = isinstance(error, (AddressLeaseError, LabUnavailableError, OSError))
        message = str(error)
        print(f"armadillo: {message}", file=sys.stderr)
        if is_infrastructure:
            tell_infrastructure_failure(self.bazel, message)
        exit_code = record_stillborn_run(
            target=self.spec.target,
            facts=self.facts,
            server_label=self.spec.server.label,
            message=message,
            started_s=self.started_s,
            xml_path=self.bazel.xml_path,
            outputs_directory=self.bazel.outputs_directory,
            is_infrastructure=is_infrastructure,
        )
        for problem in write_report_of_log(self.bazel.outputs_directory):
            print(f"armadillo: {problem}", file=sys.stderr)
        return exit_code
