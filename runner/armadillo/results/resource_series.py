"""What the processes of a run used, over time: bounded series for drawing, and sums for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from armadillo_api.v1 import result_pb2

LONGEST_SERIES = 1200
"""Samples kept of one process: more than a page has pixels for; twenty minutes at one a second."""


class Sample(NamedTuple):
    """One process at one moment, or over several ticks after thinning: then the greatest of each gauge."""

    time_ns: int
    cpu_share: float
    """Part of one core since the sample before; 2.0 is two cores busy."""
    rss_bytes: int
    threads: int
    open_files: int
    read_bytes: int
    """From storage since the process's start."""
    written_bytes: int


@dataclass
class ProcessTotals:
    """One process over the run, all its incarnations together."""

    max_rss_bytes: int = 0
    max_threads: int = 0
    max_open_files: int = 0
    max_cpu_share: float = 0.0
    sample_count: int = 0
    _counters: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def cpu_s(self) -> float:
        """Processor time of all incarnations up to the last sample of each."""
        return sum(counters[0] for counters in self._counters.values()) / 1000

    @property
    def read_bytes(self) -> int:
        """From storage."""
        return sum(counters[1] for counters in self._counters.values())

    @property
    def written_bytes(self) -> int:
        """To storage."""
        return sum(counters[2] for counters in self._counters.values())

    def apply(self, sample: result_pb2.ProcessSample) -> None:
        """Takes one sample in."""
        self.max_rss_bytes = max(self.max_rss_bytes, sample.rss_bytes)
        self.max_threads = max(self.max_threads, sample.threads)
        self.max_open_files = max(self.max_open_files, sample.open_files)
        self.max_cpu_share = max(self.max_cpu_share, sample.cpu_share)
        self.sample_count += 1
        self._counters[sample.incarnation] = (sample.cpu_ms, sample.read_bytes, sample.written_bytes)


class _Series:
    """Samples at even distances: when it is full, each two become one, and later ones are joined likewise."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._stride = 1
        self._joined = 0

    def add(self, sample: Sample) -> None:
        if self._joined and self._joined < self._stride:
            self.samples[-1] = _join(self.samples[-1], sample, self._joined)
            self._joined += 1
            return
        if len(self.samples) >= LONGEST_SERIES:
            pairs = zip(self.samples[::2], self.samples[1::2], strict=True)
            self.samples = [_join(first, second, 1) for first, second in pairs]
            self._stride *= 2
        self.samples.append(sample)
        self._joined = 1


def _join(first: Sample, second: Sample, weight: int) -> Sample:
    """Two neighbours as one at the later time; `weight` is the number of samples that `first` stands for."""
    return Sample(
        second.time_ns,
        (first.cpu_share * weight + second.cpu_share) / (weight + 1),
        max(first.rss_bytes, second.rss_bytes),
        max(first.threads, second.threads),
        max(first.open_files, second.open_files),
        second.read_bytes,
        second.written_bytes,
    )


class ResourceSeries:
    """A fold over `ResourceSample` events."""

    def __init__(self) -> None:
        self.totals: dict[str, ProcessTotals] = {}
        self.networks: dict[str, tuple[result_pb2.NetworkSample, result_pb2.NetworkSample]] = {}
        """The first and the last counters of each interface."""
        self._series: dict[str, _Series] = {}

    @property
    def samples(self) -> dict[str, list[Sample]]:
        """The series of each process, by its name."""
        return {name: series.samples for name, series in self._series.items()}

    def apply(self, tick: result_pb2.ResourceSample, time_ns: int) -> None:
        """Takes one tick in."""
        for one in tick.processes:
            self.totals.setdefault(one.process, ProcessTotals()).apply(one)
            self._series.setdefault(one.process, _Series()).add(
                Sample(
                    time_ns,
                    one.cpu_share,
                    one.rss_bytes,
                    one.threads,
                    one.open_files,
                    one.read_bytes,
                    one.written_bytes,
                )
            )
        for network in tick.networks:
            first, _ = self.networks.get(network.interface, (network, network))
            self.networks[network.interface] = (first, network)
