"""What the record keeps of the monitor's samples."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from armadillo.results.resource_series import LONGEST_SERIES, ResourceSeries
from armadillo.results.results_json import results
from armadillo.results.run_record import fold
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.events import Event, run_started, timed

MB = 1024 * 1024


def tick(incarnation: int = 1, server: str = "dbserver-1", received_bytes: int = 0, **fields: float) -> Event:
    """One sample of one server, and of the loopback interface."""
    process = result_pb2.ProcessSample(process=server, incarnation=incarnation, **fields)
    network = result_pb2.NetworkSample(interface="lo", received_bytes=received_bytes)
    return Event(resource_sample=result_pb2.ResourceSample(processes=[process], networks=[network]))


def test_a_record_has_a_series_for_each_process() -> None:
    """With times and figures as they were sampled."""
    story = [run_started(), tick(cpu_share=0.5, rss_bytes=7, threads=3, open_files=9, written_bytes=4)]
    record = fold(timed(*story, tick(server="runner", rss_bytes=1)))
    assert list(record.samples) == ["dbserver-1", "runner"]
    (sample,) = record.samples["dbserver-1"]
    assert (sample.time_ns, sample.cpu_share, sample.rss_bytes) == (story[1].time_unix_ns, 0.5, 7)
    assert (sample.threads, sample.open_files, sample.read_bytes, sample.written_bytes) == (3, 9, 0, 4)


@pytest.mark.parametrize("seed", range(6))
def test_a_long_series_is_thinned_evenly_and_keeps_its_peaks(seed: int) -> None:
    """However long the run: bounded, in order, the highest memory is still there, the mean share still the same."""
    choice = random.Random(seed)
    count = choice.randint(LONGEST_SERIES, 20 * LONGEST_SERIES)
    peak, series = choice.randrange(count), ResourceSeries()
    for index in range(count):
        event = tick(cpu_share=(index % 4) / 2, rss_bytes=500 * MB if index == peak else MB)
        series.apply(event.resource_sample, index)
    samples = series.samples["dbserver-1"]
    assert LONGEST_SERIES / 2 <= len(samples) <= LONGEST_SERIES
    distances = {later.time_ns - earlier.time_ns for earlier, later in pairwise(samples[:-1])}
    assert len(distances) == 1
    assert samples[-1].time_ns == count - 1
    assert max(sample.rss_bytes for sample in samples) == 500 * MB
    assert sum(sample.cpu_share for sample in samples) / len(samples) == pytest.approx(0.75, abs=0.01)


def test_results_tell_the_greatest_and_the_sums() -> None:
    """Gauges by their greatest; counters are added up over the incarnations; the network by its difference."""
    record = fold(
        timed(
            run_started(),
            tick(1, cpu_ms=1000, rss_bytes=5 * MB, threads=4, open_files=8, written_bytes=10, received_bytes=100),
            tick(1, cpu_ms=2500, rss_bytes=3 * MB, threads=9, open_files=7, written_bytes=30, received_bytes=150),
            tick(2, cpu_ms=250, rss_bytes=1 * MB, threads=2, open_files=9, written_bytes=5, received_bytes=400),
        )
    )
    found = results(record)["resources"]
    assert found["networks"]["lo"]["received_bytes"] == 300
    assert found["processes"]["dbserver-1"] == {
        "cpu_s": 2.75,
        "max_cpu_share": 0.0,
        "max_rss_bytes": 5 * MB,
        "max_threads": 9,
        "max_open_files": 9,
        "read_bytes": 0,
        "written_bytes": 35,
        "sample_count": 3,
    }


def test_a_tick_is_small() -> None:
    """Eight servers cost the event log less than 100 bytes each."""
    processes = [
        result_pb2.ProcessSample(
            process=f"coordinator-{number}",
            incarnation=3,
            cpu_share=1.234,
            cpu_ms=3_600_000,
            rss_bytes=8 * 1024 * MB,
            threads=120,
            open_files=900,
            read_bytes=10**10,
            written_bytes=10**11,
        )
        for number in range(8)
    ]
    assert Event(resource_sample=result_pb2.ResourceSample(processes=processes)).ByteSize() < 8 * 100
