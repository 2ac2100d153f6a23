"""A run without tests: the deployment stays up, and who started it is told where it is.

It stands where a test program does: one case, which lasts from the moment when all servers are ready until the run is
stopped, so that all that happens meanwhile is recorded and judged as ever.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from armadillo_api.v1 import control_pb2, result_pb2

from ..arangodb.server_plan import ServerPlan
from ..model.outcome import Outcome
from ..process.spawn import Spawned, spawn
from ..results.hub import Hub
from .description_file import for_the_user_alone, write_description
from .program_environment import DEPLOYMENT_VARIABLE, deployment_environment
from .serving_text import serving_text

_WAITS = "import signal; signal.pause()"


class Serving:
    """`spawn`, `attach`, `begin` when all is ready, `conclude`: the life of a test program.

    `control` are variables for clients of the control service; `shells` are commands for shells in the lab, by node.
    """

    def __init__(
        self,
        target: str,
        *,
        server: str,
        directory: str,
        plans: Sequence[ServerPlan],
        has_authentication: bool,
        control: Mapping[str, str],
        shells: Mapping[str, str],
    ) -> None:
        path = target.removeprefix("//").replace(":", "/").lstrip("/")
        self.case = result_pb2.Case(node_id=f"{path}::serves", class_name=path.replace("/", "."), name="serves")
        self._target = target
        self._server = server
        self._directory = directory
        self._has_authentication = has_authentication
        self._shells = shells
        self._environment = {
            **deployment_environment(plans, has_authentication, os.path.join(directory, "deployment.json")),
            **control,
        }
        self._hub: Hub
        self._process: Spawned
        self._begun_ns = 0

    def spawn(self, env: Mapping[str, str]) -> Spawned:
        """A process in the place of tests, which does nothing; raises OSError when it cannot be started."""
        argv = [sys.executable, "-I", "-S", "-c", _WAITS]
        self._process = spawn("test process", argv, cwd=self._directory, env=env, output_path=None)
        return self._process

    def attach(self, hub: Hub) -> None:
        """Tells its case, and passes on what is found while it lasts."""
        self._hub = hub
        hub.publish(result_pb2.Event(cases_collected=result_pb2.CasesCollected(cases=[self.case])))
        hub.listen(self._tell_finding)

    def begin(self, description: control_pb2.DescribeReply) -> None:
        """The deployment is ready, or will never be because the server lacks what the target requires."""
        missing = description.missing_requirement
        if missing:
            self._finish(Outcome.SKIPPED, missing)
            _say(f"armadillo: nothing to keep up: {missing}")
            self._process.popen.terminate()
            return
        write_description(self._environment[DEPLOYMENT_VARIABLE], description)
        script = self._write_environment()
        started = result_pb2.Event(case_started=result_pb2.CaseStarted(node_id=self.case.node_id))
        self._hub.publish(started)
        self._begun_ns = started.time_unix_ns
        _say(serving_text(self._target, self._server, description, script, self._shells))

    def conclude(self, status: int, was_asked: bool) -> None:
        """The end: whoever asked for it, keeping up was all there was to do."""
        if not self._begun_ns:
            return
        if was_asked:
            self._finish(Outcome.PASSED, "")
            _say("armadillo: stopping the servers")
        else:
            self._finish(Outcome.ERROR, f"the process that waited in the place of tests ended by itself ({status})")

    def _finish(self, outcome: Outcome, message: str) -> None:
        finished = result_pb2.CaseFinished(node_id=self.case.node_id, outcome=outcome.value, message=message)
        if self._begun_ns:
            finished.duration_s = max(time.time_ns() - self._begun_ns, 0) / 1e9
        self._hub.publish(result_pb2.Event(case_finished=finished))

    def _write_environment(self) -> str:
        """A script to be sourced; answers its path."""
        path = os.path.join(self._directory, "environment.sh")
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self._environment.items() if name != "PATH"]
        commands = self._environment["PATH"].split(os.pathsep, 1)[0]
        lines.append(f'export PATH={shlex.quote(commands)}:"$PATH"')
        with open(path, "w", encoding="utf-8", opener=for_the_user_alone) as file:
            file.write("\n".join(lines) + "\n")
        return path

    def _tell_finding(self, event: result_pb2.Event) -> None:
        if event.WhichOneof("kind") == "finding" and self._begun_ns:
            _say(f"armadillo: {event.finding.message}")


def _say(text: str) -> None:
    with suppress(OSError):  # whoever read it may be gone: nobody is told, and the servers are stopped all the same
        print(text, flush=True)
