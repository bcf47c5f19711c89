"""``labkit record`` and ``labkit replay``: a recording made, and told, without a notebook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit import __version__
from labkit.api.watch import NotReachedError, Watch
from labkit.errors import ClusterError
from labkit.notebook.wait_loop import blind, remedy_of
from labkit.recording import file
from labkit.recording.facts import Facts
from labkit.recording.moment_words import sentence
from labkit.recording.source import Source, live
from labkit.recording.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from labkit.api.connection import Connection


def begin(connection: Connection, *, clock: Callable[[], float] = time.time) -> tuple[Watch, Source]:
    """Return a watch of the learner's namespace that has been started, and the recording of all that it hears.

    Raises
    ------
    ClusterError
        If the cluster does not answer.
    """
    watch = Watch(connection.kubeconfig, connection.context, connection.namespace)
    facts = Facts(
        context=connection.context,
        namespace=connection.namespace,
        labkit=__version__,
        front_door=connection.front_door,
        made=clock(),
    )
    source = live(watch, facts=facts, clock=clock)
    watch.start()
    try:
        watch.synced()
    except NotReachedError as silent:
        watch.stop()
        source.close()
        said = blind(silent.snapshot) or str(silent)
        raise ClusterError(f"{said[0].upper()}{said[1:]}.", remedy=remedy_of(silent.snapshot)) from silent
    return watch, source


def record(
    connection: Connection,
    path: Path,
    *,
    seconds: float | None = None,
    rate: float = 0.0,
    say: Callable[[str], None] = lambda _: None,
) -> str:
    """Record what happens, until so many seconds are over or Ctrl-C is pressed.

    Parameters
    ----------
    connection
        The cluster and the namespace.
    path
        The file, written as it goes; a recording that it holds is replaced.
    seconds
        How long; without end when None.
    rate
        How many requests a second a steady client sends through the front door meanwhile; none when 0.
    say
        Is told every second how far it is.

    Returns
    -------
    str
        What was recorded, in one line.

    Raises
    ------
    LabError
        If the cluster does not answer, or the file cannot be written.
    """
    file.check(path)
    watch, source = begin(connection)
    client = None
    try:
        with Writer(source, path) as writer:
            try:
                if rate:
                    from labkit.app.frontdoor import FrontDoor  # noqa: PLC0415 - the HTTP client comes when it is used
                    from labkit.app.traffic import SteadyClient  # noqa: PLC0415

                    door = FrontDoor(connection.front_door, connection.secrets.tls_crt)
                    longest = seconds if seconds is not None else 10**9
                    client = SteadyClient(
                        f"{door.url}/", door.certificate, rate=rate, for_at_most=longest, over=source.requests.add
                    )
                    client.start()
                until = None if seconds is None else time.monotonic() + seconds
                while (until is None or time.monotonic() < until) and not writer.error:
                    say(_so_far(source))
                    time.sleep(1.0 if until is None else max(0.0, min(1.0, until - time.monotonic())))
            except KeyboardInterrupt:
                pass  # that is how one ends it
            finally:
                if client is not None:
                    client.stop()
                watch.stop()
                source.close()
    finally:
        watch.stop()
        source.close()
    return f"{path}: {_so_far(source)}"


def story(source: Source) -> Iterator[str]:
    """Return what happened in a recording, one moment a line, each with the seconds since its beginning."""
    first, last = source.span
    width = len(f"{last - first:.1f}")
    for moment in source.moments:
        yield f"{moment.at - first:{width}.1f} s  {sentence(moment)}"


def _so_far(source: Source) -> str:
    first, last = source.span
    parts = [f"{last - first:.0f} s", f"{len(source.timeline)} changes", f"{len(source.moments)} moments"]
    counts = source.requests.counts()
    if source.requests.version:
        parts.append(f"{source.requests.version} requests, {counts.lost} lost")
    return ", ".join(parts)
