"""What is kept of a run's evidence, and that everything that is left out is told."""

from __future__ import annotations

from pathlib import Path

from armadillo.results.artifact_caps import LOG_CAP_BYTES, Cut, apply_cuts, plan_cuts


def write(outputs: Path, path: str, size_bytes: int) -> None:
    """A file of this size without content: it takes no room on the disk."""
    (outputs / path).parent.mkdir(parents=True, exist_ok=True)
    with open(outputs / path, "wb") as file:
        file.truncate(size_bytes)


def test_what_is_small_is_left_alone(tmp_path: Path) -> None:
    """No cut for a usual run, nor for what a test wrote itself, however large."""
    write(tmp_path, "servers/agent-1/1/arangod.log", LOG_CAP_BYTES)
    write(tmp_path, "mine/huge.bin", 10 * LOG_CAP_BYTES)
    write(tmp_path, "servers/agent-1/1/mine.txt", 10 * LOG_CAP_BYTES)
    write(tmp_path, "events.binpb", 10 * LOG_CAP_BYTES)
    assert plan_cuts(str(tmp_path)) == []


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
