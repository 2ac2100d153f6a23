"""A directory with a short path for Unix sockets and secrets."""

from __future__ import annotations

import shutil
import tempfile

LONGEST_SOCKET_PATH_BYTES = 107
"""What sockaddr_un holds on Linux; TEST_TMPDIR has 120 to 160 characters and is no place for a socket."""


class PrivateDirectory:
    """Made with mode 0700 under the system's directory for temporary files; `remove` takes it away."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="arm-", dir=self._short_parent())

    @staticmethod
    def _short_parent() -> str | None:
        return "/tmp" if len(tempfile.gettempdir()) > LONGEST_SOCKET_PATH_BYTES // 2 else None

    def file(self, name: str) -> str:
        """Path of a file in it."""
        return f"{self.path}/{name}"

    @property
    def control_socket(self) -> str:
        """Path of the control service's Unix socket."""
        return self.file("control.sock")

    def write_secret(self, name: str, content: str) -> str:
        """Writes a file without a final newline (arangod takes it as part of the secret); answers its path."""
        path = self.file(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        return path

    def remove(self) -> None:
        """Removes the directory with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
