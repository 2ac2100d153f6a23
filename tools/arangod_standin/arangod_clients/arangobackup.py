"""arangobackup: creates, lists, restores and deletes hot backups, and sends them to and fetches them from elsewhere."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from .failure import EXIT_BAD_VALUE, ConnectionFailedError, ServerError, ToolError
from .options import flag, number, text
from .tool import run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPERATIONS = ("create", "delete", "download", "list", "restore", "upload")
_OPTIONS = (
    text("operation", "list", "what to do", choices=_OPERATIONS),
    text("label", "", "a name that a new backup's identifier ends with"),
    text("identifier", "", "the backup to restore, delete, show, upload or download"),
    number("max-wait-for-lock", 60.0, "seconds to wait for running writes before a backup"),
    number("timeout", 60.0, "the same as --max-wait-for-lock"),
    number("max-wait-for-restart", 0.0, "seconds to wait for the server after a restore"),
    flag("allow-inconsistent", False, "make a backup although writes did not end in time"),
    flag("force", False, "abort running transactions to get the lock"),
    text("remote-path", "", "where to send backups to and fetch them from"),
    text("rclone-config-file", "", "a JSON file that describes the remote"),
    text("status-id", "", "ask about an upload or download"),
    flag("abort", False, "abort the upload or download of --status-id"),
)
_POLL_S = 0.2
_UPTIME = re.compile(rb"^arangodb_server_statistics_server_uptime_total(?:\{[^}]*\})? ([0-9.eE+]+)", re.MULTILINE)


class Backup:
    """One run of the tool."""

    def __init__(self, options: Options, server: Server, console: Console) -> None:
        self._options = options
        self._server = server
        self._console = console

    def run(self) -> None:
        """Do what the operation says. Raises ToolError."""
        operation = self._options["operation"]
        self._check(operation)
        getattr(self, f"_{operation}")()

    def _check(self, operation: str) -> None:
        """Refuse options that do not belong to the operation. Raises ToolError (exit code 4)."""
        given = self._options.given
        allowed = {
            "create": {"label", "max-wait-for-lock", "timeout", "allow-inconsistent", "force"},
            "list": {"identifier"},
            "restore": {"identifier", "max-wait-for-restart", "ignore-version"},
            "delete": {"identifier"},
        }.get(operation, {"identifier", "remote-path", "rclone-config-file", "status-id", "abort"})
        everything = {option.name for option in _OPTIONS} - {"operation"}
        wrong = sorted((given & everything) - allowed)
        if wrong:
            raise ToolError(f"--{wrong[0]} does not go with '{operation}'", EXIT_BAD_VALUE)
        needs_identifier = operation in ("restore", "delete") or (
            operation in ("upload", "download") and not self._options["status-id"]
        )
        if needs_identifier and not self._options["identifier"]:
            raise ToolError(f"'{operation}' needs --identifier: 'arangobackup list' shows all", EXIT_BAD_VALUE)

    def _ask(self, operation: str, body: dict[str, Any]) -> Any:
        try:
            answer = self._server.call("POST", f"/_admin/backup/{operation}", body, database="_system")
        except ServerError as error:
            if error.status in (404, 501) and error.number in (404, 9):
                raise ToolError(f"the server has no hot backups: {error.text}") from None
            raise
        return answer.json().get("result", {})

    # -- operations --------------------------------------------------------------------------------------------------
    def _create(self) -> None:
        options = self._options
        wait_s = options["timeout"] if "timeout" in options.given else options["max-wait-for-lock"]
        body: dict[str, Any] = {"timeout": wait_s, "allowInconsistent": options["allow-inconsistent"]}
        if options["label"]:
            body["label"] = options["label"]
        if options["force"]:
            body["force"] = True
        result = self._ask("create", body)
        if result.get("potentiallyInconsistent"):
            self._console.warning(
                "f448b",
                "Failed to get write lock before proceeding with backup: it may contain some inconsistencies.",
            )
        self._console.info("c4d37", f"Backup succeeded. Generated identifier '{result['id']}'")
        for name, title in (("sizeInBytes", "Total size of backup"), ("nrFiles", "number of files")):
            if name in result:
                self._console.info("ce423", f"{title}: {result[name]}")

    def _list(self) -> None:
        wanted = self._options["identifier"]
        found: dict[str, Any] = self._ask("list", {"id": wanted} if wanted else {}).get("list", {})
        if not found:
            self._console.info("efc76", "There are no backups available.")
            return
        self._console.info("e0356", "The following backups are available:")
        for identifier, meta in sorted(found.items()):
            self._console.info("9e6b6", f" - {identifier}")
            shown = {"version": "version", "datetime": "creation date/time", "sizeInBytes": "size in bytes",
                     "nrFiles": "number of files", "nrDBServers": "number of DBServers",
                     "potentiallyInconsistent": "potentiallyInconsistent", "available": "available"}  # fmt: skip
            for name, title in shown.items():
                if wanted and name in meta:
                    self._console.info("0f208", f"      {title}: {_shown(meta[name])}")

    def _restore(self) -> None:
        identifier = self._options["identifier"]
        # a coordinator stays up while its dbservers restart
        restarts = not self._server.is_cluster()
        before_s = self._uptime_s() if restarts else None
        self._ask("restore", {"id": identifier})
        wait_s = self._options["max-wait-for-restart"]
        if wait_s:
            self._wait_available(before_s, time.monotonic() + wait_s)
        self._console.info("a4d37", f"Successfully restored '{identifier}'")

    def _uptime_s(self) -> float | None:
        """Return how long the server has been running; None when it does not tell."""
        answer = self._server.ask("GET", "/_admin/metrics", database="_system")
        found = _UPTIME.search(answer.body) if answer.status == 200 else None
        return None if found is None else float(found[1])

    def _wait_available(self, before_s: float | None, deadline_s: float) -> None:
        """Wait until the server answers, one that restarts after it has restarted. Raises ToolError."""
        was_away = before_s is None
        while time.monotonic() < deadline_s:
            try:
                if self._server.ask("GET", "/_admin/server/availability", database="_system").status == 200:
                    now_s = None if was_away else self._uptime_s()
                    if was_away or (now_s is not None and before_s is not None and now_s < before_s):
                        return
            except ConnectionFailedError:
                was_away = True
            time.sleep(_POLL_S)
        raise ToolError("the server did not come back in time after the restore (--max-wait-for-restart)")

    def _delete(self) -> None:
        identifier = self._options["identifier"]
        self._ask("delete", {"id": identifier})
        self._console.info("a23cb", f"Successfully deleted '{identifier}'")

    def _upload(self) -> None:
        self._transfer("upload")

    def _download(self) -> None:
        self._transfer("download")

    def _transfer(self, operation: str) -> None:
        options = self._options
        key = f"{operation}Id"
        if options["status-id"]:
            body: dict[str, Any] = {key: options["status-id"]}
            if options["abort"]:
                body["abort"] = True
            self._show_status(self._ask(operation, body))
            return
        if not options["remote-path"] or not options["rclone-config-file"]:
            raise ToolError(f"'{operation}' needs --remote-path and --rclone-config-file", EXIT_BAD_VALUE)
        try:
            with open(options["rclone-config-file"], encoding="utf-8") as file:
                config = json.load(file)
        except (OSError, ValueError) as error:
            raise ToolError(f"cannot read --rclone-config-file: {error}") from None
        body = {"id": options["identifier"], "remoteRepository": options["remote-path"], "config": config}
        started = self._ask(operation, body)[key]
        self._console.info("a9597", "Backup initiated, use ")
        self._console.info("4c459", f"    arangobackup {operation} --status-id={started}")
        self._console.info("5cd70", " to query progress.")

    def _show_status(self, result: dict[str, Any]) -> None:
        for server, state in sorted(result.get("DBServers", {}).items()):
            self._console.info("24d75", f"{server} Status: {state.get('Status', 'UNKNOWN')}")
            progress = state.get("Progress")
            if isinstance(progress, dict):
                self._console.info(
                    "68cc8",
                    f"Last progress update {progress.get('Time')}: "
                    f"{progress.get('Done')}/{progress.get('Total')} files done",
                )


def _shown(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _run(options: Options, server: Server, console: Console) -> int:
    console.info("06792", f"Server version: {server.version()}")
    Backup(options, server, console).run()
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangobackup", _OPTIONS, _run, arguments, positional="operation")
