"""The disk supervisor: what rules do to the calls of a living process, and that nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import armadillo
import pytest
from armadillo.errors import FaultError
from armadillo.process.disk_control import DiskControl

from tests.framework.runner.support import writing_process
from tests.framework.runner.support.lab_run import unprivileged
from tests.framework.runner.support.waiting import process_exists, until
from tests.framework.runner.support.writing_process import WritingProcess

pytestmark = pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="no table of system calls")

WITHOUT_PRIVILEGES = """
import asyncio, os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[3]]
from armadillo.process.disk_control import DiskControl
from writing_process import WritingProcess

async def main():
    directory = Path(sys.argv[2])
    control = DiskControl(dict(os.environ))
    with WritingProcess(control, "s", directory) as writer:
        await control.impose("s", "one", "full", {})
        print(writer.do("os.write(fd, b'x')"))
        print((await control.probe("s", str(directory), "one", [("open", 0), ("write", 1)])).steps[-1].error)
        await control.lift("s", "one")
        await control.impose("s", "two", "read_only", {})
        print(writer.do("os.unlink('file')"))
        await control.lift("s", "two")
        writer.do("os.write(fd, b'before')")
        await control.impose("s", "three", "lose_unsynced", {})
        print(writer.do("os.pwrite(fd, b'after', 0)"))
    with WritingProcess(control, "s", directory):
        print((directory / "file").read_text(), os.getuid())
    control.close()

asyncio.run(main())
"""


@pytest.fixture
def control() -> Iterator[DiskControl]:
    """A supervisor of its own."""
    made = DiskControl(dict(os.environ))
    yield made
    made.close()


@pytest.fixture
def writer(control: DiskControl, tmp_path: Path) -> Iterator[WritingProcess]:
    """A process below it."""
    with WritingProcess(control, "dbserver-1", tmp_path) as process:
        yield process


def test_all_of_it_without_privileges() -> None:
    """Supervisor, server and probe of a user without any capability do what they do for root."""
    before = unprivileged()
    sources = Path(armadillo.__file__).parents[1]  # a folder or an archive
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # where another user may go
        os.chmod(place, 0o755)
        import_path = f"{place}/sources"
        if sources.is_file():
            shutil.copy(sources, import_path)
        else:
            shutil.copytree(sources / "armadillo", f"{import_path}/armadillo")
        shutil.copy(writing_process.__file__, place)
        os.makedirs(f"{place}/data")
        os.chmod(f"{place}/data", 0o777)
        python = os.path.realpath(shutil.which("python3", path="/usr/bin:/bin") or sys.executable)
        command = [*before, python, "-c", WITHOUT_PRIVILEGES, import_path, f"{place}/data", place]
        ended = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    user = 65534 if before else os.geteuid()
    assert ended.stdout.split() == ["ENOSPC", "28", "EROFS", "ok", "before", str(user)], ended.stderr


async def test_without_rules_all_goes_on(control: DiskControl, writer: WritingProcess, tmp_path: Path) -> None:
    """Calls are seen and let go; the process keeps its pid through the launch."""
    assert writer.do("os.write(fd, b'abc'); os.fsync(fd); os.mkdir('new')") == "ok"
    status = await control.status_of("dbserver-1")
    assert (tmp_path / "file").read_bytes() == b"abc"
    assert (status["pid"], status["refused"], status["delayed"]) == (writer.popen.pid, 0, 0)
    assert status["calls"] >= 3


async def test_full(control: DiskControl, writer: WritingProcess, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No byte more than is free can be written below the directory; elsewhere all can; afterwards all can again."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    await control.impose("dbserver-1", "one", "full", {"free_bytes": 4})
    assert writer.do("os.write(fd, b'1234')") == "ok"
    assert writer.do("os.write(fd, b'5')") == "ENOSPC"
    assert writer.do("os.pwrite(fd, b'0', 0)") == "ENOSPC"
    assert writer.do("os.writev(fd, [b'5', b'6'])") == "ENOSPC"
    assert writer.do("os.posix_fallocate(fd, 0, 100)") == "ENOSPC"
    assert writer.do("os.mkdir('new')") == "ENOSPC"
    assert writer.do(f"open({str(elsewhere / 'other')!r}, 'w').write('x')") == "ok"
    await control.lift("dbserver-1", "one")
    assert writer.do("os.write(fd, b'5')") == "ok"


@pytest.mark.parametrize(
    "line",
    [
        "os.write(fd, b'x')",
        "os.ftruncate(fd, 0)",
        "os.truncate('file', 0)",
        "open('file', 'r+')",
        "open('new', 'w')",
        "os.rename('file', 'new')",
        "os.unlink('file')",
        "os.link('file', 'new')",
        "os.symlink('file', 'new')",
        "os.mkdir('new')",
    ],
)
async def test_read_only(control: DiskControl, writer: WritingProcess, line: str) -> None:
    """Nothing below the directory can be changed, by name or by an open file; reading goes on."""
    await control.impose("dbserver-1", "one", "read_only", {})
    assert writer.do(line) == "EROFS"
    assert writer.do("open('file').read(); os.listdir('.')") == "ok"
    await control.lift("dbserver-1", "one")
    assert writer.do(line) == "ok"


async def test_slow(control: DiskControl, writer: WritingProcess) -> None:
    """Each call takes at least its delay, and happens."""
    await control.impose("dbserver-1", "one", "slow", {"write_delay_s": 0.05, "fsync_delay_s": 0.1})
    began_s = time.monotonic()
    assert writer.do("os.write(fd, b'x'); os.write(fd, b'y'); os.fsync(fd)") == "ok"
    assert time.monotonic() - began_s >= 0.2
    assert (await control.status_of("dbserver-1"))["delayed"] == 3


async def test_one_server_does_not_wait_for_another(
    control: DiskControl, writer: WritingProcess, tmp_path: Path
) -> None:
    """While a call of a slow disk waits, the calls of another server go on."""
    other_directory = tmp_path / "other"
    other_directory.mkdir()
    await control.impose("dbserver-1", "one", "slow", {"write_delay_s": 30.0, "fsync_delay_s": 0.0})
    assert writer.popen.stdin is not None
    writer.popen.stdin.write("os.write(fd, b'x')\n")
    with WritingProcess(control, "dbserver-2", other_directory) as other:
        assert other.do("os.write(fd, b'x'); os.fsync(fd)") == "ok"
    writer.kill()


async def test_failing_by_turn(control: DiskControl, writer: WritingProcess) -> None:
    """Each third call fails, and only calls of the kind that was asked for."""
    await control.impose("dbserver-1", "one", "failing", {"operations": "fsync", "every_nth": 3})
    assert [writer.do("os.fsync(fd)") for _ in range(6)] == ["ok", "ok", "EIO"] * 2
    assert writer.do("os.write(fd, b'x')") == "ok"


async def test_failing_by_chance(control: DiskControl, writer: WritingProcess) -> None:
    """The same seed fails the same calls."""
    seen = []
    for _ in range(2):
        values = {"operations": "both", "percent": 40.0, "seed": 7}
        await control.impose("dbserver-1", "one", "failing", values)
        seen.append([writer.do("os.write(fd, b'x')") for _ in range(30)])
        await control.lift("dbserver-1", "one")
    assert seen[0] == seen[1]
    assert set(seen[0]) == {"ok", "EIO"}


async def test_unsynced_writes_are_lost(control: DiskControl, writer: WritingProcess, tmp_path: Path) -> None:
    """At the end of the process only what was there before, and what was synced, is left; then all goes on."""
    assert writer.do("os.write(fd, b'0123456789')") == "ok"
    await control.impose("dbserver-1", "one", "lose_unsynced", {})
    writer.do("os.pwrite(fd, b'AB', 2); os.fsync(fd)")
    writer.do("os.pwrite(fd, b'CDEF', 8)")
    writer.do("os.ftruncate(fd, 3)")
    writer.do("os.lseek(fd, 0, 0); os.writev(fd, [b'z', b'yx'])")
    writer.do("open('file', 'a').write('appended'); open('new', 'w').write('q')")
    writer.do("os.rename('file', 'renamed')")
    assert (tmp_path / "renamed").read_bytes() == b"zyxappended"
    writer.kill()
    with WritingProcess(control, "dbserver-1", tmp_path):
        assert (tmp_path / "renamed").read_bytes() == b"01AB456789"
        assert (tmp_path / "new").read_bytes() == b""
        assert (await control.status_of("dbserver-1"))["lost_files"] == 2


async def test_a_truncating_open_is_taken_back(control: DiskControl, writer: WritingProcess, tmp_path: Path) -> None:
    """What O_TRUNC cut off is there again after the kill, as long as nothing was synced."""
    writer.do("os.write(fd, b'before')")
    await control.impose("dbserver-1", "one", "lose_unsynced", {})
    writer.do("open('file', 'w').write('after')")
    writer.kill()
    with WritingProcess(control, "dbserver-1", tmp_path):
        assert (tmp_path / "file").read_bytes() == b"before"


async def test_nothing_is_lost_after_lifting(control: DiskControl, writer: WritingProcess, tmp_path: Path) -> None:
    """A kill after the rule was lifted takes nothing back."""
    await control.impose("dbserver-1", "one", "lose_unsynced", {})
    writer.do("os.write(fd, b'kept')")
    await control.lift("dbserver-1", "one")
    writer.kill()
    with WritingProcess(control, "dbserver-1", tmp_path):
        assert (tmp_path / "file").read_bytes() == b"kept"


async def test_a_probe_has_a_rule_of_its_own(control: DiskControl, writer: WritingProcess, tmp_path: Path) -> None:
    """It finds what the server finds, uses nothing of it up, and leaves no file."""
    await control.impose("dbserver-1", "one", "full", {"free_bytes": 4})
    result = await control.probe("dbserver-1", str(tmp_path), "one", [("open", 0), ("write", 4), ("write", 1)])
    assert [step.error for step in result.steps] == [0, 0, 28]
    assert writer.do("os.write(fd, b'1234')") == "ok"
    assert sorted(os.listdir(tmp_path)) == ["file"]


async def test_io_uring_does_not_exist(writer: WritingProcess) -> None:
    """A way around the filter is closed: io_uring_setup(2) is not there."""
    line = "import ctypes; c = ctypes.CDLL(None, use_errno=True); r = c.syscall(425, 8, 0); e = ctypes.get_errno()"
    assert writer.do(f"{line}; assert r == -1; raise OSError(e, '')") == "ENOSYS"


async def test_a_dead_supervisor_is_told(control: DiskControl, writer: WritingProcess) -> None:
    """Who asks a supervisor that was killed learns that its servers cannot write any more; so do they."""
    os.kill(control.pid, 9)
    with pytest.raises(FaultError, match=rf"pid {control.pid}"):
        await control.status_of("dbserver-1")
    assert writer.do("os.write(fd, b'x')") == "ENOSYS"


async def test_it_takes_its_servers_along(tmp_path: Path) -> None:
    """When the runner's end is closed, also by a crash, the supervisor kills what is below it, and ends."""
    control = DiskControl(dict(os.environ))
    with WritingProcess(control, "dbserver-1", tmp_path) as writer:
        control.close()
        until("the server is gone", lambda: writer.popen.poll() == -9)
    until("the supervisor is gone", lambda: not process_exists(control.pid))
