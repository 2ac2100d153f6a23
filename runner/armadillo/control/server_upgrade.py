"""The upgrade of one server: stopped, its data checked and upgraded by the new binary, started with that one.

The three steps are those of ArangoDB's documentation (operations/upgrading/manual-deployments). The two runs in between
are processes of the new binary on the server's own data that end by themselves: `--database.check-version true` tells
by its exit code what is to come, `--database.auto-upgrade true` does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from armadillo_api.v1 import result_pb2

from ..arangodb.exit_codes import GENERAL_FAILURE, UPGRADE_REQUIRED, meaning
from ..arangodb.server_plan import Incarnation
from ..errors import ControlError, ServerStartError
from ..model.role import Role
from ..model.upgrade_path import needs_upgrade
from ..process import stop_ladder
from ..process.child import Child
from ..results.hub import Hub
from .launcher import Launcher
from .log_check import log_findings
from .post_mortem import sanitizer_findings
from .running_server import RunningServer
from .server_end import ServerEnd, core_of, located

if TYPE_CHECKING:
    from .running_deployment import RunningDeployment

CHECK_VERSION = ("--database.check-version", "true")
AUTO_UPGRADE = ("--database.auto-upgrade", "true")
_ONLY_LOCAL = ("--server.rest-server", "false")
"""Up to 3.12 a coordinator upgrades itself without opening its port; 4.0 does not know the option any more."""
_FIRST_WITHOUT_REST_SERVER = (4, 0, 0)
_FIRST_WITH_CODES = (3, 11, 7)
"""Older ones tell a version problem by exit code 1."""


class ServerUpgrade:
    """Upgrades servers of a deployment to the distribution that its launcher names as the next one."""

    def __init__(self, deployment: RunningDeployment, hub: Hub) -> None:
        self._deployment = deployment
        self._hub = hub

    async def upgrade(self, name: str, *, wait: bool, timeout_s: float, wipe_data: bool = False) -> None:
        """Stops the server if it runs, upgrades its data and starts it with the new binary; ready, if `wait`.

        With `wipe_data` there is nothing to upgrade: it starts on an emptied data directory.
        Raises `ControlError` where there is nothing to upgrade to, `ServerStopError`, and `ServerStartError` when one
        of the runs ends otherwise than it should; the server then stays down, and would start with its old binary.
        """
        server = self._deployment.server(name)
        old, new = server.launcher, server.launcher.next_launcher
        if new is None:
            raise ControlError(
                f"there is nothing to upgrade {name} to: it runs on the only server that the target names, or it was "
                "upgraded before; use the rule arangodb_upgrade_test, and one upgrade for each target"
            )
        limit_s = timeout_s or self._deployment.start_timeout_s
        if server.is_alive:
            await server.stop(self._deployment.stop_timeout_s, "test")
        if not wipe_data:
            await self._check_version(server, old, new, limit_s)
            options = self._upgrade_options(server, new)
            await self._run_alone(server, new, "auto-upgrade", options=options, wanted=(0,), limit_s=limit_s)
        server.launcher = new
        self._deployment.note_launcher()
        await self._deployment.start_server(name, (), wipe_data, wait, timeout_s)

    async def _check_version(self, server: RunningServer, old: Launcher, new: Launcher, limit_s: float) -> None:
        """The new binary must see what is there as what it can upgrade. A coordinator has no data of its own."""
        if server.plan.role is Role.COORDINATOR:
            return
        before, after = old.installation.facts, new.installation.facts
        wanted: tuple[int, ...] = (UPGRADE_REQUIRED,) if needs_upgrade(before, after) else (0,)
        if wanted != (0,) and after.version_numbers < _FIRST_WITH_CODES:
            wanted = (UPGRADE_REQUIRED, GENERAL_FAILURE)
        await self._run_alone(server, new, "check-version", options=CHECK_VERSION, wanted=wanted, limit_s=limit_s)

    @staticmethod
    def _upgrade_options(server: RunningServer, new: Launcher) -> tuple[str, ...]:
        before_4 = new.installation.facts.version_numbers < _FIRST_WITHOUT_REST_SERVER
        return (*AUTO_UPGRADE, *(_ONLY_LOCAL if server.plan.role is Role.COORDINATOR and before_4 else ()))

    async def _run_alone(
        self,
        server: RunningServer,
        launcher: Launcher,
        purpose: str,
        *,
        options: Sequence[str],
        wanted: Sequence[int],
        limit_s: float,
    ) -> None:
        """Runs the server's command line with more options until the process ends by itself."""
        incarnation = Incarnation(server.plan, server.incarnation_number, f"-{purpose}")
        spawned = await asyncio.to_thread(launcher.spawn, incarnation, (*server.extra_args, *options), False)
        child = Child(spawned)
        what = f"{server.name}: {launcher.installation.facts.display_name} with {' '.join(options)}"
        try:
            status = await asyncio.wait_for(child.wait(), limit_s)
        except TimeoutError:
            status = None
        finally:
            if child.status is None:  # also when the verb is cancelled
                await stop_ladder.kill(child)
        if status is None:
            raise ServerStartError(server.name, f"{what} did not end by itself within {limit_s:g} s and was killed")
        end = ServerEnd(incarnation=incarnation, pid=child.pid, status=status, was_starting=True)
        await self._report(what, end, wanted, launcher)
        if status not in wanted:
            expected = " or ".join(f"{code} ({meaning(code)})" for code in wanted)
            raise ServerStartError(
                server.name,
                f"{what} should end with exit code {expected}; it ended with {end.description}",
                end.last_words,
            )

    async def _report(self, what: str, end: ServerEnd, wanted: Sequence[int], launcher: Launcher) -> None:
        """What the process left: a line in the run's log, sanitizer reports, a crash, FATAL lines of a good end.

        A crash fails the run, even if the test catches the error.
        """
        told = f"{what} ended with {stop_ladder.describe_status(end.status)}"
        self._hub.publish(result_pb2.Event(note=result_pb2.Note(text=told, is_routine=True)))
        findings = sanitizer_findings(end.incarnation, self._hub.record)
        if end.status == 0 and 0 in wanted:
            findings += log_findings([end.incarnation], self._hub.record)
        crash = end.finding() if end.status < 0 else None
        if crash is not None:
            core = await core_of(end, launcher)
            if core is not None:
                crash.message, crash.details = located(crash.message, core.where), f"{core.text}\n{crash.details}"
            findings.append(crash)
        for finding in findings:
            self._hub.publish(result_pb2.Event(finding=finding))
