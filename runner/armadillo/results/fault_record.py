"""One fault of a run, folded from its steps: what it did to whom, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass, field

from armadillo_api.v1 import result_pb2

Phase = result_pb2.FaultEvent.Phase
_IN_EFFECT = (Phase.INJECTED, Phase.PROVED)
_GONE = (Phase.RECOVERED, Phase.PROVED_RECOVERED, Phase.CLEANED_UP)


@dataclass
class FaultRecord:
    """A fault with its steps in their order; `first` is the event of the first of them."""

    first: result_pb2.FaultEvent
    steps: list[tuple[int, result_pb2.FaultEvent]] = field(default_factory=list)

    @property
    def description(self) -> str:
        """The latest words for what it does: targets may be resolved only on the way."""
        texts = [step.description for _, step in self.steps if step.description]
        return texts[-1] if texts else self.first.kind

    @property
    def servers(self) -> list[str]:
        """Names of the servers that it hits."""
        return list(dict.fromkeys(name for _, step in self.steps for name in step.servers))

    @property
    def begin_ns(self) -> int:
        """When it was injected; when it was first heard of where it never was."""
        return next((time_ns for time_ns, step in self.steps if step.phase in _IN_EFFECT), self.steps[0][0])

    @property
    def end_ns(self) -> int:
        """When it was taken back; 0 while it is in effect."""
        return next((time_ns for time_ns, step in self.steps if step.phase in _GONE), 0)

    @property
    def is_broken(self) -> bool:
        """Whether a step of it could not be done or proved."""
        return any(step.phase == Phase.BROKEN for _, step in self.steps)


def phase_name(phase: int) -> str:
    """ "proved recovered" for PROVED_RECOVERED; also for a phase that is newer than this program."""
    try:
        return Phase.Name(phase).lower().replace("_", " ")
    except ValueError:
        return f"phase {phase}"
