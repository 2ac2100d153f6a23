"""What came back of each test, in lines, and whether that is as it must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from build_events import TestFact

REMOTE = ("remote",)
SERVED = ("remote cache hit",)
HERE = ("linux-sandbox", "processwrapper-sandbox", "local")


def judged(what: str, facts: Mapping[str, TestFact], strategies: Sequence[str]) -> Iterator[str]:
    """Prints a line for each test; yields in words what is not as it must be."""
    print(f"--- {what}", *(told(label, fact) for label, fact in facts.items()), sep="\n", flush=True)
    for label, fact in facts.items():
        if fact.strategy not in strategies:
            expected = " or ".join(map(repr, strategies))
            yield f"{what}: {label}: expected {expected}, found {fact.strategy or 'cached here'!r}"
        if not fact.cases:
            yield f"{what}: {label}: test.xml did not come back"
        if "index.json" not in fact.undeclared_outputs:
            yield f"{what}: {label}: undeclared outputs did not come back"


def told(label: str, fact: TestFact) -> str:
    """One line about a test, and for one that failed the headline."""
    network, reason = (fact.property_of(f"armadillo.network_tier{end}") for end in ("", "_reason"))
    left = f"{fact.cases} cases, {len(fact.undeclared_outputs)} undeclared outputs"
    line = f"{label}: {fact.status}, {fact.strategy}; {left}; network: {network} ({reason})"
    headline = fact.property_of("armadillo.headline")
    return f"{line}\n    {headline}" if headline else line
