"""A deployment that stays up without tests: its one case, and what people and programs are told."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from armadillo.control.serving import Serving
from armadillo.model.outcome import Outcome
from armadillo.model.role import Role
from armadillo.process.child import Child
from armadillo.results.findings import finding_event
from armadillo.results.hub import Hub
from armadillo.results.verdict import decide
from armadillo_api.v1 import control_pb2

from tests.framework.runner.support.plans import plan


def serve(tmp_path: Path, *, missing: str = "", finding: str = "", signal: int = 15) -> Hub:
    """The whole story of one such run, ended as somebody asked unless something is missing."""

    async def story() -> Hub:
        hub = Hub(str(tmp_path), str(tmp_path / "run.xml"), live_xml=False)
        serving = Serving(
            "//x:y_test",
            server="ArangoDB 3.12.5",
            directory=str(tmp_path),
            plans=[plan(Role.SINGLE, 1)],
            has_authentication=True,
            control={"ARMADILLO_CONTROL_SOCKET": "/s", "PATH": f"/commands:{os.environ['PATH']}"},
            shells={"tests": "enter here"},
        )
        child = Child(serving.spawn(os.environ))
        serving.attach(hub)
        servers = [control_pb2.Server(name="single-1", endpoint="http://127.9.9.9:8529", log_path="/l/arangod.log")]
        reply = control_pb2.DescribeReply(
            servers=servers, jwt_secret="s", network_tier="lab", missing_requirement=missing, outputs_directory="/o"
        )
        serving.begin(reply)
        if finding:
            hub.publish(finding_event("server_died", Outcome.CRASHED, finding, server="single-1"))
        if not missing:
            child.signal(signal)
        serving.conclude(await child.wait(), was_asked=not missing)
        return hub

    return asyncio.run(story())


def test_it_tells_where_everything_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Endpoints, login, logs, ways in; programs get the same as a test program of any language."""
    hub = serve(tmp_path)
    said = capfd.readouterr().out
    assert "//x:y_test is up: ArangoDB 3.12.5, network lab" in said
    assert "single-1  http://127.9.9.9:8529  log /l/arangod.log" in said
    assert "user root, password empty" in said
    assert "a shell inside: enter here" in said
    assert decide(hub.record).exit_code == 0
    script = tmp_path / "environment.sh"
    assert stat.S_IMODE(script.stat().st_mode) == 0o600, "the token of the control service is in it"
    shown = subprocess.check_output(
        ["sh", "-c", f'. {script}; echo "$ARANGO_USERNAME $ARMADILLO_CONTROL_SOCKET $PATH $ARMADILLO_DEPLOYMENT"'],
        text=True,
    ).split()
    assert shown[:2] == ["root", "/s"]
    assert shown[2].startswith("/commands:")
    assert json.loads(Path(shown[3]).read_text())["servers"][0]["endpoint"] == "http://127.9.9.9:8529"


def test_a_server_that_dies_meanwhile_is_told_at_once_and_judged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """To keep up what is not up is no pass."""
    hub = serve(tmp_path, finding="single-1 died of signal 11")
    assert "armadillo: single-1 died of signal 11\n" in capfd.readouterr().out
    assert decide(hub.record).exit_code == 4


def test_what_the_server_lacks_ends_the_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing was started, so nothing is kept up: skipped, with the reason."""
    hub = serve(tmp_path, missing="the server is no Enterprise Edition")
    assert "nothing to keep up: the server is no Enterprise Edition" in capfd.readouterr().out
    assert decide(hub.record).outcome is Outcome.SKIPPED
