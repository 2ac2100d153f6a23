"""The fold over events: what is known of a run at any moment."""

from __future__ import annotations

import pytest
from armadillo.model.outcome import Outcome
from armadillo.results.run_record import fold
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import (
    Event,
    case_finished,
    case_started,
    collected,
    run_started,
    server,
    timed,
    whole_case,
)


def test_the_running_case_is_the_one_that_began_and_did_not_end() -> None:
    """Between cases there is none."""
    story = [run_started(), collected("test_a", "test_b"), *whole_case("test_a"), case_started("test_b")]
    assert fold(timed(*story)).running_case() == "tests/x/test_y.py::test_b"
    assert fold(timed(*story[:4])).running_case() == ""
    assert fold(timed(*story, case_finished("test_b"))).running_case() == ""


def test_cases_that_were_never_collected_count_as_well() -> None:
    """A test binary without a collection step reports starts and ends only."""
    record = fold(timed(run_started(), *whole_case("test_a", Outcome.FAILED)))
    assert not record.was_collected
    assert record.outcomes() == [Outcome.FAILED]


def test_each_incarnation_has_its_own_record() -> None:
    """A restarted server keeps the times and the end of the incarnation before."""
    record = fold(
        timed(
            server("dbserver-1", "STARTED", 1),
            server("dbserver-1", "READY", 1),
            server("dbserver-1", "EXITED", 1, signal=9, expected=True),
            server("dbserver-1", "STARTED", 2),
            server("dbserver-2", "STARTED", 1),
            server("dbserver-1", "READY", 2),
        )
    )
    first, second, other = record.incarnations
    assert first.exited is not None
    assert (first.exited.signal, first.ready_ns < first.exited_ns) == (9, True)
    assert (second.exited, second.ready_ns > 0) == (None, True)
    assert (other.started.server, other.ready_ns) == ("dbserver-2", 0)


def test_an_unasked_end_is_known_before_the_finding_about_it() -> None:
    """Looking into a core takes seconds; an end that was asked for is none."""
    started = server("single-1", "STARTED")
    assert fold(timed(started, server("single-1", "EXITED", signal=11))).has_unasked_end
    assert not fold(timed(started, server("single-1", "EXITED", expected=True))).has_unasked_end
    assert not fold(timed(started)).has_unasked_end


def test_events_out_of_order_and_of_unknown_kinds_do_no_harm() -> None:
    """An end without a start, a server nobody started and an empty event leave a record that can be rendered."""
    record = fold(timed(server("x", "EXITED"), case_finished("test_a"), Event(), Event(note=result_pb2.Note(text="x"))))
    assert record.incarnations == []
    assert record.outcomes() == [Outcome.PASSED]


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ([], "before the first case"),
        ([collected("test_a")], "before the first case"),
        ([collected("test_a"), case_started("test_a")], "during tests/x/test_y.py::test_a"),
        ([collected("test_a", "test_b"), *whole_case("test_a")], "between two cases"),
        ([collected("test_a"), *whole_case("test_a")], "after the last case"),
    ],
    ids=["begun", "collected", "running", "between", "after"],
)
def test_the_stage_of_a_run_is_told_in_words(events: list[Event], stage: str) -> None:
    """A headline about time says where the run was, also where no case ran."""
    assert fold(timed(run_started(), *events)).stage() == stage


def test_faults_are_folded_from_their_steps() -> None:
    """From injected to recovered, with the latest description and all servers that were hit; a broken step is kept."""
    steps = (("SET_UP", "leader of s1", []), ("INJECTED", "partition: a from b", ["a"]), ("PROVED", "", ["b"]),
             ("BROKEN", "", []), ("RECOVERED", "", []))  # fmt: skip
    events = [
        Event(fault=result_pb2.FaultEvent(fault_id="fault-1", kind="network.partition", phase=phase,
                                          description=text, servers=servers))
        for phase, text, servers in steps
    ]  # fmt: skip
    told = timed(run_started(), *events)
    (fault,) = fold(told).faults.values()
    assert (fault.begin_ns, fault.end_ns) == (told[2].time_unix_ns, told[5].time_unix_ns)
    assert (fault.description, fault.servers, fault.is_broken) == ("partition: a from b", ["a", "b"], True)
    assert fold(told[:3]).faults["fault-1"].end_ns == 0
