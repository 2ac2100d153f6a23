"""Events of runs, as tests write them down."""

from __future__ import annotations

from typing import Any, TypeAlias

from armadillo.model.outcome import Outcome
from armadillo_api.v1 import result_pb2

Event: TypeAlias = result_pb2.Event
FIRST_NS = 1_700_000_000 * 10**9
STEP_NS = 125_000_000


def timed(*events: Event) -> list[Event]:
    """The same events, numbered and one eighth of a second apart."""
    for index, event in enumerate(events):
        event.sequence = index + 1
        event.time_unix_ns = FIRST_NS + index * STEP_NS
    return list(events)


def run_started(target: str = "//tests/x:y_test", **fields: Any) -> Event:
    """The run begins."""
    return Event(run_started=result_pb2.RunStarted(target=target, **fields))


def case(name: str, file: str = "tests/x/test_y.py", line: int = 3) -> result_pb2.Case:
    """A case as the plug-in reports it."""
    class_name = file.removesuffix(".py").replace("/", ".")
    return result_pb2.Case(node_id=f"{file}::{name}", file=file, line=line, class_name=class_name, name=name)


def collected(*names: str, errors: dict[str, str] | None = None) -> Event:
    """Cases of tests/x/test_y.py, and files that could not be collected with the text of the error."""
    return Event(
        cases_collected=result_pb2.CasesCollected(
            cases=[case(name) for name in names],
            errors=[result_pb2.CollectionError(file=file, text=text) for file, text in (errors or {}).items()],
        )
    )


def case_started(name: str) -> Event:
    """A case of tests/x/test_y.py begins."""
    return Event(case_started=result_pb2.CaseStarted(node_id=case(name).node_id))


def case_finished(name: str, outcome: Outcome | int = Outcome.PASSED, message: str = "", **fields: Any) -> Event:
    """A case of tests/x/test_y.py has ended."""
    return Event(
        case_finished=result_pb2.CaseFinished(
            node_id=case(name).node_id, outcome=int(outcome), message=message, **{"duration_s": 0.25, **fields}
        )
    )


def attempt_failed(name: str, attempt: int, message: str, attempts: int = 3, **fields: Any) -> Event:
    """An attempt of a case of tests/x/test_y.py has failed."""
    return Event(
        case_attempt_failed=result_pb2.CaseAttemptFailed(
            node_id=case(name).node_id, attempt=attempt, attempts=attempts, message=message,
            **{"duration_s": 0.25, **fields},
        )
    )  # fmt: skip


def whole_case(name: str, outcome: Outcome = Outcome.PASSED, message: str = "", **fields: Any) -> list[Event]:
    """Begin and end of a case."""
    return [case_started(name), case_finished(name, outcome, message, **fields)]


def server(name: str, state: str, incarnation: int = 1, **fields: Any) -> Event:
    """Something happens to a server process."""
    return Event(server=result_pb2.ServerEvent(server=name, state=state, incarnation=incarnation, **fields))


def finding(kind: str, outcome: Outcome, message: str, **fields: Any) -> Event:
    """A finding beside the cases."""
    return Event(finding=result_pb2.Finding(kind=kind, outcome=outcome.value, message=message, **fields))


def run_finished(outcome: Outcome, headline: str = "", exit_code: int = 0) -> Event:
    """The run ends."""
    return Event(run_finished=result_pb2.RunFinished(outcome=outcome.value, headline=headline, exit_code=exit_code))
