"""The seed of a run."""

from __future__ import annotations

import pytest
from armadillo.errors import SpecError
from armadillo.model.seed import run_seed


@pytest.mark.parametrize(("given", "seed"), [("7", 7), ("0", 0), (" 12 ", 12), (str(2**63 - 1), 2**63 - 1)])
def test_what_is_given_is_taken(given: str, seed: int) -> None:
    """0 is a seed as any other."""
    assert run_seed(given, "//a:b") == seed


def test_without_one_the_label_decides() -> None:
    """The same in every run and on every machine, another one for another target."""
    assert run_seed("", "//tests/smoke:single_server_test") == run_seed("", "//tests/smoke:single_server_test")
    assert run_seed("", "//a:b") == 1925103485
    assert run_seed("", "//a:c") != run_seed("", "//a:b")


@pytest.mark.parametrize("given", ["x", "-1", "1.5", str(2**63)])
def test_what_is_no_seed_is_refused(given: str) -> None:
    """The text names the variable, what was found and how to give one."""
    with pytest.raises(SpecError, match=r"TEST_RANDOM_SEED, found .*--test_env=TEST_RANDOM_SEED=7"):
        run_seed(given, "//a:b")
