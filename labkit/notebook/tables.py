"""The state as pandas frames with the columns of ``kubectl get``, and as one line of facts.

Ages count up to ``now``, the moment of asking, in seconds since the epoch, as kubectl's do; of a recorded moment, where
nobody asks now, up to that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.state.times import age, since

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from labkit.state import Deployment, Pod, Snapshot


def prepare() -> None:
    """Import what takes longer to import than a lab to begin; most cells show no table, so nobody did yet."""
    import pandas as pd  # noqa: PLC0415 - see above

    # It would cut a message after 50 letters, and the end of an event's message names what is missing.
    pd.set_option("display.max_colwidth", None)


def deployments(snapshot: Snapshot, *, now: float | None = None) -> pd.DataFrame:
    """Return what ``kubectl get deployments`` shows, plus DESIRED and REVISION."""
    until = snapshot.at if now is None else now
    rows = [
        (d.name, f"{d.ready}/{d.desired}", d.updated, d.available, d.desired, d.revision, since(d.created, until))
        for d in snapshot.deployments()
    ]
    return _frame(rows, ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "DESIRED", "REVISION", "AGE"])


def replicasets(snapshot: Snapshot, *, now: float | None = None) -> pd.DataFrame:
    """Return what ``kubectl get replicasets`` shows, plus REVISION and IMAGES."""
    until = snapshot.at if now is None else now
    rows = [
        (r.name, r.desired, r.current, r.ready, r.revision, ",".join(r.images), since(r.created, until))
        for r in snapshot.replica_sets()
    ]
    return _frame(rows, ["NAME", "DESIRED", "CURRENT", "READY", "REVISION", "IMAGES", "AGE"])


def pods(snapshot: Snapshot, selector: str | None = None, *, now: float | None = None) -> pd.DataFrame:
    """Return what ``kubectl get pods -o wide`` shows of NAME, READY, STATUS, RESTARTS, AGE, IP and NODE.

    Parameters
    ----------
    snapshot
        The moment to show.
    selector
        As after ``-l``: ``app=hello,track=stable``.
    now
        Up to when ages count, in seconds since the epoch.

    Raises
    ------
    ValueError
        When it is not a selector.
    """
    until = snapshot.at if now is None else now
    rows = [
        (
            p.name,
            f"{p.ready_containers}/{p.total_containers}",
            p.status,
            restarts(p, until),
            since(p.created, until),
            p.ip or "<none>",
            p.node or "<none>",
        )
        for p in snapshot.pods(selector)
    ]
    return _frame(rows, ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"])


def events(snapshot: Snapshot, *, now: float | None = None) -> pd.DataFrame:
    """Return what ``kubectl events`` shows: LAST SEEN, TYPE, REASON, OBJECT, MESSAGE, and COUNT; oldest first."""
    until = snapshot.at if now is None else now
    rows = [
        (
            since(e.last, until),
            e.type,
            e.reason,
            f"{e.object_kind.lower()}/{e.object_name}",
            e.message,
            e.count,
        )
        for e in snapshot.events()
    ]
    return _frame(rows, ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE", "COUNT"])


def facts(snapshot: Snapshot) -> str:
    """Return one line per Deployment without anything that differs between runs.

    Examples
    --------
    ``hello: 3/3 ready on 3 nodes``; in a rollout ``hello: 3/3 ready on 3 nodes (revision 1: 1, revision 2: 2)``.
    """
    return "\n".join(_fact(d, snapshot) for d in snapshot.deployments()) or "no Deployments"


def _fact(deployment: Deployment, snapshot: Snapshot) -> str:
    ready = [p for p in snapshot.pods_of(deployment) if p.ready and not p.terminating and not snapshot.lost(p)]
    nodes = len({p.node for p in ready})
    line = f"{deployment.name}: {len(ready)}/{deployment.desired} ready"
    if ready:
        line += f" on {nodes} node{'' if nodes == 1 else 's'}"
    sets = snapshot.replica_sets_of(deployment)
    revisions = {r.revision: n for r in sets if (n := sum(p in ready for p in snapshot.pods_of(r)))}
    if len(revisions) > 1:
        line += f" ({', '.join(f'revision {r}: {n}' for r, n in sorted(revisions.items()))})"
    return line


def restarts(pod: Pod, now: float) -> str:
    """Return the column RESTARTS of a pod at a moment, in seconds since the epoch."""
    if pod.restarts and pod.last_restart:
        return f"{pod.restarts} ({age(now - pod.last_restart)} ago)"
    return str(pod.restarts)


def _frame(rows: Sequence[tuple[object, ...]], names: list[str]) -> pd.DataFrame:
    """Return the frame, indexed by its first column as kubectl's eye reads it."""
    prepare()
    import pandas as pd  # noqa: PLC0415 - see prepare

    return pd.DataFrame(rows, columns=names).set_index(names[0])
