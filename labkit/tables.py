"""The state as pandas frames with the columns of ``kubectl get``, and as one line of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from labkit.state.times import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Deployment, Object, Pod, Snapshot


def deployments(snapshot: Snapshot) -> pd.DataFrame:
    """Return what ``kubectl get deployments`` shows, plus DESIRED and REVISION."""
    rows = [
        (d.name, f"{d.ready}/{d.desired}", d.updated, d.available, d.desired, d.revision, _age(d, snapshot))
        for d in snapshot.deployments()
    ]
    return _frame(rows, ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "DESIRED", "REVISION", "AGE"])


def replicasets(snapshot: Snapshot) -> pd.DataFrame:
    """Return what ``kubectl get replicasets`` shows, plus REVISION and IMAGES."""
    rows = [
        (r.name, r.desired, r.current, r.ready, r.revision, ",".join(r.images), _age(r, snapshot))
        for r in snapshot.replica_sets()
    ]
    return _frame(rows, ["NAME", "DESIRED", "CURRENT", "READY", "REVISION", "IMAGES", "AGE"])


def pods(snapshot: Snapshot, selector: str | None = None) -> pd.DataFrame:
    """Return what ``kubectl get pods -o wide`` shows of NAME, READY, STATUS, RESTARTS, AGE, IP and NODE.

    Parameters
    ----------
    snapshot
        The moment to show; ages count up to it.
    selector
        As after ``-l``: ``app=hello,track=stable``.

    Raises
    ------
    ValueError
        When it is not a selector.
    """
    rows = [
        (
            p.name,
            f"{p.ready_containers}/{p.total_containers}",
            p.status,
            _restarts(p, snapshot),
            _age(p, snapshot),
            p.ip or "<none>",
            p.node or "<none>",
        )
        for p in snapshot.pods(selector)
    ]
    return _frame(rows, ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"])


def events(snapshot: Snapshot) -> pd.DataFrame:
    """Return what ``kubectl events`` shows: LAST SEEN, TYPE, REASON, OBJECT, MESSAGE, and COUNT; oldest first."""
    rows = [
        (
            age(snapshot.at - e.last),
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


def _age(obj: Object, snapshot: Snapshot) -> str:
    return age(snapshot.at - obj.created)


def _restarts(pod: Pod, snapshot: Snapshot) -> str:
    if pod.restarts and pod.last_restart:
        return f"{pod.restarts} ({age(snapshot.at - pod.last_restart)} ago)"
    return str(pod.restarts)


def _frame(rows: Sequence[tuple[object, ...]], names: list[str]) -> pd.DataFrame:
    """Return the frame, indexed by its first column as kubectl's eye reads it."""
    return pd.DataFrame(rows, columns=names).set_index(names[0])
