"""Client tools on a scripted runner: real processes, which are shell scripts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from armadillo.errors import ClientToolError, ClientToolMissingError, ConditionTimeoutError
from armadillo.handles.single_server import SingleServer
from armadillo.handles.wait import wait_until
from armadillo.model.distribution import ServerDistribution, ServerFacts
from armadillo.scenario.client_tools import ClientTools

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_runner import server_message

Make = Callable[..., ClientTools]


@pytest_asyncio.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Makes the tools whose scripts are given by name; `said` is what they tell."""
    runner = scripted_runner(tmp_path, [server_message("single-1", endpoint="http://127.9.8.7:8529")])
    runner.description.outputs_directory = str(tmp_path / "outputs")
    async with running(runner) as run:

        def made(scripts: Mapping[str, str], *, case_timeout_s: float = 0.0, sanitizer: str = "") -> ClientTools:
            for name, script in scripts.items():
                path = tmp_path / name
                path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
                path.chmod(0o755)
            environ = {
                "ARMADILLO_RUNFILES": str(tmp_path),
                "TEST_TMPDIR": str(tmp_path),
                "PATH": os.environ["PATH"],
                "ARMADILLO_RUN_ID": "the-run",
            }
            distribution = ServerDistribution(label="//s:server", tools={name: name for name in scripts})
            return ClientTools(
                SingleServer(run),
                distribution,
                ServerFacts(sanitizer=sanitizer),
                environ,
                case_timeout_s=case_timeout_s,
            )

        yield made


async def test_a_tool_gets_endpoint_and_login(make: Make, tmp_path: Path) -> None:
    """arangodump by the deployment's secret, arangoimport as root; output and command line are kept as outputs."""
    tools = make(dict.fromkeys(("arangodump", "arangoimport"), 'echo "$ARMADILLO_RUN_ID" "$@"'))
    secret = tmp_path / "client_tools.jwt"

    dumped = await tools.dump("/d", database="shop", collections=["a", "b"], words=["--threads", "1"])
    imported = await tools.run("arangoimport", "--file", "x")
    by_name = await tools.run("arangodump", login="root")
    own = await tools.run("arangodump", "--server.username", "ada", login="own")

    common = "the-run --configuration none --server.endpoint http+tcp://127.9.8.7:8529"
    root = "--server.authentication true --server.username root --server.password"
    assert dumped.output == (
        f"{common} --server.jwt-secret-keyfile {secret} --output-directory /d --overwrite false "
        "--include-system-collections false --server.database shop --collection a --collection b --threads 1\n"
    )
    assert imported.output == f"{common} {root}  --file x\n"
    assert by_name.output == f"{common} {root} \n"
    assert own.output == f"{common} --server.username ada\n"
    assert (secret.read_text(encoding="ascii"), secret.stat().st_mode & 0o777) == ("secret", 0o600)
    assert dumped.log_path == str(tmp_path / "outputs/client_tools/1-arangodump/output.log")
    kept = sorted(str(path.relative_to(tmp_path / "outputs")) for path in (tmp_path / "outputs").rglob("*.*"))
    assert kept[:3] == [
        "client_tools/1-arangodump/command_line.txt",
        "client_tools/1-arangodump/output.log",
        "client_tools/2-arangoimport/command_line.txt",
    ]


async def test_a_restore_is_of_one_database_or_of_all(make: Make) -> None:
    """Databases are made that are not there."""
    tools = make({"arangorestore": 'echo "$@"'})

    one = (await tools.restore("/d", database="shop", include_system_collections=True)).output
    every = (await tools.restore("/d")).output

    assert "--create-database true --include-system-collections true --server.database shop" in one
    assert every.endswith("--include-system-collections false --all-databases true\n")


async def test_a_failure_has_the_last_lines_and_the_place_of_all(make: Make) -> None:
    """The error has exit code and log; a test that expects it may look by itself."""
    tools = make({"arangorestore": "for i in $(seq 30); do echo line $i; done; echo no such file >&2; exit 1"})

    with pytest.raises(ClientToolError) as raised:
        await tools.restore("/d")
    looked_at = await tools.run("arangorestore", check=False)

    text = str(raised.value)
    assert text.startswith("arangorestore should end with exit code 0; it ended with exit code 1 (general failure)\n")
    assert "client_tools/1-arangorestore/output.log" in text
    assert "line 30\nno such file" in text
    assert "line 3\n" not in text
    assert (raised.value.tool, raised.value.exit_code) == ("arangorestore", 1)
    assert "line 3\n" in Path(raised.value.log_path).read_text(encoding="utf-8")
    assert (looked_at.exit_code, looked_at.output.count("\n")) == (1, 31)


async def test_what_the_distribution_lacks_is_told_with_the_way_out(make: Make) -> None:
    """The error names the server's target, the tool, and what is there."""
    tools = make({"arangodump": "exit 0"})

    with pytest.raises(ClientToolMissingError) as raised:
        await tools.restore("/d")

    assert str(raised.value) == (
        "expected arangorestore among the client tools of //s:server, found arangodump; "
        "put it into `tools` of //s:server, or run the test on a server that has it"
    )


async def test_ends_that_no_exit_code_tells(make: Make, tmp_path: Path) -> None:
    """A signal by its name; a sanitizer's report, although the tool was content; a file that is no program."""
    tools = make(
        {
            "arangodump": "kill -SEGV $$",
            "arangoimport": 'echo "ERROR: LeakSanitizer" >"$(echo "$ASAN_OPTIONS" | sed "s/.*log_path=//; s/:.*//").7"',
            "arangosh": "",
        },
        sanitizer="address",
    )
    (tmp_path / "arangosh").write_text("#!/no/such/interpreter\n", encoding="utf-8")

    with pytest.raises(ClientToolError, match=r"it ended with signal 11 \(SIGSEGV\)\nit wrote nothing"):
        await tools.run("arangodump")
    with pytest.raises(ClientToolError, match=r"left a report of a sanitizer: .*/2-arangoimport/sanitizer\.7"):
        await tools.run("arangoimport", check=False)
    with pytest.raises(ClientToolError, match=r"arangosh cannot be executed: .*No such file"):
        await tools.run("arangosh")


def is_gone(pid_file: Path) -> bool:
    """Whether the process that wrote its id there has ended and was reaped."""
    with suppress(ProcessLookupError):
        os.kill(int(pid_file.read_text(encoding="ascii")), 0)
        return False
    return True


async def test_a_tool_that_hangs_is_killed(make: Make, tmp_path: Path) -> None:
    """By its own limit or by what is left of the case; the error names the condition and what was said until then."""
    script = f"echo $$ >{tmp_path}/pid; echo begun; exec sleep 600"

    with pytest.raises(ConditionTimeoutError, match=r"in vain for: arangodump has ended; last seen: .*\nbegun"):
        await make({"arangodump": script}).run("arangodump", timeout_s=0.5)
    assert is_gone(tmp_path / "pid")
    with pytest.raises(ConditionTimeoutError, match="arangodump has ended before the case's time is up"):
        await make({"arangodump": script}, case_timeout_s=0.5).run("arangodump")
    assert is_gone(tmp_path / "pid")


async def test_a_tool_ends_with_the_task_that_waits_for_it(make: Make, tmp_path: Path) -> None:
    """Nothing is left of it when the test is cancelled."""
    pid = tmp_path / "pid"
    tools = make({"arangodump": f"echo $$ >{pid}.new; mv {pid}.new {pid}; exec sleep 600"})
    task = asyncio.create_task(tools.run("arangodump"))

    await wait_until("the tool has begun", pid.exists, 30.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert is_gone(pid)
