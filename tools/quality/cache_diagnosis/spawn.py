"""One action of an execution log: what its key is made of, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LABEL = re.compile(r"@*[\w.~+-]*//[\w./@~+-]*(?::[^\s\"']+)?")


class NotASpawnError(ValueError):
    """An object of the log is not what Bazel writes; the text says which field."""


@dataclass(frozen=True, slots=True)
class File:
    """Content of an input or output; `target` is set for symbolic links that are not followed."""

    digest: str
    size_bytes: int
    is_tool: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Spawn:
    """One entry of --execution_log_json_file (SpawnExec of Bazel's spawn.proto), 4.2 to 7."""

    mnemonic: str
    label: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    platform: Mapping[str, str]
    inputs: Mapping[str, File]
    listed_outputs: tuple[str, ...]
    actual_outputs: Mapping[str, File]
    timeout_ms: int
    cacheable: bool
    remote_cacheable: bool
    was_hit: bool
    exit_code: int
    status: str
    key: str
    """The digest of the action, where the log has it: Bazel 7 with a remote cache."""

    @property
    def name(self) -> str:
        """What a reader calls it: mnemonic, and its target or else its first output."""
        subject = self.label or (self.listed_outputs[0] if self.listed_outputs else " ".join(self.arguments[:1]))
        return f"{self.mnemonic} {subject}".strip()

    @property
    def failed(self) -> bool:
        """Whether it ended badly; such results are kept by no cache."""
        return self.exit_code != 0 or self.status not in ("", "SUCCESS")


def spawn_of(entry: Mapping[str, Any]) -> Spawn:
    """Makes a spawn of a parsed entry.

    Raises:
        NotASpawnError: for entries that are something else.
    """
    if "mnemonic" not in entry or not ("commandArgs" in entry or "listedOutputs" in entry):
        raise NotASpawnError(f"it has the fields {', '.join(list(entry)[:4]) or '(none)'}; an action has mnemonic")
    try:
        return _spawn(entry)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise NotASpawnError(f"a field is not what Bazel writes: {error!r}") from error


def _spawn(entry: Mapping[str, Any]) -> Spawn:
    environment = {str(pair["name"]): str(pair["value"]) for pair in entry.get("environmentVariables", [])}
    platform = entry.get("platform") or {}
    return Spawn(
        mnemonic=str(entry["mnemonic"]),
        label=_label(entry, environment),
        arguments=tuple(str(word) for word in entry.get("commandArgs", [])),
        environment=environment,
        platform={str(pair["name"]): str(pair["value"]) for pair in platform.get("properties", [])},
        inputs=_files(entry.get("inputs", [])),
        listed_outputs=tuple(sorted(str(path) for path in entry.get("listedOutputs", []))),
        actual_outputs=_files(entry.get("actualOutputs", [])),
        timeout_ms=int(entry.get("timeoutMillis", 0)),
        cacheable=bool(entry.get("cacheable", False)),
        remote_cacheable=bool(entry.get("remoteCacheable", False)),
        # 4.2 has the first, 7 the second.
        was_hit=bool(entry.get("remoteCacheHit", False)) or bool(entry.get("cacheHit", False)),
        exit_code=int(entry.get("exitCode", 0)),
        status=str(entry.get("status", "")),
        key=str((entry.get("digest") or {}).get("hash", "")),
    )


def _label(entry: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """4.2 names no target but in the environment of tests and in most progress messages."""
    named = str(entry.get("targetLabel", "")) or environment.get("TEST_TARGET", "")
    if named:
        return named
    found = LABEL.search(str(entry.get("progressMessage", "")))
    return found.group() if found else ""


def _files(entries: list[Mapping[str, Any]]) -> dict[str, File]:
    files = {}
    for entry in entries:
        digest = entry.get("digest") or {}
        files[str(entry["path"])] = File(
            digest=str(digest.get("hash", "")),
            size_bytes=int(digest.get("sizeBytes", 0)),
            is_tool=bool(entry.get("isTool", False)),
            target=str(entry.get("symlinkTargetPath", "")),
        )
    return files
