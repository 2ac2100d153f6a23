"""All kinds of faults by name, and the way from a request to a `Fault`.

A kind is a class below `fault.Fault` in a module of this room that is listed in `_MODULES`, and in that module's
`KINDS`, a tuple of classes. It has

- `kind`: "GROUP.NAME", the name in requests; the groups are process, network, disk, resource, clock and arangodb;
- `parameters_type`: a frozen dataclass (see `parameters`: `measure` gives a field its limits); names end in units;
- `from_request(targets, parameters)`: a class method that makes the fault of resolved `targets.Targets` (a group of
  server names for each target that was asked for; kinds that do not care use `targets.servers`) and an instance of
  `parameters_type`. It raises `FaultRequestError` when the number of targets is wrong; whether this machine can have
  the fault is asked later, by `check`.
- `takes_tests_node` (optional): True when the word "tests" (the test process and the runner) may be a target;
- `is_background` (optional): True for a kind that needs no targets.

So a new kind is a class, a name in `KINDS`, a method of `handles.faults.Faults`, and a row in docs/faults.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ..errors import FaultRequestError
from .fault import Fault
from .ground import Ground
from .parameters import nearest, read_parameters
from .targets import Targets, resolve

_MODULES = (
    "process",
    "process_restart",
    "failure_point",
    "disk",
    "disk_corrupt",
    "resource_limits",
    "cpu_limit",
    "clock",
    "network_cuts",
    "network_quality",
    "network_flapping",
    "network_swizzle",
)
"""Modules of this room with a tuple `KINDS`."""


@cache
def kinds() -> Mapping[str, Any]:
    """All kinds: name -> class."""
    found: dict[str, Any] = {}
    for module in _MODULES:
        for one in importlib.import_module(f".{module}", __package__).KINDS:
            if one.kind in found:
                raise TypeError(f"two classes are of the kind {one.kind}: {found[one.kind]} and {one}")
            found[one.kind] = one
    return dict(sorted(found.items()))


def kind_of(name: str) -> Any:
    """The class of a kind; raises `FaultRequestError` that lists all of them."""
    known = kinds()
    if name not in known:
        raise FaultRequestError(f"there is no fault {name!r}{nearest(name, known)}; there are: {', '.join(known)}")
    return known[name]


async def make_fault(
    kind: str, targets: Sequence[str], parameters: Mapping[str, Any], ground: Ground
) -> tuple[Fault, Targets]:
    """A fault as it was asked for, its targets resolved as things are now; nothing is in effect yet.

    Raises `FaultRequestError` for what is unknown, out of range or resolves to nobody.
    """
    made_by = kind_of(kind)
    read = read_parameters(kind, made_by.parameters_type, parameters)
    if not targets and not getattr(made_by, "is_background", False):
        raise FaultRequestError(f"{kind} needs a target; there are: {', '.join(ground.servers)}")
    resolved = await resolve(targets, ground, with_tests_node=getattr(made_by, "takes_tests_node", False))
    fault: Fault = made_by.from_request(resolved, read)
    return fault, resolved
