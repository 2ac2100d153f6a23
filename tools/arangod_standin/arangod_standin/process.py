"""From the command line to a running server and its exit code; asyncio is only loaded once all options are good."""

from __future__ import annotations

import os
import signal
import sys

from . import STANDIN_NAME, STANDIN_VERSION
from .config.options import EXIT_BAD_VALUE, OptionError, OptionReader, parse_command_line
from .config.settings import Settings, version_of
from .datadir import DataDirectory, DataDirectoryError
from .early_stop import EarlyStop
from .logger import Logger
from .misbehaviour import Misbehaviour

EXIT_FAILED = 1
EXIT_ALREADY_RUNNING = 20
EXIT_RESOURCES_TOO_LOW = 28
# What ServerProcess.run returns when the process is to start anew in its place.
_RESTART = -1


class StartError(Exception):
    """The process cannot start; `exit_code` is what arangod would exit with."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main(argv: list[str]) -> int:
    """Run a server until it is told to stop; return the exit code."""
    try:
        reader = parse_command_line(argv)
        if _command(reader):
            return 0
        settings = Settings(reader.values)
        if settings.boolean("check-configuration", False):
            return 0
        _change_directory(settings)
        journal = Logger(settings)
        if settings.boolean("daemon", False) and _daemonize(settings):
            return 0
        misbehaviour = Misbehaviour(settings, journal)
        early_stop = EarlyStop(journal, misbehaviour)
        early_stop.install()
        misbehaviour.at_start()
        _check_descriptors(settings, journal)
        code = _run_with_directory(settings, journal, misbehaviour, early_stop)
        if code == _RESTART:
            # the same process, as arangod does after the restore of a backup
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        return code
    except (OptionError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _command(reader: OptionReader) -> bool:
    """Carry out an option that prints something and ends the process; say whether there was one."""
    values = reader.values
    # a reader that has seen enough, as head, ends the output in silence
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if values.get("version") or values.get("version-json"):
        from .config import version_text

        print_out = version_text.version_json if values.get("version-json") else version_text.version_text
        print(print_out(version_of(reader.family), failure_points=values.get("standin.failure-points") is not False))
    elif reader.help_section is not None:
        from .config.help_text import help_text

        print(help_text(reader.help_section, reader.family))
    elif values.get("dump-options"):
        from .config.help_text import dump_options

        print(dump_options(reader.family))
    else:
        return False
    return True


def _change_directory(settings: Settings) -> None:
    folder = settings.string("working-directory", "")
    temporary = settings.string("temp.path", "")
    try:
        if folder and settings.boolean("daemon", False):
            os.chdir(folder)
        if temporary:
            os.makedirs(temporary, exist_ok=True)
    except OSError as error:
        raise StartError(f"cannot use directory '{error.filename}': {error.strerror}", EXIT_FAILED) from None


def _daemonize(settings: Settings) -> bool:
    """Go on in a child process without a terminal and note its pid; true in the parent, which is done."""
    path = settings.string("pid-file", "")
    if not path:
        raise OptionError("need --pid-file in --daemon mode", EXIT_BAD_VALUE)
    try:
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
    except OSError:
        text = ""
    if text.isdigit() and os.path.exists(f"/proc/{text}"):
        raise StartError(f"pid-file '{path}' names the running process {text}", EXIT_ALREADY_RUNNING)
    sys.stdout.flush()
    if os.fork() > 0:
        return True
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    return False


def _check_descriptors(settings: Settings, journal: Logger) -> None:
    """Raise the limit of open files as far as it goes; too low a limit ends the process, as in arangod."""
    minimum = settings.integer("server.descriptors-minimum", 8192)
    if minimum <= 0:
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard and soft < 65536:
        soft = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    journal.info("a1c60", "syscall", f"file-descriptors (nofiles) hard limit is {hard}, soft limit is {soft}")
    if 0 <= soft < minimum:
        message = (
            f"file-descriptors (nofiles) soft limit is too low, currently {soft}. please raise to at least {minimum}"
            " (e.g. via ulimit -n) or adjust the value of the startup option --server.descriptors-minimum"
        )
        journal.fatal("8c771", "syscall", message)
        raise StartError(message, EXIT_RESOURCES_TOO_LOW)


def _run_with_directory(settings: Settings, journal: Logger, misbehaviour: Misbehaviour, early_stop: EarlyStop) -> int:
    journal.info(
        "e52b0", "general",
        f"{STANDIN_NAME} {STANDIN_VERSION} following ArangoDB {settings.arangodb_version} [linux] 64bit, "
        f"role {settings.role}, pid {os.getpid()}",
    )  # fmt: skip
    try:
        directory = DataDirectory(
            settings.database_directory, settings.role, settings.string("database.required-directory-state", "any")
        )
    except DataDirectoryError as error:
        journal.fatal("5c6ac", "general", str(error))
        return error.exit_code
    try:
        ended = directory.check_version(settings, journal)
        if ended is not None:
            return ended
        return _serve(settings, journal, directory, misbehaviour, early_stop)
    except OptionError as error:
        journal.fatal("8d2b6", "general", str(error))
        return error.exit_code
    except Exception as error:
        import traceback

        text = "".join(traceback.format_exception(error)).strip()
        journal.fatal("8d2b5", "general", f"cannot run the server: {text}")
        return EXIT_FAILED
    finally:
        directory.close()
        journal.info("f4d9b", "general", f"{STANDIN_NAME} has been shut down")


def _serve(
    settings: Settings, journal: Logger, directory: DataDirectory, misbehaviour: Misbehaviour, early_stop: EarlyStop
) -> int:
    if any(endpoint.scheme == "ssl" for endpoint in settings.endpoints):
        # the start scripts stub ssl out, since loading it takes a tenth of a start
        sys.modules.pop("ssl", None)
    import asyncio

    from .server_process import ServerProcess

    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    code = asyncio.run(ServerProcess(settings, journal, directory, misbehaviour, early_stop).run())
    return code if code == _RESTART else misbehaviour.exit_code(code)
