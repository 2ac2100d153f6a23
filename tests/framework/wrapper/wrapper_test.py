"""tools/bazel finds a Bazel and hands everything on; the Bazels here are small programs that record their calls."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path("tools/bazel").resolve()

RECORDER = """\
#!/bin/bash
if [ "$1" = --version ]; then echo "bazel {version}"; exit 0; fi
printf '%s\\n' "{name}" "$@" >"{record}"
exit {exit_code}
"""

# Debian's /usr/bin/bazel: calls the workspace's tools/bazel, and tells it where the real Bazel is.
DEBIAN = """\
#!/bin/bash
export BAZEL_REAL="{real}"
exec "{wrapper}" "$@"
"""

TOOLS = ("bash", "cat", "chmod", "cksum", "cut", "dirname", "env", "find", "grep", "id", "mkdir", "mv", "readlink")


@dataclass
class Machine:
    """A machine of its own: a PATH with few programs, a home, and a checkout with the wrapper."""

    root: Path

    @property
    def record(self) -> Path:
        """Where a Bazel writes how it was called."""
        return self.root / "record"

    @property
    def wrapper(self) -> Path:
        """The wrapper in its checkout."""
        return self.root / "checkout" / "tools" / "bazel"

    def program(self, name: str, text: str, folder: str = "bin") -> Path:
        """Adds a program; on PATH unless another folder is named."""
        path = self.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def bazel(
        self, name: str = "bazel", *, version: str = "no_version", exit_code: int = 0, folder: str = "bin"
    ) -> Path:
        """Adds a Bazel that records its call."""
        text = RECORDER.format(name=name, version=version, exit_code=exit_code, record=self.record)
        return self.program(name, text, folder)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Calls the wrapper; standard input is empty, as in CI."""
        environment = {"PATH": str(self.root / "bin"), "HOME": str(self.root / "home"), "ARMADILLO_OFFLINE": "0"}
        return subprocess.run(
            [str(self.wrapper), *arguments],
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def called(self) -> list[str]:
        """Name and arguments with which a Bazel was called."""
        return self.record.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with Python and without any Bazel."""
    made = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "home").mkdir()
    made.wrapper.parent.mkdir(parents=True)
    shutil.copy(SOURCE, made.wrapper)
    for tool in TOOLS:
        found = shutil.which(tool, path="/usr/bin:/bin")
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    made.program("python3", "#!/bin/bash\nexit 1\n")
    return made


def test_arguments_and_exit_code_are_bazels_own(machine: Machine) -> None:
    """What the user typed arrives word by word, and Bazel's exit code comes back."""
    machine.bazel(exit_code=37)
    done = machine.run("--output_base=/x y", "test", "//a:b", "--test_arg=c d")

    assert done.returncode == 37
    assert machine.called() == ["bazel", "--output_base=/x y", "test", "//a:b", "--test_arg=c d"]


def test_a_named_bazel_comes_first(machine: Machine) -> None:
    """BAZEL_REAL is run even when bazelisk and a bazel are on PATH."""
    machine.bazel()
    machine.bazel("bazelisk")
    machine.run("info", BAZEL_REAL=str(machine.bazel("real", folder="elsewhere")))

    assert machine.called()[0] == "real"


def test_bazelisk_comes_before_bazel(machine: Machine) -> None:
    """bazelisk knows which version is wanted."""
    machine.bazel()
    machine.bazel("bazelisk")
    machine.run("info")

    assert machine.called()[0] == "bazelisk"


def test_it_does_not_find_itself(machine: Machine) -> None:
    """A link to the wrapper on PATH is not taken for a Bazel."""
    machine.bazel(folder="behind")
    (machine.root / "bin" / "bazel").symlink_to(machine.wrapper)
    machine.run("info", PATH=f"{machine.root / 'bin'}:{machine.root / 'behind'}")

    assert machine.called() == ["bazel", "info"]


@pytest.mark.parametrize("version", ["no_version", "7.7.1"])
def test_a_launcher_that_calls_back_ends_at_the_real_bazel(machine: Machine, version: str) -> None:
    """Debian's launcher calls the wrapper again: rc files are added once, and there is no endless loop."""
    real = machine.bazel("bazel-real", version=version, folder="elsewhere")
    machine.program("bazel", DEBIAN.format(real=real, wrapper=machine.wrapper))
    done = machine.run("test", "//...", ARMADILLO_OFFLINE="1")

    assert done.returncode == 0, done.stderr
    called = machine.called()
    assert called[0] == "bazel-real"
    assert called[-2:] == ["test", "//..."]
    assert len(called) == len(set(called))


def test_called_by_a_launcher_it_adds_its_rc_files(machine: Machine) -> None:
    """A user who types `bazel` on Debian gets the same options as one who types `tools/bazel`."""
    real = machine.bazel("bazel-real", version="7.7.1", folder="elsewhere")
    machine.run("test", "//...", BAZEL_REAL=str(real))

    assert machine.called() == ["bazel-real", f"--bazelrc={machine.wrapper.parent}/bazel7.bazelrc", "test", "//..."]


def test_only_new_versions_get_the_new_options(machine: Machine) -> None:
    """Bazel 4 refuses unknown options in rc files, so it gets none."""
    machine.bazel(version="4.2.3")
    machine.run("info")
    assert machine.called() == ["bazel", "info"]

    machine.bazel(version="10.0.0")
    machine.run("info")
    assert machine.called()[1].endswith("/bazel7.bazelrc")


@pytest.mark.parametrize(("version", "option"), [("no_version", "--override_repository="), ("7.7.1", "--registry=")])
def test_without_a_registry_stand_ins_are_used(machine: Machine, version: str, option: str) -> None:
    """The rc file with the stand-ins points into the wrapper's own checkout."""
    machine.bazel(version=version)
    machine.run("info", ARMADILLO_OFFLINE="1")
    added = [word for word in machine.called() if word.startswith("--bazelrc=") and "/home/" in word]

    text = Path(added[0].removeprefix("--bazelrc=")).read_text(encoding="utf-8")
    assert option in text
    assert str(machine.wrapper.parent / "offline") in text


def test_the_registry_is_asked_once(machine: Machine) -> None:
    """The answer is kept, so that the next call does not wait for the network."""
    machine.bazel(version="7.7.1")
    asked = machine.root / "asked"
    machine.program("python3", f'#!/bin/bash\necho asked >>"{asked}"\nexit 1\n')
    for _ in range(2):
        machine.run("info", ARMADILLO_OFFLINE="")
        assert any("/offline7-" in word for word in machine.called())

    assert asked.read_text(encoding="utf-8") == "asked\n"


def test_a_registry_that_answers_is_used(machine: Machine) -> None:
    """With a network nothing is replaced."""
    machine.bazel(version="7.7.1")
    machine.program("python3", "#!/bin/bash\nexit 0\n")
    machine.run("info", ARMADILLO_OFFLINE="")

    assert not any("/offline" in word for word in machine.called())


def test_without_python_it_says_what_to_install(machine: Machine) -> None:
    """Nothing works without Python; the message names the packages and the variable."""
    machine.bazel()
    (machine.root / "bin" / "python3").unlink()
    done = machine.run("test", "//...")

    assert done.returncode == 1
    assert "found no python3" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not machine.record.exists()


def test_without_any_bazel_it_names_the_choices(machine: Machine) -> None:
    """Where it cannot install one, it says what was looked for and what can be done."""
    done = machine.run("test", "//...")

    assert done.returncode == 1
    assert "bazelisk or bazel on PATH" in done.stderr
    assert "BAZEL_REAL=/path/to/bazel" in done.stderr


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt is Debian's")
def test_on_debian_it_says_what_it_will_install(machine: Machine) -> None:
    """It tells the command before apt-get runs; when that fails it says so and names the choices."""
    if os.getuid() != 0:
        pytest.skip("only root may install without being asked")
    machine.program("apt-get", f'#!/bin/bash\necho "$@" >>"{machine.root}/apt"\n[ "$1" = update ]\n')
    done = machine.run("test", "//...")

    assert done.returncode == 1
    assert "installing it by: apt-get install bazel-bootstrap zip file gdb elfutils nftables iproute2" in done.stderr
    assert "apt-get failed" in done.stderr
    assert "update" in (machine.root / "apt").read_text(encoding="utf-8")


def test_a_freshly_installed_bazel_is_used(machine: Machine) -> None:
    """After apt-get brought a Bazel, the command that the user typed goes on."""
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        pytest.skip("only root on Debian installs without being asked")
    parked = machine.bazel(folder="parked")
    machine.program("apt-get", f'#!/bin/bash\n[ "$1" = update ] || mv "{parked}" "{machine.root}/bin/bazel"\n')
    done = machine.run("test", "//...")

    assert done.returncode == 0, done.stderr
    assert machine.called() == ["bazel", "test", "//..."]
