"""The second half of a run: watching servers, test process and clock, then the gate."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from armadillo_api.v1 import deployment_pb2, result_pb2

from .control.case_clock import CaseClock
from .control.empty_shard import has_cases
from .control.end_request import EndRequest
from .control.gate import Check, run_checks
from .control.hurry_plan import HurryPlan, plan_after_sigterm, plan_hurry
from .control.monitor import Monitor
from .control.running_deployment import RunningDeployment
from .control.spec_texts import SpecTexts
from .control.test_process import stacks_path
from .control.test_process_end import finding_about_end
from .errors import ServerError
from .model.outcome import Outcome
from .process import stop_ladder
from .process.child import Child
from .results.bazel_files import tell_bazel
from .results.closing_words import closing_words
from .results.findings import finding_event
from .results.hub import Hub
from .results.judgement import DEADLINE, HANG, INFRASTRUCTURE
from .results.verdict import Verdict, decide

if TYPE_CHECKING:
    from .control.cluster_snapshot import ClusterSnapshot
    from .control.fault_keeper import FaultKeeper
    from .control.service_host import ServiceHost
    from .session import Session

_TEST_PROCESS_STOP_S = 3.0
_HEAL_S = 2.0
_HEAL_CHECK_S = 180.0
"""Servers that a fault took down are started again."""
_SNAPSHOT_CHECK_S = 15.0


class Supervision:
    """Lives as long as the event loop; `run` answers the exit code."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._texts = SpecTexts(session.spec_path, os.path.join(session.runfiles_root, session.spec.server.facts))
        self.hub = Hub(session.bazel.outputs_directory, session.bazel.xml_path)
        self.deployment: RunningDeployment
        self.test_process: Child
        self.monitor: Monitor
        self._terminated = EndRequest()
        self._hurry_plan: HurryPlan | None = None
        """Set when a deadline has passed."""

    async def run(self) -> int:
        """From the first event to the verdict."""
        session = self.session
        self._terminated.listen()
        self.hub.publish(result_pb2.Event(run_started=self._run_started(), time_unix_ns=int(session.started_s * 1e9)))
        notes = [result_pb2.Note(text=text, is_routine=is_routine) for text, is_routine in session.notes]
        self.hub.publish(*(result_pb2.Event(note=note) for note in notes))
        self._take_over()
        self.monitor.start()
        starting = asyncio.create_task(self._start_servers())
        host: ServiceHost | None = None
        try:
            host = await self._serve()
            await self._until_tests_end(starting, host)
            if self._hurry_plan is None and not session.asked.serves:
                await run_checks(self._checks_of_living_servers(), self.hub)
        except Exception as error:  # a mistake of ours must not cost the verdict, and is never a pass
            self._report_own_error(error)
            await stop_ladder.stop(self.test_process, _TEST_PROCESS_STOP_S)
        finally:
            self.monitor.sample_now()
            await self._heal_everything()
            await self._stop_everything(starting)
            await self.monitor.stop()
            await run_checks(self._checks_of_ended_servers(), self.hub)
            if (collection := session.coverage_collection()) is not None:
                from .control.coverage_step import collect_coverage

                await collect_coverage(collection, self.hub, session.bazel.soft_deadline_s, self._elapsed_s)
            if host is not None:
                await host.stop()
        return self._gate()

    def _take_over(self) -> None:
        """The processes that were spawned before there was an event loop."""
        session = self.session
        self.test_process = Child(session.test_process)
        self.deployment = RunningDeployment(
            deployment=session.spec.deployment,
            launcher=session.launcher,
            plans=session.plans,
            new_plan=lambda role, number: session.server_plan(f"{role.server_prefix}-{number}", role),
            jwt_secret=session.jwt_secret,
            time_scale=session.time_scale,
            hub=self.hub,
        )
        self.deployment.adopt(session.spawned)
        if session.program is not None:
            session.program.attach(self.hub)
        self.monitor = Monitor(self.deployment, self.hub, session.spec.policy, self.test_process.pid)

    def _run_started(self) -> result_pb2.RunStarted:
        from google.protobuf import json_format

        session = self.session
        return result_pb2.RunStarted(
            target=session.spec.target,
            server_label=session.spec.server.label,
            server_version=session.facts.version,
            server_standin=session.facts.standin,
            network_tier=session.tier,
            network_tier_reason=session.network.tier_reason,
            network_settings=session.network.settings(),
            network_shells=session.network.shells(),
            seed=session.seed,
            deployment=json_format.Parse(self._texts.deployment, deployment_pb2.Deployment()),
            bazel=session.bazel.counts,
            policy=json_format.Parse(self._texts.policy, deployment_pb2.Policy()),
        )

    async def _start_servers(self) -> None:
        if self.session.skip_reason:
            return
        try:
            if self.session.is_sharded and not await has_cases(self.hub):
                return
            await self.deployment.start()
            await self._snapshot.remember_metrics()
        except ServerError as error:
            self._report_failed_start(error)
            raise
        except OSError as error:
            message = f"a server could not be started: {error}"
            self.hub.publish(finding_event(INFRASTRUCTURE, Outcome.ERROR, message))
            raise
        except Exception as error:
            self._report_own_error(error)
            raise

    def _report_own_error(self, error: Exception) -> None:
        details = "".join(traceback.format_exception(error))
        message = f"the runner itself failed: {type(error).__name__}: {error}"
        self.hub.publish(finding_event("runner_failed", Outcome.ERROR, message, details=details))

    def _report_failed_start(self, error: ServerError) -> None:
        """A server that died has its own finding already; one that is not ready in time has none."""
        if any(finding.server == error.server for finding in self.hub.record.findings):
            return
        self.hub.publish(
            finding_event(
                "server_start_failed", Outcome.ERROR, error.message, details=error.details, server=error.server
            )
        )

    async def _serve(self) -> ServiceHost:
        """Importing gRPC takes 50 ms and more: in a thread, so that readiness is looked at meanwhile."""

        def load() -> None:
            from .control import service_host  # noqa: F401 - for its cost

        await asyncio.to_thread(load)
        from .control.control_service import RunFacts
        from .control.service_host import ServiceHost

        session = self.session
        facts = RunFacts(
            deployment_json=self._texts.deployment,
            facts_json=self._texts.facts,
            seed=session.seed,
            network_tier=session.tier,
            missing_requirement=session.skip_reason,
            outputs_directory=session.bazel.outputs_directory,
        )
        return await ServiceHost.start(
            session.control_socket, session.token, self.hub, self.deployment, facts, faults=self._faults
        )

    @cached_property
    def _faults(self) -> FaultKeeper:
        from .control.fault_ground import RunGround
        from .control.fault_keeper import FaultKeeper

        session = self.session
        ground = RunGround(
            self.deployment,
            links=session.network.links,
            tier=session.tier,
            seed=session.seed,
            prepared=frozenset(session.spec.deployment.prepared_faults),
            disk=session.preparation.disk,
        )
        return FaultKeeper(ground, self.hub)

    async def _until_tests_end(self, starting: asyncio.Task[None], host: ServiceHost) -> None:
        """Ends with the first of: the test process ended, the start failed, the deadline, Bazel's SIGTERM."""
        session = self.session
        tests = asyncio.create_task(self.test_process.wait())
        terminated = asyncio.create_task(self._terminated.wait())
        clock = CaseClock(self.hub, session.spec.policy.case_timeout_s * session.facts.time_scale)
        waited: set[asyncio.Future[Any]] = {tests, terminated, starting, clock.expired}
        timeout_s = session.bazel.soft_deadline_s or None
        loop = asyncio.get_running_loop()
        end_s = loop.time() + timeout_s - self._elapsed_s if timeout_s else None
        while not tests.done():
            left_s = max(0.0, end_s - loop.time()) if end_s else None
            done, _ = await asyncio.wait(waited, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if terminated in done:
                if not session.asked.serves:
                    reason = f"the run was ended from outside ({self._terminated.signal_name})"
                    await self._hurry(reason, plan_after_sigterm())
                break
            if clock.expired in done:
                await self._hurry(f"a case took longer than {clock.timeout_s:g} s", self._plan_of_hurry())
                break
            if not done:
                reason = f"the run's time is up after {timeout_s:g} s (Bazel's limit is {session.bazel.timeout_s:g} s)"
                await self._hurry(reason, self._plan_of_hurry())
                break
            if starting in done:
                waited.discard(starting)
                if not starting.cancelled() and starting.exception() is not None:
                    break
                if session.program is not None:
                    session.program.begin(host.describe())
        terminated.cancel()
        clock.close()
        await self._end_test_process(tests)

    @property
    def _elapsed_s(self) -> float:
        """Since this process began, which is when Bazel's clock did, nearly."""
        return time.time() - self.session.started_s

    def _plan_of_hurry(self) -> HurryPlan:
        """What is left until Bazel's own limit, shared out."""
        timeout_s = self.session.bazel.timeout_s
        left_s = max(0.0, timeout_s - self._elapsed_s) if timeout_s else None
        return plan_hurry(left_s, len({server.plan.role for server in self.deployment.servers.values()}))

    async def _hurry(self, reason: str, plan: HurryPlan) -> None:
        """The deadline's way: first say what was running, then look who waits, then stop with little patience."""
        self._hurry_plan = plan
        running = self.hub.record.running_case()
        what = f"{reason} {self.hub.record.stage()}"
        self.hub.publish(finding_event(DEADLINE, Outcome.TIMEOUT, what, node_id=running))
        self.hub.save()  # before anything is looked at: there may be little time left
        from .control.hang_analysis import HangAnalysis

        await self._snapshot.look(plan.snapshot_s)
        session = self.session
        stacks = "" if session.program is not None else stacks_path(session.bazel.tmp_directory)
        analysis = HangAnalysis(self.deployment, self.test_process, stacks, session.bazel.outputs_directory)
        summary, report = await analysis.collect(plan.analysis_s, running)
        self.hub.publish(finding_event(HANG, Outcome.TIMEOUT, f"{what}: {summary}", details=report, node_id=running))

    async def _end_test_process(self, tests: asyncio.Task[int]) -> None:
        child = self.test_process
        was_asked = not tests.done()
        if was_asked:
            await stop_ladder.stop(child, self._hurry_plan.stop_tests_s if self._hurry_plan else _TEST_PROCESS_STOP_S)
        status = await tests
        child.signal_group(signal.SIGKILL)
        self.hub.publish(
            result_pb2.Event(
                test_process_exited=result_pb2.TestProcessExited(exit_code=max(status, 0), signal=max(-status, 0))
            )
        )
        if self.session.program is not None:
            self.session.program.conclude(status, was_asked)
        elif not was_asked:
            found = finding_about_end(self.hub.record, status, self.session.spec.srcs)
            self.hub.publish(*([result_pb2.Event(finding=found)] if found is not None else []))

    async def _stop_everything(self, starting: asyncio.Task[None]) -> None:
        starting.cancel()
        with suppress(asyncio.CancelledError, Exception):  # reported where it arose
            await starting
        deployment = self.deployment
        plan = self._hurry_plan
        timeout_s = plan.stop_servers_s if plan is not None else deployment.stop_timeout_s
        for failure in await deployment.stop_all(timeout_s, "runner"):
            if plan is not None and not plan.stops_patiently:  # it had no fair chance
                self.hub.publish(result_pb2.Event(note=result_pb2.Note(text=failure.message)))
                continue
            self.hub.publish(
                finding_event(
                    "forced_kill", Outcome.FAILED, failure.message, details=failure.details, server=failure.server
                )
            )

    async def _heal_everything(self) -> None:
        """What the gate has not healed: a run that ends in a hurry."""
        if "_faults" in self.__dict__:
            with suppress(TimeoutError):  # the rest goes with the run's processes
                await asyncio.wait_for(self._faults.close(), self._hurry_plan.heal_s if self._hurry_plan else _HEAL_S)

    def _checks_of_living_servers(self) -> list[Check]:
        """What is looked at after the last case while the servers still answer."""
        return [
            Check("faults in force", self._faults.look_at_the_end, _HEAL_CHECK_S),
            Check("announced crashes", self.deployment.missing_crashes),
            Check("the cluster's own view", self._look_at_cluster, _SNAPSHOT_CHECK_S),
        ]

    @cached_property
    def _snapshot(self) -> ClusterSnapshot:
        from .control.cluster_snapshot import ClusterSnapshot

        return ClusterSnapshot(self.deployment, self.hub, self.session.bazel.outputs_directory)

    async def _look_at_cluster(self) -> list[result_pb2.Finding]:
        """Only of a run that is not good so far."""
        record = self.hub.record
        return [] if decide(record).outcome.is_good and not record.has_unasked_end else await self._snapshot.look()

    def _checks_of_ended_servers(self) -> list[Check]:
        """What is looked at when every server has ended."""
        return [
            Check("the disk supervisor", self.session.preparation.look_at_the_end),
            Check("the servers' logs", self._look_at_logs),
        ]

    async def _look_at_logs(self) -> list[result_pb2.Finding]:
        from .control.log_check import log_findings

        # what a server says that died unasked is told with its death
        dead = {
            (one.started.server, one.started.incarnation)
            for one in self.hub.record.incarnations
            if one.exited is not None and not one.exited.expected
        }
        incarnations = [
            one
            for server in self.deployment.servers.values()
            for one in server.incarnations
            if (server.name, one.number) not in dead
        ]
        return await asyncio.to_thread(log_findings, incarnations, self.hub.record)

    def _gate(self) -> int:
        """The one place where the verdict becomes an exit code."""
        verdict = self._conclude(0)
        told = len(self.hub.problems)
        self.hub.finish()
        if len(self.hub.problems) > told:  # evidence was lost while it was written: that is the verdict then
            verdict = self._conclude(told)
            self.hub.save()
        tell_bazel(self.session.bazel, self.hub.record, verdict.headline)
        self._say(verdict.headline)
        from .report.run_report import write_run_report

        # last, because what is vital is complete now; and without it the verdict is the same
        for problem in write_run_report(self.hub.record, self.session.bazel.outputs_directory):
            print(f"armadillo: {problem}", file=sys.stderr)
        return verdict.exit_code

    def _conclude(self, told: int) -> Verdict:
        """Decides and publishes the verdict; problems with the evidence from number `told` on become findings."""
        for problem in self.hub.problems[told:]:
            self.hub.publish(finding_event(INFRASTRUCTURE, Outcome.ERROR, problem))
        verdict = decide(self.hub.record)
        self.hub.publish(
            result_pb2.Event(
                run_finished=result_pb2.RunFinished(
                    outcome=verdict.outcome.value, headline=verdict.headline, exit_code=verdict.exit_code
                )
            )
        )
        return verdict

    def _say(self, headline: str) -> None:
        session = self.session
        name = session.facts.display_name
        counts = len(self.hub.record.cases)
        summary = f"{session.spec.target} on {name}, {counts} cases, network {session.tier}, seed {session.seed}"
        with suppress(OSError):  # whoever read it may be gone
            sys.stderr.write(closing_words(self.hub.record, summary, headline))
            sys.stderr.flush()
