"""Lines of arangod logs, in every form that its options and versions give them."""

from __future__ import annotations

import json

import pytest
from armadillo.observe.log_line import parse_log

TIME = "2025-01-02T03:04:05Z"


@pytest.mark.parametrize(
    "head",
    [
        f"{TIME} [12] ERROR [abcde] {{cluster}} ",
        f"{TIME} [12-13] C ERROR [abcde] {{cluster}} ",
        "2025-01-02T03:04:05.123456Z [12-13] ERROR [abcde] {cluster} ",
    ],
)
def test_text_lines_are_taken_apart(head: str) -> None:
    """Process, thread and role may be missing; level, id, topic and message are found."""
    (line,) = parse_log([head + "cannot reach [the] {agency}: x"])
    assert (line.level, line.log_id, line.topic) == ("ERROR", "abcde", "cluster")
    assert line.message == "cannot reach [the] {agency}: x"
    assert str(line) == "ERROR [abcde] {cluster} cannot reach [the] {agency}: x"


def test_a_line_without_id_and_topic_is_read() -> None:
    """Older versions and options leave them out; the topic is then `general`."""
    (line,) = parse_log([f"{TIME} [12] WARNING slow"])
    assert (line.level, line.log_id, line.topic, line.message) == ("WARNING", "", "general", "slow")


def test_json_lines_are_read() -> None:
    """A log of JSON objects gives the same entries."""
    fields = {"time": TIME, "level": "FATAL", "id": "abcde", "topic": "engines", "message": "disk\nfull"}
    (line,) = parse_log([json.dumps(fields)])
    assert (line.level, line.log_id, line.topic, line.message) == ("FATAL", "abcde", "engines", "disk\nfull")


def test_lines_without_a_head_continue_the_one_before() -> None:
    """A message of several lines is one entry, with the number of its first line."""
    lines = ["torn", f"{TIME} [1] INFO [abcde] {{x}} a", "  b", "{not json", f"{TIME} [1] INFO [abcde] {{x}} c"]
    first, second = parse_log(lines)
    assert (first.number, first.message) == (2, "a\n  b\n{not json")
    assert second.number == 5
