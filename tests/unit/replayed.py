"""The recorded rollout as a source, as a file of it would give one; with a client that asked all the time, made up."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

from labkit.recording.facts import Facts
from labkit.recording.moments import find
from labkit.recording.requests import Request, Requests
from labkit.recording.source import Source
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labkit.recording.moment import Moment

FACTS = Facts("kind-labkit", "lab", "v1.37.2", "0.2.0", "http://127.0.0.1:30443/", 0.0)


class Replayed(Source):
    """A source with the moments of what it recorded."""

    found: Sequence[Moment] = ()

    @property
    def moments(self) -> Sequence[Moment]:
        """What happened."""
        return self.found


def beginning(seconds: float = 15.0) -> Replayed:
    """Return the recording's first seconds, for a page of which something else than the recording is looked at."""
    whole = source()
    made = Replayed(whole.timeline, whole.requests, FACTS, end=whole.span[0] + seconds)
    made.found = whole.found
    return made


def source(requests: Iterable[Request] = (), facts: Facts = FACTS) -> Replayed:
    """Return the recorded rollout, which stands still."""
    timeline = recording.recorded()[1]
    asked = Requests()
    for request in requests:
        asked.add(request)
    made = Replayed(timeline, asked, facts, end=timeline.last)
    made.found = find(timeline, asked)
    return made


@cache
def requests(each: float = 0.25) -> tuple[Request, ...]:
    """Return the requests of a client that was answered by one of the Pods that were Ready, or by none."""
    timeline = recording.recorded()[1]
    dice = random.Random(8)  # noqa: S311 - no secret
    found = []
    for i in range(int((timeline.last - timeline.first - 8) / each)):
        at = timeline.first + 6 + i * each
        now = timeline.at(at)
        ready = [pod for pod in now.pods("app=hello") if pod.ready]
        pod = dice.choice(ready) if ready else None
        owner = now.replica_set_of(pod) if pod else None
        version = owner.images[0].rpartition(":")[2] if owner else None
        latency = round(0.004 + dice.random() / 100, 4) if pod else 0.5
        found.append(Request(at, version, latency, pod.name if pod else "no Pod", 1 if pod else 3))
    return tuple(found)
