"""Waiting, told as it goes: what for, how long, what stands in the way; and a diagnosis when time runs out."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from labkit import in_class
from labkit.errors import ClusterError, WaitTimeoutError
from labkit.notebook import values
from labkit.state.freshness import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.watch import Watch
    from labkit.state import Snapshot

#: Seconds after which a wait says what it waits for.
PATIENCE = 2.0


class ProgressLine:
    """One line of standard output that changes in place and leaves nothing behind.

    It returns the carriage and writes over itself, which JupyterLab, a terminal and nbval all understand; so a saved
    notebook shows only what came last.
    """

    def __init__(self) -> None:
        self._width = 0

    def show(self, text: str) -> None:
        """Show `text` in place of what stood there."""
        sys.stdout.write("\r" + text.ljust(self._width))
        sys.stdout.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        """Begin with nothing shown."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self.clear()

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            sys.stdout.write("\r" + " " * self._width + "\r")
            sys.stdout.flush()
            self._width = 0


def wait(
    watch: Watch,
    predicate: Callable[[Snapshot], bool],
    *,
    what: str,
    timeout: float,
    explain: Callable[[Snapshot], str],
    brief: Callable[[Snapshot], str] | None = None,
    remedy: str,
) -> Snapshot:
    """Wait until `predicate` is true of the cluster.

    Parameters
    ----------
    watch
        The running watch.
    predicate
        What to wait for.
    what
        The same in words, as it stands after "waiting for".
    timeout
        Seconds.
    explain
        Says of the last snapshot what stands in the way; becomes the error's detail.
    brief
        Says the same in a few words, for the progress line.
    remedy
        The next command when time runs out.

    Raises
    ------
    WaitTimeoutError
        When time runs out.
    ClusterError
        When time runs out while some kind is not the present: a wait never ends on what may be over.
    LabError
        At once, if `timeout` is no number of seconds.
    """
    values.number(timeout, "number of seconds to wait", "a number from 0 on, such as timeout=60", least=0)
    start = time.monotonic()
    with ProgressLine() as line:
        while True:
            spent = time.monotonic() - start
            if spent >= timeout:
                break
            try:
                return watch.wait_for(predicate, min(1.0 if spent >= PATIENCE else PATIENCE, timeout - spent))
            except TimeoutError:
                snapshot = watch.snapshot
                state = blind(snapshot) or (brief(snapshot) if brief else "")
                line.show(f"{time.monotonic() - start:3.0f} s · waiting for {what}{' · ' if state else ''}{state}")
    snapshot = watch.snapshot
    if snapshot.outdated:
        raise ClusterError(f"Waited {timeout:.0f} s for {what}, and {blind(snapshot)}.", remedy=remedy_of(snapshot))
    raise WaitTimeoutError(f"Waited {timeout:.0f} s for {what}, in vain.", remedy=remedy, detail=explain(snapshot))


def blind(snapshot: Snapshot) -> str:
    """Say why we do not see the present, and of which kind; empty when we do."""
    if not snapshot.outdated:
        return ""
    # with nothing stale, it is for a kind that was never heard of
    silent = snapshot.stale is None or set(snapshot.stale_kinds) - set(snapshot.denied)
    words = "the cluster does not answer" if silent else "this is not the present"
    return f"{words} ({snapshot.outdated})"


def remedy_of(snapshot: Snapshot) -> str:
    """Return the next command when we do not see the present."""
    forbidden = sorted(set(snapshot.denied) & set(snapshot.stale_kinds))
    if forbidden:
        return f"%kubectl auth can-i list {resource(forbidden[0])}; ask whoever gave you this namespace"
    return in_class.repair_and_begin_anew()
