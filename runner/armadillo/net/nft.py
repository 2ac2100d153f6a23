"""nftables by libnftables inside of this process (libnftables(3)).

The `nft` program would lose the lab's capabilities at its execve(2) when the run is not root's; the library needs
neither a process nor a parser's start: a partition of eight servers takes about 2 ms.
"""

from __future__ import annotations

import ctypes
import errno
from functools import cache
from typing import Any

_LIBRARY = "libnftables.so.1"


class NftError(OSError):
    """nftables refused a command; the text is its own."""


@cache
def _library() -> Any:
    """The library with the types of what is used of it; raises OSError where it is not installed."""
    library = ctypes.CDLL(_LIBRARY)
    library.nft_ctx_new.restype = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("nft_ctx_buffer_output", "nft_ctx_buffer_error", "nft_ctx_free"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
        getattr(library, name).restype = ctypes.c_char_p
    return library


def why_no_nft() -> str:
    """ "" when the library is there, else what lacks."""
    try:
        _library()
    except (OSError, AttributeError) as error:
        return f"{_LIBRARY} cannot be loaded ({error}); Debian's package is libnftables1"
    return ""


class Nft:
    """Speaks to the network namespace in which the creating thread was; raises OSError without library or kernel part.

    Keep one for many commands: when its socket closes behind a deletion, the kernel waits for a grace period of RCU
    (7 to 15 ms), and a heal would, too.
    """

    def __init__(self) -> None:
        self._library = _library()
        self._context = self._library.nft_ctx_new(0)
        if not self._context:
            raise NftError(errno.ENOMEM, "libnftables gave no context")
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)

    def run(self, commands: str) -> str:
        """Has the kernel do the commands as one transaction; answers their output.

        Raises `NftError`, and then nothing of them was done.
        """
        failed = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
        output: str = self._library.nft_ctx_get_output_buffer(self._context).decode(errors="replace")
        text = self._library.nft_ctx_get_error_buffer(self._context).decode(errors="replace").strip()
        if failed:
            raise NftError(errno.EINVAL, f"nftables refused: {text}")
        return output

    def close(self) -> None:
        """Gives the socket back."""
        if self._context:
            self._library.nft_ctx_free(self._context)
            self._context = None
