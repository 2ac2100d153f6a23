"""A run that somebody looks on at: no deadline ends it."""

from __future__ import annotations

from dataclasses import replace

from .bazel_environment import BazelEnvironment
from .spec import TestSpec


def unhurried(spec: TestSpec, bazel: BazelEnvironment) -> tuple[TestSpec, BazelEnvironment]:
    """The same run without a limit for itself or its cases: a person at a breakpoint is no hang."""
    return replace(spec, policy=replace(spec.policy, case_timeout_s=0.0)), replace(bazel, timeout_s=0.0)
