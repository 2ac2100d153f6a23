"""The words that `armadilloctl` understands."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence

PROGRAM = "armadilloctl"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command and its words; ends the process with exit code 2 and a text when they are not understood."""
    return make_parser().parse_args(argv)


def make_parser() -> argparse.ArgumentParser:
    """All commands and their words."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Servers and faults of this test's run.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_looks(commands)
    _add_process_verbs(commands)
    _add_fault_verbs(commands)
    return parser


def _add_looks(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("list", help="servers: name, role, state, endpoint, pid, incarnation")
    one.add_argument("--json", action="store_true", help="all of the deployment as JSON, as in $ARMADILLO_DEPLOYMENT")
    one = commands.add_parser("faults", help="faults in force: id, kind, servers, description")
    one.add_argument("--healed", action="store_true", help="those that are healed, too")
    one = commands.add_parser("note", help="puts a text into the run's report")
    one.add_argument("text", nargs="+", help="words, joined by spaces")
    one = commands.add_parser("wait", help="waits until servers are ready, or have ended")
    _servers(one, "all that run unless named", "*")
    one.add_argument("--exited", action="store_true", help="until they have ended")
    _timeout(one)


def _add_process_verbs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("start", help="starts servers that are down, and waits until they are ready")
    _servers(one)
    one.add_argument("--no-wait", action="store_true", help="only until the process is there")
    _start_options(one)
    one = commands.add_parser("stop", help="stops servers by SIGTERM; fails when SIGKILL was needed")
    _servers(one)
    _timeout(one)
    one = commands.add_parser("kill", help="ends servers by a signal")
    _servers(one)
    _signal(one, "SIGKILL")
    for name, what in (("suspend", "freezes servers by SIGSTOP"), ("resume", "lets suspended servers go on")):
        _servers(commands.add_parser(name, help=what))
    one = commands.add_parser("restart", help="stops servers that run, starts them, and waits until they are ready")
    _servers(one)
    _start_options(one)
    one = commands.add_parser("expect-crash", help="announces a crash of a server, which then fails nothing")
    _servers(one)
    _signal(one, "any")


def _add_fault_verbs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = commands.add_parser("inject", help="puts a fault in force, waits until that is proved, and prints its id")
    one.add_argument("kind", help="process.suspend, network.isolate, ...: docs/faults.md lists them")
    one.add_argument("target", nargs="*", help="a server, a role, 'agency leader', 'leader of DB/COLLECTION', ...")
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the kind")
    one.add_argument("--allow-unproved", action="store_true", help="goes on when the effect could not be proved")
    one = commands.add_parser("heal", help="takes faults back, and waits until that is proved")
    one.add_argument("fault", nargs="*", help="ids as inject prints them; all that are in force unless named")


def _servers(parser: argparse.ArgumentParser, what: str = "names as in `armadilloctl list`", number: str = "+") -> None:
    parser.add_argument("server", nargs=number, help=what)


def _timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--timeout", type=float, default=0.0, metavar="S", help="the deployment's own unless given")


def _start_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wipe-data", action="store_true", help="on an empty data directory")
    parser.add_argument(
        "--option", action="append", default=[], metavar="WORD", help="of arangod: --option=--log.level=debug"
    )
    _timeout(parser)


def _signal(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--signal", type=_signal_number, default=0, metavar="SIGNAL", help=f"a name or number; {default} unless given"
    )


def _signal_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    name = text.upper()
    try:
        return int(signal.Signals[name if name.startswith("SIG") else f"SIG{name}"])
    except KeyError:
        raise argparse.ArgumentTypeError(f"there is no signal {text!r}; examples: SIGKILL, SIGABRT, 11") from None
