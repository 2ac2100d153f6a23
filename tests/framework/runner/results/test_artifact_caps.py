"""What is kept of a run's evidence, and that everything that is left out is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from armadillo.results.artifact_caps import LOG_CAP_BYTES, Cut, apply_cuts, plan_cuts
from armadillo.results.outputs_index import INDEX_NAME, write_index
from armadillo.results.run_record import RunRecord


def write(outputs: Path, path: str, size_bytes: int) -> None:
    """A file of this size without content: it takes no room on the disk."""
    (outputs / path).parent.mkdir(parents=True, exist_ok=True)
    with open(outputs / path, "wb") as file:
        file.truncate(size_bytes)


def test_what_is_small_is_left_alone(tmp_path: Path) -> None:
    """No cut for a usual run, nor for what a test wrote itself while there is room for all."""
    write(tmp_path, "servers/agent-1/1/arangod.log", LOG_CAP_BYTES)
    write(tmp_path, "mine/huge.bin", 5 * LOG_CAP_BYTES)
    write(tmp_path, "servers/agent-1/1/mine.txt", 3 * LOG_CAP_BYTES)
    write(tmp_path, "events.binpb", 2 * LOG_CAP_BYTES)
    assert plan_cuts(str(tmp_path)) == []


MIB = 1024 * 1024
WHOLE = {
    "servers/a/1/core.tar.zst": 100,
    "servers/b/1/core.tar.zst": 60,
    "servers/a/1/arangod.log": 30,
    "mine/large.bin": 150,
    "mine/small.bin": 10,
    "history/people.jsonl": 40,
    "events.binpb": 50,
    "results.json": 40,
    "hang/hang.txt": 5,
}
"""In MiB; the core of `a` is the first."""


@pytest.mark.parametrize(
    ("total_mib", "gone"),
    [
        (600, []),
        (480, ["servers/b/1/core.tar.zst"]),
        (430, ["mine/large.bin", "servers/b/1/core.tar.zst"]),
        (280, ["history/people.jsonl", "mine/large.bin", "servers/b/1/core.tar.zst"]),
        (240, ["history/people.jsonl", "mine/large.bin", "mine/small.bin", "servers/a/1/core.tar.zst",
               "servers/b/1/core.tar.zst"]),
        (1, ["history/people.jsonl", "mine/large.bin", "mine/small.bin", "servers/a/1/core.tar.zst",
             "servers/b/1/core.tar.zst"]),
    ],
)  # fmt: skip
def test_everything_together_has_a_limit(total_mib: int, gone: list[str], tmp_path: Path) -> None:
    """Whole files go, the least missed first; what is vital stays whatever it costs, and index.json tells each."""
    for path, size_mib in WHOLE.items():
        write(tmp_path, path, size_mib * MIB)
    os.utime(tmp_path / "servers/a/1/core.tar.zst", (1, 1))
    cuts = plan_cuts(str(tmp_path), total_budget_bytes=total_mib * MIB)
    assert [cut.path for cut in cuts] == gone
    assert all(cut.is_removed for cut in cuts)
    apply_cuts(str(tmp_path), cuts)
    write_index(RunRecord(), str(tmp_path), cuts)
    listed = {
        entry["path"]: entry.get("truncated") for entry in json.loads((tmp_path / INDEX_NAME).read_text())["files"]
    }
    assert {path for path, truncated in listed.items() if truncated} == set(gone)
    assert set(listed) == set(WHOLE)
    for path in gone:
        assert listed[path] == {"original_bytes": WHOLE[path] * MIB, "left_out_bytes": WHOLE[path] * MIB}


def test_a_link_is_no_file_of_the_run(tmp_path: Path) -> None:
    """What a test links to is neither counted nor removed."""
    write(tmp_path, "elsewhere/huge.bin", 800 * MIB)
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    (outputs / "huge.bin").symlink_to(tmp_path / "elsewhere/huge.bin")
    assert plan_cuts(str(outputs)) == []


def test_a_large_log_keeps_a_quarter_at_its_head_and_the_rest_at_its_tail(tmp_path: Path) -> None:
    """The cap is that of one log."""
    write(tmp_path, "servers/agent-1/1/arangod.log", LOG_CAP_BYTES + 1000)
    (cut,) = plan_cuts(str(tmp_path))
    assert cut == Cut("servers/agent-1/1/arangod.log", LOG_CAP_BYTES + 1000, LOG_CAP_BYTES // 4, LOG_CAP_BYTES // 4 * 3)
    assert cut.left_out_bytes == 1000


def test_many_logs_share_a_budget_and_small_ones_are_whole(tmp_path: Path) -> None:
    """Together they keep to the budget: what a small one does not need, the large ones have."""
    sizes = {"a": 100_000, "b": 900_000, "c": 5_000_000}
    for name, size in sizes.items():
        write(tmp_path, f"servers/{name}/1/arangod.log", size)
    cuts = plan_cuts(str(tmp_path), logs_budget_bytes=1_000_000)
    assert [Path(cut.path).parts[1] for cut in cuts] == ["b", "c"]
    kept = [cut.size_bytes - cut.left_out_bytes for cut in cuts]
    assert kept == [450_000, 450_000]


def test_cores_beyond_the_budget_go_and_the_first_crash_stays(tmp_path: Path) -> None:
    """A core is whole or not there."""
    for name, size in {"a": 300, "b": 500, "c": 400}.items():
        write(tmp_path, f"servers/{name}/1/core.tar.zst", size)
    cuts = plan_cuts(str(tmp_path), cores_budget_bytes=800)
    kept = {"a": 300, "b": 500, "c": 400}
    for cut in cuts:
        assert cut.is_removed
        del kept[Path(cut.path).parts[1]]
    assert cuts
    assert sum(kept.values()) <= 800
    apply_cuts(str(tmp_path), cuts)
    assert not (tmp_path / cuts[0].path).exists()


def test_the_cut_stands_between_whole_head_and_tail(tmp_path: Path) -> None:
    """Every byte that is kept is where it was relative to its end, and the line between tells bytes and lines."""
    path = tmp_path / "servers/a/1/arangod.log"
    path.parent.mkdir(parents=True)
    lines = [f"line {number:07d}\n".encode() for number in range(300_000)]
    content = b"".join(lines)
    path.write_bytes(content)
    (cut,) = plan_cuts(str(tmp_path), logs_budget_bytes=1_000_000)
    apply_cuts(str(tmp_path), [cut])
    kept = path.read_bytes()
    head, tail = content[: cut.head_bytes], content[-cut.tail_bytes :]
    middle = content[cut.head_bytes : -cut.tail_bytes]
    ends = middle.count(b"\n")
    told = f"\n--- truncated: {cut.left_out_bytes} bytes with {ends} ends of lines are left out here ---\n"
    assert kept == head + told.encode() + tail


def test_a_cut_that_would_save_nothing_is_not_made(tmp_path: Path) -> None:
    """A file that is longer by less than the line that tells it stays whole."""
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 110)
    apply_cuts(str(tmp_path), [Cut("a.log", 110, 50, 50)])
    assert path.read_bytes() == b"x" * 110
