"""Writing a file so that a reader sees the old one or the new one, and nothing between."""

from __future__ import annotations

import os


def write_atomically(path: str, content: str | bytes) -> None:
    """Writes beside the file and renames; text is UTF-8. Raises OSError, and the old file then stays as it was."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    os.replace(temporary, path)
