"""The predictions of 02-configmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.lesson.steps.evidence import AskDoor, AskKubectl, Reply

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.state import Pod, Snapshot

_NOTEBOOK = "02-configmap"
_APP = "frontend"
#: How the notebook's own change calls the header that was X-Upstream-Address before.
_HEADER = "x-answered-by"

_FILE = AskKubectl("file", ("exec", f"deployment/{_APP}", "--", "cat", "/etc/nginx/conf.d/frontend.conf"))
_DOOR = AskDoor("door", "/version")


def _after_the_configmap(evidence: Evidence) -> Observed | None:
    """Find the moment at which frontend's Pod is Ready: the one that waited, or another one."""
    waited: set[str] = set()
    for snapshot in evidence.course:
        pods = _pods(snapshot)
        waited = waited or {pod.uid for pod in pods if not pod.ready}
        deployment = snapshot.deployment(_APP)
        if waited and deployment is not None and deployment.complete and pods and all(pod.ready for pod in pods):
            return Observed("same" if pods[0].uid in waited else "new", snapshot.at)
    return None


def _configmap_changed(evidence: Evidence) -> Observed | None:
    """Find that the file in the Pod is the new one, and that the answers are as before."""
    file, door = (evidence.replies.get(each.key, Reply(-1)) for each in (_FILE, _DOOR))
    here = {pod.uid for pod in _pods(evidence.snapshot)}
    if not here or here != {pod.uid for pod in _pods(evidence.before)} or file.code or _HEADER not in file.text.lower():
        return None
    return None if door.code < 0 or _HEADER in door.headers else Observed("file", evidence.snapshot.at)


def _pods(snapshot: Snapshot) -> list[Pod]:
    deployment = snapshot.deployment(_APP)
    return snapshot.pods_of(deployment) if deployment is not None else []


PREDICTIONS = (
    Prediction("after-the-configmap", _NOTEBOOK, ("same", "new", "delete"), _after_the_configmap, focus=_APP),
    Prediction(
        "configmap-changed",
        _NOTEBOOK,
        ("nothing", "file", "takes-up", "restarted"),
        _configmap_changed,
        questions=(_FILE, _DOOR),
        focus=_APP,
    ),
)
