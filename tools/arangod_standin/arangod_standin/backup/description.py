"""How backups are named and described."""

from __future__ import annotations

import re
import time
from typing import Any

from .. import errors
from ..datadir import new_uuid
from ..errors import ArangoError

_LABEL = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
_ID = re.compile(r"[A-Za-z0-9_.\-]{1,200}")


def new_meta(label: Any, *, version: str, dbservers: int) -> dict[str, Any]:
    """Return the description of a backup that begins now. Raises ArangoError 400 for a label that is no file name."""
    text = new_uuid() if label is None else label
    if not isinstance(text, str) or not _LABEL.fullmatch(text):
        raise ArangoError(errors.HTTP_BAD_PARAMETER, "label must be made of letters, digits, _, . and -")
    now_s = time.time()
    stamp = time.strftime("%Y-%m-%dT%H.%M.%SZ", time.gmtime(now_s))
    return {
        "id": f"{stamp}_{text}",
        "datetime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s)),
        "version": version,
        "keys": [],
        "available": True,
        "nrDBServers": dbservers,
        "nrPiecesPresent": dbservers,
        "potentiallyInconsistent": False,
        "countIncludesFilesOnly": True,
    }


def failsafe_meta(*, version: str, dbservers: int) -> dict[str, Any]:
    """Return the description of the backup that keeps what a restore replaces."""
    return new_meta(f"FAILSAFE-{new_uuid()[:8]}", version=version, dbservers=dbservers)


def backup_id_of(body: dict[str, Any]) -> str:
    """Return the id a request names. Raises ArangoError 400."""
    found = body.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found) or found in (".", ".."):
        raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting the id of a backup")
    return found


def check_version(meta: dict[str, Any], version: str, body: dict[str, Any]) -> None:
    """Raise ArangoError 7001 for a backup of another release line, unless the request says ``ignoreVersion``."""
    made_by, here = (text.split(".")[:2] for text in (str(meta.get("version", version)), version))
    if made_by != here and not body.get("ignoreVersion"):
        raise ArangoError(
            errors.HOT_BACKUP_INTERNAL,
            f"the backup was made by version {meta['version']}, this is {version}; ignoreVersion restores it anyway",
        )


def created(meta: dict[str, Any]) -> dict[str, Any]:
    """Return what the API answers to a request that made a backup."""
    names = ("id", "potentiallyInconsistent", "sizeInBytes", "datetime", "nrDBServers", "nrFiles")
    return {name: meta[name] for name in names}
