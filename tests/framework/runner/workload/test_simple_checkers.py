"""Registers, sets, counters and life cycles: each anomaly has its name, clean histories have none."""

from __future__ import annotations

from armadillo.workload import anomaly
from armadillo.workload.check import check
from armadillo.workload.checkers import counters, registers

from tests.framework.runner.workload.history_writing import FAIL, UNKNOWN, Story


def names(story: Story) -> list[str]:
    """Names of the anomalies of a story."""
    return [one.name for one in check(story.history()).anomalies]


def test_a_register_in_order_is_clean() -> None:
    """Reads tell the last write, or one that runs at the same time."""
    story = Story("register")
    story.did(1, "read", "x", None, 0, 1, result=None)
    story.did(1, "write", "x", 1, 2, 9)
    story.did(2, "read", "x", None, 3, 4, result=None)
    story.did(3, "read", "x", None, 5, 6, result=1)
    story.did(2, "compare_and_swap", "x", [1, 2], 10, 11)
    story.did(3, "compare_and_swap", "x", [1, 3], 12, 13, outcome=FAIL)
    story.did(1, "read", "x", None, 14, 15, result=2)
    assert names(story) == []


def test_a_register_that_goes_back_is_stale() -> None:
    """A read tells a value that had been overwritten before it began, and others know better."""
    story = Story("register")
    story.did(1, "write", "x", 1, 0, 1)
    story.did(1, "write", "x", 2, 2, 3)
    story.did(2, "read", "x", None, 4, 5, result=1)
    story.did(3, "read", "x", None, 6, 7, result=2)
    assert names(story) == [anomaly.STALE]


def test_a_write_to_a_register_that_nobody_ever_reads_is_lost() -> None:
    """After its acknowledgement the old value is read."""
    story = Story("register")
    story.did(1, "write", "x", 1, 0, 1)
    story.did(2, "read", "x", None, 4, 5, result=None)
    assert names(story) == [anomaly.LOST]


def test_two_reads_in_opposite_orders_fit_no_order() -> None:
    """Two clients see two simultaneous writes in different orders: each read alone would be fine."""
    story = Story("register")
    story.did(1, "write", "x", 1, 0, 100)
    story.did(2, "write", "x", 2, 0, 100)
    for process, values in ((3, (1, 2)), (4, (2, 1))):
        for number, value in enumerate(values):
            story.did(process, "read", "x", None, 10 + 10 * number, 15 + 10 * number, result=value)
    assert names(story) == [registers.NOT_LINEARIZABLE]


def test_two_swaps_of_the_same_value_fit_no_order() -> None:
    """A swap by revision can succeed once only."""
    story = Story("register")
    story.did(1, "compare_and_swap", "x", [None, 1], 0, 10)
    story.did(2, "compare_and_swap", "x", [None, 2], 0, 10)
    assert names(story) == [registers.NOT_LINEARIZABLE]


def test_a_write_in_doubt_may_happen_late_or_never() -> None:
    """A write without an answer is read long after others, and another one never."""
    story = Story("register")
    story.did(1, "write", "x", 1, 0, None)
    story.did(2, "write", "x", 2, 1, None)
    story.did(3, "write", "x", 3, 2, 3)
    story.did(3, "read", "x", None, 4, 5, result=3)
    story.did(3, "read", "x", None, 6, 7, result=1)
    assert names(story) == []


def test_a_search_that_is_too_long_is_undecided() -> None:
    """A checker that met its limits says so, instead of calling the history good or bad."""
    story = Story("register")
    for number in range(12):
        story.did(number, "write", "x", number, 0, 100)
        story.did(100 + number, "read", "x", None, 0, 100, result=number)
    assert registers.check_registers(story.history(), budget=20).undecided
    assert not registers.check_registers(story.history()).undecided


def test_a_failed_write_is_never_read() -> None:
    """What was refused has no effect, in a register and in a set."""
    story = Story("register")
    story.did(1, "write", "x", 1, 0, 1, outcome=FAIL)
    story.did(1, "read", "x", None, 2, 3, result=1)
    assert names(story) == [anomaly.ABORTED]
    story = Story("set")
    story.did(1, "add", "", "a", 0, 1, outcome=FAIL)
    story.did(1, "read_all", "", None, 2, 3, result=["a"])
    assert names(story) == [anomaly.ABORTED]


def test_a_set_keeps_what_was_acknowledged() -> None:
    """An element in doubt may be there; one that was acknowledged must; what nobody added must not."""
    story = Story("set")
    story.did(1, "add", "", "a", 0, 1)
    story.did(2, "add", "", "b", 0, 5, outcome=UNKNOWN)
    story.did(3, "read_all", "", None, 2, 3, result=["a"])
    story.did(3, "read_all", "", None, 6, 7, result=["a", "b"])
    assert names(story) == []
    story.did(3, "read_all", "", None, 8, 9, result=["b"])
    assert names(story) == [anomaly.LOST]
    story.did(3, "read_all", "", None, 10, 11, result=["a", "b"])
    assert names(story) == [anomaly.STALE]
    story = Story("set")
    story.did(1, "read_all", "", None, 0, 1, result=["z"])
    assert names(story) == [anomaly.NOWHERE]


def test_a_counter_lies_between_its_bounds() -> None:
    """At least what was acknowledged, at most what had begun; what failed does not count."""
    story = Story("counter")
    story.did(1, "increment", "c", 5, 0, 1)
    story.did(2, "increment", "c", 3, 0, None)
    story.did(2, "increment", "c", 100, 0, 1, outcome=FAIL)
    story.did(3, "read", "c", None, 2, 3, result=5)
    story.did(3, "read", "c", None, 4, 5, result=8)
    assert names(story) == []
    story.did(4, "read", "c", None, 6, 7, result=5)
    assert names(story) == [counters.BACKWARDS]
    story.did(4, "read", "c", None, 8, 9, result=4)
    assert names(story) == [anomaly.LOST]
    story = Story("counter")
    story.did(1, "read", "c", None, 0, 1, result=1)
    assert names(story) == [anomaly.NOWHERE]


def test_a_life_from_insert_to_removal_is_clean() -> None:
    """Reads tell the last state, or one that is under way, or one in doubt."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(2, "read", "d", None, 2, 3, result=1)
    story.did(1, "replace", "d", 2, 4, 8)
    story.did(2, "read", "d", None, 5, 6, result=1)
    story.did(2, "read_all", "", None, 6, 7, result=[["d", 2]])
    story.did(1, "remove", "d", None, 10, 11)
    story.did(2, "read", "d", None, 12, 13, result=None)
    story.did(1, "insert", "d", 3, 14, None)
    story.did(2, "read", "d", None, 16, 17, result=3)
    story.did(3, "read", "d", None, 16, 17, result=None)
    assert names(story) == []


def test_an_acknowledged_insert_is_never_lost() -> None:
    """A document that was acknowledged is not there, and stays away; or is there again later."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(2, "read", "d", None, 2, 3, result=None)
    assert names(story) == [anomaly.LOST]
    story.did(2, "read", "d", None, 4, 5, result=1)
    assert names(story) == [anomaly.STALE]


def test_a_client_reads_its_own_replacement() -> None:
    """The client that replaced a document reads what was before; somebody else reads it right."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(1, "replace", "d", 2, 2, 3)
    story.did(1, "read", "d", None, 4, 5, result=1)
    story.did(2, "read", "d", None, 6, 7, result=2)
    assert names(story) == [anomaly.OWN_WRITE]


def test_a_removed_document_stays_away() -> None:
    """Whether a read of one, or of everything, or a refused insert tells it."""
    for kind, value, outcome, result in (
        ("read", None, None, 1),
        ("read_all", None, None, [["d", 1]]),
        ("insert", 2, FAIL, "present"),
    ):
        story = Story("life_cycle")
        story.did(1, "insert", "d", 1, 0, 1)
        story.did(1, "remove", "d", None, 2, 3)
        key = "" if kind == "read_all" else "d"
        extra = {"outcome": outcome} if outcome else {}
        story.did(2, kind, key, value, 4, 5, result=result, **extra)
        assert names(story) == [anomaly.RESURRECTED], kind


def test_a_refusal_tells_that_a_document_is_lost() -> None:
    """A replacement is refused because the document is not there, although nobody removed it."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(1, "replace", "d", 2, 2, 3, outcome=FAIL, result="absent")
    assert names(story) == [anomaly.LOST]


def test_a_removal_in_doubt_explains_an_absence_for_ever() -> None:
    """Nobody knows when it takes effect, so neither presence nor absence is wrong."""
    story = Story("life_cycle")
    story.did(1, "insert", "d", 1, 0, 1)
    story.did(1, "remove", "d", None, 2, None)
    story.did(2, "read", "d", None, 4, 5, result=None)
    story.did(2, "read", "d", None, 6, 7, result=1)
    assert names(story) == []
