"""ArangoDB's client tools for tests: arangodump, arangorestore, arangoimport, arangoexport, arangobackup, arangosh ...

A tool is a child of the test process: where that one reaches the servers, the tool does, in the lab, too. It stays in
the test process's group, so that whatever ends that one ends the tool.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..arangodb.client_tool_command import (
    Login,
    login_words,
    option_words,
    takes_superuser,
    tool_command,
)
from ..arangodb.exit_codes import meaning
from ..arangodb.installation import locate
from ..arangodb.sanitizer_options import LOG_NAME, sanitizer_environment
from ..arangodb.server_environment import common_environment
from ..errors import ClientToolError, ClientToolMissingError, ConditionTimeoutError
from ..handles.blocking import Blocking
from ..handles.deployment import Deployment
from ..handles.server import Server
from ..model.bounded_text import shortened
from ..model.distribution import ServerDistribution, ServerFacts
from ..observe.log_tail import describe_tail
from ..process.guardian import RUN_ID_VARIABLE
from ..process.stop_ladder import describe_status, explain_status

DIRECTORY = "client_tools"
"""Below the outputs: one directory for each call."""

TIMEOUT_S = 600.0
"""Of one call, unless the test says another one; unscaled."""

_LAST_LINES = 12
_SECRET = "client_tools.jwt"


@dataclass(frozen=True)
class ClientToolRun:
    """One call of a tool that has ended."""

    tool: str
    exit_code: int
    """0 is success, 1 a failure, 3, 4 and 6 a mistake in the options; negative for a signal."""
    output: str
    """What it wrote to stdout and stderr, as it came; the middle is left out of more than a MiB."""
    log_path: str
    """Absolute path of the file that has all of it, among the outputs."""


class ClientTools:
    """The tools of one server distribution, on the deployment of this run."""

    def __init__(
        self,
        deployment: Deployment,
        distribution: ServerDistribution,
        facts: ServerFacts,
        environ: Mapping[str, str],
        *,
        say: Callable[[str], None] = print,
        case_timeout_s: float = 0.0,
    ) -> None:
        """`environ` is the test process's, `say` is told of every call that has ended.

        `case_timeout_s` is what is left of the case now, 0 when it has no limit.
        """
        self._deployment = deployment
        self._distribution = distribution
        self._environ = environ
        self._say = say
        self._runfiles = environ["ARMADILLO_RUNFILES"]
        self._installation = locate(distribution, facts, self._runfiles)
        self._case_ends_s = time.monotonic() + case_timeout_s if case_timeout_s else None

    def __repr__(self) -> str:
        return f"<ClientTools of {self._distribution.label}: {', '.join(self.names)}>"

    @property
    def names(self) -> list[str]:
        """The tools there are: ["arangodump", "arangorestore", ...]."""
        return sorted(self._distribution.tools)

    @property
    def blocking(self) -> Blocking:
        """The tools for plain `def` tests."""
        return Blocking(self, self._deployment.loop)

    def path_of(self, tool: str) -> str:
        """Absolute path of a tool's executable; raises `ClientToolMissingError` when the distribution has none."""
        path = self._distribution.tools.get(tool, "")
        if path:
            return os.path.join(self._runfiles, path)
        server = self._distribution.label or "the server"
        raise ClientToolMissingError(
            tool,
            f"expected {tool} among the client tools of {server}, found {', '.join(self.names) or 'none'}; "
            f"put it into `tools` of {server}, or run the test on a server that has it",
        )

    async def run(
        self,
        tool: str,
        *words: str,
        login: Login = "usual",
        server: Server | None = None,
        timeout_s: float = TIMEOUT_S,
        check: bool = True,
    ) -> ClientToolRun:
        """Runs a tool to its end; endpoint and login are set, `words` are the rest of its command line.

        It talks to `server`, or to the first that runs of those that clients talk to. The usual login is superuser for
        tools that can be one (arangodump, arangorestore, arangosh) and root for the others; or "superuser", "root",
        and "own" for options among `words`. Raises `ClientToolMissingError`, `ClientToolError` for an end other than
        exit code 0 (with `check=False` the test looks by itself, but for a sanitizer's report), and
        `ConditionTimeoutError` when it does not end in time; it is then killed.
        """
        path = self.path_of(tool)
        directory = self._new_directory(tool)
        argv = tool_command(
            tool,
            path,
            self._installation,
            endpoint=(server or self._front()).endpoint,
            login=self._login_words(tool, login),
            words=words,
        )
        _write(os.path.join(directory, "command_line.txt"), "\n".join(argv) + "\n")
        log_path = os.path.join(directory, "output.log")
        begun_s = time.monotonic()
        status = await self._until_ended(tool, argv, log_path, timeout_s)
        told = f"{DIRECTORY}/{os.path.basename(directory)}"
        self._say(f"{tool} ended with {describe_status(status)} after {time.monotonic() - begun_s:.1f} s, see {told}")
        ended = ClientToolRun(tool, status, shortened(_read(log_path)), log_path)
        self._check(ended, directory, check=check)
        return ended

    async def dump(
        self,
        directory: str,
        *,
        database: str = "",
        collections: Sequence[str] = (),
        include_system_collections: bool = False,
        overwrite: bool = False,
        words: Sequence[str] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> ClientToolRun:
        """arangodump into a directory: one database, or all of them; `words` are more of its options.

        Users are in a system collection of `_system`. Raises as `run` does.
        """
        options = {
            "output-directory": directory,
            "overwrite": overwrite,
            "include-system-collections": include_system_collections,
            **_which(database),
        }
        chosen = [word for name in collections for word in ("--collection", name)]
        return await self.run("arangodump", *option_words(options), *chosen, *words, timeout_s=timeout_s)

    async def restore(
        self,
        directory: str,
        *,
        database: str = "",
        collections: Sequence[str] = (),
        include_system_collections: bool = False,
        create_database: bool = True,
        words: Sequence[str] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> ClientToolRun:
        """arangorestore from a directory of arangodump: into one database, or all of a dump of all databases.

        Collections that are there are replaced. `words` are more of its options. Raises as `run` does.
        """
        options = {
            "input-directory": directory,
            "create-database": create_database,
            "include-system-collections": include_system_collections,
            **_which(database),
        }
        chosen = [word for name in collections for word in ("--collection", name)]
        return await self.run("arangorestore", *option_words(options), *chosen, *words, timeout_s=timeout_s)

    async def _until_ended(self, tool: str, argv: Sequence[str], log_path: str, timeout_s: float) -> int:
        limit_s, whose = self._limit(timeout_s)
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._tool_environ(os.path.dirname(log_path)),
            )
        except OSError as error:
            raise ClientToolError(tool, f"{tool} cannot be executed: {argv[0]}: {error.strerror}") from error
        finally:
            os.close(log)
        try:
            return await asyncio.wait_for(process.wait(), limit_s)
        except TimeoutError:
            raise ConditionTimeoutError(f"{tool} has ended{whose}", limit_s, _told(log_path)) from None
        finally:
            if process.returncode is None:  # also when the test is cancelled
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def _check(self, ended: ClientToolRun, directory: str, *, check: bool) -> None:
        reports = sorted(name for name in os.listdir(directory) if name.startswith(LOG_NAME))
        problem = ""
        if reports:
            problem = f"left a report of a sanitizer: {os.path.join(directory, reports[0])}"
        elif ended.exit_code and check:
            known = f" ({meaning(ended.exit_code)})" if ended.exit_code > 0 else ""
            problem = f"should end with exit code 0; it ended with {explain_status(ended.exit_code)}{known}"
        if problem:
            text = f"{ended.tool} {problem}\n{_told(ended.log_path)}"
            raise ClientToolError(ended.tool, text, exit_code=ended.exit_code, log_path=ended.log_path)

    def _limit(self, timeout_s: float) -> tuple[float, str]:
        """Seconds for one call, and whose limit that is where it is not the call's own."""
        own_s = self._deployment.scaled(timeout_s)
        if self._case_ends_s is None:
            return own_s, ""
        left_s = max(self._case_ends_s - time.monotonic(), 0.0)
        return (left_s, " before the case's time is up") if left_s < own_s else (own_s, "")

    def _login_words(self, tool: str, login: Login) -> list[str]:
        if login == "own":
            return []
        secret = self._deployment.jwt_secret
        if login == "superuser" and not takes_superuser(tool):
            raise ClientToolError(tool, f'{tool} has no option for superusers: leave out login = "superuser"')
        path = ""
        if secret and takes_superuser(tool) and login != "root":
            path = self._secret_path(secret)
        return login_words(path, self._deployment.root_password, has_authentication=bool(secret))

    def _secret_path(self, secret: str) -> str:
        path = os.path.join(self._tmp_directory, _SECRET)
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(secret)
        return path

    @property
    def _tmp_directory(self) -> str:
        return self._environ["TEST_TMPDIR"]

    def _tool_environ(self, directory: str) -> dict[str, str]:
        env = common_environment(self._installation, self._environ, self._tmp_directory)
        if self._installation.facts.sanitizer:
            env.update(sanitizer_environment(directory, self._installation, self._environ))
        if RUN_ID_VARIABLE in self._environ:  # by which the run's guardian finds what is left of it
            env[RUN_ID_VARIABLE] = self._environ[RUN_ID_VARIABLE]
        return env

    def _front(self) -> Server:
        """The first server that runs of those that clients talk to."""
        fronts = [server for server in self._deployment.servers if server.role.is_front]
        return next((server for server in fronts if server.is_alive), fronts[0])

    def _new_directory(self, tool: str) -> str:
        """The next free one: "1-arangodump", "2-arangorestore"."""
        parent = os.path.join(self._deployment.outputs_directory, DIRECTORY)
        os.makedirs(parent, exist_ok=True)
        path = os.path.join(parent, f"{len(os.listdir(parent)) + 1}-{tool}")
        os.mkdir(path)
        return path


def _which(database: str) -> dict[str, str | bool]:
    return {"server.database": database} if database else {"all-databases": True}


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _told(log_path: str) -> str:
    """The last lines of what a tool wrote, and where all of it is."""
    tail = describe_tail(f"its output ({log_path})", log_path, _LAST_LINES)
    return tail or f"it wrote nothing ({log_path})"
