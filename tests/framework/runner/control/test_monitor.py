"""The monitor on servers that run, leak, spin, hang, die and are held."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from armadillo.arangodb.blocking_client import BlockingClient
from armadillo.control.monitor import Monitor, ProbePace
from armadillo.control.server_watch import ServerWatch
from armadillo.model.policy import Consequence, Policy
from armadillo.results.event_log import read_events
from armadillo.results.judgement import CPU_SPIN, MEMORY_GROWTH, MONITOR_BROKE, SERVER_STUCK, judge

from tests.framework.runner.control.standin_program import write_standin
from tests.framework.runner.support import waiting
from tests.framework.runner.support.events import case_finished, case_started
from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world

PATIENCE_S = 90.0
SPIN = {"cpu_spin_percent": 6, "cpu_spin_s": 1, "monitor_interval_ms": 400}
"""A machine on which much else runs leaves a spinning process little."""
QUICK = ProbePace(interval_s=0.05, timeout_s=0.3)


def quick(**fields: Any) -> Policy:
    """Twenty samples a second and no rule but those that a test names."""
    none = {"memory_growth_limit_mb": 0, "stuck_after_probes": 0, "cpu_spin_percent": 0}
    return Policy(**{"monitor_interval_ms": 50, **none, **fields})


@asynccontextmanager
async def watched(made: World, policy: Policy, tests_pid: int = 0) -> AsyncIterator[Monitor]:
    """A deployment that is up, with a monitor."""
    monitor = Monitor(made.running, made.hub, policy, tests_pid, QUICK)
    monitor.start()
    try:
        await made.running.start()
        yield monitor
    finally:
        await monitor.stop()


async def until(condition: str, holds: Callable[[], bool]) -> None:
    """Waits for what happens on this loop."""
    await asyncio.to_thread(waiting.until, condition, holds, PATIENCE_S)


async def more_samples(made: World, name: str = "runner", count: int = 10) -> None:
    """Lets that many ticks pass."""
    before = made.hub.record.resources.totals[name].sample_count if name in made.hub.record.samples else 0
    await until(
        f"{count} samples of {name}",
        lambda: (
            name in made.hub.record.samples and made.hub.record.resources.totals[name].sample_count >= before + count
        ),
    )


def option(name: str, path: Path) -> list[str]:
    """An option of tiny_arangod."""
    return [f"--tiny.{name}", str(path)]


def kinds(made: World) -> list[str]:
    """Kinds of all findings."""
    return [kind for kind, _ in made.findings()]


async def test_every_process_of_a_run_is_sampled(tmp_path: Path) -> None:
    """All servers of a cluster, the runner and the tests; the event log has what the record has, test.xml is left."""
    async with world(tmp_path, cluster()) as made, watched(made, quick(), tests_pid=os.getpid()) as monitor:
        await more_samples(made, "coordinator-1")
        monitor.sample_now()
        record = made.hub.record
        assert set(record.samples) == {*made.running.servers, "runner", "tests"}
        assert all(series[-1].rss_bytes and series[-1].threads for series in record.samples.values())
        assert "lo" in record.resources.networks
        assert made.findings() == []
        events = read_events(str(tmp_path / "events.binpb"))
        logged = [event for event in events if event.HasField("resource_sample")]
        assert len(logged) == record.resources.totals["runner"].sample_count
        assert not (tmp_path / "test.xml").exists()


async def test_a_restarted_server_has_its_new_process_sampled(tmp_path: Path) -> None:
    """A killed server is left out while it is dead, and counted on under its next incarnation."""
    async with world(tmp_path, single()) as made, watched(made, quick()) as monitor:
        await more_samples(made, "single-1")
        server = made.running.server("single-1")
        await server.kill(0, "test")
        dead = made.hub.record.resources.totals["single-1"].sample_count
        await more_samples(made)
        assert made.hub.record.resources.totals["single-1"].sample_count == dead
        await made.running.start_server("single-1", (), False, True, 0)
        await more_samples(made, "single-1")
        monitor.sample_now()
    events = read_events(str(tmp_path / "events.binpb"))
    samples = [one for event in events for one in event.resource_sample.processes if one.process == "single-1"]
    assert {one.incarnation for one in samples} == {1, 2}


async def test_a_hanging_server_is_stuck_once_and_may_come_back(tmp_path: Path) -> None:
    """One finding that names the thresholds and the case, and a note when it answers again."""
    hang = tmp_path / "hang"
    deployment = single(server_args=option("hang-file", hang))
    async with world(tmp_path, deployment) as made, watched(made, quick(stuck_after_probes=3)):
        made.hub.publish(case_started("test_a"))
        hang.touch()
        await until("it is stuck", lambda: bool(made.findings()))
        await more_samples(made, count=20)
        (finding,) = made.hub.record.findings
        assert finding.kind == SERVER_STUCK
        assert finding.message.startswith(
            "single-1 is stuck: 3 health probes in a row had no answer; the last: GET /_admin/server/availability: "
        )
        assert "stuck_after_probes = 3, one probe each 0.05 s with 0.3 s for the answer" in finding.details
        assert finding.node_id == "tests/x/test_y.py::test_a"
        hang.unlink()
        await until("it answers again", lambda: bool(made.hub.record.notes))
        assert made.hub.record.notes[0].startswith("single-1 answers again after ")


async def test_held_stopped_and_dead_servers_are_not_stuck(tmp_path: Path) -> None:
    """Suspended by a verb, stopped by a signal from elsewhere, killed: nobody expects an answer."""
    async with world(tmp_path, single()) as made, watched(made, quick(stuck_after_probes=3)):
        server = made.running.server("single-1")
        await server.suspend()
        await more_samples(made, count=30)
        await server.resume()
        os.kill(server.pid, 19)
        await more_samples(made, count=30)
        os.kill(server.pid, 18)
        await more_samples(made, count=5)
        await server.kill(0, "test")
        await more_samples(made, count=30)
        assert made.findings() == []


async def test_a_leak_is_seen(tmp_path: Path) -> None:
    """Memory that grows all the time is suspected, with from where to where in the headline."""
    leak = tmp_path / "leak"
    policy = quick(memory_growth_limit_mb=60, memory_growth_window_s=2)
    deployment = single(server_args=option("leak-file", leak))
    async with world(tmp_path, deployment) as made, watched(made, policy):
        await more_samples(made, "single-1", 20)
        assert made.findings() == []
        leak.touch()
        await until("the leak is seen", lambda: bool(made.findings()))
        leak.unlink()
        ((kind, message),) = made.findings()
    assert kind == MEMORY_GROWTH
    assert message.startswith("single-1 may leak memory: it grew by ")
    assert "memory_growth_limit_mb = 60" in made.hub.record.findings[0].details


async def test_a_busy_server_spins_only_when_nothing_is_to_be_done(tmp_path: Path) -> None:
    """While a case runs a server may work; between cases it may not, for long."""
    spin = tmp_path / "spin"
    policy = quick(**SPIN)
    deployment = single(server_args=option("spin-file", spin))
    async with world(tmp_path, deployment) as made, watched(made, policy):
        made.hub.publish(case_started("test_a"))
        spin.touch()
        await more_samples(made, "single-1", 6)
        assert made.findings() == []
        made.hub.publish(case_finished("test_a"))
        await until("the spinning is seen", lambda: bool(made.findings()))
        spin.unlink()
        ((kind, message),) = made.findings()
    assert kind == CPU_SPIN
    assert message.startswith("single-1 spins: busy for ")
    assert message.endswith("although no case runs")


async def test_a_server_that_works_for_nobody_spins_also_while_a_case_runs(tmp_path: Path) -> None:
    """A whole server with its own metrics: busy with a query it is left alone, without one it spins, in that case."""
    policy = quick(**SPIN)
    deployment = single(server_args=["--standin.spin=ready"])
    async with world(tmp_path, deployment, executable=write_standin(tmp_path)) as made:
        made.hub.publish(case_started("test_a"))
        async with watched(made, policy):
            client = BlockingClient(made.running.server("single-1").plan.http_endpoint, {}, 60.0)
            query = {"query": "RETURN SLEEP(6)"}
            answer = asyncio.create_task(asyncio.to_thread(client.send, "POST", "/_api/cursor", query))
            await more_samples(made, "single-1", 6)
            assert not answer.done(), "the query must last as long as the samples"
            assert made.findings() == []
            assert (await answer).status == 201
            client.close()
            await until("the spinning is seen", lambda: bool(made.findings()))
            (finding,) = list(made.hub.record.findings)
    assert (finding.kind, finding.server, finding.node_id) == (CPU_SPIN, "single-1", "tests/x/test_y.py::test_a")
    assert finding.message.startswith("single-1 spins: busy for ")
    assert finding.message.endswith("although it serves no request, during tests/x/test_y.py::test_a")


async def test_who_ignores_findings_gets_samples_only(tmp_path: Path) -> None:
    """With the policy's word "ignore" a server that hangs is sampled and not asked."""
    hang = tmp_path / "hang"
    policy = quick(stuck_after_probes=1, monitor_findings=Consequence.IGNORE)
    deployment = single(server_args=option("hang-file", hang))
    async with world(tmp_path, deployment) as made, watched(made, policy):
        hang.touch()
        await more_samples(made, "single-1", 20)
        hang.unlink()
        assert made.findings() == []


async def test_an_interval_of_zero_watches_nothing(tmp_path: Path) -> None:
    """No task, no sample."""
    async with world(tmp_path, single()) as made, watched(made, quick(monitor_interval_ms=0)) as monitor:
        monitor.sample_now()
        assert made.hub.record.samples == {}


async def test_a_monitor_that_breaks_warns_and_disturbs_nothing(tmp_path: Path) -> None:
    """What goes wrong in it is a finding of the outcome unknown, under the policy's word."""
    async with world(tmp_path, single()) as made, watched(made, quick()) as monitor:
        await more_samples(made, "single-1")
        sampler, monitor._sampler = monitor._sampler, None  # type: ignore[assignment]
        await until("it broke", lambda: bool(made.findings()))
        monitor._sampler = sampler
        assert kinds(made) == [MONITOR_BROKE]
        assert [one.because for one in judge(made.hub.record).warnings] == ['monitor_findings = "warn"']


def test_a_void_probe_is_no_answer_and_no_silence() -> None:
    """Silence is counted anew after a probe that says nothing."""
    watch = ServerWatch("single-1", Policy(stuck_after_probes=2))
    problems = ["timed out", None, "timed out"]
    assert [watch.probed(problem, float(index), "") for index, problem in enumerate(problems)] == [None] * 3
    assert watch.probed("timed out", 3.0, "") is not None
