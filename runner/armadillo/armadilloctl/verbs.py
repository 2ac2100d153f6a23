"""What each command does: a call for each server, and the lines that it prints."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any

from armadillo_api.v1 import control_pb2, deployment_pb2, result_pb2

from .runner_link import Refusal, RunnerLink

State = control_pb2.Server.State
_RUNS = (State.STARTING, State.READY)


def _list(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    reply = link.control("Describe", control_pb2.DescribeRequest())
    if words.json:
        from google.protobuf import json_format

        yield json_format.MessageToJson(
            reply, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        yield ""
        return
    yield from _lines([_row(server) for server in reply.servers])


def _row(server: control_pb2.Server) -> list[str]:
    role = deployment_pb2.Role.Name(server.role).lower()
    state = State.Name(server.state).lower()
    return [server.name, role, state, server.endpoint, str(server.pid), str(server.incarnation)]


def _lines(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if rows:
        yield ""


def _faults(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    reply = link.control("ListFaults", control_pb2.ListFaultsRequest(with_healed=words.healed))
    yield from _lines([[one.fault_id, one.kind, ",".join(one.servers), one.description] for one in reply.faults])


def _note(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    event = result_pb2.Event(note=result_pb2.Note(text=" ".join(words.text)))
    link.publish(result_pb2.PublishRequest(events=[event]))
    return iter(())


def _wait(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    condition = control_pb2.WaitForRequest.EXITED if words.exited else control_pb2.WaitForRequest.READY
    names = words.server
    if not names:
        reply = link.control("Describe", control_pb2.DescribeRequest(wait_until_ready=not words.exited))
        names = [server.name for server in reply.servers if words.exited or server.state in _RUNS]
    for name in names:
        link.control("WaitFor", control_pb2.WaitForRequest(server=name, condition=condition, timeout_s=words.timeout))
    return iter(())


def _start(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Start", no_wait=words.no_wait, **_start_fields(words))


def _restart(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Restart", **_start_fields(words))


def _start_fields(words: argparse.Namespace) -> dict[str, Any]:
    return {"extra_args": words.option, "wipe_data": words.wipe_data, "timeout_s": words.timeout}


def _stop(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Stop", timeout_s=words.timeout)


def _kill(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Kill", signal=words.signal)


def _suspend(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Suspend")


def _resume(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "Resume")


def _expect_crash(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    return _each(link, words, "ExpectCrash", signal=words.signal)


def _each(link: RunnerLink, words: argparse.Namespace, verb: str, **fields: Any) -> Iterator[str]:
    for name in words.server:
        link.control(verb, getattr(control_pb2, f"{verb}Request")(server=name, **fields))
    return iter(())


def _inject(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    request = control_pb2.InjectRequest(
        kind=words.kind,
        targets=words.target,
        parameters_json=json.dumps(dict(_parameter(text) for text in words.set)),
        allow_unproved=words.allow_unproved,
    )
    for fault in link.control("Inject", request).faults:
        yield fault.fault_id
        yield ""


def _parameter(text: str) -> tuple[str, Any]:
    """A value is JSON where it can be (0.5, true, ["a"]), else a text."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Refusal(f"expected --set NAME=VALUE, found {text!r}", is_wrong_use=True)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _heal(link: RunnerLink, words: argparse.Namespace) -> Iterator[str]:
    for fault_id in words.fault or [""]:
        link.control("Heal", control_pb2.HealRequest(fault_id=fault_id))
    return iter(())


VERBS: dict[str, Callable[[RunnerLink, argparse.Namespace], Iterator[str]]] = {
    "expect-crash": _expect_crash,
    "faults": _faults,
    "heal": _heal,
    "inject": _inject,
    "kill": _kill,
    "list": _list,
    "note": _note,
    "restart": _restart,
    "resume": _resume,
    "start": _start,
    "stop": _stop,
    "suspend": _suspend,
    "wait": _wait,
}
"""By the command's name."""
