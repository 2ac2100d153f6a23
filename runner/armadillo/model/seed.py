"""The seed of a run: given, or made from the target's label, so that a run without one can be repeated as well."""

from __future__ import annotations

import hashlib

from ..errors import SpecError

_LARGEST = 2**63 - 1
"""What the event log holds."""


def run_seed(given: str, target: str) -> int:
    """The number in TEST_RANDOM_SEED, which Bazel counts up with `--runs_per_test`; without it one from the label.

    A seed by chance would make an uncached second run another one, and a red run one that nobody can repeat. Raises
    `SpecError` for what is no number.
    """
    if not given.strip():
        return int.from_bytes(hashlib.blake2s(target.encode(), digest_size=4).digest(), "big") >> 1
    try:
        seed = int(given)
    except ValueError:
        seed = -1
    if not 0 <= seed <= _LARGEST:
        raise SpecError(
            f"expected a whole number from 0 to {_LARGEST} in TEST_RANDOM_SEED, found {given!r}: "
            "bazel test --test_env=TEST_RANDOM_SEED=7 gives one, without it the seed comes from the target's label"
        )
    return seed
