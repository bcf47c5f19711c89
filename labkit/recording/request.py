"""One request of a steady client, and the count of many. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Outcome = Literal["first", "retried", "lost"]

#: What nginx notes for a try that brought no answer (``$upstream_status``).
_NO_ANSWER = {"502": "no connection, or cut off", "504": "no answer in time"}


class Request(NamedTuple):
    """One request.

    Attributes
    ----------
    at
        When it was due, in seconds since the epoch.
    version
        The version that answered, or None when the request was lost.
    latency
        Seconds from when it was due until the answer was there (or until it was given up).
    pod
        The name of the Pod that answered, or what went wrong.
    tries
        How many tries the front door needed: 1 is an answer at the first try. 0 when that is not known, because a lost
        request brought no answer at all, not even an error page.
    met
        What each try met, as nginx's ``$upstream_status`` says it: ``("504", "200")``. Empty when nginx did not say.
    """

    at: float
    version: str | None
    latency: float
    pod: str
    tries: int = 1
    met: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was answered at the first try, after a retry, or never."""
        if self.version is None:
            return "lost"
        return "retried" if self.tries > 1 else "first"

    @property
    def tried(self) -> str:
        """What each try met, in words."""
        words = (_NO_ANSWER.get(status, "answered") for status in self.met)
        return "; ".join(
            f"try {n}: {word} ({status})" for n, (word, status) in enumerate(zip(words, self.met, strict=True), 1)
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a steady client has seen so far.

    Attributes
    ----------
    first_try
        Requests answered at the first try.
    retried
        Requests that the front door had to send more than once before they were answered.
    lost
        Requests without a good answer.
    unanswered
        Requests that still waited for their answer when the client was stopped: neither answered nor lost.
    by_version
        Version → answers, however many tries they took.
    retried_by_version
        Version → answers that took a retry.
    p50, p95
        Latency in seconds: half, and 95 of 100, of the last 2,000 requests were answered faster. None before the
        second answer.
    ended
        Why the client stopped by itself; empty while it runs, and when it was stopped.
    """

    first_try: int = 0
    retried: int = 0
    lost: int = 0
    unanswered: int = 0
    by_version: dict[str, int] = field(default_factory=dict)
    retried_by_version: dict[str, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    ended: str = ""

    @property
    def answered(self) -> int:
        """Requests with a good answer, however many tries it took."""
        return self.first_try + self.retried

    def __str__(self) -> str:
        """Return it as one line."""
        first = {version: n - self.retried_by_version.get(version, 0) for version, n in self.by_version.items()}
        parts = [
            f"{self.first_try} answered at the first try{_by(first)}",
            f"{self.retried} after a retry{_by(self.retried_by_version)}",
            f"{self.lost} lost",
        ]
        if self.unanswered:
            parts.append(f"{self.unanswered} still waiting when the client stopped")
        return ", ".join(parts) + (f" ({self.ended})" if self.ended else "")


def _by(versions: dict[str, int]) -> str:
    counts = ", ".join(f"{count} by {version}" for version, count in sorted(versions.items()) if count)
    return f" ({counts})" if counts else ""
