"""The rules about memory, stuck and spinning servers: random courses of things, with the seed in each test's name."""

from __future__ import annotations

import random

import pytest
from armadillo.observe.resource_rules import (
    SLOTS,
    Load,
    LowestInSlots,
    MemoryPoint,
    growth_mb_per_minute,
    spinning_since_s,
    unanswered_in_row,
)

MB = 1024 * 1024
WINDOW_S = 100.0
SEEDS = range(40)


def steepest(course: list[float], step_s: float = 1.0) -> float:
    """The greatest growth that the rule saw in a course of MiB, sampled every `step_s`."""
    slots, found = LowestInSlots(WINDOW_S), 0.0
    for index, mb in enumerate(course):
        if slots.add(MemoryPoint(1000 + index * step_s, int(mb * MB))):
            found = max(found, growth_mb_per_minute(list(slots.points)))
    return found


def noise(choice: random.Random, height_mb: float) -> float:
    """Something between nothing and `height_mb`, and sometimes five times that."""
    return choice.random() * height_mb * (5 if choice.random() < 0.05 else 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_under_noise_is_seen_with_its_slope(seed: int) -> None:
    """Steady growth is measured within a fifth, whatever short-lived memory comes on top."""
    choice = random.Random(seed)
    per_minute = choice.uniform(20, 500)
    height_mb = per_minute * choice.uniform(0, 0.3)
    course = [100 + per_minute / 60 * second + noise(choice, height_mb) for second in range(150)]
    assert steepest(course) == pytest.approx(per_minute, rel=0.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sawtooth_is_no_leak(seed: int) -> None:
    """Memory that is given back within the window is no growth, however steep it rises before."""
    choice = random.Random(seed)
    period_s = choice.uniform(2, 0.85 * WINDOW_S)
    height_mb, begin_s = choice.uniform(10, 4000), choice.uniform(0, period_s)
    course = [
        200 + height_mb * ((second + begin_s) % period_s) / period_s + noise(choice, height_mb * 0.02)
        for second in range(1000)
    ]
    assert steepest(course) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_is_no_leak(seed: int) -> None:
    """A cache that fills once, at any moment and within a fifth of the window, is no growth."""
    choice = random.Random(seed)
    at_s, height_mb, takes_s = choice.uniform(0, 300), choice.uniform(10, 4000), choice.uniform(1, 20)
    course = [100 + height_mb * min(max((second - at_s) / takes_s, 0), 1) for second in range(400)]
    assert steepest(course) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_alone_is_far_from_the_limit(seed: int) -> None:
    """What comes and goes by chance looks like less than a hundredth of the default limit, if like growth at all."""
    choice = random.Random(seed)
    assert steepest([500 + noise(choice, 50) for _ in range(1000)]) < 10


def test_ten_samples_a_second_give_the_same_answer() -> None:
    """The rule depends on the time, not on the number of samples."""
    assert steepest([100 + second * 2 for second in range(200)]) == pytest.approx(120, rel=0.01)
    assert steepest([100 + tenth * 0.2 for tenth in range(2000)], 0.1) == pytest.approx(120, rel=0.01)


def test_nothing_is_said_before_the_window_is_full() -> None:
    """A server that has just begun grows: the first slots alone are no evidence."""
    points = [MemoryPoint(float(index), index * MB) for index in range(SLOTS)]
    assert growth_mb_per_minute(points[:-1]) == 0.0
    assert growth_mb_per_minute(points) == pytest.approx(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_only_silence_at_the_end_counts(seed: int) -> None:
    """An answer and a void probe both begin the count anew."""
    choice = random.Random(seed)
    before = [choice.choice((True, False, None)) for _ in range(choice.randint(0, 10))]
    silent = choice.randint(0, 8)
    assert unanswered_in_row([*before, choice.choice((True, None)), *[False] * silent]) == silent


@pytest.mark.parametrize("seed", SEEDS)
def test_the_time_of_spinning_begins_after_the_last_rest(seed: int) -> None:
    """Work, and a moment below the limit, both end it."""
    choice = random.Random(seed)
    loads = [Load(float(second), choice.uniform(0.5, 1.5), choice.random() < 0.9) for second in range(60)]
    since_s: float | None = None
    for load in loads:
        since_s = spinning_since_s(since_s, load, 80)
    rests = [load.time_s for load in loads if not load.is_idle or load.cpu_share < 0.8]
    expected = (max(rests) if rests else -1.0) + 1
    assert since_s == (expected if expected < 60 else None)
