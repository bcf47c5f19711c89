"""What brings hello to where a way of the laboratory begins. Pure: acts, which :mod:`labkit.lesson.doing` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import in_class
from labkit.lesson import ways
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.updating import serving

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.ways import Way

#: What is waited for, in words.
WAITS = {"three": f"three new Pods of {ways.OLD} to receive requests, and the ones before to be gone"}


def begin(*edits: Edit) -> tuple[Act, ...]:
    """Return what brings three new Pods of 1.0.0 and the lesson's file with some edits, whatever there is."""
    return (
        Restore(ways.FILE),
        Edit(ways.FILE, "replicas: 1", f"replicas: {ways.REPLICAS}"),
        *edits,
        kubectl(f"replace --force --save-config -f {ways.FILE}"),
        Until("three", three),
    )


def acts(way: Way) -> tuple[Act, ...]:
    """Return what brings three new Pods of 1.0.0, and into the file what is to be applied then.

    Parameters
    ----------
    way
        The way; of one that is about how the old Pods end, they have it too.
    """
    edits = tuple(Edit(ways.FILE, each.old, each.new) for each in way.edits)
    before, after = (edits, ()) if way.at_first else ((), edits)
    return (
        *begin(*before),
        *after,
        Edit(ways.FILE, in_class.image("hello", ways.OLD), in_class.image("hello", ways.NEW)),
    )


def three(evidence: Evidence) -> bool:
    """Whether three Pods of 1.0.0 receive requests, and whoever was there before is gone."""
    going = any(pod.terminating for pod in evidence.snapshot.pods(f"app={ways.APP}"))
    return not going and serving(evidence, ways.OLD)
