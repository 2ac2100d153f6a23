"""What to say when something cannot be stored."""

from __future__ import annotations

import errno
import sqlite3

from .. import errors
from ..errors import ArangoError

# SQLite's extended results for a write that the disk (or a limit of file sizes) did not take.
_IOERR_WRITE = 778
_IOERR_TRUNCATE = 1546
_FULL = 13


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    code = getattr(error, "sqlite_errorcode", None)
    return code in (_FULL, _IOERR_WRITE, _IOERR_TRUNCATE) or "disk is full" in str(error)


def storage_failure(error: Exception) -> OSError:
    """Return the exception for those who wait for a commit that failed; its errno tells a full disk."""
    return OSError(errno.ENOSPC if _is_full(error) else errno.EIO, f"storage: {error}")


def storage_error(error: sqlite3.Error | OSError) -> ArangoError:
    """Return the error answer: 500/1104 for a full disk, 500/4 for everything else."""
    if _is_full(error):
        return ArangoError(errors.FILESYSTEM_FULL, f"filesystem full: {error}")
    return ArangoError(errors.INTERNAL, f"storage error: {error}")
