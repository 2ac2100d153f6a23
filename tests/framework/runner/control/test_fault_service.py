"""The verbs on faults over a real socket, in front of real processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest
from armadillo_api.v1 import control_pb2

from tests.framework.runner.control.test_services import Client, served
from tests.framework.runner.support.plans import single

State = control_pb2.Server.State


async def started(client: Client) -> None:
    """Waits until the deployment runs."""
    await client.world.running.start()


def inject(kind: str, *targets: str, parameters: str = "", **fields: str) -> control_pb2.InjectRequest:
    """A request for a fault."""
    return control_pb2.InjectRequest(kind=kind, targets=targets, parameters_json=parameters, **fields)


def test_a_fault_is_injected_listed_and_healed(tmp_path: Path) -> None:
    """The replies have what was measured; the list has those in force, and the healed ones when asked for."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await started(client)
            (fault,) = (await client.call("Inject", inject("process.suspend", "single", asked_by="nemesis"))).faults
            assert (fault.fault_id, fault.kind, list(fault.servers)) == ("fault-1", "process.suspend", ["single-1"])
            assert (fault.proof, fault.is_in_force, fault.asked_by) == ("single-1 has state T", True, "nemesis")
            (listed,) = (await client.call("ListFaults", control_pb2.ListFaultsRequest())).faults
            assert listed == fault
            (healed,) = (await client.call("Heal", control_pb2.HealRequest(fault_id="fault-1"))).faults
            assert (healed.is_in_force, "is ready" in healed.proof_of_recovery) == (False, True)
            assert not (await client.call("ListFaults", control_pb2.ListFaultsRequest())).faults
            assert (await client.call("ListFaults", control_pb2.ListFaultsRequest(with_healed=True))).faults == [healed]

    asyncio.run(story())


def test_without_an_id_all_are_healed_the_last_first(tmp_path: Path) -> None:
    """Also when there is none."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await started(client)
            assert not (await client.call("Heal", control_pb2.HealRequest())).faults
            await client.call("Inject", inject("process.suspend", "single"))
            healed = (await client.call("Heal", control_pb2.HealRequest())).faults
            assert [fault.fault_id for fault in healed] == ["fault-1"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_", "status", "text"),
    [
        (inject("process.frighten", "single"), grpc.StatusCode.INVALID_ARGUMENT, "there is no fault"),
        (inject("process.kill", "single-7"), grpc.StatusCode.INVALID_ARGUMENT, "single-1"),
        (inject("process.kill", "single", parameters="{"), grpc.StatusCode.INVALID_ARGUMENT, "a JSON object"),
        (inject("process.kill", "single", parameters="[]"), grpc.StatusCode.INVALID_ARGUMENT, "a JSON object"),
        (inject("network.isolate", "single"), grpc.StatusCode.INVALID_ARGUMENT, ""),
        (inject("arangodb.failure_point", "single", parameters='{"name": "X"}'), grpc.StatusCode.UNIMPLEMENTED, "no f"),
    ],
    ids=["kind", "target", "json", "list", "isolate", "failure point"],
)
def test_what_cannot_be_is_refused_by_its_status(
    tmp_path: Path, request_: control_pb2.InjectRequest, status: grpc.StatusCode, text: str
) -> None:
    """As control.proto says; the server is as it was."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await started(client)
            found, details = await client.refused("Inject", request_)
            assert (found, text in details) == (status, True), details
            assert client.world.running.server("single-1").state.value == "READY"

    asyncio.run(story())


def test_conflicts_and_unknown_ids_are_refused(tmp_path: Path) -> None:
    """FAILED_PRECONDITION for what stands in the way, INVALID_ARGUMENT for what is not there."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await started(client)
            await client.call("Inject", inject("process.suspend", "single"))
            found, details = await client.refused("Inject", inject("process.kill", "single"))
            assert (found, "fault-1" in details) == (grpc.StatusCode.FAILED_PRECONDITION, True)
            found, details = await client.refused("Heal", control_pb2.HealRequest(fault_id="fault-9"))
            assert (found, "fault-1" in details) == (grpc.StatusCode.INVALID_ARGUMENT, True)
            await client.call("Heal", control_pb2.HealRequest())

    asyncio.run(story())
