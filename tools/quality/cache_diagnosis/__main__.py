"""cache_doctor: the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from .diagnosis import diagnose
from .log_file import BadLogError, read_log
from .text import text_of

BAD_INPUT = 2


def main(
    first: Annotated[Path, typer.Argument(help="Execution log of the run that filled the cache.")],
    second: Annotated[Path, typer.Argument(help="Execution log of the run that ought to have been served.")],
    all_actions: Annotated[bool, typer.Option("--all", help="Name every action of a cause.")] = False,
) -> None:
    """Says why actions of the second run were executed and not served by a cache.

    Both logs are written by Bazel's --execution_log_json_file (4.2 or newer). Exit code 0: nothing was executed;
    1: something was, and is explained; 2: a file is no execution log.
    """
    # `bazel run` starts programs in their runfiles and tells where it was called.
    folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""))
    try:
        diagnosis = diagnose(read_log(folder / first), read_log(folder / second))
    except BadLogError as error:
        typer.echo(f"cache_doctor: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    typer.echo(text_of(diagnosis, all_actions=all_actions), nl=False)
    raise typer.Exit(1 if diagnosis.misses else 0)


if __name__ == "__main__":
    typer.run(main)
